//! What the user sees at the end: the worst airports, and how many messages that took.

use std::fmt::Write;
use std::time::Duration;

use crate::actors::{Figures, Report};

/// Rows of the table.
const WORST: usize = 10;

/// The airports with the highest mean delay among those with at least `flights_min` departures.
pub(crate) fn worst_airports(airports: &[String], reports: &[Report], flights_min: u64) -> String {
    let mut ranked: Vec<(&str, &Figures)> = airports
        .iter()
        .zip(reports)
        .map(|(code, report)| (code.as_str(), &report.figures))
        .filter(|(_, figures)| figures.departures >= flights_min.max(1))
        .collect();
    ranked.sort_by(|(_, a), (_, b)| mean_delay(b).total_cmp(&mean_delay(a)));

    let mut text = format!(
        "The worst {} of {} airports with at least {flights_min} flights, by mean delay in minutes:\n",
        WORST.min(ranked.len()),
        ranked.len()
    );
    let _ = writeln!(text, "  airport    flights     late     mean  longest  late arrivals");
    for (code, figures) in ranked.into_iter().take(WORST) {
        let late_percent = 100.0 * figures.late_departures as f64 / figures.departures as f64;
        let _ = writeln!(
            text,
            "  {code:7} {:10}  {late_percent:5.1} % {:8.1} {:8} {:14}",
            figures.departures,
            mean_delay(figures),
            figures.departure_delay_minutes_max,
            figures.late_arrivals,
        );
    }
    text
}

/// How many messages were handled, and how fast. `flights` came from the host, the rest went from kernel to kernel.
pub(crate) fn throughput<'a>(
    flights: u64,
    reports: impl Iterator<Item = &'a Report>,
    elapsed: Duration,
) -> String {
    let notices: u64 = reports.map(|report| report.figures.late_arrivals).sum();
    let messages = flights + notices;
    let seconds = elapsed.as_secs_f64();
    let per_second = messages as f64 / seconds;
    format!(
        "{messages} messages in {seconds:.3} s: {flights} from the host, {notices} kernel to kernel; \
         {per_second:.0} messages per second"
    )
}

fn mean_delay(figures: &Figures) -> f64 {
    figures.departure_delay_minutes_sum as f64 / figures.departures as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(departures: u64, departure_delay_minutes_sum: i64) -> Report {
        let figures = Figures { departures, departure_delay_minutes_sum, ..Figures::default() };
        Report { round: 0, notices_held: 0, notices_sent: 0, figures }
    }

    #[test]
    fn the_table_is_sorted_and_leaves_out_small_airports() {
        let airports = ["AAA", "BBB", "CCC", "DDD"].map(str::to_owned);
        let reports = [report(10, 50), report(10, 90), report(2, 500), report(0, 0)];
        let table = worst_airports(&airports, &reports, 5);
        let rows: Vec<&str> = table.lines().skip(2).map(|row| &row[2..5]).collect();
        assert_eq!(rows, ["BBB", "AAA"], "{table}");
    }
}
