//! What was measured on, and with what.

use std::fmt;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// The lock file that the benchmark was built with.
const LOCK: &str = include_str!("../../../../Cargo.lock");

/// Date, processor, compiler and the versions of the peers.
#[derive(Debug)]
pub struct Machine {
    date: String,
    processor: String,
    processors: usize,
    compiler: String,
    peers: Vec<String>,
}

impl Machine {
    /// This machine; `peers` are names of crates.
    pub fn here(peers: &[&str]) -> Self {
        Self {
            date: today(),
            processor: processor(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            compiler: output_of("rustc").unwrap_or_else(|| "an unknown compiler".to_owned()),
            peers: peers.iter().map(|name| format!("{name} {}", locked_version(LOCK, name))).collect(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, processor, processors, compiler, peers } = self;
        let system = std::env::consts::OS;
        write!(
            f,
            "{date}, {processors} processors ({processor}), {system}, {compiler}. {}.",
            peers.join(", ")
        )
    }
}

fn output_of(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

fn processor() -> String {
    let described = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = described.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.to_owned())
}

fn locked_version<'a>(lock: &'a str, name: &str) -> &'a str {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let rest = lock.split_once(&entry).map_or("", |(_, rest)| rest);
    rest.split_once('"').map_or("unknown", |(version, _)| version)
}

/// The date in UTC, as year-month-day.
fn today() -> String {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    civil_date(since_epoch.as_secs() / 86_400)
}

/// The Gregorian date of a day since 1970-01-01, counted in eras of 400 years that begin in March.
fn civil_date(days: u64) -> String {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        for (days, expected) in
            [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_778, "2026-11-21")]
        {
            assert_eq!(civil_date(days), expected);
        }
    }

    #[test]
    fn versions_come_from_the_lock_file() {
        let lock = "[[package]]\nname = \"one\"\nversion = \"1.2.3\"\n";
        assert_eq!(locked_version(lock, "one"), "1.2.3");
        assert_eq!(locked_version(lock, "two"), "unknown");
        assert_ne!(locked_version(LOCK, "rtrb"), "unknown");
    }
}
