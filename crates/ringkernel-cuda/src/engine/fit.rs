//! How large the grid has to be for all actors of the device.

use std::collections::BTreeMap;

use super::program::Lanes;

/// Lanes of a block where no cooperative kernel needs more.
const THREADS: u32 = 128;

/// What the actors of the device need of its grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(super) threads: u32,
    pub(super) handler_bytes: u32,
    pub(super) grid_size: u32,
    pub(super) jobs: u32,
    pub(super) event_words: u32,
}

impl Fit {
    /// Whether a grid of this shape holds actors that need the other.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.threads >= other.threads
            && self.handler_bytes >= other.handler_bytes
            && self.grid_size >= other.grid_size
            && self.jobs.next_power_of_two() >= other.jobs
            && self.event_words >= other.event_words
    }
}

/// Numbers of which the largest counts, each as often as it is there.
#[derive(Debug, Clone, Default)]
struct Largest(BTreeMap<u32, u32>);

impl Largest {
    fn add(&mut self, number: u32) {
        *self.0.entry(number).or_default() += 1;
    }

    fn remove(&mut self, number: u32) {
        if let Some(count) = self.0.get_mut(&number) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&number);
            }
        }
    }

    fn get(&self) -> u32 {
        self.0.last_key_value().map_or(0, |(number, _)| *number)
    }
}

/// What actors that come and go need, added up as they do: nobody looks at all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    event_words: Largest,
    threads: Largest,
    handler_bytes: Largest,
    grid_size: Largest,
    jobs: u32,
}

impl Needs {
    /// One actor more, with these lanes, whose largest event has as many words.
    pub(super) fn add(&mut self, lanes: Option<Lanes>, event_words: u32) {
        self.event_words.add(event_words);
        if let Some(lanes) = lanes {
            self.threads.add(lanes.block_size.next_multiple_of(32));
            self.handler_bytes.add(lanes.shared_memory);
            self.grid_size.add(lanes.grid_size);
            self.jobs += lanes.grid_size;
        }
    }

    /// The actor that was added like this is gone.
    pub(super) fn remove(&mut self, lanes: Option<Lanes>, event_words: u32) {
        self.event_words.remove(event_words);
        if let Some(lanes) = lanes {
            self.threads.remove(lanes.block_size.next_multiple_of(32));
            self.handler_bytes.remove(lanes.shared_memory);
            self.grid_size.remove(lanes.grid_size);
            self.jobs -= lanes.grid_size;
        }
    }

    /// What a grid has to have for all of them.
    pub(super) fn fit(&self) -> Fit {
        Fit {
            threads: self.threads.get().max(THREADS),
            handler_bytes: self.handler_bytes.get(),
            grid_size: self.grid_size.get(),
            jobs: self.jobs,
            event_words: self.event_words.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, Needs};
    use crate::engine::program::Lanes;

    #[test]
    fn what_is_needed_shrinks_when_those_who_need_it_are_gone() {
        let small = Some(Lanes { block_size: 40, grid_size: 3, shared_memory: 64 });
        let large = Some(Lanes { block_size: 200, grid_size: 2, shared_memory: 16 });
        let mut needs = Needs::default();
        needs.add(None, 100);
        let scalar = needs.fit();
        assert_eq!(scalar, Fit { threads: 128, handler_bytes: 0, grid_size: 0, jobs: 0, event_words: 100 });
        needs.add(small, 50);
        needs.add(small, 50);
        needs.add(large, 300);
        assert_eq!(
            needs.fit(),
            Fit { threads: 224, handler_bytes: 64, grid_size: 3, jobs: 8, event_words: 300 }
        );
        needs.remove(large, 300);
        needs.remove(small, 50);
        assert_eq!(
            needs.fit(),
            Fit { threads: 128, handler_bytes: 64, grid_size: 3, jobs: 3, event_words: 100 }
        );
        needs.remove(small, 50);
        assert_eq!(needs.fit(), scalar);
        needs.remove(None, 100);
        assert_eq!(needs.fit().event_words, 0);
    }
}
