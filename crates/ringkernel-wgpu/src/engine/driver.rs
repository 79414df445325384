//! The thread that speaks for a device: it feeds what hosts have sent, submits turns while there is work, and accounts for
//! what came of them. It alone touches device memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel_core::Result;
use ringkernel_core::RingKernelError;
use ringkernel_core::backend::Hosted;
use ringkernel_core::backend::driven::{Actor, Launch, Requests, Shared, wire};
use ringkernel_core::clock;
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::hlc::DEFAULT_MAX_DRIFT;
use ringkernel_core::runtime::KernelState;
use ringkernel_core::sync::atomic::Ordering;

use super::program::{Programs, Shape};
use super::resident::Resident;
use super::runtime::Work;
use super::submission::Turns;
use super::world::World;
use crate::device::DeviceError;
use crate::shader::{self, layout as at};

/// How long the driver looks for more to do before it sleeps.
const SPIN: Duration = Duration::from_micros(50);

/// How long it waits before it tries again to deliver what finds no room, as long as nothing else happens.
const BLOCKED_PAUSE: Duration = Duration::from_millis(1);

/// Messages that one actor is fed in one submission.
const FEED_MAX: usize = 64;

/// Words of messages that are fed in one submission, but for one message that is larger.
const FEED_WORDS_MAX: usize = 1 << 16;

pub(crate) struct Driver {
    pub(super) shared: Arc<Shared>,
    pub(super) work: Arc<Work>,
    pub(super) world: World,
    pub(super) programs: Programs,
    pub(super) residents: BTreeMap<u32, Resident>,
    /// The table of what each actor is fed, by index; see `FEED_AT`.
    rows: Vec<u32>,
    /// Actors that may have something to be fed.
    pub(super) hot: BTreeMap<u32, Arc<Actor>>,
    /// Actors of each cooperative program.
    pub(super) blocks: BTreeMap<usize, (Shape, Members)>,
    pub(super) turns: Turns,
    /// Whether the device has said that it has more to do.
    pub(super) has_more: bool,
    /// Whether an actor waits for room at another one.
    pub(super) is_blocked: bool,
    /// Whether events came of the last submission.
    pub(super) progressed: bool,
}

/// The actors of one cooperative program.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) actors: Vec<u32>,
    pub(crate) list: super::world::Region,
}

impl Driver {
    pub(crate) fn new(shared: Arc<Shared>, work: Arc<Work>, world: World, programs: Programs) -> Self {
        Self {
            shared,
            work,
            world,
            programs,
            residents: BTreeMap::new(),
            rows: Vec::new(),
            hot: BTreeMap::new(),
            blocks: BTreeMap::new(),
            turns: Turns::default(),
            has_more: false,
            is_blocked: false,
            progressed: false,
        }
    }

    /// Runs until the runtime stops, or the device is lost. Then everything that is left is accounted for.
    pub(crate) fn run(mut self) {
        let ended = self.run_until_stopped();
        if let Err(error) = ended {
            tracing::error!(%error, "the device of the runtime is lost");
            self.lose(&error);
        }
    }

    fn run_until_stopped(&mut self) -> Result<(), DeviceError> {
        loop {
            let requests = self.next_requests();
            let stopping = requests.stopping;
            for launch in requests.launches {
                self.launch(launch)?;
            }
            for actor in requests.scheduled {
                // AcqRel pairs with `schedule`: what was written before is seen by the look that follows.
                actor.scheduled.swap(false, Ordering::AcqRel);
                self.look_at(actor)?;
            }
            if self.is_needed() {
                self.tick()?;
            }
            if stopping && self.residents.is_empty() && self.shared.directory.actors().is_empty() {
                return Ok(());
            }
        }
    }

    /// Waits for something to do.
    fn next_requests(&self) -> Requests {
        let now = Instant::now();
        if self.is_needed() && !self.waits_for_room() {
            return self.shared.next_requests(Some(now), Duration::ZERO);
        }
        if self.waits_for_room() {
            return self.shared.next_requests(Some(now + BLOCKED_PAUSE), Duration::ZERO);
        }
        self.shared.next_requests(None, SPIN)
    }

