//! Memory for the messages of hosts to actors.

use ringkernel_core::backend::driven::Heap;

use super::error::WorldError;
use super::world::{Region, UNIT, World};

/// Words that all actors share at first.
const WORDS: u64 = 1 << 20;

/// Words for each place where there are many: a small message to each actor is under way at a time.
const WORDS_OF_PLACE: u64 = 64;

/// They are at most this part of the device's memory.
const PART: u64 = 16;

/// What all actors share: pieces of the arena, which stay where they are when there are more.
#[derive(Debug, Default)]
pub(super) struct Messages {
    pieces: Vec<Piece>,
    /// Words of all pieces, and those of them that messages have.
    words: u64,
    taken: u64,
}

#[derive(Debug)]
struct Piece {
    region: Region,
    heap: Heap,
}

impl Messages {
    fn add(&mut self, region: Region) {
        self.words += u64::from(region.words);
        self.pieces.push(Piece { region, heap: Heap::new(region.at, UNIT) });
    }

    fn allocate(&mut self, words: u32) -> Option<Region> {
        // The last one is the largest.
        let region = self.pieces.iter_mut().rev().find_map(|piece| piece.allocate(words))?;
        self.taken += u64::from(words);
        Some(region)
    }

    /// False when the region is of no piece.
    fn release(&mut self, region: Region) -> bool {
        let Some(piece) = self.pieces.iter_mut().find(|piece| piece.contains(region)) else { return false };
        piece.heap.release(region.at, region.words);
        self.taken -= u64::from(region.words);
        true
    }
}

impl Piece {
    fn end(&self) -> u32 {
        self.region.at + self.region.words
    }

    fn contains(&self, region: Region) -> bool {
        (self.region.at..self.end()).contains(&region.at)
    }

    fn allocate(&mut self, words: u32) -> Option<Region> {
        let region = self.heap.allocate(words).map(|at| Region { at, words })?;
        if self.heap.end() <= self.end() {
            return Some(region);
        }
        self.heap.release(region.at, words);
        None
    }
}

impl World {
    /// Makes memory for messages to actors in as many places, while the grid is still. Where there is none, that for fewer will do.
    pub(super) fn reserve_messages(&mut self, places: u32) -> Result<(), WorldError> {
        let most = self.context.description().total_memory as u64 / 4 / PART;
        let wanted = (u64::from(places) * WORDS_OF_PLACE).min(most).max(WORDS);
        let missing = u32::try_from(wanted.saturating_sub(self.messages.words)).unwrap_or(u32::MAX);
        if missing == 0 {
            return Ok(());
        }
        match self.table("messages", missing) {
            Ok(region) => self.messages.add(region),
            Err(error) if !error.is_fatal() && self.messages.words > 0 => {
                tracing::warn!(%error, "more actors share the memory for messages of hosts");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Memory for a message from a host to an actor that has `held` words of messages already; `None` when the grid has to be done
    /// with some first.
    ///
    /// An actor has at most as much of the shared memory as is left for all others, so that one that takes nothing leaves
    /// half of it. And an actor that has nothing is given memory for one message in any case, if need be in a piece of its own: so no
    /// actor waits for what others do not take.
    pub(crate) fn allocate_message(&mut self, words: u32, held: u64) -> Result<Option<Region>, WorldError> {
        let free = self.messages.words - self.messages.taken;
        if (held == 0 || held + 2 * u64::from(words) <= free)
            && let Some(region) = self.messages.allocate(words)
        {
            return Ok(Some(region));
        }
        if held == 0 { self.table("a message", words).map(Some) } else { Ok(None) }
    }

    pub(crate) fn release_message(&mut self, region: Region) {
        if !self.messages.release(region) {
            self.heap.release(region.at, region.words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Messages, Region};

    #[test]
    fn messages_keep_their_place_when_there_is_more_memory_for_them() {
        let mut messages = Messages::default();
        messages.add(Region { at: 64, words: 32 });
        let first = messages.allocate(32).expect("there is room");
        assert_eq!(messages.allocate(4), None);
        messages.add(Region { at: 1024, words: 64 });
        assert_eq!(messages.allocate(64), Some(Region { at: 1024, words: 64 }));
        assert_eq!(messages.allocate(4), None);
        assert!(messages.release(first));
        assert_eq!(messages.allocate(8), Some(Region { at: 64, words: 8 }));
        assert!(!messages.release(Region { at: 96, words: 4 }), "it is of no piece");
        assert_eq!((messages.words, messages.taken), (96, 72));
    }
}
