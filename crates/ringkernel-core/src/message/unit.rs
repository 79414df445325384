//! `()` as a message: nothing is said, only that it was said. It is the response of messages that ask for none in
//! particular.

use std::fmt;

use ringkernel_abi::device::MessageLayout;
use ringkernel_abi::{CorrelationId, MessageId, StructLayout};

use super::{DecodeError, Decoder, Encoder, RingMessage, priority};
use crate::error::RingKernelError;
use crate::registry::MessageInfo;

impl RingMessage for () {
    const MESSAGE_TYPE: &'static str = "()";
    const TYPE_ID: u64 = crate::__private::type_id_of_name("()");
    const LAYOUT: &'static MessageLayout = &MessageLayout {
        name: Self::MESSAGE_TYPE,
        type_id: Self::TYPE_ID,
        head: &StructLayout { name: "Unit", size: 0, align: 1, fields: &[] },
        id: None,
        correlation: None,
        priority: None,
        default_priority: priority::NORMAL,
        handler_id: None,
    };

    fn message_id(&self) -> MessageId {
        MessageId::NIL
    }

    fn set_message_id(&mut self, _id: MessageId) {}

    fn priority(&self) -> u8 {
        priority::NORMAL
    }

    fn correlation_id(&self) -> Option<CorrelationId> {
        None
    }

    fn payload_size(&self) -> usize {
        0
    }

    fn encode(&self, encoder: &mut Encoder<'_>) {
        encoder.begin(0);
    }

    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.begin(0)?;
        decoder.finish()
    }

    fn fmt_message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("()")
    }
}

inventory::submit! { MessageInfo::of::<()>() }

/// What a caller is given who expects a `R`: a handler that has returned nothing has given `()`.
pub(crate) fn or_silence<R: RingMessage>(answer: Result<R, RingKernelError>) -> Result<R, RingKernelError> {
    match answer {
        Err(RingKernelError::NoReply { .. }) if R::TYPE_ID == <()>::TYPE_ID => Ok(R::deserialize(&[])?),
        answer => answer,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::message::MessageEnvelope;

    #[test]
    fn nothing_has_no_bytes_and_comes_back() {
        let envelope = MessageEnvelope::new(&());
        assert_eq!(envelope.payload.len(), 0);
        envelope.decode::<()>().expect("its own encoding");
        assert!(format!("{envelope:?}").starts_with("() [id "), "{envelope:?}");
        assert_eq!(<()>::deserialize(&[0]).err(), Some(DecodeError::TrailingBytes { extra: 1 }));
    }
}
