//! The protocols between threads of the system, for Miri and ThreadSanitizer, which find what loom does not look at: raw
//! pointers, uninitialised slots, and the atomics of other crates. Loom has the interleavings.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use ringkernel_core::runtime::KernelState;
use ringkernel_core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use ringkernel_core::sync::{Arc, UnsafeCell, thread};

use super::bench::Bench;
use super::headcount::{AfterTurn, Headcount, Post, StandIn};
use super::lifecycle::{Lifecycle, Permission};
use super::ring::{Consumer, NoRoom, Producer, ring};
use super::room::Room;
use super::stopping::{self, Stopping};
use super::task::{HasTask, Progress, Task, Turn, start, wake};

/// A quick run under Miri, which is a thousand times slower.
const MESSAGES: u64 = if cfg!(miri) { 40 } else { 20_000 };
const SENDERS: u64 = 2;
/// Less than all messages, so that senders have to wait.
const CAPACITY: usize = 4;

/// An actor as small as it can be: a mailbox, whose messages own memory, and a sum.
struct Actor {
    task: Task<Actor>,
    mailbox: Producer<Box<u64>>,
    room: Room,
    bench: Bench<Actor>,
    handled: AtomicU32,
}

struct Inbox {
    messages: Consumer<Box<u64>>,
    sum: u64,
}

impl HasTask for Actor {
    type Value = Inbox;
    fn task(&self) -> &Task<Self> {
        &self.task
    }
}

fn actor() -> Arc<Actor> {
    let (mailbox, messages) = ring(CAPACITY);
    let actor = Arc::new(Actor {
        task: Task::new(),
        mailbox,
        room: Room::default(),
        bench: Bench::default(),
        handled: AtomicU32::new(0),
    });
    start(&actor, Inbox { messages, sum: 0 });
    actor
}

impl Actor {
    fn try_send(&self, value: u64) -> Result<(), NoRoom> {
        self.mailbox.push(Box::new(value), CAPACITY, |message| message).map_err(|(_, why)| why)
    }

    /// One turn, which takes what there is: in place, by value, and set aside in turns.
    fn run(turn: Turn<Self>) -> Option<Turn<Self>> {
        turn.run(|actor, inbox| {
            for way in 0..3 {
                let value = match way {
                    0 => inbox.messages.take().map(|message| **message),
                    1 => inbox.messages.take().map(|message| *message.into_inner()),
                    _ => inbox.messages.take_aside().map(|message| {
                        inbox.messages.release();
                        **inbox.messages.hold(message)
                    }),
                };
                let Some(value) = value else { break };
                inbox.sum += value;
                actor.handled.fetch_add(1, Ordering::Relaxed);
            }
            actor.room.tell(|| CAPACITY - actor.mailbox.held().min(CAPACITY));
            Progress::GoesOn
        })
    }

    /// Runs turns on this thread until somebody else has one, or there is none.
    fn run_all(turn: Option<Turn<Self>>) {
        let mut turn = turn;
        while let Some(next) = turn {
            turn = Self::run(next);
        }
    }

    /// Ends the task. Nobody else may hold its turn.
    fn end(&self) -> u64 {
        let mut sum = 0;
        let again = wake(self).expect("nobody holds the turn").run(|_, inbox| {
            sum = inbox.sum;
            Progress::Ended
        });
        assert!(again.is_none() && wake(self).is_none());
        sum
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on(future: impl Future<Output = ()>) {
    let waker = Waker::from(std::sync::Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    while future.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Pending {
        thread::park();
    }
}

#[test]
fn senders_that_wait_for_room_get_every_message_through() {
    let actor = actor();
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let actor = actor.clone();
            thread::spawn(move || {
                for value in 1..=MESSAGES {
                    // Whoever gets the turn runs it, so that it moves between threads.
                    while actor.try_send(value).is_err() {
                        let room = actor.room.listen();
                        Actor::run_all(wake(&*actor));
                        if actor.try_send(value).is_ok() {
                            break;
                        }
                        block_on(room);
                    }
                    Actor::run_all(wake(&*actor));
                }
            })
        })
        .collect();
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    Actor::run_all(wake(&*actor));
    assert_eq!(u64::from(actor.handled.load(Ordering::Relaxed)), SENDERS * MESSAGES);
    assert_eq!(actor.end(), SENDERS * MESSAGES * (MESSAGES + 1) / 2);
    assert_eq!(Arc::strong_count(&actor), 1, "the task has let its owner go");
}

#[test]
fn a_turn_is_taken_from_the_bench_once() {
    let actor = actor();
    for value in 1..=MESSAGES {
        actor.try_send(value).unwrap();
        actor.bench.leave(wake(&*actor).expect("it is idle"));
        let watchdog = {
            let actor = actor.clone();
            thread::spawn(move || actor.bench.take().map(|turn| Actor::run_all(Some(turn))).is_some())
        };
        let by_worker = actor.bench.take().map(|turn| Actor::run_all(Some(turn))).is_some();
        assert!(by_worker != watchdog.join().unwrap());
        if value == 1_000 {
            break;
        }
    }
    let handled = u64::from(actor.handled.load(Ordering::Relaxed));
    assert_eq!(actor.end(), handled * (handled + 1) / 2);
}

#[test]
fn a_closed_ring_gives_every_message_that_it_has_accepted() {
    for round in 0..if cfg!(miri) { 5 } else { 500 } {
        let (producer, mut consumer) = ring(CAPACITY);
        let producer = Arc::new(producer);
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                let producer = producer.clone();
                thread::spawn(move || {
                    let mut accepted = 0;
                    loop {
                        match producer.push(Box::new(accepted), CAPACITY, |message| message) {
                            Ok(()) => accepted += 1,
                            Err((_, NoRoom::Full)) => thread::yield_now(),
                            Err((_, NoRoom::Closed)) => return accepted,
                        }
                    }
                })
            })
            .collect();
        let mut taken = 0;
        while taken < round % 9 {
            taken += u64::from(consumer.take().is_some());
        }
        producer.close();
        while consumer.held() > 0 {
            match consumer.take() {
                Some(_) => taken += 1,
                None => thread::yield_now(),
            }
        }
        let accepted: u64 = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
        assert_eq!((taken, producer.accepted()), (accepted, accepted));
    }
}

