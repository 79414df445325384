//! What a turn may do, told by the thread that runs it to the loop that is run: how many messages, and from what time on.
//!
//! The clock is read once per message, at its end. A worker that goes on at once, with the same actor or with one that it
//! has just sent to, takes that reading as the time at which the next message begins.

use std::cell::Cell;

use ringkernel_core::clock;

/// Messages that a worker handles for one actor before others get their turn.
pub(crate) const BATCH: u32 = 64;

/// Messages that a caller handles: its own, and those of others who call meanwhile, whom a worker would have to be woken for.
pub(crate) const CALLERS_BATCH: u32 = 16;

thread_local! {
    static CALLERS: Cell<bool> = const { Cell::new(false) };
    static MESSAGES_LEFT: Cell<u32> = const { Cell::new(0) };
    /// The last reading, while it still is the present; 0 otherwise.
    static NOW_NS: Cell<u64> = const { Cell::new(0) };
}

/// Lets the next turn on this thread handle up to `messages`.
pub(crate) fn allow(messages: u32) {
    MESSAGES_LEFT.set(messages);
}

/// Lets the next turns on this thread be those of a caller, or again those of a worker.
pub(crate) fn set_callers(callers: bool) {
    CALLERS.set(callers);
}

/// Whether a caller runs the turn, who may run trusted handlers only.
#[inline]
pub(crate) fn is_callers() -> bool {
    CALLERS.get()
}

/// Whether the turn has handled as many as it may.
#[inline]
pub(crate) fn is_spent() -> bool {
    MESSAGES_LEFT.get() == 0
}

/// Counts a message against what the turn may handle.
#[inline]
pub(crate) fn count_message() {
    MESSAGES_LEFT.set(MESSAGES_LEFT.get().saturating_sub(1));
}

/// The time at which the turn goes on.
pub(crate) fn now_ns() -> u64 {
    match NOW_NS.get() {
        0 => read_ns(),
        now_ns => now_ns,
    }
}

/// Reads the clock.
pub(crate) fn read_ns() -> u64 {
    let now_ns = clock::now_ns();
    NOW_NS.set(now_ns);
    now_ns
}

/// Sets the present to a reading that the caller has just made; to 0 when time has passed since the last one.
pub(crate) fn set_ns(now_ns: u64) {
    NOW_NS.set(now_ns);
}