    /// Whether there is nothing to do but to try again.
    fn waits_for_room(&self) -> bool {
        self.is_blocked && !self.progressed && !self.has_more && self.hot.is_empty() && !self.is_closing_any()
    }

    fn is_needed(&self) -> bool {
        self.has_more || self.is_blocked || !self.hot.is_empty() || self.is_closing_any()
    }

    fn is_closing_any(&self) -> bool {
        self.residents.values().any(|resident| resident.mode == at::MODE_CLOSING)
    }

    // ---- launching

    fn launch(&mut self, launch: Launch) -> Result<(), DeviceError> {
        let Launch { actor, state, done } = launch;
        let outcome = self.launch_now(&actor, state);
        let outcome = match outcome {
            Err(error) => {
                if let Some(loss) = self.world.device.lost() {
                    return Err(DeviceError::Lost(loss.clone()));
                }
                self.shared.retire(&actor);
                actor.inner().state = KernelState::Terminated;
                actor.announce();
                Err(error)
            }
            Ok(()) => Ok(()),
        };
        // Whoever launches may have given up.
        let _ = done.send(outcome);
        // Its name is known already, so somebody may have terminated it.
        self.look_at(actor)
    }

    fn launch_now(&mut self, actor: &Arc<Actor>, state: Vec<u8>) -> Result<()> {
        let backend = self.shared.backend;
        let of = |error: DeviceError| error.of(backend);
        let mail = if actor.options.enable_k2k { shader::Mail::Between } else { shader::Mail::Alone };
        let (kernel, is_new) = self.programs.add(actor.kernel, mail)?;
        let shape = Shape::of(kernel, actor);
        if let Some(shape) = shape {
            self.programs.add_block(shape)?;
        }
        for pipeline in self.programs.take_cold() {
            self.warm_up(&pipeline).map_err(of)?;
        }
        if is_new || shape.is_some() {
            self.world.routes = self.world.replace(self.world.routes, &self.programs.routes()).map_err(of)?;
        }
        let index = actor.address().index();
        let resident = Resident::new(&mut self.world, &self.programs, actor.clone(), kernel, shape, state);
        self.residents.insert(index, resident.map_err(of)?);
        if let Some(shape) = shape {
            self.join_block(index, shape).map_err(of)?;
        }
        self.write_names().map_err(of)?;
        self.rows.resize((self.world.places * at::FEED_WORDS) as usize, 0);
        self.publish_memory();
        Ok(())
    }

    pub(super) fn publish_memory(&self) {
        self.shared.memory_in_use.store(self.world.bytes_in_use(), Ordering::Relaxed);
    }

    /// The addresses of the kernels that handlers name.
    fn write_names(&mut self) -> Result<(), DeviceError> {
        let addresses: Vec<u32> = self
            .programs
            .names()
            .iter()
            .flat_map(|name| {
                let actor = self.shared.directory.by_name(name);
                actor.map_or([0, 0], |actor| [actor.address().index(), actor.address().generation()])
            })
            .collect();
        self.world.names = self.world.replace(self.world.names, &addresses)?;
        Ok(())
    }

    fn join_block(&mut self, actor: u32, shape: Shape) -> Result<(), DeviceError> {
        let number = self.blocks.iter().find(|(_, (known, _))| *known == shape).map(|(number, _)| *number);
        let number = number.unwrap_or_else(|| self.blocks.keys().last().map_or(0, |last| last + 1));
        let (_, members) = self.blocks.entry(number).or_insert_with(|| (shape, Members::default()));
        members.actors.push(actor);
        let words: Vec<u32> = [shape.grid_size].into_iter().chain(members.actors.iter().copied()).collect();
        members.list = self.world.replace(members.list, &words)?;
        Ok(())
    }

    fn leave_block(&mut self, actor: u32) -> Result<(), DeviceError> {
        for (shape, members) in self.blocks.values_mut() {
            if let Some(place) = members.actors.iter().position(|member| *member == actor) {
                members.actors.remove(place);
                let words: Vec<u32> =
                    [shape.grid_size].into_iter().chain(members.actors.iter().copied()).collect();
                members.list = self.world.replace(members.list, &words)?;
            }
        }
        Ok(())
    }

