//! What an actor has in device memory, and what the host has to know of it to speak for it there.

use std::collections::HashMap;
use std::sync::Arc;

use ringkernel_core::backend::driven::Actor;
use ringkernel_core::clock;
use ringkernel_core::message::{Band, MessageId};
use ringkernel_core::sync::atomic::Ordering;

use super::error::WorldError;
use super::ingress::Wanted;
use super::program::{Lanes, Programs, payload_words};
use super::world::{Region, World};
use crate::device::layout as at;

/// Messages of one band that an actor is given before it has handled any of them.
const WINDOW: usize = 64;

/// An actor in device memory.
pub(crate) struct Resident {
    pub(crate) actor: Arc<Actor>,
    /// How its lanes lie, if it is cooperative.
    pub(crate) lanes: Option<Lanes>,
    /// The bytes that its state starts with, and starts again with.
    initial_state: Vec<u32>,
    state: Region,
    scratch: Region,
    rights: Region,
    tally: Region,
    /// Words of its largest event.
    pub(crate) event_words: u32,
    /// What the grid has been told.
    pub(crate) wanted: Wanted,
    /// Whether it has been forgiven a fault, and does not know.
    is_forgiven: bool,
    /// What the actor has said it goes by.
    pub(crate) settled: u32,
    /// Outputs that it has made, as far as the host has heard.
    pub(crate) outputs: u32,
    /// Messages from kernels that it has ever received, as far as the host has looked.
    received: u32,
    /// Whether its handlers send to other kernels or to topics.
    sends: bool,
    /// Messages with the grid, by token.
    given: HashMap<u32, Given>,
    waiting: [usize; Band::COUNT],
    /// Words of all these messages.
    given_words: u64,
}

/// A message of a host that the grid has.
#[derive(Debug, Clone, Copy)]
struct Given {
    memory: Region,
    band: Band,
}

impl Resident {
    /// An actor with its memory, of which the grid knows nothing before it [enters](Self::enter).
    pub(crate) fn new(
        world: &mut World,
        programs: &Programs,
        actor: Arc<Actor>,
        kernel: usize,
        initial_state: &[u8],
    ) -> Result<Self, WorldError> {
        let facts = programs.facts(kernel);
        let options = &actor.options;
        let max_payload = options.max_payload as u32;
        let index = actor.address().index();
        world.reserve_place(index)?;
        let sends = options.enable_k2k || facts.publishes;
        if sends {
            world.reserve_slots()?;
        }
        let initial_state: Vec<u32> = initial_state
            .chunks(4)
            .map(|bytes| {
                let mut word = [0; 4];
                word[..bytes.len()].copy_from_slice(bytes);
                u32::from_le_bytes(word)
            })
            .collect();
        let rights = if facts.defers { options.input_queue_capacity as u32 * at::RIGHT_WORDS } else { 0 };
        let scratch = if facts.uses_scratch { max_payload.div_ceil(4) } else { 0 };
        // Spans are opened for each message.
        let has_tally = options.enable_k2k && !actor.shared.config.profiling;
        let tally = if has_tally { at::TALLY_WORDS } else { 0 };
        let words = [initial_state.len() as u32, scratch, rights, tally];
        actor.account.take_memory(words.iter().map(|words| u64::from(*words) * 4).sum())?;
        let [state, scratch, rights, tally] = world.allocate_all(words)?;
        if sends {
            world.add_sender();
        }
        Ok(Self {
            state,
            scratch,
            rights,
            tally,
            lanes: Lanes::of(&actor),
            initial_state,
            event_words: event_words(programs, &actor, kernel),
            wanted: Wanted::default(),
            is_forgiven: false,
            settled: 0,
            outputs: 0,
            received: world.status.word(index, at::STATUS_RECEIVED),
            sends,
            given: HashMap::new(),
            waiting: [0; Band::COUNT],
            given_words: 0,
            actor,
        })
    }

