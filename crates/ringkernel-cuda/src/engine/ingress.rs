//! What the host sends to the grid: commands, cut into units of 16 bytes. Each unit has its own sequence number, the number of the unit
//! over all laps plus 1.

use std::collections::VecDeque;

use ringkernel_core::sync::atomic::Ordering;

use crate::device::layout as at;
use crate::driver::{Context, DriverError, MappedBuffer};

/// Units that are under way at most; more wait on the host.
const UNITS: u32 = 1 << 14;

/// The way to the grid.
pub(crate) struct Ingress {
    units: MappedBuffer,
    /// Units that were written over all laps.
    written: u32,
    /// What did not fit.
    waiting: VecDeque<[u32; 3]>,
}

impl Ingress {
    /// # Errors
    /// [`DriverError::OutOfMemory`].
    pub(crate) fn new(context: &Context) -> Result<Self, DriverError> {
        let units = MappedBuffer::zeroed(context, UNITS as usize * 4)?;
        Ok(Self { units, written: 0, waiting: VecDeque::new() })
    }

    pub(crate) fn device_address(&self) -> u64 {
        self.units.device_address()
    }

    /// How many units it has, a power of two.
    pub(crate) fn units(&self) -> u32 {
        UNITS
    }

    /// Whether everything is under way.
    pub(crate) fn is_flushed(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether so much waits on the host that more can wait where it is.
    pub(crate) fn is_behind(&self) -> bool {
        self.waiting.len() > UNITS as usize
    }

    /// Writes words of the arena.
    pub(crate) fn write(&mut self, address: u32, words: &[u32]) {
        if !words.is_empty() {
            self.waiting.push_back([at::COMMAND_WRITE, address, words.len() as u32]);
            self.waiting.extend(words.chunks(3).map(|chunk| {
                let mut unit = [0; 3];
                unit[..chunk.len()].copy_from_slice(chunk);
                unit
            }));
        }
    }

    /// Gives an actor the message at this address, with the limit and the room of [`set`](Self::set).
    pub(crate) fn deliver(&mut self, actor: u32, message: u32, limit: u32, room: u32) {
        self.waiting.push_back([at::COMMAND_DELIVER, actor, message]);
        self.waiting.push_back([limit, room, 0]);
    }

    /// Tells an actor what is wanted of it.
    pub(crate) fn set(&mut self, actor: u32, wanted: Wanted) {
        self.waiting.push_back([at::COMMAND_SET, actor, wanted.mode]);
        self.waiting.push_back([wanted.limit, wanted.room, wanted.faults_seen]);
        self.waiting.push_back([wanted.serial, 0, 0]);
    }

    /// Tells the grid what its timer lacks to the time, in nanoseconds.
    pub(crate) fn set_clock(&mut self, offset: u64) {
        self.waiting.push_back([at::COMMAND_CLOCK, offset as u32, (offset >> 32) as u32]);
    }

    /// Has the grid stop, in good order.
    pub(crate) fn stop(&mut self) {
        self.waiting.push_back([at::COMMAND_STOP, 0, 0]);
    }

    /// Writes what there is room for, given how far the grid has read. True when something was written.
    pub(crate) fn flush(&mut self, read: u32) -> bool {
        let before = self.written;
        let words = self.units.words();
        while self.written.wrapping_sub(read) < UNITS {
            let Some(unit) = self.waiting.pop_front() else { break };
            let first = (self.written % UNITS) as usize * 4;
            for (word, value) in words[first..first + 3].iter().zip(unit) {
                word.store(value, Ordering::Relaxed);
            }
            self.written = self.written.wrapping_add(1);
            // Whoever sees the number sees the unit's other words.
            words[first + 3].store(self.written, Ordering::Release);
        }
        self.written != before
    }
}

/// What the host wants of an actor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// One of `MODE_*`.
    pub(crate) mode: u32,
    /// Places for messages from kernels.
    pub(crate) limit: u32,
    /// Outputs that it may make, over its life.
    pub(crate) room: u32,
    /// Faults that the host has dealt with.
    pub(crate) faults_seen: u32,
    /// Names this wish: the actor says when it goes by it.
    pub(crate) serial: u32,
}
