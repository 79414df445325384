//! Messages per second, counted by the governor crate: a leaky bucket in one atomic word, without a lock.
//!
//! The bucket is small, because what it holds comes on top of what flows in: with a tenth of a second's worth, no ten seconds have more
//! than a hundredth over the quota, and a hundredth more where senders end that had taken some ahead.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock;
use crate::sync::atomic::{AtomicU32, Ordering};

/// The project's clock, so that the allowance of a test fills up as the test's clock is moved.
#[derive(Debug, Clone)]
pub(super) struct ProjectClock;

impl Clock for ProjectClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(clock::now_ns())
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, ProjectClock, NoOpMiddleware<Duration>>;

/// How many messages may be sent now.
#[derive(Debug)]
pub(super) enum Allowance {
    Unlimited,
    Limited {
        limiter: Limiter,
        /// Messages that were taken ahead and given back. They go first, and are at most as many as may come at once, as the bucket holds no
        /// more.
        spare: AtomicU32,
        burst: u32,
        /// The most messages that a sender takes ahead.
        largest_slice: u32,
    },
    Nothing,
}

/// The part of a second's messages that a sender takes ahead at most, so that what it has taken and not sent yet makes no difference: that of
/// five thousand senders is half a second's, a twentieth of what ten seconds have.
const SLICES_PER_SECOND: u32 = 10_000;

/// The most messages that any sender takes ahead. Asking then costs next to nothing.
const LARGEST_SLICE: u32 = 32;

/// The part of a second whose messages may come all at once.
const BURSTS_PER_SECOND: u32 = 10;

const NANOSECONDS: u64 = 1_000_000_000;

impl Allowance {
    pub(super) fn per_second(messages: u64) -> Self {
        let Ok(messages) = u32::try_from(messages) else { return Self::Unlimited };
        match NonZeroU32::new(messages) {
            None => Self::Nothing,
            Some(NonZeroU32::MAX) => Self::Unlimited,
            Some(limit) => {
                // Rounded up, so that the whole nanoseconds of the bucket give no more than the quota.
                let interval = NANOSECONDS.div_ceil(NonZeroU64::from(limit).get());
                let quota = Quota::with_period(Duration::from_nanos(interval)).expect("it is not zero");
                let burst = burst(limit);
                Self::Limited {
                    limiter: RateLimiter::direct_with_clock(quota.allow_burst(burst), ProjectClock),
                    spare: AtomicU32::new(0),
                    burst: burst.get(),
                    largest_slice: (limit.get() / SLICES_PER_SECOND).clamp(1, LARGEST_SLICE),
                }
            }
        }
    }

    /// Takes one message from the allowance; false when there is none left.
    #[inline]
    pub(super) fn take(&self) -> bool {
        match self {
            Self::Unlimited => true,
            Self::Limited { limiter, spare, .. } => take_spare(spare, 1) == 1 || limiter.check().is_ok(),
            Self::Nothing => false,
        }
    }

    /// The most messages that a sender takes ahead; `None` where asking for each costs nothing.
    #[inline]
    pub(super) fn largest_slice(&self) -> Option<u32> {
        match self {
            Self::Limited { largest_slice, .. } => Some(*largest_slice),
            Self::Unlimited | Self::Nothing => None,
        }
    }

    /// Gives back messages that were taken and not sent.
    pub(super) fn give_back(&self, messages: u32) {
        if let Self::Limited { spare, burst, .. } = self {
            give_spare(spare, messages, *burst);
        }
    }

    /// Takes as many messages as there are, at most `wanted`. Gives how many it took.
    pub(super) fn take_up_to(&self, wanted: u32) -> u32 {
        let (limiter, spare) = match self {
            Self::Unlimited => return wanted,
            Self::Limited { limiter, spare, .. } => (limiter, spare),
            Self::Nothing => return 0,
        };
        let mut taken = take_spare(spare, wanted);
        // The bucket gives a number or nothing, and does not say how much it holds.
        let mut part = wanted;
        while let Some(asked) = NonZeroU32::new(part.min(wanted - taken)) {
            match limiter.check_n(asked) {
                Ok(Ok(())) => taken += asked.get(),
                Ok(Err(_)) | Err(_) => part = asked.get() / 2,
            }
        }
        taken
    }
}

/// Adds what is given back, as far as `most` allows.
fn give_spare(spare: &AtomicU32, messages: u32, most: u32) {
    let add = |held: u32| Some(held.saturating_add(messages).min(most));
    // There is always something to write. Relaxed: it counts and orders nothing.
    let _ = spare.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
}

/// Takes what was given back, at most `wanted`.
#[inline]
fn take_spare(spare: &AtomicU32, wanted: u32) -> u32 {
    let take = |held: u32| (held > 0).then(|| held.saturating_sub(wanted));
    // Relaxed: it counts and orders nothing.
    let held = spare.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
    held.map_or(0, |held| held.min(wanted))
}

/// How many of the messages of a second may come all at once.
pub(super) fn burst(per_second: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(per_second.get() / BURSTS_PER_SECOND).unwrap_or(NonZeroU32::MIN)
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use crate::sync::{Arc, thread};

    #[test]
    fn what_is_given_back_is_taken_once() {
        loom::model(|| {
            let spare = Arc::new(AtomicU32::new(1));
            let other = spare.clone();
            let there = thread::spawn(move || {
                give_spare(&other, 2, 100);
                take_spare(&other, 2)
            });
            give_spare(&spare, 3, 100);
            let here = take_spare(&spare, 4);
            assert_eq!(here + there.join().unwrap() + spare.load(Ordering::Relaxed), 6);
        });
    }
}
