//! A histogram of latencies with one bucket for each power of two of nanoseconds.
//!
//! Fixed size, no allocation, a record is one shift: the price is that a percentile is known to a factor of two.

/// Number of buckets. The last one begins at 2^42 ns, which is 73 minutes.
pub(super) const BUCKETS: usize = ringkernel_abi::wire::LATENCY_BUCKETS as usize;

/// How often latencies of each magnitude occurred.
///
/// Bucket 0 counts latencies of 0 ns, bucket `i` those from 2^(i-1) to 2^i - 1 ns, and the last bucket everything
/// from 2^42 ns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatencyHistogram {
    counts: [u64; BUCKETS],
}

impl LatencyHistogram {
    /// A histogram of nothing.
    pub const fn new() -> Self {
        Self { counts: [0; BUCKETS] }
    }

    pub(crate) const fn from_counts(counts: [u64; BUCKETS]) -> Self {
        Self { counts }
    }

    /// Counts one latency, in nanoseconds.
    pub fn record(&mut self, latency_ns: u64) {
        self.counts[bucket_of(latency_ns)] += 1;
    }

    /// Number of latencies counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// A latency in nanoseconds that `percent` per cent of all latencies do not exceed: the upper bound of the
    /// bucket where they end. 0 when nothing was counted, `u64::MAX` in the last bucket. `percent` is taken
    /// into the range from 0 to 100.
    pub fn percentile(&self, percent: f64) -> u64 {
        let total = self.total();
        if total == 0 {
            return 0;
        }
        // A float-to-integer cast saturates and turns NaN into 0, so any `percent` gives a rank in range.
        let rank = ((total as f64 * percent / 100.0).ceil() as u64).clamp(1, total);
        let mut counted = 0;
        for (upper_bound_ns, count) in self.buckets() {
            counted += count;
            if counted >= rank {
                return upper_bound_ns;
            }
        }
        unreachable!("the counts of all buckets add up to the total, which no rank exceeds")
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
    }

    /// The buckets in ascending order: the largest latency in nanoseconds that belongs to the bucket, and the
    /// number of latencies in it.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.counts.iter().enumerate().map(|(index, count)| (upper_bound_ns(index), *count))
    }
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self::new()
    }
}

/// Index of the bucket that counts this latency.
pub(super) const fn bucket_of(latency_ns: u64) -> usize {
    let magnitude = (u64::BITS - latency_ns.leading_zeros()) as usize;
    if magnitude < BUCKETS { magnitude } else { BUCKETS - 1 }
}

const fn upper_bound_ns(index: usize) -> u64 {
    if index == BUCKETS - 1 { u64::MAX } else { (1 << index) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_latency_falls_into_the_bucket_of_its_power_of_two() {
        let check = |latency_ns: u64, upper_ns: u64| {
            let mut histogram = LatencyHistogram::new();
            histogram.record(latency_ns);
            let hit: Vec<_> = histogram.buckets().filter(|(_, count)| *count > 0).collect();
            assert_eq!(hit, [(upper_ns, 1)], "{latency_ns} ns");
        };
        check(0, 0);
        check(1, 1);
        check(2, 3);
        check(1023, 1023);
        check(1024, 2047);
        check((1 << 42) - 1, (1 << 42) - 1);
        check(1 << 42, u64::MAX);
        check(u64::MAX, u64::MAX);
    }

    #[test]
    fn percentiles_of_nothing_and_of_odd_ranks_are_defined() {
        let mut histogram = LatencyHistogram::default();
        assert_eq!(histogram.percentile(99.0), 0);
        (0..99).for_each(|_| histogram.record(10));
        histogram.record(1000);
        assert_eq!((histogram.percentile(50.0), histogram.percentile(99.0)), (15, 15));
        assert_eq!((histogram.percentile(99.1), histogram.percentile(100.0)), (1023, 1023));
        assert_eq!((histogram.percentile(-5.0), histogram.percentile(f64::NAN)), (15, 15));
        assert_eq!(histogram.percentile(f64::INFINITY), 1023);
    }

    proptest! {
        #[test]
        fn a_percentile_bounds_the_exact_one_within_a_factor_of_two(
            mut latencies in prop::collection::vec(0..1u64 << 41, 1..200), percent in 0.0..=100.0f64,
        ) {
            let mut histogram = LatencyHistogram::new();
            latencies.iter().for_each(|latency| histogram.record(*latency));
            latencies.sort_unstable();
            let rank = ((latencies.len() as f64 * percent / 100.0).ceil() as usize).clamp(1, latencies.len());
            let (exact, bound) = (latencies[rank - 1], histogram.percentile(percent));
            prop_assert!(exact <= bound && bound <= 2 * exact);
        }

        #[test]
        fn merging_is_recording_both(
            left in prop::collection::vec(any::<u64>(), 0..50), right in prop::collection::vec(any::<u64>(), 0..50),
        ) {
            let of = |latencies: &[u64]| {
                let mut histogram = LatencyHistogram::new();
                latencies.iter().for_each(|latency| histogram.record(*latency));
                histogram
            };
            let mut merged = of(&left);
            merged.merge(&of(&right));
            prop_assert_eq!(merged.total(), (left.len() + right.len()) as u64);
            prop_assert_eq!(merged, of(&[left, right].concat()));
        }
    }
}
