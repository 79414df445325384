//! What happens to a kernel whose handler faulted.

use std::time::Duration;

/// Whether a failed kernel starts again.
///
/// A restart restores the initial state and goes on with the messages that are queued. The message that was in
/// hand is dead-lettered either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RestartPolicy {
    /// It stays failed, and what is queued is dead-lettered.
    #[default]
    Never,
    /// It starts again, unless it has already done so `max_restarts` times within `window`.
    Limited {
        /// Most restarts within the window, up to 4,096.
        max_restarts: u32,
        /// Length of the window, which slides.
        window: Duration,
    },
}

impl RestartPolicy {
    /// At most `max_restarts` restarts within any `window`.
    pub const fn limited(max_restarts: u32, window: Duration) -> Self {
        Self::Limited { max_restarts, window }
    }
}
