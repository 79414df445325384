//! One test under many schedules.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{TestRuntime, TestRuntimeBuilder};

/// Steps that the report of a failure shows.
const SHOWN: usize = 40;

/// What an exploration has tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explored {
    /// Seeds that were run.
    pub seeds: usize,
    /// Different orders of steps that they led to. When these are few, more seeds will find little more.
    pub orders: usize,
}

/// What a check may return: nothing, or a `Result`.
pub trait Check {
    /// What went wrong.
    fn failure(self) -> Option<String>;
}

impl Check for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: fmt::Debug> Check for Result<(), E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| format!("{error:?}"))
    }
}

/// Runs `check` once per seed, each time with a fresh runtime whose schedule comes from the seed.
///
/// ```
/// # use ringkernel::prelude::*;
/// # use ringkernel::testing::explore;
/// # #[derive(RingMessage)] struct Add { amount: u64 }
/// # #[derive(RingMessage)] struct Sum { total: u64 }
/// # #[ring_kernel(id = "till")]
/// # fn till(_: &mut RingContext, total: &mut u64, add: Add) -> Sum { *total += add.amount; Sum { total: *total } }
/// explore(0..100, |test| {
///     let till = test.launch("till", LaunchOptions::default())?;
///     let sum: Sum = test.call(&till, Add { amount: 1 })?;
///     assert_eq!(sum.total, 1);
///     Ok::<_, RingKernelError>(())
/// });
/// ```
///
/// # Panics
/// At the first seed for which `check` panics or returns an error. The text says how to replay it: in a
/// [`TestRuntime::seeded`] with that seed the same happens again.
#[track_caller]
pub fn explore<R: Check>(
    seeds: impl IntoIterator<Item = u64>,
    check: impl FnMut(&mut TestRuntime) -> R,
) -> Explored {
    explore_with(&TestRuntimeBuilder::default(), seeds, check)
}

#[track_caller]
pub(super) fn explore_with<R: Check>(
    builder: &TestRuntimeBuilder,
    seeds: impl IntoIterator<Item = u64>,
    mut check: impl FnMut(&mut TestRuntime) -> R,
) -> Explored {
    let mut explored = Explored { seeds: 0, orders: 0 };
    let mut orders = HashSet::new();
    for seed in seeds {
        let mut test = match builder.clone().seed(seed).build() {
            Ok(test) => test,
            Err(error) => panic!("no test runtime can be started: {error}"),
        };
        // A check that has failed ends the exploration, so nobody sees what it has left half-done.
        let failure = match catch_unwind(AssertUnwindSafe(|| check(&mut test))) {
            Ok(outcome) => outcome.failure(),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                Some(text.unwrap_or("a panic that carries no text").to_owned())
            }
        };
        if let Some(failure) = failure {
            panic!(
                "seed {seed} fails: {failure}\nreplay it with `explore([{seed}], ..)` or \
                 `TestRuntime::seeded({seed})`; the last of its {} steps were\n{}",
                test.trace().len(),
                test.trace().tail(SHOWN)
            );
        }
        explored.seeds += 1;
        let mut hasher = DefaultHasher::new();
        test.trace().iter().for_each(|step| (&step.kernel, &step.sender, &step.message).hash(&mut hasher));
        orders.insert(hasher.finish());
    }
    explored.orders = orders.len();
    explored
}
