//! How many messages went through an actor.

/// Message counts of one actor, or of many.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    /// Messages that mailboxes have accepted.
    pub received: u64,
    /// Answers, outputs and messages to other kernels.
    pub sent: u64,
    /// Messages that were handled.
    pub processed: u64,
}

impl Traffic {
    /// Adds the counts of another.
    pub fn add(&mut self, other: Self) {
        self.received += other.received;
        self.sent += other.sent;
        self.processed += other.processed;
    }
}
