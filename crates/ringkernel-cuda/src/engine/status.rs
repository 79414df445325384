//! The words that the grid writes of each actor, which the host reads at any time.

use std::sync::Arc;

use arc_swap::ArcSwap;
use ringkernel_core::backend::driven::Shown;
use ringkernel_core::sync::atomic::Ordering;

use super::error::WorldError;
use super::world::grown;
use crate::device::layout as at;
use crate::driver::{Context, MappedBuffer};

/// `STATUS_WORDS` for each place. The driver alone makes it larger, while the grid is still.
#[derive(Debug)]
pub(crate) struct Status(ArcSwap<MappedBuffer>);

impl Status {
    /// For as many places.
    pub(super) fn new(context: &Context, places: u32) -> Result<Self, WorldError> {
        let words = MappedBuffer::zeroed(context, words_of(places))?;
        Ok(Self(ArcSwap::from_pointee(words)))
    }

    /// Makes it large enough for as many places.
    pub(super) fn grow(&self, context: &Context, places: u32) -> Result<(), WorldError> {
        self.0.store(Arc::new(grown(context, &self.0.load(), words_of(places))?));
        Ok(())
    }

    pub(super) fn device_address(&self) -> u64 {
        self.0.load().device_address()
    }

    /// A word that the grid tells about the actor in a place.
    pub(crate) fn word(&self, place: u32, word: u32) -> u32 {
        let word = (place * at::STATUS_WORDS + word) as usize;
        self.0.load().words().get(word).map_or(0, |word| word.load(Ordering::Acquire))
    }
}

impl Shown for Status {
    fn kernels_waiting(&self, place: u32) -> usize {
        let taken = |word| (self.word(place, word) & !at::CLOSED_MAILBOX) as usize;
        taken(at::STATUS_USED) + taken(at::STATUS_POLLED)
    }

    fn outbox_waiting(&self, place: u32) -> usize {
        self.word(place, at::STATUS_OUTBOX) as usize
    }
}

fn words_of(places: u32) -> usize {
    places as usize * at::STATUS_WORDS as usize
}