    /// Tells the grid of it. It starts paused.
    pub(crate) fn enter(&mut self, world: &mut World, kernel: usize) {
        self.write_record(world, kernel);
        self.write_state(world);
        world.ingress.write(self.tally.at, &vec![0; self.tally.words as usize]);
        self.wanted = Wanted { mode: at::MODE_PAUSED, ..self.wish() };
        world.ingress.set(self.actor.address().index(), self.wanted);
    }

    fn write_record(&self, world: &mut World, kernel: usize) {
        let options = &self.actor.options;
        let address = self.actor.address();
        let mut record = [0; at::A_WORDS as usize];
        let mut set = |word: u32, value: u32| record[word as usize] = value;
        set(at::A_GENERATION, address.generation());
        set(at::A_STATE, self.state.at);
        set(at::A_SCRATCH, self.scratch.at);
        set(at::A_SCRATCH_WORDS, self.scratch.words);
        set(at::A_KERNEL, kernel as u32);
        let k2k = if options.enable_k2k { at::FLAG_K2K } else { 0 };
        set(at::A_FLAGS, k2k | if self.lanes.is_some() { at::FLAG_COOPERATIVE } else { 0 });
        set(at::A_MAX_BYTES, options.max_payload as u32);
        let now = clock::now_ns();
        set(at::A_CLOCK, now as u32);
        set(at::A_CLOCK + 1, (now >> 32) as u32);
        set(at::A_NODE, address.generation());
        // Ids of its messages: a half that nobody else has, and a counter.
        let id = MessageId::from(uuid::Uuid::new_v4());
        set(at::A_ID, id.hi() as u32);
        set(at::A_ID + 1, (id.hi() >> 32) as u32);
        set(at::A_RIGHTS, self.rights.at);
        set(at::A_RIGHTS_CAPACITY, self.rights.words / at::RIGHT_WORDS);
        set(at::A_TALLY, self.tally.at);
        // What it is told first, which has no number of its own.
        set(at::A_MODE, at::MODE_PAUSED);
        set(at::A_POLLED_LIMIT, options.input_queue_capacity as u32);
        set(at::A_TENANT, self.actor.shared.tenants.number_of(self.actor.tenancy().tenant));
        set(at::A_PAYER, self.actor.account.number());
        set(at::A_RATE, self.actor.allowance.map_or(0, |row| row + 1));
        if let Some(lanes) = self.lanes {
            set(at::A_GRID, lanes.grid_size);
            set(at::A_BLOCK, lanes.block_size);
            set(at::A_BLOCK_BYTES, lanes.shared_memory);
        }
        world.ingress.write(world.record(address.index()), &record);
    }

    /// Puts the initial state in place. The actor handles nothing meanwhile.
    pub(crate) fn write_state(&self, world: &mut World) {
        world.ingress.write(self.state.at, &self.initial_state);
        world.ingress.write(self.rights.at, &vec![0; self.rights.words as usize]);
    }

    /// What there is room for now.
    fn wish(&self) -> Wanted {
        let inner = self.actor.inner();
        let room = self.actor.room_for_output(&inner) as u32;
        // What hosts have sent takes places of the mailbox, too, but for the message in hand.
        let waiting = inner.mailbox.depth().saturating_sub(usize::from(self.has_given()));
        let limit = self.actor.options.input_queue_capacity.saturating_sub(waiting) as u32;
        Wanted { limit, room: self.outputs.wrapping_add(room), ..self.wanted }
    }

