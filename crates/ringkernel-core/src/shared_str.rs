//! Text that does not change and is cheap to clone, for names that travel with messages.
//!
//! Names of up to 23 bytes, as nearly all are, stand in place: a clone copies three words and counts no owners. Counting would be an
//! atomic step on a cache line that all who have the name share, wherever they run. Longer ones are shared.
//!
//! It is words and no enum, because an enum of bytes is copied in pieces, and a load that spans the pieces waits for all of them to
//! leave the processor's store buffer. That took longer than the atomic step.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::ops::Deref;
use std::ptr;
use std::sync::Arc;

/// Where in the three words the tag is.
const TAG: usize = 23;

/// Bytes that fit before the tag. Where a pointer is shorter than a word there is a gap after it.
const IN_PLACE: usize = if usize::BITS == u64::BITS { TAG } else { 0 };

/// The tag of a text that is shared; that of another is its length and one.
const SHARED: u8 = u8::MAX;

/// The text. Equality, order and hash are those of `str`.
///
/// The last byte in memory is the tag. Before it are the bytes of the text, then zeros; or the parts of an `Arc<str>`, then zeros.
#[repr(C)]
pub(crate) struct SharedStr {
    /// Of a shared text, as from `Arc::into_raw`. Otherwise it has no provenance, and is just bytes.
    pointer: *const u8,
    /// Of a shared text, its length.
    length: u64,
    /// The tag is not 0, which gives an option of this the same size.
    end: NonZeroU64,
}

// SAFETY: it is bytes, or one owner of an `Arc<str>`, which may be sent.
unsafe impl Send for SharedStr {}
// SAFETY: as above; and nothing changes behind a shared reference but the count of owners, as in an `Arc`.
unsafe impl Sync for SharedStr {}

impl SharedStr {
    pub(crate) fn new(text: &str) -> Self {
        let mut words = [[0; 8]; 3];
        let bytes = words.as_flattened_mut();
        if text.len() > IN_PLACE {
            let pointer = Arc::into_raw(Arc::<str>::from(text));
            bytes[TAG] = SHARED;
            return Self { pointer: pointer.cast(), length: text.len() as u64, end: end_of(words[2]) };
        }
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes[TAG] = text.len() as u8 + 1;
        let [pointer, length, end] = words;
        let pointer = ptr::without_provenance(u64::from_ne_bytes(pointer) as usize);
        Self { pointer, length: u64::from_ne_bytes(length), end: end_of(end) }
    }

    #[inline]
    fn tag(&self) -> u8 {
        self.end.get().to_ne_bytes()[TAG % 8]
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        let (start, length) = match self.tag() {
            SHARED => (self.pointer, self.length as usize),
            tag => (ptr::from_ref(self).cast::<u8>(), usize::from(tag - 1)),
        };
        // SAFETY: so many bytes are initialized there, and do not change while `self` is borrowed: those of the `Arc` of which
        // this is an owner, or those of `self`, which has no padding and more bytes than the tag says.
        let bytes = unsafe { std::slice::from_raw_parts(start, length) };
        // SAFETY: `new` copied them from a `str` of this length.
        unsafe { std::str::from_utf8_unchecked(bytes) }
    }

    /// The owner that this is, of a shared text.
    fn shared(&self) -> Option<*const str> {
        let bytes = || ptr::slice_from_raw_parts(self.pointer, self.length as usize);
        (self.tag() == SHARED).then(|| bytes() as *const str)
    }

    #[cold]
    fn count_owner(&self) {
        if let Some(shared) = self.shared() {
            // SAFETY: the pointer comes from `Arc::into_raw`, and `self` is an owner.
            unsafe { Arc::increment_strong_count(shared) }
        }
    }

    #[cold]
    fn drop_owner(&mut self) {
        if let Some(shared) = self.shared() {
            // SAFETY: the pointer comes from `Arc::into_raw`, and `self`, which goes away, was an owner.
            drop(unsafe { Arc::from_raw(shared) });
        }
    }
}

fn end_of(word: [u8; 8]) -> NonZeroU64 {
    NonZeroU64::new(u64::from_ne_bytes(word)).expect("the tag is not 0")
}

impl Clone for SharedStr {
    #[inline]
    fn clone(&self) -> Self {
        if self.tag() == SHARED {
            self.count_owner();
        }
        Self { pointer: self.pointer, length: self.length, end: self.end }
    }
}

impl Drop for SharedStr {
    #[inline]
    fn drop(&mut self) {
        if self.tag() == SHARED {
            self.drop_owner();
        }
    }
}

impl Deref for SharedStr {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for SharedStr {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let same = self.end == other.end && self.length == other.length;
        // Equal words are equal bytes, or two owners of the same.
        same && (self.pointer == other.pointer || self.tag() == SHARED && self.as_str() == other.as_str())
    }
}

impl Eq for SharedStr {}

impl PartialOrd for SharedStr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SharedStr {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for SharedStr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_takes_three_words_and_so_does_an_option_of_it() {
        assert_eq!([size_of::<SharedStr>(), size_of::<Option<SharedStr>>()], [24, 24]);
    }

    #[test]
    fn only_long_ones_are_shared() {
        let is_shared = |text: &str| {
            let one = SharedStr::new(text);
            std::ptr::eq(one.as_str(), one.clone().as_str())
        };
        assert!(!is_shared(&"x".repeat(IN_PLACE)));
        assert!(is_shared(&"x".repeat(IN_PLACE + 1)));
    }

    proptest! {
        #[test]
        fn it_behaves_as_the_text_that_it_is_of(one in "\\PC{0,30}", two in "[a\u{0}é]{0,30}", same in any::<bool>()) {
            let two = if same { one.clone() } else { two };
            let (ours, theirs) = (SharedStr::new(&one), SharedStr::new(&two));
            prop_assert_eq!(ours.as_str(), one.as_str());
            let copy = theirs.clone();
            prop_assert_eq!(copy.as_str(), two.as_str());
            prop_assert_eq!(ours == theirs, one == two);
            prop_assert_eq!(ours.cmp(&theirs), one.cmp(&two));
            let names = HashSet::from([ours, theirs]);
            prop_assert_eq!(names.len(), if one == two { 1 } else { 2 });
        }
    }
}
