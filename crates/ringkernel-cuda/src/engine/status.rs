//! The words that the grid writes of each actor, which the host reads at any time.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use ringkernel_core::backend::driven::Shown;
use ringkernel_core::sync::atomic::Ordering;

use super::error::WorldError;
use super::world::grown;
use crate::device::layout as at;
use crate::driver::{Context, MappedBuffer};

/// `STATUS_WORDS` for each place. The driver alone makes it larger, while the grid is still, and gives it up at its end: handles that outlive
/// the runtime keep nothing of the device.
#[derive(Debug)]
pub(crate) struct Status(ArcSwapOption<MappedBuffer>);

impl Status {
    /// For as many places.
    pub(super) fn new(context: &Context, places: u32) -> Result<Self, WorldError> {
        let words = MappedBuffer::zeroed(context, words_of(places))?;
        Ok(Self(ArcSwapOption::from_pointee(words)))
    }

    /// Makes it large enough for as many places.
    pub(super) fn grow(&self, context: &Context, places: u32) -> Result<(), WorldError> {
        if let Some(words) = &*self.0.load() {
            self.0.store(Some(Arc::new(grown(context, words, words_of(places))?)));
        }
        Ok(())
    }

    /// Gives the memory up. From now on nothing is shown.
    pub(super) fn clear(&self) {
        self.0.store(None);
    }

    pub(super) fn device_address(&self) -> u64 {
        self.0.load().as_ref().map_or(0, |words| words.device_address())
    }

    /// A word that the grid tells about the actor in a place.
    pub(crate) fn word(&self, place: u32, word: u32) -> u32 {
        let word = (place * at::STATUS_WORDS + word) as usize;
        let words = self.0.load();
        let word = words.as_ref().and_then(|words| words.words().get(word));
        word.map_or(0, |word| word.load(Ordering::Acquire))
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
