//! The inline form of a message: a block of fixed size, so that it needs no buffer of its own and no length.

use super::PersistentMessage;
use crate::message::{DecodeError, StructLayout, TypeLayout};

/// Size of the inline form of a message in bytes.
pub const MAX_INLINE_PAYLOAD_SIZE: usize = 32;

/// Whether all messages with this head are as long as the head, and that is short enough.
pub(super) const fn fits(head: &StructLayout) -> bool {
    head.size <= MAX_INLINE_PAYLOAD_SIZE && struct_has_one_length(head)
}

/// The inline form of a message.
pub(super) fn pack<M: PersistentMessage>(message: &M) -> Option<[u8; MAX_INLINE_PAYLOAD_SIZE]> {
    if !M::can_inline() {
        return None;
    }
    let payload = message.to_payload();
    let mut block = [0; MAX_INLINE_PAYLOAD_SIZE];
    // A message written by hand may encode more than its layout says; then it has no inline form either.
    block.get_mut(..payload.len())?.copy_from_slice(&payload);
    Some(block)
}

/// The message of an inline form.
pub(super) fn unpack<M: PersistentMessage>(data: &[u8]) -> Result<M, DecodeError> {
    let size = if M::can_inline() { M::LAYOUT.head.size } else { data.len() };
    let Some((message, zeros)) = data.split_at_checked(size) else {
        return Err(DecodeError::TooShort { needed: size, available: data.len() });
    };
    match zeros.iter().position(|byte| *byte != 0) {
        Some(index) => Err(DecodeError::NonZeroPadding { at: size + index }),
        None if data.len() > MAX_INLINE_PAYLOAD_SIZE => {
            Err(DecodeError::TrailingBytes { extra: data.len() - MAX_INLINE_PAYLOAD_SIZE })
        }
        None => M::deserialize(message),
    }
}

const fn struct_has_one_length(layout: &StructLayout) -> bool {
    let mut index = 0;
    while index < layout.fields.len() {
        if !has_one_length(&layout.fields[index].layout) {
            return false;
        }
        index += 1;
    }
    true
}

/// Whether all values of a type have no part in the tail of a message.
const fn has_one_length(layout: &TypeLayout) -> bool {
    match layout {
        TypeLayout::Scalar(_) | TypeLayout::Enum(_) => true,
        TypeLayout::Array { element, .. } | TypeLayout::Option(element) => has_one_length(element),
        TypeLayout::Cell { element, .. } => has_one_length(element),
        TypeLayout::Struct(layout) => struct_has_one_length(layout),
        TypeLayout::Tuple(parts) => {
            let mut index = 0;
            while index < parts.len() {
                if !has_one_length(&parts[index]) {
                    return false;
                }
                index += 1;
            }
            true
        }
        TypeLayout::Vec(_) | TypeLayout::Text => false,
    }
}
