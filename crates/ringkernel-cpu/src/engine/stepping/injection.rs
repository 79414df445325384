//! What a test wants to go wrong.
//!
//! Only what can go wrong in a program: faults, slowness, queues without room, clocks that disagree. A message is delivered
//! exactly once or comes back, so there is nothing that would lose or double one; that others overtake it is a matter of
//! the schedule.

use std::panic::Location;
use std::time::Duration;

use ringkernel_core::runtime::{ActorRef, KernelHandle};
use ringkernel_core::{Result, RingKernelError};

/// Something that is to go wrong in one kernel. Messages are counted from 1, the next one that its handlers are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injection {
    pub(super) kernel: ActorRef,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// At a message, once.
    Strike(Strike),
    /// From now on.
    NoRoom,
    /// From now on.
    ClockAhead(Duration),
    /// From now on.
    ClockBehind(Duration),
}

/// What happens at one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strike {
    /// How many messages from now, 1 for the next.
    pub(super) nth: u64,
    pub(super) blow: Blow,
    /// Where the test has asked for it.
    pub(super) at: &'static Location<'static>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blow {
    PanicBefore,
    PanicAfter,
    Fail(u32),
    Slow(Duration),
}

impl Injection {
    /// The handler of the `nth` message panics before it has done anything.
    #[track_caller]
    pub fn panic_in(kernel: &KernelHandle, nth: u64) -> Self {
        Self::strike(kernel, nth, Blow::PanicBefore)
    }

    /// The handler of the `nth` message panics when it has done everything: what it sent has left, its state and its
    /// answer are lost.
    #[track_caller]
    pub fn panic_after(kernel: &KernelHandle, nth: u64) -> Self {
        Self::strike(kernel, nth, Blow::PanicAfter)
    }

    /// The handler of the `nth` message fails, as by `ctx.fail(code)`, before it has done anything. The fault names the
    /// line of this call.
    #[track_caller]
    pub fn fail_in(kernel: &KernelHandle, nth: u64, code: u32) -> Self {
        Self::strike(kernel, nth, Blow::Fail(code))
    }

    /// The handler of the `nth` message takes this long: the manual clock moves on while it runs.
    #[track_caller]
    pub fn slow(kernel: &KernelHandle, nth: u64, takes: Duration) -> Self {
        Self::strike(kernel, nth, Blow::Slow(takes))
    }

    /// The kernel's mailbox has no room, for hosts and for kernels, until it is healed. What it holds is still handled.
    pub fn no_room(kernel: &KernelHandle) -> Self {
        Self { kernel: kernel.actor_ref(), what: What::NoRoom }
    }

    /// The kernel's clock is ahead of all others, until it is healed.
    pub fn clock_ahead(kernel: &KernelHandle, by: Duration) -> Self {
        Self { kernel: kernel.actor_ref(), what: What::ClockAhead(by) }
    }

    /// The kernel's clock is behind all others, until it is healed.
    pub fn clock_behind(kernel: &KernelHandle, by: Duration) -> Self {
        Self { kernel: kernel.actor_ref(), what: What::ClockBehind(by) }
    }

    #[track_caller]
    fn strike(kernel: &KernelHandle, nth: u64, blow: Blow) -> Self {
        let strike = Strike { nth, blow, at: Location::caller() };
        Self { kernel: kernel.actor_ref(), what: What::Strike(strike) }
    }

    /// Checks the values.
    pub(super) fn validate(&self) -> Result<()> {
        match self.what {
            What::Strike(Strike { nth: 0, .. }) => Err(RingKernelError::InvalidConfig(
                "an injection is for message 0; messages are counted from 1, the next one".into(),
            )),
            _ => Ok(()),
        }
    }
}
