//! Whether an actor whose handler has faulted may start again.

use std::collections::VecDeque;
use std::time::Instant;

use crate::runtime::RestartPolicy;

/// When an actor was restarted lately.
#[derive(Debug, Default)]
pub struct Restarts {
    within_window: VecDeque<Instant>,
}

impl Restarts {
    /// Whether the policy allows a restart now. It is noted if so.
    pub fn may_restart(&mut self, policy: RestartPolicy, now: Instant) -> bool {
        let RestartPolicy::Limited { max_restarts, window } = policy else { return false };
        while self.within_window.front().is_some_and(|restart| now.duration_since(*restart) > window) {
            self.within_window.pop_front();
        }
        let allowed = self.within_window.len() < max_restarts as usize;
        if allowed {
            self.within_window.push_back(now);
        }
        allowed
    }
}
