//! What kernels and runtimes report about themselves.

use std::fmt;
use std::time::Duration;

use super::{KernelId, KernelState};
use crate::telemetry::TelemetrySnapshot;

/// Figures of one kernel.
#[derive(Debug, Clone)]
pub struct KernelMetrics {
    /// The instance.
    pub kernel_id: KernelId,
    /// Its state.
    pub state: KernelState,
    /// Time since launch.
    pub uptime: Duration,
    /// Counters and latencies.
    pub telemetry: TelemetrySnapshot,
    /// Messages that its mailbox has accepted. Each is waiting, was handled (`telemetry.processed()`), was polled by a
    /// handler, or became a dead letter.
    pub messages_received: u64,
    /// Answers, outputs and kernel-to-kernel messages that it has produced.
    pub messages_sent: u64,
    /// Errors that its handlers have reported with `report_error`.
    pub errors_reported: u64,
    /// Faults of its handlers.
    pub faults: u64,
    /// Restarts after faults.
    pub restarts: u64,
    /// Host memory of its queues, in bytes.
    pub host_memory_used: u64,
}

impl fmt::Display for KernelMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, up {:.1?}): received {}, sent {}, {}",
            self.kernel_id,
            self.state,
            self.uptime,
            self.messages_received,
            self.messages_sent,
            self.telemetry
        )
    }
}

/// Figures of a tenant in a runtime: those of its running kernels, and of its account, which other runtimes may share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TenantMetrics {
    /// Kernels that run.
    pub kernels: usize,
    /// Messages that their mailboxes have accepted.
    pub messages_received: u64,
    /// Answers, outputs and kernel-to-kernel messages that they have produced.
    pub messages_sent: u64,
    /// Messages that they have handled.
    pub messages_processed: u64,
    /// Faults of their handlers.
    pub faults: u64,
    /// Device memory on the tenant's account, in bytes; 0 for one that is not registered.
    pub gpu_memory_used: u64,
    /// Handler time of the engagement that was asked for, as far as the tenant is registered.
    pub handler_time: Duration,
}

/// Figures of a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuntimeMetrics {
    /// Kernels that are active now.
    pub active_kernels: usize,
    /// Kernels launched since the runtime started.
    pub total_launched: u64,
    /// Messages taken into mailboxes, of all kernels ever.
    pub messages_received: u64,
    /// Answers, outputs and kernel-to-kernel messages produced, by all kernels ever.
    pub messages_sent: u64,
    /// Messages handled, by all kernels ever.
    pub messages_processed: u64,
    /// Messages that could not be delivered or handled.
    pub dead_letters: u64,
    /// Dead letters that gave way to newer ones before they were read.
    pub dead_letters_evicted: u64,
    /// Messages and look-ups that would have crossed from one tenant to another, and were refused.
    pub cross_tenant_rejections: u64,
    /// Handlers that faulted.
    pub faults: u64,
    /// Handlers that have run for longer than the watchdog allows, ever.
    pub stuck_handlers: u64,
    /// Host memory of the queues of all running kernels, and of buffers whose device is the host, in bytes.
    pub host_memory_used: u64,
    /// Device memory in use, buffers of one's own included, in bytes.
    pub gpu_memory_used: u64,
}
