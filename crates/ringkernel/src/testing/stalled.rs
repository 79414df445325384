//! Why something that a test waits for does not come.

use ringkernel_core::RingKernelError;
use ringkernel_core::runtime::{KernelState, RingKernelRuntime, WaitingOn};
use ringkernel_cpu::StepOutcome;

use super::TestRuntime;

/// Why running has not brought a future to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfinished {
    /// Nothing can run.
    Idle,
    /// The limit of steps is reached.
    StepLimit,
}

impl TestRuntime {
    /// The error for something that does not come.
    pub(super) fn stalled(&self, end: Unfinished, operation: String) -> RingKernelError {
        if end == Unfinished::StepLimit {
            let reason = format!("{} steps have not brought it about; raise `step_limit`", self.step_limit);
            return RingKernelError::Stalled { operation, reason };
        }
        let mut reasons = Vec::new();
        for id in self.stepped.list_kernels() {
            let Some(kernel) = self.stepped.get_kernel(&id) else { continue };
            let status = kernel.status();
            let last = self.trace.iter().rev().find(|step| step.kernel == id);
            if last.is_some_and(|step| step.outcome == StepOutcome::Waiting) {
                reasons.push(format!("`{id}` waits in an async handler"));
            }
            match status.waiting_on {
                Some(WaitingOn::Output) => {
                    reasons.push(format!("`{id}` waits for somebody to receive from it"))
                }
                Some(_) => reasons.push(format!("`{id}` waits for room at a kernel that it has sent to")),
                None => {}
            }
            if status.state != KernelState::Active && status.input_queue_depth > 0 {
                let (state, depth) = (status.state, status.input_queue_depth);
                reasons.push(format!("`{id}` is {state} and holds {depth} messages"));
            }
        }
        if reasons.is_empty() {
            reasons.push("no kernel has anything to do".into());
        }
        if let Some(wait) = self.clock().until_next_wait() {
            reasons.push(format!("the next wait ends when the clock is advanced by {wait:?}"));
        }
        RingKernelError::Stalled { operation, reason: reasons.join("; ") }
    }
}
