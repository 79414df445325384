//! The check: what the actors say must be what a plain loop over the same rows says.

use std::fmt;

use crate::actors::Figures;
use crate::data::Dataset;

/// One figure of one airport that is not what it must be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    airport: String,
    figure: &'static str,
    expected: i64,
    actual: i64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { airport, figure, expected, actual } = self;
        write!(f, "{airport}: {figure} is {actual} and must be {expected}")
    }
}

/// The figures of every airport after `repeat` passes over the flights, from one thread and no actor.
pub(crate) fn fold(data: &Dataset, repeat: u32, late_from_minutes: i32) -> Vec<Figures> {
    let mut airports = vec![Figures::default(); data.airports.len()];
    for _ in 0..repeat {
        for flight in &data.flights {
            let delay = flight.delay_minutes;
            let late = delay >= late_from_minutes;
            let origin = &mut airports[flight.origin];
            origin.departures += 1;
            origin.late_departures += u64::from(late);
            origin.departure_delay_minutes_sum += i64::from(delay);
            origin.departure_delay_minutes_max = origin.departure_delay_minutes_max.max(delay);
            if late {
                let destination = &mut airports[flight.destination];
                destination.late_arrivals += 1;
                destination.late_arrival_delay_minutes_sum += i64::from(delay);
                destination.late_arrival_delay_minutes_max =
                    destination.late_arrival_delay_minutes_max.max(delay);
            }
        }
    }
    airports
}

/// Every figure in which `actual` differs from `expected`; both are in the order of `airports`.
pub(crate) fn mismatches(airports: &[String], expected: &[Figures], actual: &[Figures]) -> Vec<Mismatch> {
    assert_eq!(airports.len(), expected.len(), "one expectation per airport");
    assert_eq!(airports.len(), actual.len(), "one report per airport");
    let pairs = airports.iter().zip(expected.iter().zip(actual));
    pairs
        .flat_map(|(airport, (expected, actual))| {
            let figures = named(expected).into_iter().zip(named(actual));
            figures.filter(|((_, expected), (_, actual))| expected != actual).map(
                |((figure, expected), (_, actual))| Mismatch {
                    airport: airport.clone(),
                    figure,
                    expected,
                    actual,
                },
            )
        })
        .collect()
}

/// Every figure with its name. A figure that is added to [`Figures`] does not compile here until it is named.
fn named(figures: &Figures) -> [(&'static str, i64); 7] {
    let Figures {
        departures,
        late_departures,
        departure_delay_minutes_sum,
        late_arrivals,
        late_arrival_delay_minutes_sum,
        departure_delay_minutes_max,
        late_arrival_delay_minutes_max,
    } = *figures;
    [
        ("departures", departures as i64),
        ("late departures", late_departures as i64),
        ("sum of departure delays", departure_delay_minutes_sum),
        ("longest departure delay", i64::from(departure_delay_minutes_max)),
        ("late arrivals", late_arrivals as i64),
        ("sum of late arrivals' delays", late_arrival_delay_minutes_sum),
        ("longest delay of an arrival", i64::from(late_arrival_delay_minutes_max)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_figure_is_named() {
        let airports = ["AAA".to_owned(), "BBB".to_owned()];
        let right = Figures { departures: 3, departure_delay_minutes_max: 7, ..Figures::default() };
        assert_eq!(mismatches(&airports, &[right; 2], &[right; 2]), []);

        let wrong = Figures { departures: 2, late_arrivals: 1, ..right };
        let found: Vec<String> =
            mismatches(&airports, &[right; 2], &[right, wrong]).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["BBB: departures is 2 and must be 3", "BBB: late arrivals is 1 and must be 0"]);
    }

    #[test]
    fn the_fold_counts_every_flight_once_per_pass() {
        let data = Dataset::load().unwrap();
        let figures = fold(&data, 2, 15);
        assert_eq!(figures.iter().map(|airport| airport.departures).sum::<u64>(), 40_000);
        assert_eq!(figures.iter().map(|airport| airport.late_departures).sum::<u64>(), 2 * 4_551);
        assert_eq!(figures.iter().map(|airport| airport.late_arrivals).sum::<u64>(), 2 * 4_551);
    }
}
