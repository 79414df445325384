//! What the lanes of one message and the grid that runs them share: who goes on next, and who waits where.
//!
//! One lane runs at a time. It runs until it waits for others, returns, or lets others run at an atomic operation. The
//! lanes that can go on stand in a queue; the order of the numbers takes its front, every other schedule takes a place
//! that its seed draws.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::panic::{Location, resume_unwind};
use std::ptr::NonNull;
use std::rc::Rc;

use corosensei::Yielder;
use ringkernel_core::cooperative::{BlockMemory, CellAccess, SharedMemoryExhausted, Watch};

use super::grid::GridOptions;
use super::meetings::{At, Group, Meetings, Wait};
use super::races::Races;
use super::report;
use super::shape::Shape;

/// What a suspended lane is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resume {
    /// To go on.
    GoOn,
    /// To unwind, because another lane has faulted.
    Unwind,
}

/// What a lane unwinds with that is told to.
pub(super) struct Unwound;

/// What a lane suspends itself with.
pub(super) type LaneYielder = Yielder<Resume, ()>;

/// Atomic operations that a lane does in a row, in the order of the numbers, before others run: lanes that wait for each
/// other's cells make progress.
const ATOMICS_IN_A_ROW: u32 = 256;

pub(super) struct Scheduler {
    pub(super) options: GridOptions,
    meetings: RefCell<Meetings>,
    races: Option<RefCell<Races>>,
    blocks: RefCell<Vec<BlockArrays>>,
    ready: RefCell<VecDeque<u32>>,
    /// The lane that runs.
    current: Cell<Option<u32>>,
    /// Where each lane that has started suspends itself; none once it has returned.
    yielders: RefCell<Vec<Option<NonNull<LaneYielder>>>>,
    /// Whether the message has faulted, so that lanes unwind.
    unwinding: Cell<bool>,
    random: Cell<u64>,
    atomics: Cell<u32>,
}

