//! Which accesses to plain cells no barrier orders.
//!
//! Time goes on by one whenever lanes meet, and every access has a time. A lane knows, of every other, the time before
//! which that one's accesses are ordered before its own: from the last meeting of the grid, of their block, or of the
//! warp, which also passes on what its lanes knew of each other. Two accesses to one cell are a race when one of them
//! writes and the later lane does not know of the earlier access. What is found does not depend on the order in which
//! the lanes happened to run.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use ringkernel_core::cooperative::{AccessKind, CellAccess, LaneFailure};
use ringkernel_core::runtime::FaultKind;

use super::meetings::{At, Group};
use super::shape::{Shape, WARP, lanes_of_mask};

/// One access in the past.
#[derive(Debug, Clone, Copy)]
struct Past {
    lane: u32,
    time: u64,
    at: At,
}

/// What has happened to one cell.
#[derive(Debug, Default)]
struct History {
    written: Option<Past>,
    /// Since then. At most one entry for each stretch in which a lane runs.
    read: Vec<Past>,
}

#[derive(Debug)]
pub(super) struct Races {
    shape: Shape,
    time: u64,
    /// When the grid met last.
    grid_met: u64,
    /// When each block met last.
    blocks_met: Vec<u64>,
    /// What each lane knows of each lane of its warp from meetings of the warp; none before the first.
    in_warp: Vec<Option<Box<[u64; WARP as usize]>>>,
    /// Where the state lies.
    state: Range<usize>,
    /// Where the arrays of blocks lie: the end of each by its start.
    arrays: BTreeMap<usize, usize>,
    cells: HashMap<usize, History>,
}

impl Races {
    pub(super) fn new(shape: Shape, state: Range<usize>) -> Self {
        Self {
            shape,
            time: 1,
            grid_met: 0,
            blocks_met: vec![0; shape.blocks as usize],
            in_warp: vec![None; shape.total() as usize],
            state,
            arrays: BTreeMap::new(),
            cells: HashMap::new(),
        }
    }

    /// Watches an array in the memory of a block.
    pub(super) fn add_array(&mut self, addresses: Range<usize>) {
        self.arrays.insert(addresses.start, addresses.end);
    }

    /// Lanes have met.
    pub(super) fn met(&mut self, group: Group) {
        self.time += 1;
        match group {
            Group::Grid => self.grid_met = self.time,
            Group::Block(block) => self.blocks_met[block as usize] = self.time,
            Group::Warp { start, mask } => self.met_in_warp(start, mask),
        }
    }

    fn met_in_warp(&mut self, start: u32, mask: u32) {
        let mut known = Box::new([0; WARP as usize]);
        for lane in lanes_of_mask(start, mask) {
            if let Some(knew) = &self.in_warp[lane as usize] {
                known.iter_mut().zip(knew.iter()).for_each(|(known, knew)| *known = (*known).max(*knew));
            }
            known[(lane - start) as usize] = self.time;
        }
        for lane in lanes_of_mask(start, mask) {
            self.in_warp[lane as usize] = Some(known.clone());
        }
    }

    /// The time before which `of`'s accesses are ordered before what `lane` does now.
    fn known(&self, lane: u32, of: u32) -> u64 {
        if lane == of {
            return u64::MAX;
        }
        let block = self.shape.block_of(lane);
        if block != self.shape.block_of(of) {
            return self.grid_met;
        }
        let met = self.grid_met.max(self.blocks_met[block as usize]);
        match &self.in_warp[lane as usize] {
            Some(known) if self.shape.warp_start(lane) == self.shape.warp_start(of) => {
                met.max(known[self.shape.lane_of_warp(of) as usize])
            }
            _ => met,
        }
    }

    /// Records an access.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn access(&mut self, lane: u32, access: CellAccess) -> Result<(), LaneFailure> {
        let before = self.arrays.range(..=access.address).next_back();
        let in_array = before.is_some_and(|(_, end)| access.address < *end);
        if !in_array && !self.state.contains(&access.address) {
            // A cell of the lane's own, or on the heap, where addresses come and go.
            return Ok(());
        }
        let history = self.cells.remove(&access.address).unwrap_or_default();
        let history = self.checked(lane, access, history, in_array)?;
        self.cells.insert(access.address, history);
        Ok(())
    }

    fn checked(
        &self,
        lane: u32,
        access: CellAccess,
        mut history: History,
        in_array: bool,
    ) -> Result<History, LaneFailure> {
        let now = Past { lane, time: self.time, at: access.at };
        let unordered = |past: &&Past| past.time >= self.known(lane, past.lane);
        if let Some(written) = history.written.as_ref().filter(unordered) {
            return Err(self.race(access, now, "set", written));
        }
        match access.kind {
            AccessKind::Read if in_array && history.written.is_none() => Err(LaneFailure {
                kind: FaultKind::SharedMemory,
                message: "gets an element of block memory that no lane has set".into(),
                at: access.at,
            }),
            AccessKind::Read => {
                if history.read.last().is_none_or(|last| last.lane != lane) {
                    history.read.retain(|past| unordered(&past));
                    history.read.push(now);
                } else if let Some(last) = history.read.last_mut() {
                    *last = now;
                }
                Ok(history)
            }
            AccessKind::Write => {
                if let Some(read) = history.read.iter().find(unordered) {
                    return Err(self.race(access, now, "got", read));
                }
                history.read.clear();
                history.written = Some(now);
                Ok(history)
            }
        }
    }

    fn race(&self, access: CellAccess, now: Past, did: &str, past: &Past) -> LaneFailure {
        let does = match access.kind {
            AccessKind::Read => "gets",
            AccessKind::Write => "sets",
        };
        let message = format!(
            "data race: it {does} at {}:{} what {} has {did} at {}:{}, with no barrier in between",
            now.at.file(),
            now.at.line(),
            self.shape.name(past.lane),
            past.at.file(),
            past.at.line()
        );
        LaneFailure { kind: FaultKind::DataRace, message, at: now.at }
    }
}

#[cfg(test)]
#[path = "races_tests.rs"]
mod tests;
