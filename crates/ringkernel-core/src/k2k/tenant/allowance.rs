//! Messages per second, counted by the governor crate: a leaky bucket in one atomic word, without a lock.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock;

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
    Limited(Limiter),
    Nothing,
}

impl Allowance {
    pub(super) fn per_second(messages: u64) -> Self {
        let Ok(messages) = u32::try_from(messages) else { return Self::Unlimited };
        match NonZeroU32::new(messages) {
            None => Self::Nothing,
            Some(NonZeroU32::MAX) => Self::Unlimited,
            Some(limit) => {
                Self::Limited(RateLimiter::direct_with_clock(Quota::per_second(limit), ProjectClock))
            }
        }
    }

    /// Takes one message from the allowance; false when there is none left.
    #[inline]
    pub(super) fn take(&self) -> bool {
        match self {
            Self::Unlimited => true,
            Self::Limited(limiter) => limiter.check().is_ok(),
            Self::Nothing => false,
        }
    }
}
