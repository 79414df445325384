//! Where lanes wait for each other, and when they go on.
//!
//! This is the state alone: no lane runs in here. An arrival either completes a group, whose lanes then go on, or waits.
//! That some lane cannot come any more is noticed as soon as it is certain; the grid then lets the others run to where
//! they get, so that the report can say where each of them is.

use std::panic::Location;
use std::rc::Rc;

use ringkernel_core::cooperative::WarpOperation;

use super::shape::{Shape, WARP, lanes_of_mask};

/// A place in the user's source.
pub(super) type At = &'static Location<'static>;

/// What a lane waits in.
#[derive(Debug, Clone)]
pub(super) enum Wait {
    /// For all lanes of its block.
    Block,
    /// For all lanes of its block, which give a value for each warp.
    Gather,
    /// For all lanes of all blocks.
    Grid,
    /// For all lanes of its block at this name.
    Named(Rc<str>),
    /// For the lanes of its warp in the mask.
    Warp(WarpOperation, u32),
}

impl Wait {
    /// Whether lanes that wait in these meet.
    fn meets(&self, at: At, other: &Self, other_at: At) -> bool {
        let here = at == other_at;
        match (self, other) {
            (Self::Block, Self::Block) | (Self::Gather, Self::Gather) | (Self::Grid, Self::Grid) => here,
            (Self::Named(name), Self::Named(other)) => name == other,
            (Self::Warp(operation, mask), Self::Warp(other, other_mask)) => {
                here && operation == other && mask == other_mask
            }
            _ => false,
        }
    }
}

/// Where a lane is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// On its way, or not started.
    Running,
    /// Waiting for others.
    Waiting(Wait, At),
    /// Returned from the handler.
    Finished,
}

/// Lanes that have met, and go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Lanes of the warp that starts at this lane.
    Warp { start: u32, mask: u32 },
    /// All lanes of this block.
    Block(u32),
    /// All lanes.
    Grid,
}

impl Group {
    /// The lanes, in order.
    pub(super) fn lanes(self, shape: Shape) -> Box<dyn Iterator<Item = u32>> {
        match self {
            Self::Warp { start, mask } => Box::new(lanes_of_mask(start, mask)),
            Self::Block(block) => Box::new(shape.lanes_of_block(block)),
            Self::Grid => Box::new(0..shape.total()),
        }
    }
}

/// What one block waits in: at most one barrier at a time.
#[derive(Debug, Clone, Default)]
struct Barrier {
    first: Option<(Wait, At)>,
    waiting: u32,
    finished: u32,
    /// Whether a lane waits in another barrier than the first.
    broken: bool,
}

#[derive(Debug)]
pub(super) struct Meetings {
    shape: Shape,
    places: Vec<Place>,
    barriers: Vec<Barrier>,
    /// Lanes of each warp, by its first lane's number, that wait in a warp operation.
    in_warps: Vec<u32>,
    /// Blocks of which all lanes wait for the grid, and lanes that do.
    blocks_at_grid: u32,
    lanes_at_grid: u32,
    /// Where the first lane waits for the grid.
    grid_at: Option<At>,
    finished: u32,
    /// What each lane gives to those it meets.
    given: Vec<u64>,
    /// What each lane has been given.
    taken: Vec<Option<Rc<[u64; 32]>>>,
    diverged: bool,
}

