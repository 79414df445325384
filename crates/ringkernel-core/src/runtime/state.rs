//! The lifecycle of a kernel, and its status.

use std::fmt;
use std::time::Duration;

use super::{Fault, KernelId};

/// Kernel lifecycle state.
///
/// ```text
/// Created -> Launched -> Active <-> Deactivated
///               |           |            |
///               +-----------+-----+------+
///                           v     v
///                        Failed  Terminating -> Terminated
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KernelState {
    /// Its resources are being set up.
    Created,
    /// Ready; queues what is sent and processes nothing.
    Launched,
    /// Processes messages.
    Active,
    /// Paused: keeps its state and its messages.
    Deactivated,
    /// Finishes the message in hand.
    Terminating,
    /// Gone; its output can still be drained.
    Terminated,
    /// A handler faulted and the restart policy does not restart it.
    Failed,
}

impl KernelState {
    /// Whether `activate` is possible.
    pub const fn can_activate(self) -> bool {
        matches!(self, Self::Launched | Self::Deactivated | Self::Active)
    }

    /// Whether `deactivate` is possible.
    pub const fn can_deactivate(self) -> bool {
        matches!(self, Self::Active | Self::Deactivated)
    }

    /// Whether `terminate` is possible.
    pub const fn can_terminate(self) -> bool {
        matches!(self, Self::Launched | Self::Active | Self::Deactivated | Self::Failed)
    }

    /// Whether it processes messages.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Active)
    }

    /// Whether it is gone.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Terminated)
    }
}

impl fmt::Display for KernelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What keeps an active kernel from taking its next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitingOn {
    /// Its output queue is full: nobody receives.
    Output,
    /// A kernel that it has sent to has no room.
    Outbox,
}

/// A kernel at one moment.
#[derive(Debug, Clone)]
pub struct KernelStatus {
    /// The instance.
    pub id: KernelId,
    /// The registered kernel that it runs.
    pub handler: &'static str,
    /// Its state.
    pub state: KernelState,
    /// Messages waiting in its mailbox.
    pub input_queue_depth: usize,
    /// Answers and outputs waiting to be received.
    pub output_queue_depth: usize,
    /// Messages handled since launch.
    pub messages_processed: u64,
    /// Time since launch.
    pub uptime: Duration,
    /// How often it was restarted after a fault.
    pub restarts: u64,
    /// What it is held up by.
    pub waiting_on: Option<WaitingOn>,
    /// For how long the handler has been running, when that is longer than the watchdog allows. An async handler that
    /// waits is not running: it holds no worker.
    pub stuck_for: Option<Duration>,
    /// The latest fault.
    pub last_fault: Option<Fault>,
}
