//! The thread that speaks for a device: it gives the grid what hosts have sent, and accounts for what comes of it. It alone
//! touches device memory.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel_core::backend::Hosted;
use ringkernel_core::backend::driven::{Actor, Backlog, Given, Requests, Shared, wire};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::message::Band;
use ringkernel_core::runtime::KernelState;
use ringkernel_core::sync::atomic::Ordering;
use ringkernel_core::{Result, clock};

use super::compile::{Compiled, Need};
use super::errands::Errands;
use super::error::WorldError;
use super::fit::{Fit, Needs};
use super::program::Programs;
use super::resident::Resident;
use super::watch::Watch;
use super::world::World;
use crate::device::layout as at;

/// How long the driver looks for something to do before it sleeps in between.
const SPIN: Duration = Duration::from_micros(50);

/// How long it sleeps at most while the grid may have something to tell.
const NAP: Duration = Duration::from_micros(200);

/// How long the grid runs on without actors: somebody who launches one after the other need not wait for a grid each time.
const GRACE: Duration = Duration::from_millis(250);

/// How often it asks whether the grid is well.
const CHECK: Duration = Duration::from_millis(5);

pub(crate) struct Driver {
    pub(super) shared: Arc<Shared>,
    errands: Arc<Errands>,
    pub(super) world: World,
    pub(super) programs: Programs,
    /// Launches that wait for a program.
    pub(super) backlog: Backlog<Need, Compiled>,
    pub(super) residents: BTreeMap<u32, Resident>,
    /// Actors that may have something to be given.
    pub(super) hot: BTreeSet<u32>,
    /// The one of them, or the next one, that is given something first.
    next_fed: u32,
    /// What handlers that have not returned have written, by actor.
    pub(super) held: BTreeMap<u32, Vec<Given>>,
    /// Actors of which the grid may have something to tell without being told anything.
    pub(super) expecting: BTreeSet<u32>,
    /// The actor, or the next one, whose counts are read next.
    pub(super) next_noted: u32,
    /// Actors that had a message in hand at the last look.
    in_hand: BTreeSet<u32>,
    /// What all actors need of the grid together.
    pub(super) needs: Needs,
    /// What the grid was launched with, as far as that can become too small.
    pub(super) shape: Option<Fit>,
    /// Whether there are actors that the grid may be too small for.
    pub(super) reshaped: bool,
    watch: Watch,
    /// Whether a message has been in hand for a while, as far as the grid has shown.
    is_watching: bool,
    progressed: Instant,
    checked: Instant,
    /// Since when the grid has run without actors.
    deserted: Option<Instant>,
    pub(super) stopping: Option<Instant>,
}

impl Driver {
    pub(crate) fn new(shared: Arc<Shared>, errands: Arc<Errands>, world: World, programs: Programs) -> Self {
        let now = Instant::now();
        Self {
            backlog: Backlog::new(&shared, "ringkernel-nvrtc"),
            shared,
            errands,
            world,
            programs,
            residents: BTreeMap::new(),
            hot: BTreeSet::new(),
            next_fed: 0,
            held: BTreeMap::new(),
            expecting: BTreeSet::new(),
            next_noted: 0,
            in_hand: BTreeSet::new(),
            needs: Needs::default(),
            shape: None,
            reshaped: false,
            watch: Watch::default(),
            is_watching: false,
            progressed: now,
            checked: now,
            deserted: None,
            stopping: None,
        }
    }

    /// Runs until the runtime stops, or the device is lost. Then everything that is left is accounted for.
    pub(crate) fn run(mut self) {
        // A defect of this thread must leave nobody waiting. What it was at is not looked at any more, only given up.
        let ended = catch_unwind(AssertUnwindSafe(|| self.run_until_stopped()))
            .unwrap_or_else(|panic| Err(WorldError::panicked(&*panic)));
        self.errands.close();
        if let Err(error @ WorldError::Panicked { .. }) = &ended {
            tracing::error!(%error, "the runtime is lost");
            self.world.tear_down();
            self.lose(error);
        } else if let Err(error) = ended {
            tracing::error!(%error, "the device of the runtime is lost");
            // What was handled before that was handled.
            for _ in 0..64 {
                let heard = catch_unwind(AssertUnwindSafe(|| self.hear()));
                if !heard.unwrap_or(false) {
                    break;
                }
            }
            self.world.tear_down();
            self.lose(&error);
        }
        let waited = self.stopping.map_or(Duration::ZERO, |since| since.elapsed());
        let left = self.shared.config.shutdown_timeout.saturating_sub(waited);
        self.into_backlog().end(left);
    }

    /// Gives up everything else, and with it the device's memory.
    fn into_backlog(self) -> Backlog<Need, Compiled> {
        self.world.status.clear();
        self.backlog
    }

