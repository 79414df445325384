//! The trait of messages that carry the number of their handler in their type.

use std::fmt;

use super::{MAX_INLINE_PAYLOAD_SIZE, inline, message_flags};
use crate::message::{DecodeError, RingMessage};

/// The number of a handler. It is the same in every program that shares the messages, so it is written down and not
/// counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandlerId(pub u32);

impl From<u32> for HandlerId {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for HandlerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A message that says which handler it is for. Derived with `#[derive(PersistentMessage)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no handler",
    note = "add `#[derive(PersistentMessage)]` and `#[persistent_message(handler_id = 1)]` to the type"
)]
pub trait PersistentMessage: RingMessage {
    /// The handler that it is for.
    const HANDLER_ID: HandlerId;

    /// Whether its sender waits for a response. A handler that then gives none is an error of the dispatch.
    const REQUIRES_RESPONSE: bool = false;

    /// What its handler responds with; `()` where the response says nothing.
    type Response: RingMessage;

    /// The encoded message.
    fn serialize_payload(&self) -> Vec<u8> {
        self.serialize()
    }

    /// Reads a response; `None` when the bytes are none.
    fn deserialize_response(data: &[u8]) -> Option<Self::Response> {
        Self::Response::deserialize(data).ok()
    }

    /// [`HANDLER_ID`](Self::HANDLER_ID) as a number.
    fn handler_id() -> u32 {
        Self::HANDLER_ID.0
    }

    /// [`REQUIRES_RESPONSE`](Self::REQUIRES_RESPONSE).
    fn requires_response() -> bool {
        Self::REQUIRES_RESPONSE
    }

    /// Whether every message of this type has an inline form: one length for all, of at most
    /// [`MAX_INLINE_PAYLOAD_SIZE`] bytes.
    fn can_inline() -> bool {
        inline::fits(Self::LAYOUT.head)
    }

    /// The encoded message, followed by zeros; `None` when [`can_inline`](Self::can_inline) is false.
    fn to_inline_payload(&self) -> Option<[u8; MAX_INLINE_PAYLOAD_SIZE]> {
        inline::pack(self)
    }

    /// Reads what [`to_inline_payload`](Self::to_inline_payload) gave. The zeros may be left out.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are no such message, or something else than zeros follows it.
    fn from_inline_payload(data: &[u8]) -> Result<Self, DecodeError> {
        inline::unpack(data)
    }

    /// What of [`message_flags`] holds for this message.
    fn message_flags(&self) -> u32 {
        message_flags::of(self)
    }
}
