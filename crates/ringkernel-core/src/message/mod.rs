//! Messages: the trait, the values they are made of, their encoding and the envelope they travel in.
//!
//! - `ring_message`: the [`RingMessage`] trait
//! - `field*`: what can stand in a message ([`MessageField`], [`GpuType`])
//! - `codec`: the bytes ([`Encoder`], [`Decoder`]); `payload`: their owner
//! - `envelope`: header and payload as the host sees them
//! - `priority`: levels and bands
//! - `unit`: `()` as a message
//! - layouts, from which device code is generated: [`MessageLayout`], [`TypeLayout`]

pub(crate) mod codec;
mod envelope;
mod field;
mod field_composite;
mod field_priority;
mod field_scalar;
mod id_field;
mod payload;
mod priority_level;
mod ring_message;
pub(crate) mod unit;

pub use codec::{DecodeError, Decoder, Encoder};
pub use envelope::MessageEnvelope;
pub use field::{FieldDebug, GpuType, MessageField};
pub use id_field::{CorrelationField, IdField, PriorityField};
pub use payload::{INLINE_PAYLOAD_BYTES, Payload};
pub use priority_level::{Band, Priority, priority};
pub use ring_message::RingMessage;
pub use ringkernel_abi::device::MessageLayout;
pub use ringkernel_abi::{
    CorrelationId, EnumLayout, FieldLayout, HeaderError, MessageHeader, MessageId, Scalar, StructLayout,
    TypeLayout,
};