    fn run_until_stopped(&mut self) -> Result<(), WorldError> {
        loop {
            let requests = self.next_requests();
            if requests.stopping && self.stopping.is_none() {
                self.stopping = Some(Instant::now());
            }
            let idle = requests.launches.is_empty() && requests.scheduled.is_empty();
            // Before launches: who is launched may send.
            self.grant();
            for launch in requests.launches {
                self.launch(launch)?;
            }
            for actor in requests.scheduled {
                // AcqRel pairs with `schedule`: what was written before is seen by the look that follows.
                actor.scheduled.swap(false, Ordering::AcqRel);
                self.look_at(&actor);
            }
            self.work_off()?;
            if self.errands.is_waiting() {
                self.world.stop()?;
                self.errands.run(&self.world.context);
            }
            self.feed()?;
            self.resume()?;
            self.world.keep_clock();
            let sent = self.world.flush();
            let heard = self.hear();
            if !idle || sent || heard {
                self.progressed = Instant::now();
            }
            self.check()?;
            self.leave_deserted()?;
            if self.stopping.is_some() && self.residents.is_empty() && self.shared.directory.is_empty() {
                return self.world.stop();
            }
        }
    }

    /// Waits for something to do.
    fn next_requests(&self) -> Requests {
        let now = Instant::now();
        if !self.world.is_running() && self.hot.is_empty() {
            return self.shared.next_requests(None, Duration::ZERO);
        }
        if now.duration_since(self.progressed) < SPIN || self.world.has_arrived() {
            return self.shared.next_requests(Some(now), Duration::ZERO);
        }
        if self.is_expecting() {
            return self.shared.next_requests(Some(now + NAP), Duration::ZERO);
        }
        // A grid without actors is not run for ever, and one with actors keeps the time also when they have nothing to do.
        let deserted = self.deserted.map(|since| (since + GRACE).max(now));
        let until = deserted.into_iter().chain(self.world.clock_due()).min();
        self.shared.next_requests(until, Duration::ZERO)
    }

    /// Ends a grid that has had no actors for a while. The next launch starts another one.
    fn leave_deserted(&mut self) -> Result<(), WorldError> {
        if !self.residents.is_empty() || !self.world.is_running() {
            self.deserted = None;
            return Ok(());
        }
        if self.deserted.get_or_insert_with(Instant::now).elapsed() >= GRACE {
            self.world.stop()?;
            self.deserted = None;
        }
        Ok(())
    }

    /// Whether there is something to do for the grid, or it may have something to tell without being told anything: messages of hosts
    /// are with it, or its actors have messages for each other.
    fn is_expecting(&self) -> bool {
        self.stopping.is_some()
            || !self.hot.is_empty()
            || self.is_watching
            || self.world.is_measuring()
            || !self.world.ingress.is_flushed()
            || !self.expecting.is_empty()
    }

    /// Finds out whether an actor's part of that has changed. Called after anything about it has.
    pub(super) fn reckon_with(&mut self, index: u32) {
        if self.residents.get(&index).is_some_and(Resident::is_expecting) {
            self.expecting.insert(index);
        } else {
            self.expecting.remove(&index);
        }
    }

    /// Asks from time to time whether the grid is well, and ends it when a handler does not return although it has to.
    fn check(&mut self) -> Result<(), WorldError> {
        if self.checked.elapsed() < CHECK {
            return Ok(());
        }
        self.checked = Instant::now();
        self.world.check()?;
        self.note_received();
        self.note_in_hand();
        self.world.count_turns();
        match self.stopping {
            Some(since) if since.elapsed() > self.shared.config.shutdown_timeout => {
                Err(WorldError::DoesNotStop { waited: since.elapsed() })
            }
            _ => Ok(()),
        }
    }

    /// Takes note of the messages that workers have had in hand for a while.
    fn note_in_hand(&mut self) {
        let in_hand = self.watch.look(self.world.busy(), clock::now_ns());
        self.is_watching = !in_hand.is_empty();
        self.shared.in_hand_ns.store(in_hand.values().min().copied().unwrap_or(0), Ordering::Relaxed);
        let before = std::mem::replace(&mut self.in_hand, in_hand.keys().copied().collect());
        for index in before.union(&self.in_hand) {
            if let Some(resident) = self.residents.get(index) {
                resident.actor.in_hand_ns.store(in_hand.get(index).copied().unwrap_or(0), Ordering::Relaxed);
            }
        }
    }

    // ---- following the states of actors

    /// Tells the grid of the state that an actor was given, and finds out whether it is to be given messages.
    pub(super) fn look_at(&mut self, actor: &Arc<Actor>) {
        let index = actor.address().index();
        let found = self.residents.get_mut(&index).filter(|found| Arc::ptr_eq(&found.actor, actor));
        let Some(resident) = found else {
            if self.backlog.give_up(actor) {
                self.forget_names();
            }
            return;
        };
        actor.flush_pending();
        actor.send_on();
        let state = actor.state();
        match resident.wanted.mode {
            at::MODE_CLOSED if state == KernelState::Terminating => self.end(index),
            at::MODE_CLOSED | at::MODE_CLOSING => {}
            _ if matches!(state, KernelState::Terminating | KernelState::Failed) => self.close(index),
            _ => {
                let mode = if state == KernelState::Active { at::MODE_ACTIVE } else { at::MODE_PAUSED };
                resident.want(&mut self.world, mode);
                if resident.is_settled() {
                    actor.settle(state);
                }
                self.hot.insert(index);
                self.reckon_with(index);
            }
        }
    }

