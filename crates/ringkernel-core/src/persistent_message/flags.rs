//! What a dispatcher wants to know of a message before it looks into it, as bits of one word.

/// Bits that say how a message is to be carried and answered.
pub mod message_flags {
    use crate::message::{Band, INLINE_PAYLOAD_BYTES};
    use crate::persistent_message::PersistentMessage;

    /// It has no inline form: its length is told beside it. This describes the message to whoever looks; nothing here goes by it.
    pub const FLAG_EXTENDED: u32 = 1;
    /// It is of the band High or Critical. A dispatcher sends a packed message with this flag in the band High at least.
    pub const FLAG_HIGH_PRIORITY: u32 = 2;
    /// Its payload is too long to travel within an envelope and has a buffer of its own
    /// (more than [`INLINE_PAYLOAD_BYTES`](crate::message::INLINE_PAYLOAD_BYTES) bytes). This describes the message, too: an envelope
    /// knows by itself where its payload is.
    pub const FLAG_EXTERNAL_BUFFER: u32 = 4;
    /// Its sender waits for a response. A kernel of a runtime that gets such a message through a broker answers its source, and not into its
    /// output queue; [`KernelDispatcher::call`](crate::dispatcher::KernelDispatcher::call) sets it.
    pub const FLAG_REQUIRES_RESPONSE: u32 = 8;

    /// The flags of a message.
    pub fn of<M: PersistentMessage>(message: &M) -> u32 {
        let is_urgent = Band::from_u8(message.priority()) >= Band::High;
        let flag = |flag: u32, holds: bool| if holds { flag } else { 0 };
        flag(FLAG_EXTENDED, !M::can_inline())
            | flag(FLAG_HIGH_PRIORITY, is_urgent)
            | flag(FLAG_EXTERNAL_BUFFER, message.payload_size() > INLINE_PAYLOAD_BYTES)
            | flag(FLAG_REQUIRES_RESPONSE, M::REQUIRES_RESPONSE)
    }
}
