//! The part of a stepped runtime that the engine knows.
//!
//! The lock is free while actors run, so that what they lead to may call in again; see `hooks`.

use std::collections::{HashMap, VecDeque};
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ringkernel_core::clock::{ManualClock, TimeSource};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::runtime::{ActorRef, KernelId};
use ringkernel_core::sync::atomic::Ordering;

use super::injection::Strike;
use super::probe::ProbeLog;
use super::schedule::{Choices, Schedule};
use super::step::{Step, StepOutcome};
use crate::engine::actor::Actor;
use crate::engine::shared::Shared;
use crate::engine::{pace, worker};
use crate::protocol::task::Turn;

/// Turns that each actor is given at most to end by itself when the runtime stops.
const LAST_TURNS: usize = 100;

/// Turns of handlers that go on waiting which are no steps of their own.
const MAX_IDLE_TURNS: u32 = 1000;

pub(crate) struct Stepping {
    clock: ManualClock,
    inner: Mutex<Inner>,
}

pub(super) struct Inner {
    choices: Choices,
    /// The turns that wait to be chosen, in the order in which they became ready.
    runnable: VecDeque<Turn<Actor>>,
    /// The message in the hand of each actor that has one.
    pub(super) in_hand: HashMap<ActorRef, Taken>,
    /// The message that the turn under way has dead-lettered without handling it.
    pub(super) buried: Option<(Taken, DeadLetterReason)>,
    pub(super) strikes: Vec<(ActorRef, Strike)>,
    /// Actors whose handler panics when it returns, and where the test has asked for it.
    pub(super) doomed: Vec<(ActorRef, &'static Location<'static>)>,
    /// How actors whose clock is wrong see the clock.
    clocks: HashMap<ActorRef, ManualClock>,
    pub(super) probes: HashMap<ActorRef, ProbeLog>,
}

/// A message that was taken from a mailbox.
#[derive(Clone)]
pub(super) struct Taken {
    pub(super) kernel: KernelId,
    pub(super) message: String,
    pub(super) source: ActorRef,
}

impl Stepping {
    pub(super) fn new(schedule: Schedule) -> Self {
        let inner = Inner {
            choices: Choices::of(schedule),
            runnable: VecDeque::new(),
            in_hand: HashMap::new(),
            buried: None,
            strikes: Vec::new(),
            doomed: Vec::new(),
            clocks: HashMap::new(),
            probes: HashMap::new(),
        };
        Self { clock: ManualClock::new(), inner: Mutex::new(inner) }
    }

    pub(crate) fn clock(&self) -> &ManualClock {
        &self.clock
    }

    // ---- turns

    /// Runs one message of an actor that the schedule chooses, or of `only`. `None` when there is none to run.
    pub(super) fn step(&self, shared: &Shared, only: Option<ActorRef>) -> Option<Step> {
        let mut idle_turns = 0;
        loop {
            self.collect(shared);
            let turn = {
                let mut inner = self.inner();
                let chosen = match only {
                    Some(actor) => inner.runnable.iter().position(|turn| turn.owner().address() == actor)?,
                    None if inner.runnable.is_empty() => return None,
                    None => {
                        let count = inner.runnable.len();
                        inner.choices.choose(count)
                    }
                };
                inner.runnable.remove(chosen)?
            };
            let step = self.run(shared, turn);
            self.collect(shared);
            // A turn may find nothing to do: the actor was woken for what it had seen already. But a handler that wakes
            // itself again and again, which looks the same, must not keep the test from going on.
            match step {
                Some((_, Went::Nowhere)) if idle_turns < MAX_IDLE_TURNS => {
                    idle_turns += 1;
                }
                Some((step, _)) => return Some(step),
                None => {}
            }
        }
    }

    /// Runs all turns that are ready, and those that come of them, until the actors have ended that can; then leaves the
    /// others' turns to the ready queue.
    pub(crate) fn run_out(&self, shared: &Shared) {
        for _ in 0..LAST_TURNS {
            self.collect(shared);
            let turns = std::mem::take(&mut self.inner().runnable);
            if turns.is_empty() {
                return;
            }
            for turn in turns {
                self.run(shared, turn);
            }
        }
        let left = std::mem::take(&mut self.inner().runnable);
        left.into_iter().for_each(|turn| shared.ready.push(turn));
    }

