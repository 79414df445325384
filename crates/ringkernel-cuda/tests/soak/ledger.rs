//! What has been sent and has not come to its end; `ends` has what comes of it. Every message has one end: an answer, a landing, or a dead letter whose reason is to
//! be expected; in the order in which it was sent. What is otherwise is written down, and ends the run.

use std::collections::{HashMap, HashSet, VecDeque};

use ringkernel::prelude::*;
use ringkernel_testkit::kernels::soak::Token;
use ringkernel_testkit::random::Random;

use crate::rings::{Journey, Ring, rings};

/// Most hops of a journey.
const MOST_HOPS: u64 = 400;

/// How often what has happened, since the runtime started.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) launched: u64,
    /// Answers to messages of hosts.
    pub(crate) answers: u64,
    /// Tokens that a place has handled, and those that one has sent.
    pub(crate) taken: u64,
    pub(crate) hops: u64,
    pub(crate) landed: u64,
    /// Tokens that have landed where they were to, at the end of their way.
    pub(crate) arrived: u64,
    /// Handlers that have faulted.
    pub(crate) faults: u64,
    pub(crate) letters: u64,
    /// Dead letters that may have been in no mailbox: their target had ended when they came.
    pub(crate) letters_of_kernels: u64,
    pub(crate) restarts: u64,
    pub(crate) relaunches: u64,
    pub(crate) suspensions: u64,
}

impl Tally {
    /// Checks that there was something of everything: a backend on which nothing happens makes no mistake either.
    ///
    /// # Panics
    /// When there was not.
    pub(crate) fn check(&self) {
        let least = [self.answers, self.faults, self.restarts, self.relaunches, self.suspensions];
        assert!(least.into_iter().all(|count| count > 0), "something was never done: {self:?}");
        // Tokens land early only where an actor has ended, or has started again and knows no next place yet.
        assert!(self.hops > 10 * self.landed && self.arrived > 0, "tokens do not get far: {self:?}");
    }
}

/// A message of a host that has been accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Asked {
    pub(crate) value: u64,
    /// Its handler faults.
    pub(crate) breaks: bool,
}

/// What became of a message that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Posted {
    Accepted,
    Full,
    /// The actor has ended.
    Gone,
}

/// An actor, from one launch to the end.
#[derive(Default)]
pub(crate) struct Actor {
    pub(crate) handle: Option<KernelHandle>,
    /// Accepted, in this order, and without an end.
    pub(crate) asked: VecDeque<Asked>,
    /// Overtaken by later ones, because their handlers have faulted: they have yet to be dead letters.
    pub(crate) broken: HashSet<u64>,
    /// The first message that the actor did not come to.
    pub(crate) cut: Option<u64>,
}

impl Actor {
    /// Whether every message has come to its end.
    pub(crate) fn is_settled(&self) -> bool {
        self.asked.is_empty() && self.broken.is_empty()
    }
}

pub(crate) struct Ledger {
    pub(crate) rings: Vec<Ring>,
    pub(crate) actors: Vec<Actor>,
    pub(crate) tally: Tally,
    /// Rings of the tokens that are with the host.
    pub(crate) idle: VecDeque<usize>,
    pub(crate) journeys: HashMap<u64, Journey>,
    tokens: usize,
    /// Calls whose callers wait, and those of them that are known to be accepted.
    pub(crate) calls: HashSet<u64>,
    pub(crate) accepted_calls: HashSet<u64>,
    /// Calls that have no answer, and have yet to be dead letters; and those that were perhaps refused, and then never will be.
    pub(crate) unanswered_calls: HashSet<u64>,
    pub(crate) failed_calls: HashSet<u64>,
    /// Dead letters of calls whose callers have yet to hear.
    pub(crate) dead_calls: HashSet<u64>,
    last_number: u64,
    random: Random,
    wrong: Vec<String>,
}

impl Ledger {
    /// Actors that have yet to be launched, with `tokens` for each ring.
    pub(crate) fn new(actors: usize, tokens: usize, mut random: Random) -> Self {
        let rings = rings(actors, &mut random);
        let idle: VecDeque<usize> = (0..rings.len()).cycle().take(rings.len() * tokens).collect();
        Self {
            tokens: idle.len(),
            rings,
            idle,
            actors: (0..actors).map(|_| Actor::default()).collect(),
            tally: Tally::default(),
            journeys: HashMap::new(),
            calls: HashSet::new(),
            accepted_calls: HashSet::new(),
            unanswered_calls: HashSet::new(),
            failed_calls: HashSet::new(),
            dead_calls: HashSet::new(),
            last_number: 0,
            random,
            wrong: Vec::new(),
        }
    }

