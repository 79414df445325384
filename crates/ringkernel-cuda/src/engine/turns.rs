//! How workers of the grid have come to the turns that they took.

use ringkernel_core::sync::atomic::{AtomicU64, Ordering};

/// Turns of actors whose handlers run on one lane: how workers of the grid have come to them. A turn is the handling of up to 64
/// messages of one actor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Turns {
    /// Turns that a worker has kept: it had woken the actor by a message of another one, and ran it next.
    pub kept: u64,
    /// Turns that a worker has drawn from the queue of all workers.
    pub drawn: u64,
}

/// What is counted over all launches of a grid.
#[derive(Debug, Default)]
pub(super) struct TurnFigures {
    kept: AtomicU64,
    drawn: AtomicU64,
}

impl TurnFigures {
    pub(super) fn read(&self) -> Turns {
        let [kept, drawn] = [&self.kept, &self.drawn].map(|count| count.load(Ordering::Relaxed));
        Turns { kept, drawn }
    }
}

/// What each worker of the running grid has shown so far.
#[derive(Debug, Default)]
pub(super) struct TurnCounts {
    seen: Vec<[u32; 2]>,
}

impl TurnCounts {
    /// Adds what is new in what each worker shows: turns kept, and turns drawn.
    pub(super) fn look(&mut self, shown: impl Iterator<Item = [u32; 2]>, figures: &TurnFigures) {
        for (worker, shows) in shown.enumerate() {
            if self.seen.len() == worker {
                self.seen.push([0; 2]);
            }
            let before = std::mem::replace(&mut self.seen[worker], shows);
            // Counts wrap, long after they were looked at.
            let [kept, drawn] = [0, 1].map(|count| u64::from(shows[count].wrapping_sub(before[count])));
            figures.kept.fetch_add(kept, Ordering::Relaxed);
            figures.drawn.fetch_add(drawn, Ordering::Relaxed);
        }
    }

    /// The grid has ended. Workers of the next one count from 0 on.
    pub(super) fn reset(&mut self) {
        self.seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{TurnCounts, TurnFigures, Turns};

    #[test]
    fn counts_are_added_up_over_workers_wraps_and_launches() {
        let (figures, mut counts) = (TurnFigures::default(), TurnCounts::default());
        counts.look([[1, 2], [0, u32::MAX]].into_iter(), &figures);
        counts.look([[3, 2], [0, 1]].into_iter(), &figures);
        assert_eq!(figures.read(), Turns { kept: 3, drawn: 2 + u64::from(u32::MAX) + 2 });
        counts.reset();
        counts.look([[1, 1]].into_iter(), &figures);
        assert_eq!(figures.read(), Turns { kept: 4, drawn: 3 + u64::from(u32::MAX) + 2 });
    }
}
