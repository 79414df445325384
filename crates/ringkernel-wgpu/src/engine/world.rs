//! Device memory: its buffers, what is written to them, and the bindings by which programs reach them. `memory` says what lies where.

use ringkernel_core::backend::driven::Heap;
use ringkernel_core::runtime::ActorRef;

use super::memory::{POOL_SLOTS, Region, SLOT_WORDS, region};
use super::results;
use crate::device::{
    Access, Bindings, Device, DeviceError, Layout, Patience, Recorder, StagingRing, StorageBuffer,
};
use crate::shader::layout as at;

/// Turns that one submission has at most.
pub(crate) const TURNS_MAX: u32 = at::G_TURNS;

/// Words of messages from the host in one submission, and of events from the device. Both grow with the largest message.
const INGRESS_WORDS: u32 = 1 << 16;
const EGRESS_WORDS: u32 = 1 << 19;

/// Messages and states begin at even words, so that what has 8 bytes is aligned as in C.
const UNIT: u32 = 2;

pub(crate) struct World {
    pub(crate) device: Device,
    pub(crate) layout: Layout,
    pub(super) mem: StorageBuffer,
    pub(super) sync: StorageBuffer,
    pub(super) actors: StorageBuffer,
    pub(super) shared: StorageBuffer,
    pub(super) mem_heap: Heap,
    pub(super) sync_heap: Heap,
    /// Words that actors have been given.
    pub(super) in_use: u64,
    turns: Vec<Turn>,
    pub(super) staging: StagingRing,
    pub(super) patience: Patience,
    pub(crate) ingress: Region,
    pub(crate) egress: Region,
    pub(super) pool: Region,
    pub(super) pool_bits: u32,
    pub(crate) rates: Region,
    pub(crate) names: Region,
    pub(crate) routes: Region,
    /// Places for actors.
    pub(crate) places: u32,
}

/// What tells a program which turn it is.
struct Turn {
    words: StorageBuffer,
    written: [u32; 4],
    bindings: Bindings,
}

fn words_of(bytes: &[u8]) -> u32 {
    bytes.len().div_ceil(4) as u32
}

impl World {
    pub(crate) fn new(device: &Device) -> Result<Self, DeviceError> {
        let layout = Layout::new(
            device,
            &[Access::Read, Access::ReadWrite, Access::ReadWrite, Access::ReadWrite, Access::ReadWrite],
            0,
        )?;
        let mut mem_heap = Heap::new(at::P_WORDS, UNIT);
        let ingress = region(&mut mem_heap, INGRESS_WORDS)?;
        let egress = region(&mut mem_heap, EGRESS_WORDS)?;
        let buffer = |label, words: u32| StorageBuffer::new(device, label, u64::from(words) * 4);
        // The host writes to these before every submission and reads them after it.
        let reached = |label, words: u32| StorageBuffer::in_reach(device, label, u64::from(words) * 4);
        Ok(Self {
            mem: reached("memory of actors", mem_heap.end() + 1024)?,
            sync: buffer("atomic memory of actors", 1024)?,
            actors: buffer("records of actors", at::A_WORDS * 16)?,
            shared: reached("shared words", at::G_WORDS + at::S_WORDS * 16)?,
            staging: StagingRing::new(device, 3),
            patience: results::patience(device),
            device: device.clone(),
            layout,
            mem_heap,
            sync_heap: Heap::new(2, UNIT),
            in_use: 0,
            turns: Vec::new(),
            ingress,
            egress,
            pool: Region::default(),
            pool_bits: 0,
            rates: Region::default(),
            names: Region::default(),
            routes: Region::default(),
            places: 0,
        })
    }

    // ---- writing

    /// Writes plain words before the next submission.
    pub(crate) fn write(&self, at: u32, words: &[u32]) -> Result<(), DeviceError> {
        self.mem.write(u64::from(at) * 4, bytemuck::cast_slice(words))
    }

    /// Writes bytes, padded with zeros to whole words.
    pub(crate) fn write_bytes(&self, at: u32, bytes: &[u8]) -> Result<(), DeviceError> {
        self.mem.write(u64::from(at) * 4, &padded(bytes))
    }

    pub(crate) fn write_atomic_bytes(&self, at: u32, bytes: &[u8]) -> Result<(), DeviceError> {
        self.sync.write(u64::from(at) * 4, &padded(bytes))
    }

    pub(crate) fn write_record(&self, actor: ActorRef, word: u32, words: &[u32]) -> Result<(), DeviceError> {
        let at = actor.index() * at::A_WORDS + word;
        self.actors.write(u64::from(at) * 4, bytemuck::cast_slice(words))
    }

    pub(crate) fn write_shared(&self, actor: ActorRef, word: u32, words: &[u32]) -> Result<(), DeviceError> {
        let at = at::G_WORDS + actor.index() * at::S_WORDS + word;
        self.shared.write(u64::from(at) * 4, bytemuck::cast_slice(words))
    }

    /// Sets what a row of [`Allowances`](ringkernel_core::backend::driven::Allowances) has left, before the next submission.
    pub(crate) fn grant(&self, row: u32, left: u32) -> Result<(), DeviceError> {
        self.sync.write(u64::from(self.rates.at + row) * 4, bytemuck::bytes_of(&left))
    }

    /// Writes the parameters of a submission and forgets the events of the one before.
    pub(crate) fn begin(&self, parameters: &[u32]) -> Result<(), DeviceError> {
        self.write(at::P_NOW, parameters)?;
        let mut words = [0; at::G_WORDS as usize];
        words[at::G_EGRESS as usize] = self.egress.at;
        self.shared.write(0, bytemuck::cast_slice(&words))
    }

    /// The parameters that say where everything lies, from `P_ACTORS` on.
    pub(crate) fn map(&self, types: u32) -> Vec<u32> {
        vec![
            self.places,
            self.ingress.at,
            self.egress.at,
            self.egress.at + self.egress.words,
            self.names.at,
            self.routes.at,
            types,
            self.pool.at,
            if self.has_pool() { POOL_SLOTS } else { 0 },
            SLOT_WORDS,
            self.pool_bits,
        ]
    }

    // ---- running

    pub(crate) fn record(&self) -> Recorder {
        self.device.record("turns of actors")
    }

    /// A turn and its bindings. See `LAST_TURN` for the words.
    pub(crate) fn turn(&mut self, number: usize, words: [u32; 4]) -> Result<&Bindings, DeviceError> {
        while self.turns.len() <= number {
            let turn = StorageBuffer::new(&self.device, "turn", 16)?;
            let bindings = self.layout.bind(&[&turn, &self.mem, &self.sync, &self.actors, &self.shared])?;
            self.turns.push(Turn { words: turn, written: [0; 4], bindings });
        }
        let turn = &mut self.turns[number];
        // A new buffer is zero, and most turns say the same in every submission.
        if turn.written != words {
            turn.words.write(0, bytemuck::cast_slice(&words))?;
            turn.written = words;
        }
        turn.bindings.refresh(&[&turn.words, &self.mem, &self.sync, &self.actors, &self.shared])?;
        Ok(&turn.bindings)
    }
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut words = bytes.to_vec();
    words.resize(words_of(bytes) as usize * 4, 0);
    words
}
