//! Median and spread of samples.

use std::time::Duration;

/// What several samples of one figure say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// The middle one; the mean of the two middle ones when their number is even.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of at least one sample.
    ///
    /// # Panics
    /// When there is none.
    pub fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { min: sorted[0], median: median(&sorted), max: sorted[sorted.len() - 1] }
    }
}

/// The median of sorted figures, of which there is at least one.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { (sorted[middle - 1] + sorted[middle]) / 2.0 } else { sorted[middle] }
}

/// The latency in nanoseconds that `per_mille` of 1,000 do not exceed. Sorts the latencies.
///
/// # Panics
/// When there are none.
pub fn percentile_ns(latencies_ns: &mut [u32], per_mille: usize) -> f64 {
    let index = (latencies_ns.len() * per_mille / 1000).min(latencies_ns.len() - 1);
    let (_, found, _) = latencies_ns.select_nth_unstable(index);
    f64::from(*found)
}

/// The median, the 99th percentile and that of 99.9 % of latencies in nanoseconds. Sorts the latencies.
///
/// # Panics
/// When there are none.
pub fn tail_ns(mut latencies_ns: Vec<u32>) -> Vec<f64> {
    [500, 990, 999].map(|per_mille| percentile_ns(&mut latencies_ns, per_mille)).into()
}

/// Nanoseconds for each of `count` operations that took `elapsed` together.
pub fn ns_each(elapsed: Duration, count: u64) -> f64 {
    elapsed.as_nanos() as f64 / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_samples() {
        for (samples, expected) in [
            (vec![3.0], Spread { min: 3.0, median: 3.0, max: 3.0 }),
            (vec![9.0, 1.0, 2.0], Spread { min: 1.0, median: 2.0, max: 9.0 }),
            (vec![4.0, 1.0, 2.0, 9.0], Spread { min: 1.0, median: 3.0, max: 9.0 }),
        ] {
            assert_eq!(Spread::of(&samples), expected);
        }
    }

    #[test]
    fn a_percentile_is_exceeded_by_the_rest_only() {
        let mut latencies: Vec<u32> = (0..1000).rev().collect();
        for (per_mille, expected) in [(0, 0.0), (500, 500.0), (990, 990.0), (1000, 999.0)] {
            assert_eq!(percentile_ns(&mut latencies, per_mille), expected);
        }
        assert_eq!(percentile_ns(&mut [7], 500), 7.0);
    }
}