/// The shared memory of one block.
#[derive(Default)]
struct BlockArrays {
    taken: usize,
    arrays: HashMap<(&'static str, u32, u32), BlockMemory>,
}

impl Scheduler {
    pub(super) fn new(options: GridOptions) -> Self {
        let shape = options.shape;
        let races = options.check_races.then(|| Races::new(shape, options.state.clone()));
        Self {
            meetings: RefCell::new(Meetings::new(shape)),
            races: races.map(RefCell::new),
            blocks: RefCell::new((0..shape.blocks).map(|_| BlockArrays::default()).collect()),
            ready: RefCell::new((0..shape.total()).collect()),
            current: Cell::new(None),
            yielders: RefCell::new(vec![None; shape.total() as usize]),
            unwinding: Cell::new(false),
            random: Cell::new(options.schedule),
            atomics: Cell::new(0),
            options,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        self.options.shape
    }

    pub(super) fn checks_races(&self) -> bool {
        self.races.is_some()
    }

    // ---- for the grid

    /// The lane that runs next, which is now the current one.
    pub(super) fn next(&self) -> Option<u32> {
        let mut ready = self.ready.borrow_mut();
        let next = match (self.options.schedule, ready.len() as u64) {
            (0, _) | (_, 0) => ready.pop_front(),
            (_, count) => ready.swap_remove_back((self.draw() % count) as usize),
        };
        self.atomics.set(0);
        self.current.set(next);
        next
    }

    /// Makes a lane the current one that is not in the queue: it is to be unwound.
    pub(super) fn set_current(&self, lane: u32) {
        self.current.set(Some(lane));
    }

    /// The current lane has returned.
    pub(super) fn finish(&self, lane: u32) {
        self.current.set(None);
        self.yielders.borrow_mut()[lane as usize] = None;
        if !self.unwinding.get() {
            self.meetings.borrow_mut().finish(lane);
        }
    }

    pub(super) fn has_diverged(&self) -> bool {
        self.meetings.borrow().has_diverged()
    }

    pub(super) fn all_finished(&self) -> bool {
        self.meetings.borrow().all_finished()
    }

    /// Where all lanes are.
    pub(super) fn divergence(&self) -> (String, Option<At>) {
        report::divergence(&self.meetings.borrow())
    }

    /// From now on, lanes unwind.
    pub(super) fn set_unwinding(&self) {
        self.unwinding.set(true);
    }

    /// SplitMix64.
    fn draw(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.random.set(state);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    // ---- for lanes

    /// A lane starts, and suspends itself with `yielder` until it has finished.
    pub(super) fn start(&self, lane: u32, yielder: &LaneYielder) {
        self.yielders.borrow_mut()[lane as usize] = Some(NonNull::from(yielder));
    }

    /// The current lane waits. Returns what it was given when it met the others.
    pub(super) fn wait(&self, lane: u32, wait: Wait, at: At, bits: u64) -> [u64; 32] {
        if !self.may_wait() {
            return [0; 32];
        }
        let group = self.meetings.borrow_mut().arrive(lane, wait, at, bits);
        if let Some(group) = group {
            self.go_on(group);
        }
        self.suspend(lane);
        self.meetings.borrow_mut().take(lane)
    }

    /// Whether the current lane may be suspended. One that unwinds must not: its destructors do not wait. One that has
    /// caught its unwinding unwinds again.
    fn may_wait(&self) -> bool {
        if std::thread::panicking() {
            return false;
        }
        if self.unwinding.get() {
            resume_unwind(Box::new(Unwound));
        }
        true
    }

    fn go_on(&self, group: Group) {
        if let Some(races) = &self.races {
            races.borrow_mut().met(group);
        }
        self.ready.borrow_mut().extend(group.lanes(self.shape()));
    }

    /// Lets other lanes run until the grid resumes this one.
    fn suspend(&self, lane: u32) {
        assert_eq!(self.current.get(), Some(lane), "only the lane that runs can suspend itself");
        let yielder = self.yielders.borrow()[lane as usize].expect("a lane that runs has started");
        // SAFETY: `start` took the pointer from a reference that is alive while the lane's function runs, and `finish`
        // removes it afterwards. The assertion says that this lane's function is running: it has called here.
        let yielder = unsafe { yielder.as_ref() };
        if yielder.suspend(()) == Resume::Unwind {
            resume_unwind(Box::new(Unwound));
        }
    }

    pub(super) fn block_memory(
        &self,
        lane: u32,
        at: &'static Location<'static>,
        bytes: usize,
        make: &dyn Fn() -> BlockMemory,
    ) -> Result<BlockMemory, SharedMemoryExhausted> {
        let mut blocks = self.blocks.borrow_mut();
        let block = &mut blocks[self.shape().block_of(lane) as usize];
        let site = (at.file(), at.line(), at.column());
        if let Some(memory) = block.arrays.get(&site) {
            return Ok(memory.clone());
        }
        let limit = self.options.shared_memory;
        if bytes > limit - block.taken {
            return Err(SharedMemoryExhausted { asked: bytes, taken: block.taken, limit });
        }
        block.taken += bytes;
        let memory = make();
        if let Some(races) = &self.races {
            races.borrow_mut().add_array(memory.addresses());
        }
        block.arrays.insert(site, memory.clone());
        Ok(memory)
    }
}

/// The watch over the cells that lanes use.
pub(super) struct LaneWatch(pub(super) Rc<Scheduler>);

impl Watch for LaneWatch {
    fn plain(&self, access: CellAccess) {
        // Once the message has faulted, destructors may do what they like.
        let Some(lane) =
            self.0.current.get().filter(|_| !std::thread::panicking() && !self.0.unwinding.get())
        else {
            return;
        };
        if let Some(races) = &self.0.races {
            let outcome = races.borrow_mut().access(lane, access);
            if let Err(failure) = outcome {
                failure.raise();
            }
        }
    }

    fn atomic(&self) {
        let scheduler = &self.0;
        let Some(lane) = scheduler.current.get() else { return };
        let others_first = match scheduler.options.schedule {
            0 => {
                scheduler.atomics.set(scheduler.atomics.get() + 1);
                scheduler.atomics.get() > ATOMICS_IN_A_ROW
            }
            _ => scheduler.draw().is_multiple_of(4),
        };
        if others_first && scheduler.may_wait() {
            scheduler.ready.borrow_mut().push_back(lane);
            scheduler.suspend(lane);
        }
    }
}
