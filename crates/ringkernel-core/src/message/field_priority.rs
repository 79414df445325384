//! [`Priority`] as a message field: one byte, in which only the four levels are valid.

use std::fmt;

use ringkernel_abi::{EnumLayout, Scalar, TypeLayout};

use super::{DecodeError, Decoder, Encoder, GpuType, MessageField, Priority};

const LAYOUT: &EnumLayout = &EnumLayout {
    name: "Priority",
    repr: Scalar::U8,
    variants: &[
        ("Low", Priority::Low as _),
        ("Normal", Priority::Normal as _),
        ("High", Priority::High as _),
        ("Critical", Priority::Critical as _),
    ],
};

impl MessageField for Priority {
    const LAYOUT: TypeLayout = TypeLayout::Enum(LAYOUT);

    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        self.as_u8().encode_at(encoder, offset);
    }

    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
        let number = u8::decode_at(decoder, offset)?;
        let level = Self::from_u8(number);
        if level.as_u8() != number {
            return Err(DecodeError::InvalidValue { value: number.into(), expected: "Priority" });
        }
        Ok(level)
    }

    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl GpuType for Priority {}
