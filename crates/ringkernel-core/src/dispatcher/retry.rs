//! When to try again.

use std::time::Duration;

use backon::{BackoffBuilder, ConstantBuilder, ExponentialBuilder};

/// How often a dispatch tries again, and after which pauses.
///
/// Tried again is what can succeed without any change: no room, no kernel of the name (it may be on its way back), and the
/// messages of this second used up. Other refusals are final.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum RetryPolicy {
    /// One attempt.
    Never,
    /// The same pause before every retry.
    Constant {
        /// How many retries.
        retries: usize,
        /// The pause.
        pause: Duration,
    },
    /// Pauses that double.
    Exponential {
        /// How many retries.
        retries: usize,
        /// The pause before the first retry.
        first: Duration,
        /// The longest pause.
        longest: Duration,
        /// What is added to each pause at random.
        jitter: Jitter,
    },
}

/// What is added to pauses, so that those who were refused together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jitter {
    /// Nothing.
    #[default]
    None,
    /// Up to the pause itself.
    Full,
}

impl RetryPolicy {
    /// One attempt.
    pub const fn never() -> Self {
        Self::Never
    }

    /// Up to `retries` retries, each after `pause`.
    pub const fn constant(retries: usize, pause: Duration) -> Self {
        Self::Constant { retries, pause }
    }

    /// Up to `retries` retries: the first after a millisecond, each later one after twice the pause, at most a second.
    pub const fn exponential(retries: usize) -> Self {
        Self::Exponential {
            retries,
            first: Duration::from_millis(1),
            longest: Duration::from_secs(1),
            jitter: Jitter::None,
        }
    }

    /// The same with other pauses, where they double.
    #[must_use]
    pub const fn with_pauses(mut self, from: Duration, to: Duration) -> Self {
        if let Self::Exponential { first, longest, .. } = &mut self {
            (*first, *longest) = (from, to);
        }
        self
    }

    /// The same with up to as much again added to each pause at random, where pauses double.
    #[must_use]
    pub const fn with_jitter(mut self) -> Self {
        if let Self::Exponential { jitter, .. } = &mut self {
            *jitter = Jitter::Full;
        }
        self
    }

    /// The pauses before the retries, as many as there are retries.
    pub fn pauses(&self) -> Box<dyn Iterator<Item = Duration> + Send> {
        match *self {
            Self::Never => Box::new(std::iter::empty()),
            Self::Constant { retries, pause } => {
                Box::new(ConstantBuilder::new().with_delay(pause).with_max_times(retries).build())
            }
            Self::Exponential { retries, first, longest, jitter } => {
                let pauses = ExponentialBuilder::new()
                    .with_min_delay(first.min(longest))
                    .with_max_delay(longest)
                    .with_max_times(retries);
                Box::new(match jitter {
                    Jitter::None => pauses.build(),
                    Jitter::Full => pauses.with_jitter().build(),
                })
            }
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::exponential(3)
    }
}
