//! What the operating system says about this process: threads, memory, processor time. Linux only; elsewhere `None`,
//! and a test that needs a figure skips, loudly.

use std::time::Duration;

/// Threads of this process.
pub fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}

/// Resident memory in KiB.
pub fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Processor time that all threads of this process have used, in user and in system mode, in steps of 10 ms.
pub fn processor_time() -> Option<Duration> {
    /// Length of the unit that the kernel shows to programs, on every architecture.
    const TICK: Duration = Duration::from_millis(10);
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, which may contain anything.
    let (_, fields) = text.rsplit_once(") ")?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    Some(TICK * (times.next()?.ok()? + times.next()?.ok()?))
}

/// Says that a figure cannot be had here.
pub fn skipped(what: &str) {
    #[allow(clippy::print_stderr, reason = "a skipped check has to be seen")]
    {
        eprintln!("SKIPPED {what}: this system does not tell");
    }
}
