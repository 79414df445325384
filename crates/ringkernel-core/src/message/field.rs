//! The values that can stand in a message.

use std::fmt;

use ringkernel_abi::TypeLayout;

use super::{DecodeError, Decoder, Encoder};

/// A value that can be a field of a message.
///
/// Implemented for the scalars, `bool`, `char`, `Uuid`, [`MessageId`](crate::message::MessageId),
/// [`CorrelationId`](crate::message::CorrelationId), [`ActorRef`](crate::runtime::ActorRef),
/// [`ReplyTo`](crate::context::ReplyTo), [`HlcTimestamp`](crate::hlc::HlcTimestamp), arrays, tuples of up to
/// four, `Option`, `Vec`, `String`, and every `#[derive(GpuType)]` struct or enum. The encoding is described in
/// `message/codec.rs`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a message",
    note = "message fields are scalars (not `usize`: write `u32` or `u64`), `bool`, `char`, ids, arrays, tuples, `Option`, `Vec`, `String` and `#[derive(GpuType)]` types"
)]
pub trait MessageField: Sized {
    /// Where its parts lie in the part that holds it.
    const LAYOUT: TypeLayout;
    /// Bytes that the value takes there; a multiple of [`ALIGN`](Self::ALIGN).
    const SIZE: usize = Self::LAYOUT.size();
    /// Alignment of that part in bytes, a power of two.
    const ALIGN: usize = Self::LAYOUT.align();

    /// Writes the value at `offset`, and what has variable length to the tail.
    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize);

    /// Reads the value at `offset`.
    ///
    /// # Errors
    /// When the bytes there are no such value.
    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError>;

    /// Length of a payload after this value's tail has been appended to one of `end` bytes.
    fn tail_end(&self, end: usize) -> usize {
        end
    }

    /// How an envelope prints the value.
    ///
    /// # Errors
    /// Those of the formatter.
    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A plain value that a device holds in its memory with the same bytes.
///
/// Derived for `#[repr(C)]` structs and for fieldless enums with an integer representation. Its
/// [`LAYOUT`](MessageField::LAYOUT) is also that of the Rust type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no device type",
    note = "add `#[derive(GpuType)]` with `#[repr(C)]` (structs) or an integer representation such as `#[repr(u32)]` (fieldless enums); `String`, `Vec` and `usize` have no fixed device layout"
)]
pub trait GpuType: MessageField + Copy + Send + Sync + 'static {}

/// Prints a field through [`MessageField::fmt_field`].
pub struct FieldDebug<'a, T>(pub &'a T);

impl<T: MessageField> fmt::Debug for FieldDebug<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_field(f)
    }
}
