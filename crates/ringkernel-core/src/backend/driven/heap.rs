//! Which words of a device buffer are taken. The host alone allocates; the smallest range that fits is taken, neighbours merge.

use std::collections::{BTreeMap, BTreeSet};

/// Words of one buffer. It grows at its end, by what [`allocate`](Self::allocate) finds missing.
#[derive(Debug)]
pub struct Heap {
    /// Words are taken in multiples of this.
    unit: u32,
    /// Free ranges: start and length, in words.
    free: BTreeMap<u32, u32>,
    /// The same ranges: length and start.
    by_length: BTreeSet<(u32, u32)>,
    /// The first word that has never been taken.
    end: u32,
}

impl Heap {
    /// A heap whose first `reserved` words are taken for good, and where everything begins at a multiple of `unit` words, so that
    /// what is stored is aligned as in C. `reserved` has to be such a multiple, and `unit` not 0.
    pub fn new(reserved: u32, unit: u32) -> Self {
        assert!(unit > 0 && reserved.is_multiple_of(unit), "{reserved} words are no multiple of {unit}");
        Self { unit, free: BTreeMap::new(), by_length: BTreeSet::new(), end: reserved }
    }

    /// The words that the buffer has to have.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Takes `words` words; 0 words are address 0. `None` when addresses run out.
    pub fn allocate(&mut self, words: u32) -> Option<u32> {
        let words = words.checked_next_multiple_of(self.unit)?;
        if words == 0 {
            return Some(0);
        }
        // Of ranges that are equally long the first.
        if let Some((length, at)) = self.by_length.range((words, 0)..).next().copied() {
            self.take_range(at, length);
            if length > words {
                self.add_range(at + words, length - words);
            }
            return Some(at);
        }
        let at = self.end;
        self.end = at.checked_add(words)?;
        Some(at)
    }

    /// Gives back what `allocate` gave for `words` words.
    pub fn release(&mut self, at: u32, words: u32) {
        let mut words = words.next_multiple_of(self.unit);
        if words == 0 {
            return;
        }
        let mut at = at;
        if let Some((before, length)) = self.free.range(..at).next_back().map(|(at, length)| (*at, *length))
            && before + length == at
        {
            self.take_range(before, length);
            at = before;
            words += length;
        }
        if let Some(length) = self.free.get(&(at + words)).copied() {
            self.take_range(at + words, length);
            words += length;
        }
        if at + words == self.end {
            self.end = at;
        } else {
            self.add_range(at, words);
        }
    }

    fn add_range(&mut self, at: u32, length: u32) {
        self.free.insert(at, length);
        self.by_length.insert((length, at));
    }

    fn take_range(&mut self, at: u32, length: u32) {
        self.free.remove(&at);
        self.by_length.remove(&(length, at));
    }
}

#[cfg(test)]
mod tests {
    use super::Heap;

    #[test]
    fn what_is_given_back_is_taken_again_and_neighbours_merge() {
        let mut heap = Heap::new(64, 2);
        let places: Vec<u32> = (0..4).filter_map(|_| heap.allocate(9)).collect();
        assert_eq!(places, [64, 74, 84, 94]);
        heap.release(74, 9);
        heap.release(84, 9);
        assert_eq!(heap.allocate(20), Some(74));
        heap.release(74, 20);
        heap.release(94, 9);
        heap.release(64, 9);
        assert_eq!((heap.end(), heap.free.len()), (64, 0));
    }

    #[test]
    fn the_smallest_range_that_fits_is_taken() {
        let mut heap = Heap::new(4, 4);
        let places: Vec<u32> = [40, 4, 8, 4, 8, 4].iter().filter_map(|words| heap.allocate(*words)).collect();
        assert_eq!(places, [4, 44, 48, 56, 60, 68]);
        for (at, words) in [(4, 40), (48, 8), (60, 8)] {
            heap.release(at, words);
        }
        assert_eq!([7, 8, 12, 40].map(|words| heap.allocate(words)), [Some(48), Some(60), Some(4), Some(72)]);
        assert_eq!(heap.allocate(28), Some(16));
        assert_eq!((heap.free.len(), heap.by_length.len()), (0, 0));
    }

    #[test]
    fn nothing_is_at_address_zero_and_too_much_is_refused() {
        let mut heap = Heap::new(2, 2);
        assert_eq!(heap.allocate(0), Some(0));
        assert_eq!(heap.allocate(u32::MAX - 1), None);
        assert_eq!(heap.allocate(2), Some(2));
    }
}