    /// A number that no message and no link has had.
    pub(crate) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }

    /// Who comes so many places after an actor in its ring of this number; who comes before it, for -1.
    pub(crate) fn neighbour(&self, actor: usize, number: u32, places: isize) -> usize {
        let mut of_number = self.rings.iter().filter(|ring| ring.number == number);
        let neighbour = of_number.find_map(|Ring { places: ring, .. }| {
            let at = ring.iter().position(|place| *place == actor)?;
            Some(ring[(at as isize + places).rem_euclid(ring.len() as isize) as usize])
        });
        neighbour.expect("an actor is part of a ring of each number")
    }

    // ---- what is sent

    /// Sends a message of which an answer, or a dead letter, is to come.
    pub(crate) fn ask<M: RingMessage>(&mut self, actor: usize, asked: Asked, message: M) -> Posted {
        let posted = self.post(actor, message);
        if posted == Posted::Accepted {
            self.actors[actor].asked.push_back(asked);
        }
        posted
    }

    /// Sends an idle token on its way, if there is one.
    pub(crate) fn release(&mut self) -> Option<Posted> {
        let ring = self.idle.pop_front()?;
        let (start, hops) =
            (self.below(self.rings[ring].places.len() as u64) as usize, self.below(MOST_HOPS) as u32);
        let (sum, journey) = (self.random.draw(), self.number());
        let number = self.rings[ring].number;
        let token = Token { journey, sum, link: 0, sequence: 0, ring: number, hops_left: hops };
        let posted = self.post(self.rings[ring].places[start], token);
        if posted == Posted::Accepted {
            self.journeys.insert(journey, Journey { ring, start, hops, sum });
        } else {
            self.idle.push_back(ring);
        }
        Some(posted)
    }

    fn post<M: RingMessage>(&mut self, actor: usize, message: M) -> Posted {
        let Some(handle) = &self.actors[actor].handle else { return Posted::Gone };
        match handle.try_send(message).map_err(|refused| refused.error) {
            Ok(()) => Posted::Accepted,
            Err(RingKernelError::QueueFull { .. }) => Posted::Full,
            Err(RingKernelError::KernelTerminated { .. } | RingKernelError::KernelFailed { .. }) => {
                Posted::Gone
            }
            Err(error) => {
                self.wrong(format!("a message to actor {actor} is refused: {error}"));
                Posted::Gone
            }
        }
    }

    /// A call begins.
    pub(crate) fn called(&mut self) -> u64 {
        let value = self.number();
        self.calls.insert(value);
        value
    }

    // ---- whether it is as it should be

    pub(crate) fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// What is wrong; nothing, as long as the backend is right.
    ///
    /// # Panics
    /// When something is.
    pub(crate) fn check(&self) {
        assert!(
            self.wrong.is_empty(),
            "{} mistakes: {:#?}",
            self.wrong.len(),
            &self.wrong[..self.wrong.len().min(10)]
        );
    }

    /// Whether every message has come to its end.
    pub(crate) fn is_settled(&self) -> bool {
        let no_calls = self.calls.is_empty() && self.unanswered_calls.is_empty();
        self.journeys.is_empty() && no_calls && self.actors.iter().all(Actor::is_settled)
    }

    /// Messages of hosts that an actor has been sent since this number was given, and that have no end.
    pub(crate) fn waiting_since(&self, actor: usize, first: u64) -> usize {
        self.actors[actor].asked.iter().filter(|asked| asked.value > first).count()
    }

    /// What has yet to come to its end, in words.
    pub(crate) fn unsettled(&self) -> String {
        let actors = self.actors.iter().enumerate().filter(|(_, actor)| !actor.is_settled());
        let actors: Vec<_> =
            actors.map(|(number, actor)| (number, &actor.asked, &actor.broken)).take(5).collect();
        let journeys: Vec<_> = self.journeys.iter().take(5).collect();
        format!(
            "{} journeys: {journeys:?}; calls: {:?}; calls without an answer or a dead letter: {:?}; \
             messages of actors: {actors:?}",
            self.journeys.len(),
            self.calls,
            self.unanswered_calls
        )
    }

    /// Checks that all tokens are with the host, where all messages have come to their end.
    pub(crate) fn check_tokens(&self) {
        assert_eq!(self.idle.len(), self.tokens, "tokens are neither made nor lost");
    }

    /// An actor begins, with messages of its own.
    pub(crate) fn began(&mut self, actor: usize, handle: KernelHandle) {
        self.tally.launched += 1;
        self.actors[actor] = Actor { handle: Some(handle), ..Actor::default() };
    }
}