    // ---- following the states of actors

    /// Brings the device to the state that an actor was given, and finds out whether it is to be fed.
    pub(super) fn look_at(&mut self, actor: Arc<Actor>) -> Result<(), DeviceError> {
        let index = actor.address().index();
        let Some(resident) = self.residents.get_mut(&index).filter(|found| Arc::ptr_eq(&found.actor, &actor))
        else {
            return Ok(());
        };
        actor.flush_pending();
        let state = actor.state();
        let wanted = match state {
            KernelState::Active => at::MODE_ACTIVE,
            KernelState::Terminating | KernelState::Failed => at::MODE_CLOSING,
            _ => at::MODE_PAUSED,
        };
        if resident.mode == at::MODE_CLOSED || resident.mode == at::MODE_CLOSING {
            if resident.mode == at::MODE_CLOSED && state == KernelState::Terminating {
                self.end(index)?;
            }
            return Ok(());
        }
        if wanted == at::MODE_CLOSING {
            self.close(index)?;
            return Ok(());
        }
        let changed = resident.mode != wanted;
        resident.set_mode(&self.world, wanted)?;
        actor.settle(state);
        if state == KernelState::Active {
            let inner = actor.inner();
            let has_room = actor.room_for_output(&inner) > 0;
            let waits = inner.mailbox.waiting() > 0;
            // It may have messages from other kernels, too, or room for its outputs again.
            self.has_more |= has_room && actor.options.enable_k2k && (changed || inner.kernels_waiting > 0);
            drop(inner);
            if waits && has_room {
                self.hot.insert(index, actor.clone());
            }
        }
        self.write_row(&actor, 0, 0);
        Ok(())
    }

    /// Lets an actor take nothing more, and has the device give back what it holds.
    pub(super) fn close(&mut self, index: u32) -> Result<(), DeviceError> {
        let Some(resident) = self.residents.get_mut(&index) else { return Ok(()) };
        resident.set_mode(&self.world, at::MODE_CLOSING)?;
        let actor = resident.actor.clone();
        self.hot.remove(&index);
        let reason = actor.closing_reason();
        actor.close_mailbox(reason, &actor.error_of(reason));
        self.write_row(&actor, 0, 0);
        Ok(())
    }

    /// The device has given back everything that an actor held.
    pub(super) fn closed(&mut self, index: u32) -> Result<(), DeviceError> {
        let Some(resident) = self.residents.get_mut(&index) else { return Ok(()) };
        resident.mode = at::MODE_CLOSED;
        let actor = resident.actor.clone();
        actor.refuse_owed(&actor.error_of(actor.closing_reason()));
        if actor.state() == KernelState::Terminating {
            return self.end(index);
        }
        actor.flush_pending();
        actor.output.close();
        actor.announce();
        Ok(())
    }

    /// Takes an actor out of the world.
    fn end(&mut self, index: u32) -> Result<(), DeviceError> {
        self.leave_block(index)?;
        let Some(resident) = self.residents.remove(&index) else { return Ok(()) };
        let actor = resident.actor.clone();
        resident.remove(&mut self.world)?;
        self.publish_memory();
        actor.retire();
        self.write_names()
    }

    // ---- feeding

    fn write_row(&mut self, actor: &Actor, at: u32, count: u32) {
        let inner = actor.inner();
        let room = actor.room_for_output(&inner) as u32;
        // What the device is given is as good as taken.
        let limit = actor.options.input_queue_capacity.saturating_sub(inner.mailbox.waiting()) as u32;
        drop(inner);
        let row = (actor.address().index() * at::FEED_WORDS) as usize;
        if let Some(row) = self.rows.get_mut(row..row + at::FEED_WORDS as usize) {
            row.copy_from_slice(&[at, count, room, limit]);
        }
    }

