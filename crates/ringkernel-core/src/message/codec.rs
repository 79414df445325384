//! How a message becomes bytes: a fixed head, then a tail.
//!
//! The head holds every field at the offset that C would give it, so that a device reads it as a struct.
//! A field of variable length stands in the head as `{ offset: u32, count: u32 }` and points to its elements
//! in the tail; offsets count from the start of the payload and are aligned for the element. All numbers are
//! little-endian, padding is zero.
//!
//! The tail has one canonical order: each part starts exactly where the previous one ended, rounded up to its
//! alignment. Decoding insists on it, and on padding that is zero. Therefore a value has one encoding and no other,
//! no byte is read twice, what decoding allocates is bounded by the length of the input, and arbitrary bytes give an
//! error or a value, never a panic and never undefined behaviour.

use super::Payload;

/// Why bytes are no message of the expected type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There are fewer bytes than the type needs.
    #[error("{needed} bytes are needed and there are {available}")]
    TooShort {
        /// Bytes needed up to and including the part that is missing.
        needed: usize,
        /// Bytes there are.
        available: usize,
    },
    /// There are bytes left over.
    #[error("{extra} bytes follow the end of the message")]
    TrailingBytes {
        /// How many.
        extra: usize,
    },
    /// A part of variable length does not lie where the encoding puts it.
    #[error("a part of variable length points to byte {found}; it must lie at byte {expected}")]
    MisplacedTail {
        /// Where it must lie, from the start of the payload.
        expected: usize,
        /// Where the input says it lies.
        found: usize,
    },
    /// A byte between the parts of the message that is not zero.
    #[error("byte {at} is padding and must be zero")]
    NonZeroPadding {
        /// Where it lies, from the start of the payload.
        at: usize,
    },
    /// A value that the type does not have.
    #[error("{value} is no valid {expected}")]
    InvalidValue {
        /// The value found.
        value: u64,
        /// What was expected.
        expected: &'static str,
    },
    /// Text that is not UTF-8.
    #[error("the text is not valid UTF-8 after {valid_up_to} bytes")]
    InvalidUtf8 {
        /// Length of the valid prefix in bytes.
        valid_up_to: usize,
    },
}

/// Writes one message into a [`Payload`].
#[derive(Debug)]
pub struct Encoder<'a> {
    payload: &'a mut Payload,
}

impl<'a> Encoder<'a> {
    /// An encoder that appends to an empty payload.
    pub fn new(payload: &'a mut Payload) -> Self {
        Self { payload }
    }

    /// Starts the message with a zeroed head of `head_bytes`.
    pub fn begin(&mut self, head_bytes: usize) {
        self.payload.grow_to(head_bytes);
    }

    /// Writes bytes at an offset that [`begin`](Self::begin) or [`append`](Self::append) has made room for.
    pub fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.payload[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    /// Adds a zeroed part of `bytes`, aligned to `align`, to the tail. Returns its offset.
    pub fn append(&mut self, align: usize, bytes: usize) -> usize {
        let offset = self.payload.len().next_multiple_of(align);
        self.payload.grow_to(offset + bytes);
        offset
    }
}

/// Reads one message from bytes.
#[derive(Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    tail: usize,
}

impl<'a> Decoder<'a> {
    /// A decoder of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, tail: 0 }
    }

    /// Claims the head.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] when there are fewer bytes.
    pub fn begin(&mut self, head_bytes: usize) -> Result<(), DecodeError> {
        self.claim(0, head_bytes).map(|_| ())
    }

    /// Claims the next part of the tail, which the input says lies at `offset`.
    ///
    /// # Errors
    /// When it does not lie there, or is not complete.
    pub fn take(&mut self, offset: usize, align: usize, bytes: usize) -> Result<usize, DecodeError> {
        let expected = self.tail.next_multiple_of(align);
        if offset != expected {
            return Err(DecodeError::MisplacedTail { expected, found: offset });
        }
        let (end, start) = (self.tail, self.claim(expected, bytes)?);
        self.padding(end, start)?;
        Ok(start)
    }

    /// Checks that the bytes from `from` to before `to`, which belong to no value, are zero.
    ///
    /// # Errors
    /// [`DecodeError::NonZeroPadding`], or [`DecodeError::TooShort`] when the input ends before.
    #[inline]
    pub fn padding(&self, from: usize, to: usize) -> Result<(), DecodeError> {
        if from >= to {
            return Ok(());
        }
        match self.slice(from, to - from)?.iter().position(|byte| *byte != 0) {
            Some(index) => Err(DecodeError::NonZeroPadding { at: from + index }),
            None => Ok(()),
        }
    }

    /// `N` bytes at an offset inside a part that has been claimed.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] when the input ends before.
    pub fn array<const N: usize>(&self, offset: usize) -> Result<[u8; N], DecodeError> {
        let too_short =
            DecodeError::TooShort { needed: offset.saturating_add(N), available: self.bytes.len() };
        let bytes = self.bytes.get(offset..).and_then(|rest| rest.first_chunk::<N>()).ok_or(too_short)?;
        Ok(*bytes)
    }

    /// `bytes` bytes at an offset inside a part that has been claimed.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] when the input ends before.
    pub fn slice(&self, offset: usize, bytes: usize) -> Result<&'a [u8], DecodeError> {
        let end = offset.saturating_add(bytes);
        self.bytes.get(offset..end).ok_or(DecodeError::TooShort { needed: end, available: self.bytes.len() })
    }

    /// Checks that all bytes have been claimed.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`] when some were not.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.bytes.len() - self.tail {
            0 => Ok(()),
            extra => Err(DecodeError::TrailingBytes { extra }),
        }
    }

    fn claim(&mut self, offset: usize, bytes: usize) -> Result<usize, DecodeError> {
        let end = offset.saturating_add(bytes);
        if end > self.bytes.len() {
            return Err(DecodeError::TooShort { needed: end, available: self.bytes.len() });
        }
        self.tail = end;
        Ok(offset)
    }
}

/// Offsets of the fields of a head, and its size and alignment, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLayout<const N: usize> {
    /// Offset of each field.
    pub offsets: [usize; N],
    /// Offset of the byte after each field.
    pub ends: [usize; N],
    /// Size, a multiple of `align`.
    pub size: usize,
    /// Largest alignment of a field, at least 1.
    pub align: usize,
}

impl<const N: usize> HeadLayout<N> {
    /// Checks that what lies between the fields, and behind the last one, is zero in the head at `offset`.
    ///
    /// # Errors
    /// As [`Decoder::padding`].
    #[inline]
    pub fn check_padding(&self, decoder: &Decoder<'_>, offset: usize) -> Result<(), DecodeError> {
        for index in 0..N {
            let next = self.offsets.get(index + 1).unwrap_or(&self.size);
            decoder.padding(offset + self.ends[index], offset + next)?;
        }
        Ok(())
    }
}

/// Lays out fields given as (size, alignment), with the rules of C.
pub const fn head_layout<const N: usize>(fields: [(usize, usize); N]) -> HeadLayout<N> {
    let (mut offsets, mut ends) = ([0; N], [0; N]);
    let (mut end, mut align) = (0usize, 1);
    let mut index = 0;
    while index < N {
        let (field_size, field_align) = fields[index];
        offsets[index] = end.next_multiple_of(field_align);
        end = offsets[index] + field_size;
        ends[index] = end;
        if field_align > align {
            align = field_align;
        }
        index += 1;
    }
    HeadLayout { offsets, ends, size: end.next_multiple_of(align), align }
}
