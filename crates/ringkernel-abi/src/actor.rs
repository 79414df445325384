//! Plain-data handles that travel in messages and in actor state: who to send to, and whom to answer.

use core::fmt;

use crate::layout::shared_struct;

shared_struct! {
    /// Names one launched actor: the index of its slot and the generation that the slot had then.
    ///
    /// Generations are unique within a process, so a handle never names a later actor in the same slot. Any
    /// 8 bytes are a handle; whether an actor answers to it is found out when it is used.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
    pub struct ActorRef: 8 bytes, align 4 {
        0 => index: u32,
        4 => generation: u32,
    }
}

impl ActorRef {
    /// No actor. As the source of a message it means the host.
    pub const NONE: Self = Self::from_parts(0, 0);

    /// A handle from slot index and generation. Generation 0 belongs to no actor.
    pub const fn from_parts(index: u32, generation: u32) -> Self {
        Self { index, generation }
    }

    /// The index of the actor's slot.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The generation of the slot when the actor was launched.
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// True for [`Self::NONE`] alone.
    pub const fn is_none(self) -> bool {
        self.index == 0 && self.generation == 0
    }

    /// The handle as one word: generation in the high half, index in the low half.
    pub const fn to_bits(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The inverse of [`Self::to_bits`].
    pub const fn from_bits(bits: u64) -> Self {
        Self { index: bits as u32, generation: (bits >> 32) as u32 }
    }
}

impl fmt::Display for ActorRef {
    /// Prints `Actor(index.generation)`, or `Actor(none)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            f.write_str("Actor(none)")
        } else {
            write!(f, "Actor({}.{})", self.index, self.generation)
        }
    }
}

shared_struct! {
    /// The right to answer a request later: what a handler keeps when it defers its answer.
    ///
    /// The token means something to the runtime that issued it and to nobody else. A copied or outdated token
    /// does no harm: the first answer counts.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ReplyTo: 8 bytes, align 8 {
        0 => token: u64,
    }
}

impl ReplyTo {
    /// Nobody to answer.
    pub const NONE: Self = Self::from_bits(0);

    /// A right to answer from the runtime's token.
    pub const fn from_bits(token: u64) -> Self {
        Self { token }
    }

    /// The runtime's token.
    pub const fn to_bits(self) -> u64 {
        self.token
    }

    /// True for [`Self::NONE`] alone.
    pub const fn is_none(self) -> bool {
        self.token == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_handle_survives_the_way_through_one_word() {
        let actor = ActorRef::from_parts(0x0102_0304, 0xA0B0_C0D0);
        assert_eq!(actor.to_bits(), 0xA0B0_C0D0_0102_0304);
        assert_eq!(ActorRef::from_bits(actor.to_bits()), actor);
        assert_eq!(ReplyTo::from_bits(9).to_bits(), 9);
    }

    #[test]
    fn only_all_zero_handles_are_none() {
        assert!(ActorRef::default().is_none() && ReplyTo::default().is_none());
        assert!(!ActorRef::from_parts(0, 1).is_none());
        assert!(!ActorRef::from_parts(1, 0).is_none());
        assert!(!ReplyTo::from_bits(1).is_none());
    }

    #[test]
    fn a_handle_prints_slot_and_generation() {
        assert_eq!(ActorRef::from_parts(3, 7).to_string(), "Actor(3.7)");
        assert_eq!(ActorRef::NONE.to_string(), "Actor(none)");
    }
}
