//! The trait of everything that travels between host and kernels.

use std::fmt;

use ringkernel_abi::device::MessageLayout;
use ringkernel_abi::{CorrelationId, MessageId};

use super::{DecodeError, Decoder, Encoder, Payload};

/// A type that can be sent to, from and between kernels. Derived with `#[derive(RingMessage)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no message",
    note = "add `#[derive(RingMessage)]` to the type"
)]
pub trait RingMessage: Send + Sync + Sized + 'static {
    /// The type's full name, `module::path::Name`.
    const MESSAGE_TYPE: &'static str;

    /// The number by which the type travels.
    ///
    /// The explicit `type_id`, counted from the start of the domain where one is named; else a hash of
    /// [`MESSAGE_TYPE`](Self::MESSAGE_TYPE). Two types with one number are refused when a runtime starts.
    const TYPE_ID: u64;

    /// How devices see the type: the fixed part of its encoding, and which fields have a part in the header.
    const LAYOUT: &'static MessageLayout;

    /// [`TYPE_ID`](Self::TYPE_ID).
    fn message_type() -> u64 {
        Self::TYPE_ID
    }

    /// The id in the message, nil where it has none.
    fn message_id(&self) -> MessageId;

    /// Writes the id into the message's id field, if it has one.
    fn set_message_id(&mut self, id: MessageId);

    /// Priority from 0 to 255, higher is more urgent: the field's value, or the default where that is 0.
    fn priority(&self) -> u8;

    /// The message that this one belongs to.
    fn correlation_id(&self) -> Option<CorrelationId>;

    /// Encoded size in bytes.
    fn payload_size(&self) -> usize;

    /// Writes the message.
    fn encode(&self, encoder: &mut Encoder<'_>);

    /// Reads a message.
    ///
    /// # Errors
    /// When the bytes are no such message. Never panics, whatever the bytes are.
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError>;

    /// How an envelope prints the message.
    ///
    /// # Errors
    /// Those of the formatter.
    fn fmt_message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The encoded message.
    fn to_payload(&self) -> Payload {
        let mut payload = Payload::new();
        self.encode(&mut Encoder::new(&mut payload));
        payload
    }

    /// The encoded message as a vector.
    fn serialize(&self) -> Vec<u8> {
        self.to_payload().into_vec()
    }

    /// Reads a message from exactly these bytes.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn deserialize(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(&mut Decoder::new(bytes))
    }
}
