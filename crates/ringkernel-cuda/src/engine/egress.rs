//! What the grid tells the host: packets of words, in lines of 64 bytes that each have a sequence number.

use ringkernel_core::sync::atomic::Ordering;

use crate::driver::{Context, DriverError, MappedBuffer};

/// Lines that are under way at most; workers of the grid wait for room.
const LINES: u32 = 1 << 13;

const LINE_WORDS: usize = 16;

/// The way from the grid.
pub(crate) struct Egress {
    lines: MappedBuffer,
    /// Lines that were read over all laps.
    read: u32,
    /// The packet of which some lines were read, with its length in front.
    packet: Vec<u32>,
}

impl Egress {
    /// # Errors
    /// [`DriverError::OutOfMemory`].
    pub(crate) fn new(context: &Context) -> Result<Self, DriverError> {
        let lines = MappedBuffer::zeroed(context, LINES as usize * LINE_WORDS)?;
        Ok(Self { lines, read: 0, packet: Vec::new() })
    }

    pub(crate) fn device_address(&self) -> u64 {
        self.lines.device_address()
    }

    /// How many lines it has, a power of two.
    pub(crate) fn lines(&self) -> u32 {
        LINES
    }

    /// Lines that were read over all laps: the grid may write as many again.
    pub(crate) fn read(&self) -> u32 {
        self.read
    }

    /// The next packet that is there as a whole, without its length.
    pub(crate) fn next_packet(&mut self) -> Option<Vec<u32>> {
        loop {
            let line = self.next_line()?;
            self.packet.extend(line);
            // A packet starts with its length, its lines are full but for the last.
            let length = self.packet[0] as usize;
            if self.packet.len() >= length.max(1) {
                let mut packet = std::mem::take(&mut self.packet);
                packet.truncate(length);
                packet.drain(..packet.len().min(1));
                return Some(packet);
            }
        }
    }

    fn next_line(&mut self) -> Option<[u32; LINE_WORDS - 1]> {
        let first = (self.read % LINES) as usize * LINE_WORDS;
        let words = self.lines.words().get(first..first + LINE_WORDS)?;
        let number = self.read.wrapping_add(1);
        // Whoever sees the number sees the line's other words.
        if words[0].load(Ordering::Acquire) != number {
            return None;
        }
        self.read = number;
        Some(std::array::from_fn(|word| words[word + 1].load(Ordering::Relaxed)))
    }
}
