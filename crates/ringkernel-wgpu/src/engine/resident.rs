//! What an actor has in device memory, and what the host has to know of it to speak for it there.

use std::sync::Arc;

use ringkernel_codegen::print::PayloadBytes;
use ringkernel_core::backend::driven::Actor;
use ringkernel_core::message::MessageId;
use ringkernel_core::{Result, clock};

use super::memory::{Region, SLOT_WORDS};
use super::need::Shape;
use super::program::{Programs, payload_words};
use super::world::World;
use crate::device::DeviceError;
use crate::shader::layout as at;

/// An actor in device memory.
pub(crate) struct Resident {
    pub(crate) actor: Arc<Actor>,
    pub(crate) kernel: usize,
    /// How its lanes run, if it is cooperative.
    pub(crate) shape: Option<Shape>,
    /// The bytes that its state starts with, and starts again with.
    initial_state: Vec<u8>,
    state: Region,
    scratch: Region,
    rights: Region,
    /// The mode that the device has been told, or has taken by itself.
    pub(crate) mode: u32,
    /// What the device counts, as of the last submission.
    pub(crate) received: u32,
    /// Words of events that handling one message may take.
    pub(crate) need: u32,
}

impl Resident {
    /// Puts an actor into device memory; nothing is left of it there when that fails.
    pub(crate) fn new(
        world: &mut World,
        programs: &Programs,
        actor: Arc<Actor>,
        kernel: usize,
        shape: Option<Shape>,
        initial_state: Vec<u8>,
    ) -> Result<Self, DeviceError> {
        let facts = programs.facts(kernel);
        let options = &actor.options;
        let max_payload = options.max_payload as u32;
        let answer = payload_words(facts.answer, max_payload);
        let output = payload_words(facts.output, max_payload);
        let message = at::EVENT_WORDS + at::H_WORDS;
        // The end of the message, its copy if it came from a kernel, an answer and a deferred one, a right that gave way.
        let need = at::FAULT_WORDS
            + at::SPENT_WORDS
            + at::EVENT_WORDS
            + SLOT_WORDS
            + 2 * (message + answer)
            + at::EVENT_WORDS * (1 + u32::from(facts.defers));
        let output_words = if facts.output == PayloadBytes::AtMost(0) { 0 } else { message + output };
        world.reserve_place(actor.address().index())?;
        world.reserve_egress(need + output_words)?;
        if options.enable_k2k || facts.publishes {
            world.reserve_pool()?;
        }
        if actor.allowance.is_some() {
            world.reserve_rates()?;
        }
        let state_words = initial_state.len().div_ceil(4) as u32;
        let scratch_words = if facts.uses_scratch { max_payload.div_ceil(4) } else { 0 };
        let rights_words =
            if facts.defers { options.input_queue_capacity as u32 * at::RIGHT_WORDS } else { 0 };
        let words = [state_words, scratch_words, rights_words];
        actor.account.take_memory(words.iter().map(|words| u64::from(*words) * 4).sum())?;
        let mut resident = Self {
            actor,
            kernel,
            shape,
            initial_state,
            state: Region::default(),
            scratch: Region::default(),
            rights: Region::default(),
            mode: at::MODE_PAUSED,
            received: 0,
            need: need + output_words,
        };
        match resident.settle(world, words, output_words) {
            Ok(()) => Ok(resident),
            Err(error) => {
                resident.release(world);
                Err(error)
            }
        }
    }

    /// Takes memory, and writes what others go by last.
    fn settle(&mut self, world: &mut World, words: [u32; 3], output_words: u32) -> Result<(), DeviceError> {
        let [state, scratch, rights] = words;
        self.state = match self.shape {
            Some(_) => world.allocate_atomic(state)?,
            None => world.allocate(state)?,
        };
        self.scratch = world.allocate(scratch)?;
        self.rights = world.allocate(rights)?;
        self.write_state(world)?;
        self.write_record(world, output_words)
    }

    fn write_record(&self, world: &World, output_words: u32) -> Result<(), DeviceError> {
        let options = &self.actor.options;
        let address = self.actor.address();
        let mut record = [0; at::A_WORDS as usize];
        let mut set = |word: u32, value: u32| record[word as usize] = value;
        set(at::A_GENERATION, address.generation());
        set(at::A_STATE, self.state.at);
        set(at::A_SCRATCH, self.scratch.at);
        set(at::A_SCRATCH_WORDS, self.scratch.words);
        set(at::A_KERNEL, self.kernel as u32);
        let k2k = if options.enable_k2k { at::FLAG_K2K } else { 0 };
        set(at::A_FLAGS, k2k | if self.shape.is_some() { at::FLAG_COOPERATIVE } else { 0 });
        set(at::A_MAX_BYTES, options.max_payload as u32);
        let now = clock::now_ns();
        set(at::A_CLOCK, now as u32 & 0xFFFF_FF00);
        set(at::A_CLOCK + 1, (now >> 32) as u32);
        set(at::A_NODE, address.generation());
        // Ids of its messages: a half that nobody else has, and a counter.
        let id = MessageId::from(uuid::Uuid::new_v4());
        set(at::A_ID, id.hi() as u32);
        set(at::A_ID + 1, (id.hi() >> 32) as u32);
        set(at::A_NEED, self.need - output_words);
        set(at::A_OUTPUT_WORDS, output_words);
        set(at::A_RIGHTS, self.rights.at);
        set(at::A_RIGHTS_CAPACITY, self.rights.words / at::RIGHT_WORDS);
        set(at::A_POLLED_LIMIT, options.input_queue_capacity as u32);
        set(at::A_TENANT, self.actor.shared.tenants.number_of(self.actor.tenancy().tenant));
        set(at::A_PAYER, self.actor.account.number());
        set(at::A_RATE, self.actor.allowance.map_or(0, |row| row + 1));
        world.write_record(address, 0, &record)?;
        world.write_shared(address, 0, &[at::MODE_PAUSED, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// Puts the initial state in place.
    pub(crate) fn write_state(&self, world: &World) -> Result<(), DeviceError> {
        if self.state.words > 0 {
            match self.shape {
                Some(_) => world.write_atomic_bytes(self.state.at, &self.initial_state)?,
                None => world.write_bytes(self.state.at, &self.initial_state)?,
            }
        }
        self.clear_rights(world)
    }

    /// Ends all rights to answer later.
    fn clear_rights(&self, world: &World) -> Result<(), DeviceError> {
        if self.rights.words > 0 {
            world.write(self.rights.at, &vec![0; self.rights.words as usize])?;
        }
        Ok(())
    }

    pub(crate) fn set_mode(&mut self, world: &World, mode: u32) -> Result<(), DeviceError> {
        if self.mode != mode {
            world.write_shared(self.actor.address(), at::S_MODE, &[mode])?;
            self.mode = mode;
        }
        Ok(())
    }

    /// Takes it out of device memory.
    pub(crate) fn remove(self, world: &mut World) -> Result<(), DeviceError> {
        world.write_shared(self.actor.address(), at::S_MODE, &[at::MODE_VACANT])?;
        world.write_record(self.actor.address(), at::A_GENERATION, &[0])?;
        self.release(world);
        Ok(())
    }

    fn release(&self, world: &mut World) {
        match self.shape {
            Some(_) => world.release_atomic(self.state),
            None => world.release(self.state),
        }
        world.release(self.scratch);
        world.release(self.rights);
    }
}