    /// Tells the grid what is wanted of the actor, when that has changed. The actor says when it goes by it.
    ///
    /// Room that has grown is worth telling once the actor has used up half of what it knows of: each time costs it a turn.
    pub(crate) fn want(&mut self, world: &mut World, mode: u32) {
        // Once it closes, nothing else is wanted of it; a second word could reach the actor that has its place next.
        if matches!(self.wanted.mode, at::MODE_CLOSING | at::MODE_CLOSED) {
            return;
        }
        let wish = Wanted { mode, ..self.wish() };
        let known_room = self.wanted.room.wrapping_sub(self.outputs);
        let room = wish.room.wrapping_sub(self.outputs);
        let has_more_room = known_room <= room / 2 && known_room < room;
        let has_more_places = self.wanted.limit < wish.limit / 2;
        if mode != self.wanted.mode || self.is_forgiven || has_more_room || has_more_places {
            self.is_forgiven = false;
            self.wanted = Wanted { serial: self.wanted.serial.wrapping_add(1), ..wish };
            world.ingress.set(self.actor.address().index(), self.wanted);
        }
    }

    /// Lets it go on after a fault, which it waits for.
    pub(crate) fn forgive(&mut self) {
        self.wanted.faults_seen = self.wanted.faults_seen.wrapping_add(1);
        self.is_forgiven = true;
    }

    /// Whether the actor goes by what it was last told.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled == self.wanted.serial
    }

    /// Whether the grid may be given another message of this band.
    pub(crate) fn has_window(&self, band: Band) -> bool {
        self.waiting[band.index()] < WINDOW
    }

    /// Whether the grid has messages for it.
    pub(crate) fn has_given(&self) -> bool {
        !self.given.is_empty()
    }

    /// Whether the grid may have something to tell of it without being told anything.
    pub(crate) fn is_expecting(&self) -> bool {
        self.has_given() || !self.is_settled() || self.sends || self.wanted.mode == at::MODE_CLOSING
    }

    /// Takes note of the messages from kernels that it has ever received: the grid's count wraps.
    pub(crate) fn note_received(&mut self, world: &World) {
        let received = world.status.word(self.actor.address().index(), at::STATUS_RECEIVED);
        let new = received.wrapping_sub(self.received).cast_signed();
        // Several write it, so that an old count may come after a new one.
        if new > 0 {
            self.actor.received_from_kernels.fetch_add(u64::from(new.unsigned_abs()), Ordering::Relaxed);
            self.received = received;
        }
    }

    /// Words of the messages that the grid has for it.
    pub(crate) fn given_words(&self) -> u64 {
        self.given_words
    }

    /// Gives the grid a message, whose words lie in memory that it frees later.
    pub(crate) fn give(&mut self, world: &mut World, token: u32, band: Band, memory: Region, words: &[u32]) {
        self.given.insert(token, Given { memory, band });
        self.waiting[band.index()] += 1;
        self.given_words += u64::from(memory.words);
        let wish = self.wish();
        (self.wanted.limit, self.wanted.room) = (wish.limit, wish.room);
        world.ingress.write(memory.at, words);
        world.ingress.deliver(self.actor.address().index(), memory.at, wish.limit, wish.room);
    }

    /// The grid is done with the message of this token, if it is one.
    pub(crate) fn take_back(&mut self, world: &mut World, token: u32) {
        if let Some(given) = self.given.remove(&token) {
            self.waiting[given.band.index()] -= 1;
            self.given_words -= u64::from(given.memory.words);
            world.release_message(given.memory);
        }
    }

    /// Takes it out of device memory. It has closed.
    pub(crate) fn remove(self, world: &mut World) {
        let vacant = Wanted { mode: at::MODE_VACANT, ..self.wanted };
        world.ingress.set(self.actor.address().index(), vacant);
        for given in self.given.into_values() {
            world.release_message(given.memory);
        }
        world.release(self.state);
        world.release(self.scratch);
        world.release(self.rights);
        world.release(self.tally);
        if self.sends {
            world.remove_sender();
        }
    }
}

/// Words of the largest event of an actor that runs this kernel.
pub(crate) fn event_words(programs: &Programs, actor: &Actor, kernel: usize) -> u32 {
    let facts = programs.facts(kernel);
    let payload = payload_words(facts.answer.or(facts.output), actor.options.max_payload as u32);
    at::EVENT_WORDS + at::H_WORDS + payload.max(at::SLOT_WORDS)
}