    /// Lets an actor take nothing more, and has the device give back what it holds.
    pub(super) fn close(&mut self, index: u32) {
        let Some(resident) = self.residents.get_mut(&index) else { return };
        resident.want(&mut self.world, at::MODE_CLOSING);
        let actor = resident.actor.clone();
        self.hot.remove(&index);
        self.reckon_with(index);
        actor.close_unfed(actor.closing_reason());
    }

    /// The device has given back everything that an actor held.
    pub(super) fn closed(&mut self, index: u32) {
        let Some(resident) = self.residents.get_mut(&index) else { return };
        resident.wanted.mode = at::MODE_CLOSED;
        let actor = resident.actor.clone();
        self.reckon_with(index);
        let reason = actor.closing_reason();
        let error = actor.error_of(reason);
        // What it was given and has not handled.
        actor.close_mailbox(reason, &error);
        actor.refuse_owed(&error);
        if actor.state() == KernelState::Terminating {
            return self.end(index);
        }
        actor.flush_pending();
        actor.output.close();
        actor.announce();
    }

    /// Takes an actor out of the world.
    fn end(&mut self, index: u32) {
        let Some(actor) = self.take_out(index) else { return };
        actor.retire();
        self.forget_names();
    }

    /// Frees what an actor has on the device, which it is closed to.
    pub(super) fn take_out(&mut self, index: u32) -> Option<Arc<Actor>> {
        let mut resident = self.residents.remove(&index)?;
        resident.note_received(&self.world);
        let actor = resident.actor.clone();
        self.needs.remove(resident.lanes, resident.event_words);
        resident.remove(&mut self.world);
        self.held.remove(&index);
        self.reckon_with(index);
        self.publish_memory();
        Some(actor)
    }

    // ---- giving

    /// Lets tenants whose messages are counted send more, as far as their quotas allow.
    fn grant(&mut self) {
        for grant in self.shared.allowances().refill() {
            self.world.grant(grant.row, grant.given);
        }
    }

    /// Hands messages of hosts to the grid, as far as actors can take some and the grid has read what it was sent before. Actors take
    /// turns.
    fn feed(&mut self) -> Result<(), WorldError> {
        if self.hot.is_empty() {
            return Ok(());
        }
        let now_ns = clock::now_ns();
        let mut later = Vec::new();
        for _ in 0..self.hot.len() {
            // The others stay where they are: of many, only those are touched that are given something.
            if self.world.ingress.is_behind() {
                break;
            }
            let next = self.hot.range(self.next_fed..).next().or_else(|| self.hot.first()).copied();
            let Some(index) = next else { break };
            self.hot.remove(&index);
            self.next_fed = index.wrapping_add(1);
            let Some(resident) = self.residents.get_mut(&index) else { continue };
            let actor = resident.actor.clone();
            // Whoever is held up is looked at again when it is not.
            if resident.wanted.mode != at::MODE_ACTIVE || actor.is_held_up() {
                continue;
            }
            while actor.inner().mailbox.next_band().is_some_and(|band| resident.has_window(band)) {
                let Some(mail) = actor.next_mail(now_ns) else { break };
                let Some(message_type) = self.programs.type_on_device(mail.message_type) else {
                    actor.give_up(mail, DeadLetterReason::UnhandledMessage);
                    continue;
                };
                let band = Band::from_u8(mail.origin.priority);
                let mut words = Vec::new();
                let mut inner = actor.inner();
                let token = inner.mailbox.next_token();
                wire::append(&mut words, &mail, message_type, token);
                let memory = match self.world.allocate_message(words.len() as u32, resident.given_words()) {
                    Ok(Some(memory)) => memory,
                    Ok(None) => {
                        // Others have to be handled first.
                        inner.mailbox.put_back(mail);
                        drop(inner);
                        later.push(index);
                        break;
                    }
                    Err(error) if error.is_fatal() => {
                        inner.mailbox.put_back(mail);
                        return Err(error);
                    }
                    Err(error) => {
                        drop(inner);
                        tracing::error!(kernel = actor.id().as_str(), %error, "no memory for a message");
                        actor.give_up(mail, DeadLetterReason::MessageTooLarge);
                        continue;
                    }
                };
                inner.mailbox.feed(mail);
                drop(inner);
                resident.give(&mut self.world, token, band, memory, &words);
            }
            actor.tell_room();
            self.reckon_with(index);
        }
        self.hot.extend(later);
        Ok(())
    }

    // ---- the end

    /// Accounts for everything when the device is gone: its memory is lost, what hosts have sent is not.
    fn lose(&mut self, error: &WorldError) {
        let error = error.clone().into();
        self.residents.clear();
        self.backlog.lose(&error);
        self.shared.lose(&error);
    }
}
