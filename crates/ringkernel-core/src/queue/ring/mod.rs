//! The bare rings: no statistics, no waiting, no notification.
//!
//! Threads that poll, or that have their own way to wake each other, use these; everybody else uses
//! the queues built on them; `mailbox` is for receivers that sleep. `README.md` in the parent folder explains the protocols.

#[cfg(any(test, not(loom)))]
pub(crate) mod mailbox;
pub mod mpsc;
pub(super) mod slots;
pub mod spsc;

/// Why a ring did not take a value; the value comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushError<T> {
    /// Every slot is in use.
    Full(T),
    /// The ring is closed.
    Closed(T),
}
