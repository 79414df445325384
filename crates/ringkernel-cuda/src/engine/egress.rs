//! What the grid tells the host: packets of words, in units of 16 bytes that each have a sequence number.

use ringkernel_core::sync::atomic::Ordering;

use crate::driver::{Context, DriverError, MappedBuffer};

/// Units that are under way at most; workers of the grid wait for room.
const UNITS: u32 = 1 << 15;

const UNIT_WORDS: usize = 4;

/// The way from the grid.
pub(crate) struct Egress {
    units: MappedBuffer,
    /// Units that were read over all laps.
    read: u32,
    /// The packet of which some units were read, with its length in front.
    packet: Vec<u32>,
}

impl Egress {
    /// # Errors
    /// [`DriverError::OutOfMemory`].
    pub(crate) fn new(context: &Context) -> Result<Self, DriverError> {
        let units = MappedBuffer::zeroed(context, UNITS as usize * UNIT_WORDS)?;
        Ok(Self { units, read: 0, packet: Vec::new() })
    }

    pub(crate) fn device_address(&self) -> u64 {
        self.units.device_address()
    }

    /// How many units it has, a power of two.
    pub(crate) fn units(&self) -> u32 {
        UNITS
    }

    /// Units that were read over all laps: the grid may write as many again.
    pub(crate) fn read(&self) -> u32 {
        self.read
    }

    /// The next packet that is there as a whole, without its length.
    pub(crate) fn next_packet(&mut self) -> Option<Vec<u32>> {
        loop {
            let unit = self.next_unit()?;
            self.packet.extend(unit);
            // A packet starts with its length, its units are full but for the last.
            let length = self.packet[0] as usize;
            if self.packet.len() >= length.max(1) {
                let mut packet = std::mem::take(&mut self.packet);
                packet.truncate(length);
                packet.drain(..packet.len().min(1));
                return Some(packet);
            }
        }
    }

    fn next_unit(&mut self) -> Option<[u32; UNIT_WORDS - 1]> {
        let first = (self.read % UNITS) as usize * UNIT_WORDS;
        let [words @ .., number] = self.units.words().get(first..first + UNIT_WORDS)? else { return None };
        let next = self.read.wrapping_add(1);
        // Whoever sees the number sees the unit's other words.
        if number.load(Ordering::Acquire) != next {
            return None;
        }
        self.read = next;
        Some(std::array::from_fn(|word| words[word].load(Ordering::Relaxed)))
    }
}
