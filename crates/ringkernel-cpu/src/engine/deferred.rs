//! The answers that a kernel has kept the right to give later.

use std::collections::BTreeMap;

use ringkernel_core::context::ReplyTo;
use ringkernel_core::message::CorrelationId;

use ringkernel_core::backend::AnswerTo;

/// An answer that is still owed.
pub(crate) struct Owed {
    pub(crate) answer_to: AnswerTo,
    pub(crate) correlation: CorrelationId,
}

/// Bounded: the oldest right gives way when there is no room.
pub(crate) struct Deferred {
    capacity: usize,
    generation: u32,
    next: u32,
    owed: BTreeMap<u64, Owed>,
}

impl Deferred {
    /// Rights of the actor of this generation; tokens of different actors differ.
    pub(crate) fn new(capacity: usize, generation: u32) -> Self {
        Self { capacity, generation, next: 0, owed: BTreeMap::new() }
    }

    /// Keeps a right. Returns the right that gave way for it.
    pub(crate) fn keep(&mut self, owed: Owed) -> (ReplyTo, Option<Owed>) {
        if self.owed.len() == self.capacity {
            self.owed.retain(
                |_, owed| !matches!(&owed.answer_to, AnswerTo::Caller(caller) if caller.is_abandoned()),
            );
        }
        let evicted = if self.owed.len() == self.capacity { self.owed.pop_first() } else { None };
        self.next = self.next.wrapping_add(1);
        let token = u64::from(self.generation) << 32 | u64::from(self.next);
        self.owed.insert(token, owed);
        (ReplyTo::from_bits(token), evicted.map(|(_, owed)| owed))
    }

    /// Uses up a right.
    pub(crate) fn take(&mut self, to: ReplyTo) -> Option<Owed> {
        self.owed.remove(&to.to_bits())
    }

    /// Ends all rights.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Owed> + use<> {
        std::mem::take(&mut self.owed).into_values()
    }
}