#[test]
fn a_deactivation_waits_for_the_work_in_hand() {
    struct Shared {
        lifecycle: Lifecycle,
        state: UnsafeCell<u64>,
    }
    // SAFETY: `state` is reached by the loop while it may work, and by the others while it does not.
    unsafe impl Sync for Shared {}
    let shared = Arc::new(Shared { lifecycle: Lifecycle::new(), state: UnsafeCell::new(0) });
    let rounds = MESSAGES / 10;
    let actor_loop = {
        let shared = shared.clone();
        thread::spawn(move || {
            loop {
                match shared.lifecycle.may_work() {
                    // SAFETY: the loop may work.
                    Permission::Work => shared.state.with_mut(|state| unsafe { *state += 1 }),
                    Permission::Rest { state: KernelState::Terminating, .. } => return,
                    Permission::Rest { .. } => thread::yield_now(),
                }
            }
        })
    };
    let mut last = 0;
    for _ in 0..rounds {
        shared.lifecycle.change(KernelState::Active, |_| true).unwrap();
        thread::yield_now();
        shared.lifecycle.change(KernelState::Deactivated, |_| true).unwrap();
        while shared.lifecycle.is_working() {
            thread::yield_now();
        }
        // SAFETY: the loop has stopped working and may not begin.
        let now = shared.state.with_mut(|state| unsafe { *state });
        assert!(now >= last);
        last = now;
    }
    shared.lifecycle.change(KernelState::Terminating, |_| true).unwrap();
    actor_loop.join().unwrap();
}

#[test]
fn workers_that_get_stuck_and_come_back_leave_as_many_as_are_wanted() {
    let count = Headcount::new(2);
    let posts: [Post; 2] = std::array::from_fn(|_| Post::new());
    posts.iter().for_each(|_| count.enter());
    let done = AtomicU32::new(0);
    thread::scope(|scope| {
        for post in &posts {
            let (count, done) = (&count, &done);
            scope.spawn(move || {
                for _ in 0..MESSAGES {
                    if count.note_turn(post) == AfterTurn::Goes {
                        // As a stand-in for whoever is stuck next.
                        count.enter();
                        break;
                    }
                    thread::yield_now();
                }
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        while done.load(Ordering::Relaxed) < 2 {
            for post in posts.iter().filter(|post| !post.is_stuck()) {
                if count.note_stuck(post) == StandIn::Needed {
                    count.cancel();
                }
            }
            thread::yield_now();
        }
    });
    // Each stand-in that was needed has been cancelled, and each worker that went is back.
    assert_eq!(count.live(), count.wanted());
}

#[test]
fn a_turn_pushed_while_the_workers_stop_is_run_once() {
    for _ in 0..if cfg!(miri) { 10 } else { 500 } {
        let (stopping, turns) = (Stopping::default(), crossbeam_queue::SegQueue::new());
        let run = AtomicU32::new(0);
        let empty = || {
            stopping::before_emptying();
            while let Some(turn) = turns.pop() {
                run.fetch_add(turn, Ordering::Relaxed);
            }
        };
        let started = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                started.store(true, Ordering::Relaxed);
                turns.push(1);
                if stopping.after_push() {
                    empty();
                }
            });
            while !started.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            stopping.stop();
            empty();
        });
        assert_eq!(run.load(Ordering::Relaxed), 1);
    }
}
