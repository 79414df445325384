//! The flights: 20,000 real ones, from the file beside the examples.

use std::collections::BTreeSet;
use std::fmt;

/// Compiled in, so that the example runs from any folder.
const FLIGHTS_CSV: &str = include_str!("../data/flights-20k.csv");
const HEADER: &str = "origin,destination,delay_minutes";

/// One flight; airports are indices into [`Dataset::airports`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlightRow {
    pub(crate) origin: usize,
    pub(crate) destination: usize,
    /// Negative when the flight was early.
    pub(crate) delay_minutes: i32,
}

/// All flights, and the code of every airport that one of them names.
#[derive(Debug)]
pub(crate) struct Dataset {
    /// Three-letter codes, sorted.
    pub(crate) airports: Vec<String>,
    /// In the order of the file.
    pub(crate) flights: Vec<FlightRow>,
}

/// A line that is no flight.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// Counted from 1.
    line: usize,
    problem: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the flights: {}", self.line, self.problem)
    }
}

impl std::error::Error for BadLine {}

impl Dataset {
    /// The flights that come with the example.
    pub(crate) fn load() -> Result<Self, BadLine> {
        Self::parse(FLIGHTS_CSV)
    }

    fn parse(csv: &str) -> Result<Self, BadLine> {
        let mut lines = csv.lines().enumerate().map(|(index, text)| (index + 1, text));
        if lines.next().is_none_or(|(_, header)| header != HEADER) {
            return Err(BadLine { line: 1, problem: format!("expected the header `{HEADER}`") });
        }
        let rows = lines.map(|(line, text)| parse_row(line, text)).collect::<Result<Vec<_>, _>>()?;
        let codes: BTreeSet<&str> =
            rows.iter().flat_map(|(origin, destination, _)| [*origin, *destination]).collect();
        let airports: Vec<String> = codes.into_iter().map(str::to_owned).collect();
        let index_of = |code: &str| {
            airports
                .binary_search_by(|known| known.as_str().cmp(code))
                .expect("every code was collected above")
        };
        let flights = rows
            .iter()
            .map(|(origin, destination, delay_minutes)| FlightRow {
                origin: index_of(origin),
                destination: index_of(destination),
                delay_minutes: *delay_minutes,
            })
            .collect();
        Ok(Self { airports, flights })
    }

    /// Deals the flights out, one after the other; each part names all airports.
    pub(crate) fn deal(&self, parts: usize) -> Vec<Self> {
        let part = |first| Self {
            airports: self.airports.clone(),
            flights: self.flights.iter().copied().skip(first).step_by(parts).collect(),
        };
        (0..parts).map(part).collect()
    }

    /// The largest number of late flights that arrive at one airport.
    pub(crate) fn late_arrivals_max(&self, late_from_minutes: i32) -> usize {
        let mut counts = vec![0; self.airports.len()];
        for flight in self.flights.iter().filter(|flight| flight.delay_minutes >= late_from_minutes) {
            counts[flight.destination] += 1;
        }
        counts.into_iter().max().unwrap_or(0)
    }
}

fn parse_row(line: usize, text: &str) -> Result<(&str, &str, i32), BadLine> {
    let bad = |problem: String| BadLine { line, problem };
    let mut columns = text.split(',');
    let (Some(origin), Some(destination), Some(delay), None) =
        (columns.next(), columns.next(), columns.next(), columns.next())
    else {
        return Err(bad(format!("`{text}` does not have three columns")));
    };
    if origin.is_empty() || destination.is_empty() {
        return Err(bad(format!("`{text}` lacks an airport")));
    }
    let delay = delay.parse().map_err(|_| bad(format!("`{delay}` is no number of minutes")))?;
    Ok((origin, destination, delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_file_is_a_flight() {
        let data = Dataset::load().unwrap();
        assert_eq!((data.flights.len(), data.airports.len()), (20_000, 224));
        let FlightRow { origin, destination, delay_minutes } = data.flights[0];
        assert_eq!(
            (&*data.airports[origin], &*data.airports[destination], delay_minutes),
            ("DTW", "LAS", 66)
        );
        assert_eq!(data.late_arrivals_max(15), 286);
    }

    #[test]
    fn every_flight_is_dealt_to_one_part() {
        let data = Dataset::load().unwrap();
        let parts = data.deal(3);
        assert_eq!(parts.iter().map(|part| part.flights.len()).collect::<Vec<_>>(), [6_667, 6_667, 6_666]);
        for (index, flight) in data.flights.iter().enumerate() {
            assert_eq!(parts[index % 3].flights[index / 3], *flight);
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        for (row, line, problem) in [
            ("AAA,BBB,x", 2, "no number of minutes"),
            ("AAA,BBB", 2, "three columns"),
            ("AAA,BBB,1,2", 2, "three columns"),
            (",BBB,1", 2, "lacks an airport"),
            ("AAA,BBB,1\n", 0, ""),
        ] {
            match Dataset::parse(&format!("{HEADER}\n{row}")) {
                Ok(data) => assert_eq!((line, data.flights.len()), (0, 1), "{row}"),
                Err(error) => {
                    assert_eq!(error.line, line, "{row}");
                    assert!(error.problem.contains(problem), "{error}");
                }
            }
        }
        assert_eq!(Dataset::parse("from,to\n").unwrap_err().line, 1);
    }
}
