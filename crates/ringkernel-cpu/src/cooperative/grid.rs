//! Runs the lanes of one message, one at a time, until all are done.
//!
//! A lane starts on a stack of its own when its turn comes first, and gives the stack back when it returns: lanes that
//! never wait need one stack between them. When a lane faults, or lanes can not meet any more, all others are unwound,
//! so that their destructors run, and the fault goes to whoever runs the message.

use std::ops::Range;
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};
use ringkernel_core::context::{ContextBackend, Reply, RingContext};
use ringkernel_core::cooperative::{LaneGrid, Watched, watch};
use ringkernel_core::registry::SourceLocation;
use ringkernel_core::runtime::{Fault, FaultKind};

use super::lane::{Lane, LaneContext, MessageContext};
use super::scheduler::{LaneWatch, LaneYielder, Resume, Scheduler, Unwound};
use super::shape::Shape;
use super::stacks;
use super::thread_bound::ThreadBound;
use crate::engine::fault;

/// Turns that lanes get, each on average, once it is certain that some will never meet: enough for most to come to where
/// they wait, and not so many that a lane which never waits holds up the report.
const TURNS_AFTER_DIVERGENCE: u32 = 4;

/// How the lanes of a message run.
#[derive(Debug, Clone)]
pub(crate) struct GridOptions {
    pub(crate) shape: Shape,
    /// Bytes of memory that a block has.
    pub(crate) shared_memory: usize,
    /// The seed of the order in which lanes run; 0 for the order of their numbers.
    pub(crate) schedule: u64,
    /// Whether accesses to plain cells are checked.
    pub(crate) check_races: bool,
    /// Where the state lies.
    pub(crate) state: Range<usize>,
    /// Where the handler is written.
    pub(crate) handler: SourceLocation,
}

/// The lanes for one message.
pub(crate) struct CpuGrid<'a> {
    context: MessageContext<'a>,
    options: GridOptions,
}

type LaneFn<'a> = dyn Fn(&mut RingContext<'_>) -> Reply + 'a;
type LaneCoroutine = Coroutine<Resume, (), LaneEnd, DefaultStack>;

/// How a lane ends.
enum LaneEnd {
    Returned(Reply),
    Unwound,
    Faulted(Box<Fault>),
}

impl<'a> CpuGrid<'a> {
    pub(crate) fn new(backend: &'a mut (dyn ContextBackend + 'a), options: GridOptions) -> Self {
        Self { context: MessageContext::new(backend), options }
    }
}

impl LaneGrid for CpuGrid<'_> {
    fn run(&mut self, lane: &dyn Fn(&mut RingContext<'_>) -> Reply) -> Reply {
        let scheduler = Rc::new(Scheduler::new(self.options.clone()));
        let watched = if scheduler.checks_races() { Watched::Everything } else { Watched::Atomics };
        let _watch = watch(Rc::new(LaneWatch(scheduler.clone())), watched);
        let mut lanes = Lanes {
            coroutines: (0..self.options.shape.total()).map(|_| None).collect(),
            scheduler: &scheduler,
            context: &self.context,
            lane,
            answer: None,
        };
        let outcome = lanes.run_all();
        lanes.unwind_all();
        match outcome {
            Ok(()) => lanes.answer.take().unwrap_or(Reply::none()),
            Err(fault) => fault::raise(fault),
        }
    }
}

/// The lanes while they run.
struct Lanes<'a, 'm> {
    /// By number; none before a lane has started and after it has returned.
    coroutines: Vec<Option<LaneCoroutine>>,
    scheduler: &'a Scheduler,
    context: &'a MessageContext<'m>,
    lane: &'a LaneFn<'a>,
    answer: Option<Reply>,
}

