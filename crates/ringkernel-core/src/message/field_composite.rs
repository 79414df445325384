//! Arrays, tuples, options, vectors and text as message fields.

use std::fmt;

use ringkernel_abi::TypeLayout;

use super::codec::{HeadLayout, head_layout};
use super::{DecodeError, Decoder, Encoder, FieldDebug, GpuType, MessageField};

impl<T: MessageField, const N: usize> MessageField for [T; N] {
    const LAYOUT: TypeLayout = TypeLayout::Array { element: &T::LAYOUT, len: N };

    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        for (index, item) in self.iter().enumerate() {
            item.encode_at(encoder, offset + T::SIZE * index);
        }
    }

    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
        let mut error = None;
        let items: [Option<T>; N] = std::array::from_fn(|index| {
            if error.is_some() {
                return None;
            }
            T::decode_at(decoder, offset + T::SIZE * index).map_err(|refused| error = Some(refused)).ok()
        });
        match error {
            Some(error) => Err(error),
            None => Ok(items.map(|item| item.expect("every item of an array was decoded"))),
        }
    }

    fn tail_end(&self, end: usize) -> usize {
        self.iter().fold(end, |end, item| item.tail_end(end))
    }

    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(FieldDebug)).finish()
    }
}

impl<T: GpuType, const N: usize> GpuType for [T; N] {}

/// A tag (`u32`, 0 or 1), then the value.
const fn option_layout<T: MessageField>() -> HeadLayout<2> {
    head_layout([(4, 4), (T::SIZE, T::ALIGN)])
}

impl<T: MessageField> MessageField for Option<T> {
    const LAYOUT: TypeLayout = TypeLayout::Option(&T::LAYOUT);

    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        if let Some(value) = self {
            encoder.put(offset, &1u32.to_le_bytes());
            value.encode_at(encoder, offset + option_layout::<T>().offsets[1]);
        }
    }

    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
        let layout = const { option_layout::<T>() };
        match u32::decode_at(decoder, offset)? {
            0 => decoder.padding(offset + layout.ends[0], offset + layout.size).map(|()| None),
            1 => {
                layout.check_padding(decoder, offset)?;
                T::decode_at(decoder, offset + layout.offsets[1]).map(Some)
            }
            tag => Err(DecodeError::InvalidValue { value: tag.into(), expected: "option tag" }),
        }
    }

    fn tail_end(&self, end: usize) -> usize {
        self.as_ref().map_or(end, |value| value.tail_end(end))
    }

    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(value) => f.debug_tuple("Some").field(&FieldDebug(value)).finish(),
            None => f.write_str("None"),
        }
    }
}

/// Writes where a part of variable length lies. A value that does not fit is written as the largest one, which
/// decoding refuses; a payload of 4 GiB is over every limit anyway.
fn put_span(encoder: &mut Encoder<'_>, at: usize, offset: usize, count: usize) {
    encoder.put(at, &u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes());
    encoder.put(at + 4, &u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

/// Reads what [`put_span`] wrote: (offset, count).
fn span(decoder: &mut Decoder<'_>, at: usize) -> Result<(usize, usize), DecodeError> {
    Ok((u32::decode_at(decoder, at)? as usize, u32::decode_at(decoder, at + 4)? as usize))
}

impl<T: MessageField> MessageField for Vec<T> {
    const LAYOUT: TypeLayout = TypeLayout::Vec(&T::LAYOUT);

    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        let start = encoder.append(T::ALIGN, T::SIZE * self.len());
        put_span(encoder, offset, start, self.len());
        for (index, item) in self.iter().enumerate() {
            item.encode_at(encoder, start + T::SIZE * index);
        }
    }

    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
        // Without a byte per element, a length alone could make decoding run for ever.
        const { assert!(T::SIZE > 0, "the elements of a vector in a message take at least one byte") };
        let (start, count) = span(decoder, offset)?;
        let start = decoder.take(start, T::ALIGN, count.saturating_mul(T::SIZE))?;
        // The elements have been claimed, so that the input bounds what is reserved here.
        let mut items = Vec::with_capacity(count);
        for index in 0..count {
            items.push(T::decode_at(decoder, start + T::SIZE * index)?);
        }
        Ok(items)
    }

    fn tail_end(&self, end: usize) -> usize {
        let end = end.next_multiple_of(T::ALIGN) + T::SIZE * self.len();
        self.iter().fold(end, |end, item| item.tail_end(end))
    }

    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 16;
        let mut list = f.debug_list();
        list.entries(self.iter().take(SHOWN).map(FieldDebug));
        if self.len() > SHOWN {
            list.entry(&format_args!(".. {} more", self.len() - SHOWN));
        }
        list.finish()
    }
}

impl MessageField for String {
    const LAYOUT: TypeLayout = TypeLayout::Text;

    fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        let start = encoder.append(1, self.len());
        put_span(encoder, offset, start, self.len());
        encoder.put(start, self.as_bytes());
    }

    fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
        let (start, bytes) = span(decoder, offset)?;
        let start = decoder.take(start, 1, bytes)?;
        match std::str::from_utf8(decoder.slice(start, bytes)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(DecodeError::InvalidUtf8 { valid_up_to: error.valid_up_to() }),
        }
    }

    fn tail_end(&self, end: usize) -> usize {
        end + self.len()
    }

    fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))*) => {$(
        impl<$($name: MessageField),+> MessageField for ($($name,)+) {
            const LAYOUT: TypeLayout = TypeLayout::Tuple(&[$($name::LAYOUT),+]);

            fn encode_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
                let offsets = const { head_layout([$(($name::SIZE, $name::ALIGN)),+]).offsets };
                $(self.$index.encode_at(encoder, offset + offsets[$index]);)+
            }

            fn decode_at(decoder: &mut Decoder<'_>, offset: usize) -> Result<Self, DecodeError> {
                let layout = const { head_layout([$(($name::SIZE, $name::ALIGN)),+]) };
                layout.check_padding(decoder, offset)?;
                Ok(($($name::decode_at(decoder, offset + layout.offsets[$index])?,)+))
            }

            fn tail_end(&self, end: usize) -> usize {
                $(let end = self.$index.tail_end(end);)+
                end
            }

            fn fmt_field(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple("")$(.field(&FieldDebug(&self.$index)))+.finish()
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
}
