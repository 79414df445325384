//! What all queues and halves tell about themselves in the same words.

use std::fmt;

/// Prints a queue or a half as its state, never its messages.
pub(super) fn debug(
    name: &str,
    len: usize,
    capacity: usize,
    closed: bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.debug_struct(name)
        .field("len", &len)
        .field("capacity", &capacity)
        .field("closed", &closed)
        .finish_non_exhaustive()
}

/// What both halves of a queue can tell about it.
macro_rules! half_views {
    ($shared:ident) => {
        /// Messages in the queue.
        pub fn len(&self) -> usize {
            self.$shared.ring.len()
        }

        /// Largest number of messages, a power of two.
        pub fn capacity(&self) -> usize {
            self.$shared.ring.capacity()
        }

        /// True when there is nothing to take.
        pub fn is_empty(&self) -> bool {
            self.len() == 0
        }

        /// True when the next message would be refused for want of room.
        pub fn is_full(&self) -> bool {
            self.len() >= self.capacity()
        }

        /// True once either half closed the queue or is gone.
        pub fn is_closed(&self) -> bool {
            self.$shared.ring.is_closed()
        }

        /// The queue's figures since it was made.
        pub fn statistics(&self) -> QueueStatistics {
            self.$shared.statistics()
        }

        /// The same figures as plain counters, with the depth.
        pub fn stats(&self) -> QueueStats {
            self.statistics().into()
        }

        /// Bytes of slots: zero until the first message.
        pub fn allocated_bytes(&self) -> usize {
            self.$shared.allocated_bytes()
        }
    };
}
pub(super) use half_views;