impl Lanes<'_, '_> {
    /// Runs lanes until all have returned. `Err` when one has faulted, or they cannot meet.
    fn run_all(&mut self) -> Result<(), Box<Fault>> {
        let mut turns_left = TURNS_AFTER_DIVERGENCE.saturating_mul(self.scheduler.shape().total());
        while let Some(lane) = self.scheduler.next() {
            if self.scheduler.has_diverged() {
                if turns_left == 0 {
                    break;
                }
                turns_left -= 1;
            }
            if self.coroutines[lane as usize].is_none() {
                self.start(lane)?;
            }
            match self.resume(lane, Resume::GoOn) {
                Some(LaneEnd::Returned(reply)) if lane == 0 => self.answer = Some(reply),
                Some(LaneEnd::Faulted(fault)) => return Err(self.of_lane(lane, fault)),
                // Nobody unwinds yet.
                Some(LaneEnd::Returned(_) | LaneEnd::Unwound) | None => {}
            }
        }
        if self.scheduler.all_finished() { Ok(()) } else { Err(self.divergence()) }
    }

    /// Unwinds the lanes that have started and not returned.
    fn unwind_all(&mut self) {
        self.scheduler.set_unwinding();
        for lane in 0..self.scheduler.shape().total() {
            // A lane that catches its unwinding and waits again unwinds again, inside.
            if self.coroutines[lane as usize].is_some() {
                self.scheduler.set_current(lane);
                self.resume(lane, Resume::Unwind);
            }
        }
    }

    fn start(&mut self, lane: u32) -> Result<(), Box<Fault>> {
        let stack = stacks::take().map_err(|error| self.no_stack(lane, &error))?;
        let (scheduler, context, function) = (self.scheduler, self.context, self.lane);
        let body = move |yielder: &LaneYielder, _: Resume| {
            scheduler.start(lane, yielder);
            let mut backend = LaneContext(context);
            let mut meeting = Lane { number: lane, scheduler: ThreadBound::new(scheduler) };
            let position = scheduler.shape().position(lane);
            let mut context = RingContext::of_lane(&mut backend, position, &mut meeting);
            let unwound = |payload: &(dyn std::any::Any + Send)| payload.is::<Unwound>();
            match fault::run_inside(scheduler.options.handler, unwound, || function(&mut context)) {
                Ok(reply) => LaneEnd::Returned(reply),
                Err(None) => LaneEnd::Unwound,
                Err(Some(fault)) => LaneEnd::Faulted(fault),
            }
        };
        // SAFETY: what `body` borrows has the lifetime of `self`, which owns the coroutine and so is dropped before it;
        // no coroutine is forgotten: `resume` takes each apart when it has returned, and `unwind_all` and the drop of the
        // vector see to the others.
        let coroutine = unsafe { Coroutine::with_stack_unchecked(stack, body) };
        self.coroutines[lane as usize] = Some(coroutine);
        Ok(())
    }

    /// Lets a lane run until it waits or ends.
    fn resume(&mut self, lane: u32, resume: Resume) -> Option<LaneEnd> {
        let slot = &mut self.coroutines[lane as usize];
        let CoroutineResult::Return(end) = slot.as_mut()?.resume(resume) else {
            return None;
        };
        self.scheduler.finish(lane);
        if let Some(coroutine) = slot.take() {
            stacks::give_back(coroutine.into_stack());
        }
        Some(end)
    }

    fn divergence(&self) -> Box<Fault> {
        let (message, at) = self.scheduler.divergence();
        let handler = self.scheduler.options.handler;
        let (file, line) = at.map_or((handler.file, handler.line), |at| (at.file(), at.line()));
        self.fault(FaultKind::Divergence, message, file, line)
    }

    fn no_stack(&self, lane: u32, error: &std::io::Error) -> Box<Fault> {
        let handler = self.scheduler.options.handler;
        let message = format!("no stack for {}: {error}", self.scheduler.shape().name(lane));
        self.fault(FaultKind::Panic, message, handler.file, handler.line)
    }

    /// The same fault, whose message says which lane.
    fn of_lane(&self, lane: u32, mut fault: Box<Fault>) -> Box<Fault> {
        let message = format!("{}: {}", self.scheduler.shape().name(lane), fault.message);
        fault.message = self.with_schedule(message);
        fault
    }

    fn fault(&self, kind: FaultKind, message: String, file: &str, line: u32) -> Box<Fault> {
        let message = self.with_schedule(message);
        Box::new(Fault { kind, code: kind.code(), message, file: file.into(), line })
    }

    fn with_schedule(&self, message: String) -> String {
        format!("{message} (lane schedule {})", self.scheduler.options.schedule)
    }
}