    /// Hands messages from the host to the actors that can take some. What it gives is the words to write.
    pub(super) fn feed(&mut self) -> Result<Feed, DeviceError> {
        let mut feed = Feed { words: vec![0; self.rows.len()], ..Feed::default() };
        let now_ns = clock::now_ns();
        let hot: Vec<(u32, Arc<Actor>)> = std::mem::take(&mut self.hot).into_iter().collect();
        for (index, actor) in hot {
            let Some(resident) = self.residents.get(&index) else { continue };
            let (cooperative, need) = (resident.shape.is_some(), resident.need);
            let first = feed.words.len();
            let mut count = 0;
            while count < FEED_MAX && (feed.words.len() - self.rows.len() < FEED_WORDS_MAX) {
                let Some(mail) = actor.next_mail(now_ns) else { break };
                let Some(message_type) = self.programs.type_index(mail.message_type) else {
                    actor.give_up(mail, DeadLetterReason::UnhandledMessage);
                    continue;
                };
                feed.event_words = feed.event_words.saturating_add(need);
                let mut inner = actor.inner();
                wire::append(&mut feed.words, &mail, message_type, inner.mailbox.next_token());
                inner.mailbox.feed(mail);
                count += 1;
            }
            feed.cooperative = feed.cooperative.max(if cooperative { count as u32 } else { 0 });
            let at = if count > 0 { first as u32 } else { 0 };
            feed.fed.push((index, at, count as u32));
        }
        self.world.reserve_ingress(feed.words.len() as u32)?;
        for (index, at, count) in &feed.fed {
            if let Some(actor) = self.residents.get(index).map(|resident| resident.actor.clone()) {
                self.write_row(&actor, self.world.ingress.at + at, *count);
            }
        }
        feed.words[..self.rows.len()].copy_from_slice(&self.rows);
        Ok(feed)
    }

    /// Takes back what was fed and not handled, and notes who has more.
    pub(super) fn after_feed(&mut self, feed: &Feed) {
        for (index, _, _) in &feed.fed {
            let Some(resident) = self.residents.get(index) else { continue };
            let actor = resident.actor.clone();
            let mut inner = actor.inner();
            inner.mailbox.take_back();
            let waits = inner.mailbox.waiting() > 0;
            let may_go_on = inner.state == KernelState::Active && actor.room_for_output(&inner) > 0;
            let blocked = inner.outbox_waiting > 0;
            drop(inner);
            if waits && may_go_on && !blocked && resident.mode == at::MODE_ACTIVE {
                self.hot.insert(*index, actor.clone());
            }
            actor.tell_room();
            self.write_row(&actor, 0, 0);
        }
    }

    /// Parameters of the submission that is about to be made.
    pub(super) fn parameters(&self, first_turn: u32) -> Vec<u32> {
        let now = clock::now_ns();
        let halves = |value: u64| [value as u32, (value >> 32) as u32];
        let mut words = halves(now).to_vec();
        words.push(first_turn);
        words.extend(self.world.map(self.programs.types()));
        let patience = self.shared.config.k2k_timeout.as_nanos();
        words.extend(halves(u64::try_from(patience).unwrap_or(u64::MAX)));
        words.extend(halves(DEFAULT_MAX_DRIFT.as_nanos() as u64));
        words
    }
}

/// What is fed in one submission.
#[derive(Default)]
pub(crate) struct Feed {
    /// The table of all actors, then messages.
    pub(crate) words: Vec<u32>,
    /// Actors, where their messages start, and how many they are.
    fed: Vec<(u32, u32, u32)>,
    /// Words of events that may come of it.
    pub(crate) event_words: u32,
    /// Most messages for one cooperative actor.
    pub(crate) cooperative: u32,
}

impl Driver {
    /// Accounts for everything when the device is gone: its memory is lost, what hosts have sent is not.
    fn lose(&mut self, error: &DeviceError) {
        let error: RingKernelError = error.clone().of(self.shared.backend);
        self.shared.set_lost(error.clone());
        self.shared.directory.actors().iter().for_each(|actor| actor.lose(&error));
        self.residents.clear();
        // Launches that come now are refused.
        loop {
            let requests = self.shared.next_requests(None, Duration::ZERO);
            for launch in requests.launches {
                launch.actor.retire();
                let _ = launch.done.send(Err(error.clone()));
            }
            if requests.stopping {
                return;
            }
        }
    }
}
