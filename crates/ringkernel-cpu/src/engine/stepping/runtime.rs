//! A runtime of the CPU backend that runs nothing by itself.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use ringkernel_core::clock::ManualClock;
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::{ActorRef, KernelHandle, LaunchOptions, RuntimeConfig};
use ringkernel_core::{Result, RingKernelError};

use super::injection::{Injection, What};
use super::probe::ProbeLog;
use super::schedule::Schedule;
use super::script::Stepping;
use super::step::Step;
use crate::engine::CpuRuntime;
use crate::engine::actor::Actor;

/// A [`CpuRuntime`] without threads: messages are handled by calls of [`step`](Self::step), and the time is that of a
/// manual clock. Users reach it through the test kit of `ringkernel`.
///
/// Dereferences to the runtime. Dropping it terminates all kernels.
pub struct SteppedRuntime {
    runtime: CpuRuntime,
}

impl SteppedRuntime {
    /// A runtime whose actors run in the order of `schedule`.
    ///
    /// # Errors
    /// As [`CpuRuntime::with_config`], and [`RingKernelError::InvalidConfig`] when the configuration asks for workers.
    pub fn start(config: RuntimeConfig, schedule: Schedule) -> Result<Self> {
        Ok(Self { runtime: CpuRuntime::stepped(config, Stepping::new(schedule))? })
    }

    /// The clock that all kernels go by.
    pub fn clock(&self) -> &ManualClock {
        self.stepping().clock()
    }

    /// Starts the instance `id` of a registered kernel.
    ///
    /// # Errors
    /// As [`launch`](ringkernel_core::runtime::RingKernelRuntime::launch).
    pub fn launch(&self, id: &str, options: LaunchOptions) -> Result<KernelHandle> {
        self.runtime.launch_now(id, options)
    }

    /// Starts an instance of this kernel under the id `id`, whether or not the kernel is registered.
    ///
    /// # Errors
    /// As [`launch`](Self::launch), except that the kernel cannot be unknown.
    pub fn launch_kernel(
        &self,
        id: &str,
        kernel: &'static KernelRegistration,
        options: LaunchOptions,
    ) -> Result<KernelHandle> {
        self.runtime.launch_kernel(id, Ok(kernel), options)
    }

    /// [`launch_kernel`](Self::launch_kernel) that keeps every message which the kernel is given. It is given them at
    /// once: its handlers run outside of the schedule, and take no steps.
    ///
    /// # Errors
    /// As there.
    pub fn launch_probe(
        &self,
        id: &str,
        kernel: &'static KernelRegistration,
        options: LaunchOptions,
    ) -> Result<(KernelHandle, ProbeLog)> {
        let handle = self.launch_kernel(id, kernel, options)?;
        let log = ProbeLog::default();
        self.stepping().add_probe(handle.actor_ref(), log.clone());
        Ok((handle, log))
    }

    /// Runs one message of one kernel, which the schedule chooses. `None` when no kernel can run.
    pub fn step(&mut self) -> Option<Step> {
        self.stepping().step(self.runtime.shared(), None)
    }

    /// Runs one message of this kernel. `None` when it has none, or cannot run.
    pub fn step_kernel(&mut self, kernel: ActorRef) -> Option<Step> {
        self.stepping().step(self.runtime.shared(), Some(kernel))
    }

    /// Has something go wrong.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a value that cannot be meant, [`RingKernelError::KernelNotFound`] when the
    /// kernel is not running.
    pub fn inject(&self, injection: Injection) -> Result<()> {
        injection.validate()?;
        let Injection { kernel, what } = injection;
        let actor = self.actor(kernel)?;
        match what {
            What::Strike(strike) => self.stepping().add_strike(kernel, strike),
            What::NoRoom => actor.mailboxes().for_each(|mailbox| mailbox.hold_shut()),
            What::ClockAhead(by) => self.stepping().set_clock(kernel, self.clock().ahead_by(by)),
            What::ClockBehind(by) => self.stepping().set_clock(kernel, self.clock().behind_by(by)),
        }
        Ok(())
    }

    /// Ends everything that was injected into a kernel: its mailbox has room again, its clock is right, and what has not
    /// yet happened will not. A clock that was ahead does not go back; it waits for the others.
    ///
    /// # Errors
    /// [`RingKernelError::KernelNotFound`] when the kernel is not running.
    pub fn heal(&self, kernel: ActorRef) -> Result<()> {
        let actor = self.actor(kernel)?;
        self.stepping().heal(kernel);
        actor.mailboxes().for_each(|mailbox| mailbox.let_go());
        Ok(())
    }

    /// How many injections wait for a message that has not come yet.
    pub fn injections_left(&self) -> usize {
        self.stepping().strikes_left()
    }

    fn actor(&self, kernel: ActorRef) -> Result<Arc<Actor>> {
        let directory = &self.runtime.shared().directory;
        directory.by_address(kernel).ok_or_else(|| RingKernelError::KernelNotFound {
            id: kernel.to_string(),
            available: directory.actors().iter().map(|actor| actor.id().to_string()).collect(),
            nearest: None,
        })
    }

    fn stepping(&self) -> &Stepping {
        self.runtime.shared().stepping.as_deref().expect("`start` made a runtime that is stepped")
    }
}

impl Deref for SteppedRuntime {
    type Target = CpuRuntime;

    fn deref(&self) -> &CpuRuntime {
        &self.runtime
    }
}

impl fmt::Debug for SteppedRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SteppedRuntime").field("runtime", &self.runtime).field("clock", self.clock()).finish()
    }
}
