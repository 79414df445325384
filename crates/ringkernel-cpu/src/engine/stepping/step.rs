//! What one step came to.

use std::fmt;
use std::time::Duration;

use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::runtime::{Fault, KernelId};

/// One message of one kernel, as far as one step took it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// When, counted from the start of the manual clock.
    pub at: Duration,
    /// The kernel that took the message.
    pub kernel: KernelId,
    /// The kernel that sent it; `None` for the host, and for a kernel that has ended.
    pub sender: Option<KernelId>,
    /// Name of the message's type, `module::path::Name`.
    pub message: String,
    /// What became of it.
    pub outcome: StepOutcome,
}

/// What became of a message in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepOutcome {
    /// Its handler has returned.
    Handled,
    /// Its async handler waits for something. It takes a further step when that has happened.
    Waiting,
    /// Its handler faulted.
    Faulted(Box<Fault>),
    /// It was not handled, and is among the dead letters.
    DeadLetter(DeadLetterReason),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.message.rsplit("::").next().unwrap_or(&self.message);
        let sender = self.sender.as_ref().map_or("host", KernelId::as_str);
        write!(f, "{:?} {sender} -> {}: {name} {}", self.at, self.kernel, self.outcome)
    }
}

impl fmt::Display for StepOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handled => f.write_str("handled"),
            Self::Waiting => f.write_str("waits in its handler"),
            Self::Faulted(fault) => write!(f, "faulted: {fault}"),
            Self::DeadLetter(reason) => write!(f, "became a dead letter: {reason}"),
        }
    }
}
