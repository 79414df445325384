//! The encoded bytes of a message, short ones without an allocation.

use std::fmt;
use std::ops::{Deref, DerefMut};

use smallvec::SmallVec;

/// Bytes that fit into the message itself; longer payloads live on the heap.
pub const INLINE_PAYLOAD_BYTES: usize = 64;

/// The encoded body of a message.
///
/// Dereferences to `[u8]`. Up to [`INLINE_PAYLOAD_BYTES`] bytes are held in place.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Payload(SmallVec<[u8; INLINE_PAYLOAD_BYTES]>);

impl Payload {
    /// No bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes as a vector.
    pub fn into_vec(self) -> Vec<u8> {
        self.0.into_vec()
    }

    /// Grows to `bytes` with zeros; never shrinks.
    pub(crate) fn grow_to(&mut self, bytes: usize) {
        let more = bytes.saturating_sub(self.0.len());
        if more <= INLINE_PAYLOAD_BYTES {
            // A copy of a known size, where `resize` goes byte by byte.
            self.0.extend_from_slice(&[0; INLINE_PAYLOAD_BYTES][..more]);
        } else {
            self.0.resize(bytes, 0);
        }
    }
}

impl Deref for Payload {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Payload {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl From<&[u8]> for Payload {
    #[inline]
    fn from(bytes: &[u8]) -> Self {
        Self(SmallVec::from_slice(bytes))
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self(SmallVec::from_vec(bytes))
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}
