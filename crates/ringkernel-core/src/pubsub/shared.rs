//! A publication and those who share it.
//!
//! An envelope is aligned to 64 bytes, for which allocators have no quick way: with glibc, such memory costs some 900 instructions until it
//! is given back. So a publication lies in a room with an allocator's own alignment, at the first place that suits it.

use std::fmt;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::sync::Arc;

use super::Publication;

/// A [`Publication`] that all its subscribers share. A clone is a further share of it, as of an [`Arc`].
#[derive(Clone)]
pub struct SharedPublication(Arc<Room>);

/// Holds a publication, at [`place`].
#[repr(C, align(16))]
struct Room([MaybeUninit<u8>; SIZE]);

const ALIGN: usize = align_of::<Publication>();

/// What allocators give without being asked.
const ROOM_ALIGN: usize = 16;

/// A publication, and as far as its place may be from the beginning.
const SIZE: usize = size_of::<Publication>() + ALIGN - ROOM_ALIGN;

const _: () = assert!(ALIGN > ROOM_ALIGN && align_of::<Room>() == ROOM_ALIGN);

/// A room can go from thread to thread because what it holds can.
const _: () = {
    const fn may_be_shared<T: Send + Sync>() {}
    may_be_shared::<Publication>();
};

/// Where the publication of a room lies.
#[inline]
fn place(room: *const Room) -> *const Publication {
    let offset = room.addr().wrapping_neg() % ALIGN;
    // A room begins at a multiple of its own alignment, so this leaves `SIZE - offset` bytes, enough for a publication.
    room.wrapping_byte_add(offset).cast()
}

impl SharedPublication {
    /// The publication is copied once, from where it was made to where it stays.
    #[inline]
    pub(super) fn new(publication: Publication) -> Self {
        let mut room = Arc::<Room>::new_uninit();
        let start = Arc::get_mut(&mut room).expect("nobody shares it yet").as_mut_ptr();
        // SAFETY: the place is aligned and within the room, of which nobody else knows.
        unsafe { place(start).cast_mut().write(publication) };
        // SAFETY: a room is bytes of any value, and its publication has just been written.
        Self(unsafe { room.assume_init() })
    }

    /// The publication, while nobody else shares it.
    #[inline]
    pub(super) fn get_mut(&mut self) -> Option<&mut Publication> {
        let room: *mut Room = Arc::get_mut(&mut self.0)?;
        // SAFETY: `new` has written a publication there, and the room is borrowed alone for as long as `self` is.
        Some(unsafe { &mut *place(room).cast_mut() })
    }
}

impl Deref for SharedPublication {
    type Target = Publication;

    #[inline]
    fn deref(&self) -> &Publication {
        // SAFETY: `new` has written a publication there, which changes only where nobody shares it.
        unsafe { &*place(Arc::as_ptr(&self.0)) }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let room: *mut Self = self;
        // SAFETY: a room is dropped only after `new`, which has written a publication there, and once.
        unsafe { place(room).cast_mut().drop_in_place() };
    }
}

impl PartialEq for SharedPublication {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for SharedPublication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hlc::HlcTimestamp;
    use crate::message::MessageEnvelope;

    /// With parts that have memory of their own, which a leak or a second drop would show to Miri.
    fn publication(bytes: usize) -> Publication {
        let mut envelope = MessageEnvelope::new(&());
        envelope.payload = vec![7; bytes].into();
        let topic = format!("a/topic/that/is/too/long/for/its/place/{bytes}");
        Publication::new(
            topic,
            "somebody with a long name of many letters",
            envelope,
            HlcTimestamp::new(1, 0, 1),
        )
    }

    #[test]
    fn a_shared_publication_is_itself_at_its_alignment_wherever_its_room_lies() {
        let all: Vec<_> = (0..200).map(|bytes| SharedPublication::new(publication(bytes))).collect();
        for (bytes, shared) in all.iter().enumerate() {
            assert_eq!((&**shared as *const Publication).addr() % ALIGN, 0);
            assert_eq!(**shared, publication_like(shared, bytes));
        }
    }

    fn publication_like(shared: &SharedPublication, bytes: usize) -> Publication {
        let mut like = publication(bytes);
        like.envelope.header = shared.envelope.header;
        like
    }

    #[test]
    fn only_the_one_share_changes_it_and_the_last_share_ends_it() {
        let mut first = SharedPublication::new(publication(300));
        first.get_mut().expect("nobody shares it").sequence = 4;
        let second = first.clone();
        assert!(first.get_mut().is_none());
        drop(first);
        assert_eq!((second.sequence, second.envelope.payload.len()), (4, 300));
    }
}
