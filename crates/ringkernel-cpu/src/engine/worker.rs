//! The threads that run actors.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ringkernel_core::backend::Hosted;
use ringkernel_core::runtime::{ActorRef, KernelState};
use ringkernel_core::sync::atomic::{AtomicU64, Ordering};
use ringkernel_core::{Result, RingKernelError};

use super::actor::{Actor, Loop};
use super::shared::Shared;
use super::{fault, pace};
use crate::protocol::bench::Bench;
use crate::protocol::headcount::{AfterTurn, Headcount, Post, StandIn};
use crate::protocol::task::{self, Progress, Turn};

/// Turns that a caller runs while there is more to do.
const CALLERS_TURNS: u32 = 4;

thread_local! {
    /// Whether this thread runs an actor.
    static IN_TURN: Cell<bool> = const { Cell::new(false) };
}

pub(crate) struct Workers {
    count: Headcount,
    seats: Mutex<Vec<Arc<Seat>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the watchdog sees of a worker.
pub(crate) struct Seat {
    /// Address of the actor whose turn it is; 0 between turns.
    actor: AtomicU64,
    post: Post,
    bench: Bench<Actor>,
}

impl Seat {
    pub(crate) fn actor(&self) -> ActorRef {
        ActorRef::from_bits(self.actor.load(Ordering::Relaxed))
    }

    /// The turn that the worker keeps while it runs a handler.
    pub(crate) fn take_kept(&self) -> Option<Turn<Actor>> {
        self.bench.take()
    }

    pub(crate) fn is_stuck(&self) -> bool {
        self.post.is_stuck()
    }
}

impl Workers {
    pub(crate) fn new(wanted: usize) -> Self {
        Self { count: Headcount::new(wanted), seats: Mutex::default(), threads: Mutex::default() }
    }

    pub(crate) fn wanted(&self) -> usize {
        self.count.wanted()
    }

