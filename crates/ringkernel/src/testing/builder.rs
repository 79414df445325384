//! Options of a test runtime.

use std::time::Duration;

use ringkernel_core::Result;
use ringkernel_core::runtime::RuntimeConfig;
use ringkernel_cpu::{Schedule, SteppedRuntime};

use super::TestRuntime;
use super::explore::{Check, Explored, explore_with};

/// Builder of a [`TestRuntime`].
#[derive(Debug, Clone)]
pub struct TestRuntimeBuilder {
    pub(super) config: RuntimeConfig,
    pub(super) seed: Option<u64>,
    pub(super) step_limit: u64,
}

impl Default for TestRuntimeBuilder {
    fn default() -> Self {
        Self { config: RuntimeConfig::default(), seed: None, step_limit: 100_000 }
    }
}

#[allow(
    clippy::return_self_not_must_use,
    reason = "dropping the result of a builder step is caught by its use"
)]
impl TestRuntimeBuilder {
    /// Chooses the kernel that runs next at random from this seed. Without one, kernels run in the order in which they
    /// became able to.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Steps after which [`run_until_idle`](TestRuntime::run_until_idle) and everything that runs what it takes give up;
    /// 100,000 by default.
    pub fn step_limit(mut self, steps: u64) -> Self {
        self.step_limit = steps;
        self
    }

    /// How long a kernel-to-kernel message waits for room at its target, on the manual clock; 5 s by default.
    pub fn k2k_timeout(mut self, limit: Duration) -> Self {
        self.config.k2k_timeout = limit;
        self
    }

    /// Dead letters that are kept to be read; 1,024 by default.
    pub fn dead_letter_capacity(mut self, count: usize) -> Self {
        self.config.dead_letter_capacity = count;
        self
    }

    /// Logs every fault and dead letter through `tracing`.
    pub fn debug(mut self, enabled: bool) -> Self {
        self.config.debug = enabled;
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    /// [`Registry`](crate::RingKernelError::Registry) when two kernels have one id or two message types one number,
    /// [`InvalidConfig`](crate::RingKernelError::InvalidConfig) for an option that cannot work.
    pub fn build(self) -> Result<TestRuntime> {
        let schedule = self.seed.map_or(Schedule::InOrder, Schedule::Seeded);
        let stepped = SteppedRuntime::start(self.config, schedule)?;
        Ok(TestRuntime::over(stepped, self.seed, self.step_limit))
    }

    /// [`explore`](super::explore()) with runtimes of these options, each with one of the seeds.
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn explore<R: Check>(
        self,
        seeds: impl IntoIterator<Item = u64>,
        check: impl FnMut(&mut TestRuntime) -> R,
    ) -> Explored {
        explore_with(&self, seeds, check)
    }
}