    /// Takes over the turns that have become ready. Those of probes are run at once: a test looks at a probe, it does not
    /// wait for it.
    fn collect(&self, shared: &Shared) {
        while let Some(turn) = shared.ready.try_next() {
            let mut inner = self.inner();
            if inner.probes.contains_key(&turn.owner().address()) {
                drop(inner);
                self.run(shared, turn);
            } else {
                inner.runnable.push_back(turn);
            }
        }
    }

    /// Runs one turn, which takes one message at most.
    fn run(&self, shared: &Shared, turn: Turn<Actor>) -> Option<(Step, Went)> {
        let address = turn.owner().address();
        let actor = shared.directory.by_address(address).expect("it is there until the turn that ends it");
        let at = self.clock.elapsed();
        let counts =
            |actor: &Actor| (actor.telemetry.processed(), actor.counters.faults.load(Ordering::Relaxed));
        let (processed, faults) = counts(&actor);
        let (time, messages) = {
            let mut inner = self.inner();
            inner.buried = None;
            // An actor that has a message in hand takes no other.
            let messages = u32::from(!inner.in_hand.contains_key(&actor.address()));
            let clock = inner.clocks.get(&actor.address()).unwrap_or(&self.clock);
            (TimeSource::Manual(clock.clone()), messages)
        };
        // The thread goes by another clock before and after.
        pace::set_ns(0);
        let again = time.scope(|| worker::run(turn, messages));
        pace::set_ns(0);
        if let Some(again) = again {
            shared.ready.push(again);
        }
        let (processed_now, faults_now) = counts(&actor);
        let mut inner = self.inner();
        let buried = inner.buried.take();
        let in_hand = inner.in_hand.get(&actor.address()).cloned();
        let (taken, outcome) = match (in_hand, buried) {
            (Some(taken), _) if processed_now > processed => (taken, StepOutcome::Handled),
            (Some(taken), _) if faults_now > faults => {
                let fault = actor.last_fault()?;
                (taken, StepOutcome::Faulted(fault))
            }
            (_, Some((taken, reason))) => (taken, StepOutcome::DeadLetter(reason)),
            (Some(taken), None) => (taken, StepOutcome::Waiting),
            (None, None) => return None,
        };
        let went = if outcome == StepOutcome::Waiting && messages == 0 { Went::Nowhere } else { Went::On };
        if outcome != StepOutcome::Waiting {
            inner.in_hand.remove(&actor.address());
        }
        drop(inner);
        let sender = sender(shared, taken.source);
        Some((Step { at, kernel: taken.kernel, sender, message: taken.message, outcome }, went))
    }

    // ---- what the test asks for

    pub(super) fn add_strike(&self, kernel: ActorRef, strike: Strike) {
        self.inner().strikes.push((kernel, strike));
    }

    pub(super) fn set_clock(&self, kernel: ActorRef, clock: ManualClock) {
        self.inner().clocks.insert(kernel, clock);
    }

    /// Forgets what was injected into a kernel.
    pub(super) fn heal(&self, kernel: ActorRef) {
        let mut inner = self.inner();
        inner.clocks.remove(&kernel);
        inner.strikes.retain(|(struck, _)| *struck != kernel);
        inner.doomed.retain(|(doomed, _)| *doomed != kernel);
    }

    /// How many strikes have not happened yet.
    pub(super) fn strikes_left(&self) -> usize {
        self.inner().strikes.len()
    }

    pub(super) fn add_probe(&self, kernel: ActorRef, log: ProbeLog) {
        self.inner().probes.insert(kernel, log);
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        // No code that can panic runs under the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a turn has brought a message on.
enum Went {
    On,
    /// Its async handler waited before and waits still.
    Nowhere,
}

/// The kernel of an address, if it is running.
pub(super) fn sender(shared: &Shared, source: ActorRef) -> Option<KernelId> {
    shared.directory.by_address(source).map(|actor| actor.id().clone())
}