impl Meetings {
    pub(super) fn new(shape: Shape) -> Self {
        let lanes = shape.total() as usize;
        Self {
            shape,
            places: vec![Place::Running; lanes],
            barriers: vec![Barrier::default(); shape.blocks as usize],
            in_warps: vec![0; lanes],
            blocks_at_grid: 0,
            lanes_at_grid: 0,
            grid_at: None,
            finished: 0,
            given: vec![0; lanes],
            taken: vec![None; lanes],
            diverged: false,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Whether it is certain that some lanes will never meet.
    pub(super) fn has_diverged(&self) -> bool {
        self.diverged
    }

    pub(super) fn all_finished(&self) -> bool {
        self.finished == self.shape.total()
    }

    /// What the lane was given when it met the others.
    pub(super) fn take(&mut self, lane: u32) -> [u64; 32] {
        self.taken[lane as usize].take().map_or([0; 32], |taken| *taken)
    }

    /// A lane waits. Returns the group that it completes.
    pub(super) fn arrive(&mut self, lane: u32, wait: Wait, at: At, bits: u64) -> Option<Group> {
        self.given[lane as usize] = bits;
        self.places[lane as usize] = Place::Waiting(wait.clone(), at);
        match wait {
            Wait::Warp(_, mask) => self.arrive_in_warp(lane, &wait, at, mask),
            _ => self.arrive_in_block(lane, wait, at),
        }
    }

    /// A lane has returned.
    pub(super) fn finish(&mut self, lane: u32) {
        self.places[lane as usize] = Place::Finished;
        self.finished += 1;
        let named_in_warp = self.is_waited_for_in_warp(lane);
        let block = &mut self.barriers[self.shape.block_of(lane) as usize];
        block.finished += 1;
        if block.waiting > 0 || self.lanes_at_grid > 0 || named_in_warp {
            self.diverged = true;
        }
    }

    fn arrive_in_block(&mut self, lane: u32, wait: Wait, at: At) -> Option<Group> {
        let for_grid = matches!(wait, Wait::Grid);
        if self.is_waited_for_in_warp(lane) || for_grid && self.finished > 0 {
            self.diverged = true;
        }
        let number = self.shape.block_of(lane);
        let block = &mut self.barriers[number as usize];
        if block.finished > 0 {
            self.diverged = true;
        }
        match &block.first {
            Some((first, first_at)) if !first.meets(first_at, &wait, at) => block.broken = true,
            Some(_) => {}
            None => block.first = Some((wait.clone(), at)),
        }
        block.waiting += 1;
        self.diverged |= block.broken;
        let complete = block.waiting == self.shape.lanes && !block.broken;
        if !for_grid {
            return complete.then(|| self.release_block(number, &wait));
        }
        self.lanes_at_grid += 1;
        if *self.grid_at.get_or_insert(at) != at {
            self.diverged = true;
            return None;
        }
        self.blocks_at_grid += u32::from(complete);
        (self.blocks_at_grid == self.shape.blocks && !self.diverged).then(|| self.release_grid())
    }

    fn release_block(&mut self, number: u32, wait: &Wait) -> Group {
        let lanes = self.shape.lanes_of_block(number);
        if let Wait::Gather = wait {
            let mut values = [0; 32];
            for (value, lane) in values.iter_mut().zip(lanes.clone().step_by(WARP as usize)) {
                *value = self.given[lane as usize];
            }
            self.hand_out(lanes.clone(), values);
        }
        self.barriers[number as usize] = Barrier::default();
        lanes.for_each(|lane| self.places[lane as usize] = Place::Running);
        Group::Block(number)
    }

    fn release_grid(&mut self) -> Group {
        self.barriers.fill_with(Barrier::default);
        self.places.fill(Place::Running);
        (self.blocks_at_grid, self.lanes_at_grid, self.grid_at) = (0, 0, None);
        Group::Grid
    }

    fn arrive_in_warp(&mut self, lane: u32, wait: &Wait, at: At, mask: u32) -> Option<Group> {
        let start = self.shape.warp_start(lane);
        self.in_warps[start as usize] += 1;
        let mut all_here = true;
        for other in lanes_of_mask(start, mask) {
            match &self.places[other as usize] {
                Place::Waiting(there, there_at) if wait.meets(at, there, there_at) => {}
                Place::Running => all_here = false,
                // It waits for lanes without this one, and may come when it has met them.
                Place::Waiting(Wait::Warp(_, others), _) if others >> (lane - start) & 1 == 0 => {
                    all_here = false
                }
                Place::Waiting(..) | Place::Finished => {
                    self.diverged = true;
                    all_here = false;
                }
            }
        }
        if !all_here {
            return None;
        }
        let mut values = [0; 32];
        for other in lanes_of_mask(start, mask) {
            values[(other - start) as usize] = self.given[other as usize];
            self.places[other as usize] = Place::Running;
        }
        self.in_warps[start as usize] -= mask.count_ones();
        self.hand_out(lanes_of_mask(start, mask), values);
        Some(Group::Warp { start, mask })
    }

    fn hand_out(&mut self, lanes: impl Iterator<Item = u32>, values: [u64; 32]) {
        let values = Rc::new(values);
        lanes.for_each(|lane| self.taken[lane as usize] = Some(values.clone()));
    }

    /// Whether a lane of the warp waits for this one, which is now elsewhere.
    fn is_waited_for_in_warp(&self, lane: u32) -> bool {
        let start = self.shape.warp_start(lane);
        let bit = lane - start;
        let lanes = self.shape.position(lane).warp_lanes();
        self.in_warps[start as usize] > 0
            && lanes_of_mask(start, lanes).any(|other| {
                let place = &self.places[other as usize];
                matches!(place, Place::Waiting(Wait::Warp(_, mask), _) if mask >> bit & 1 != 0)
            })
    }
}

#[cfg(test)]
#[path = "meetings_tests.rs"]
mod tests;