    /// Puts the seats of all workers in place of what is in `seats`.
    pub(crate) fn copy_seats(&self, seats: &mut Vec<Arc<Seat>>) {
        seats.clear();
        seats.extend(self.seats.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
    }

    /// Notes that the worker in `seat` does not come back.
    pub(crate) fn note_stuck(&self, seat: &Seat) -> StandIn {
        self.count.note_stuck(&seat.post)
    }

    /// Joins the threads that have ended by `until`; the others are left to end by themselves.
    pub(crate) fn join_until(&self, until: Instant) {
        let mut threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        loop {
            threads = threads
                .into_iter()
                .filter_map(|thread| {
                    if !thread.is_finished() || thread.thread().id() == std::thread::current().id() {
                        return Some(thread);
                    }
                    // A worker catches the panics of what it runs; there is nothing to learn from its end.
                    let _ = thread.join().map_err(fault::discard);
                    None
                })
                .collect();
            if threads.is_empty() || Instant::now() >= until {
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

/// Starts one worker.
pub(crate) fn spawn(shared: &Arc<Shared>) -> Result<()> {
    shared.workers.count.enter();
    spawn_counted(shared)
}

/// Starts a worker that has been counted.
pub(crate) fn spawn_counted(shared: &Arc<Shared>) -> Result<()> {
    let seat = Arc::new(Seat { actor: AtomicU64::new(0), post: Post::new(), bench: Bench::default() });
    let workers = &shared.workers;
    let number = workers.count.live() - 1;
    let thread = std::thread::Builder::new().name(format!("ringkernel-cpu-{number}")).spawn({
        let (shared, seat) = (shared.clone(), seat.clone());
        move || work(&shared, &seat)
    });
    match thread {
        Ok(thread) => {
            workers.seats.lock().unwrap_or_else(PoisonError::into_inner).push(seat);
            let mut threads = workers.threads.lock().unwrap_or_else(PoisonError::into_inner);
            threads.retain(|thread| !thread.is_finished());
            threads.push(thread);
            Ok(())
        }
        Err(error) => {
            workers.count.cancel();
            Err(RingKernelError::ResourceExhausted {
                what: "a worker thread".into(),
                reason: error.to_string(),
            })
        }
    }
}

fn work(shared: &Arc<Shared>, seat: &Arc<Seat>) {
    // SAFETY: `seat` outlives the call of `leave` below, which nothing in between skips: what a turn runs is guarded.
    unsafe { shared.ready.enter(&seat.bench) };
    while let Some(turn) = shared.ready.next() {
        seat.actor.store(turn.owner().address().to_bits(), Ordering::Relaxed);
        let again = run(turn, pace::BATCH);
        seat.actor.store(0, Ordering::Relaxed);
        if let Some(again) = again {
            shared.ready.push_or_keep(again);
        }
        if shared.workers.count.note_turn(&seat.post) == AfterTurn::Goes {
            break;
        }
    }
    shared.ready.leave();
    shared
        .workers
        .seats
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|other| !Arc::ptr_eq(other, seat));
}

/// Polls an actor's loop once: up to `messages` of them.
pub(crate) fn run(turn: Turn<Actor>, messages: u32) -> Option<Turn<Actor>> {
    pace::allow(messages);
    IN_TURN.set(true);
    let again = turn.run(|actor, actor_loop: &mut Loop| {
        // SAFETY: the pointer is that of a live `Arc`. The count is not raised for this second owner, which is never
        // dropped; whoever needs a waker that lasts clones it.
        let waker = ManuallyDrop::new(Waker::from(unsafe { Arc::from_raw(Arc::as_ptr(actor)) }));
        let mut context = Context::from_waker(&waker);
        let polled = catch_unwind(AssertUnwindSafe(|| actor_loop.as_mut().poll(&mut context)));
        actor.tell_room();
        match polled {
            Ok(Poll::Pending) => Progress::GoesOn,
            Ok(Poll::Ready(())) => Progress::Ended,
            Err(payload) => {
                // All user code is guarded inside the loop, so this is a defect of the loop itself. The panic has printed
                // itself, and unwinding has ended the actor and accounted for its messages; the other actors go on.
                tracing::error!(kernel = actor.id().as_str(), "the loop of an actor panicked");
                fault::discard(payload);
                Progress::Ended
            }
        }
    });
    IN_TURN.set(false);
    again
}

/// Whether the calling thread runs an actor.
pub(crate) fn in_turn() -> bool {
    IN_TURN.get()
}

/// Tells an actor that its state has been changed. If it is idle, the calling thread lets it take notice, which runs no
/// user's code, so that no worker has to be woken for it.
pub(crate) fn schedule_notice(actor: &Actor) {
    let Some(turn) = task::wake(actor) else { return };
    let ends = actor.state() == KernelState::Terminating && actor.kernel.state.has_destructor;
    // The turn is this thread's, so nobody else takes a message in hand.
    if ends || actor.has_in_hand() || IN_TURN.get() || actor.shared.stepping.is_some() {
        return actor.shared.ready.push(turn);
    }
    run_here(turn, 0, |turn| run(turn, 0));
}

/// Announces a call to an actor. If the actor is idle and its handlers are quick, the calling thread, which has just read
/// the clock, runs it, so that nothing has to be handed over to a worker and back.
pub(crate) fn schedule_or_run(actor: &Actor, message_type: u64, now_ns: u64) {
    let Some(turn) = task::wake(actor) else { return };
    let ready = &actor.shared.ready;
    // A thread that runs an actor does not run another inside: calls would nest without bound.
    // In a test, nothing runs that is not stepped.
    let inline = actor.options.inline_calls && actor.callers_may_run(message_type);
    if !inline || IN_TURN.get() || actor.shared.stepping.is_some() {
        return ready.push(turn);
    }
    run_here(turn, now_ns, |turn| {
        pace::set_callers(true);
        let mut again = run(turn, pace::CALLERS_BATCH);
        // Others may have called meanwhile, which a worker would have to be woken for.
        for _ in 1..CALLERS_TURNS {
            again = again.and_then(|turn| run(turn, pace::CALLERS_BATCH));
        }
        pace::set_callers(false);
        again
    });
}

/// Uses up a turn on a thread that is no worker's, from `now_ns` on, or 0 when that has not been read just now.
#[inline]
fn run_here(turn: Turn<Actor>, now_ns: u64, run: impl FnOnce(Turn<Actor>) -> Option<Turn<Actor>>) {
    // The turn may end the actor, whose loop may be what keeps the runtime's parts alive.
    let shared = turn.owner().shared.clone();
    pace::set_ns(now_ns);
    let again = run(turn);
    pace::set_ns(0);
    if let Some(again) = again {
        shared.ready.push(again);
    }
}
