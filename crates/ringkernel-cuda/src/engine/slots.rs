//! Slots for the messages between kernels: as many as there are actors that send, while the device has memory for them.

use super::error::WorldError;
use super::world::{Region, World};
use crate::device::layout as at;

/// Slots that there are as soon as an actor can send.
const SLOTS: u32 = 8192;

/// They are at most this part of the device's memory.
const PART: usize = 8;

/// The slots that there are, and who needs them.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// `ROW_WORDS` for each row of slots.
    pub(super) table: Region,
    pub(super) rows: u32,
    /// Actors that can send.
    senders: u32,
    /// How many there were when the device had no memory for more slots. When they are twice as many, it is asked again.
    refused: Option<u32>,
}

impl World {
    /// Makes slots for one actor more that can send, while the grid is still. Where there is no memory for more of them, those that
    /// there are will do.
    pub(crate) fn reserve_slots(&mut self) -> Result<(), WorldError> {
        let present = self.slots.rows * at::ROW_SLOTS;
        let wanted = slots_for(self.slots.senders + 1, self.context.description().total_memory);
        let is_refused =
            self.slots.refused.is_some_and(|senders| self.slots.senders < senders.saturating_mul(2));
        if wanted <= present || is_refused {
            return Ok(());
        }
        self.stop()?;
        match self.add_slots(wanted - present) {
            Err(error) if !error.is_fatal() && present > 0 => {
                tracing::warn!(slots = present, %error, "there are no more slots for messages between kernels");
                self.slots.refused = Some(self.slots.senders);
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn add_slots(&mut self, count: u32) -> Result<(), WorldError> {
        let words = count.checked_mul(at::SLOT_WORDS);
        let words = words.ok_or(WorldError::TooMuch { what: "slots", words: u64::MAX })?;
        let added = self.table("slots", words)?;
        let (before, rows) = (self.slots.rows, self.slots.rows + count / at::ROW_SLOTS);
        self.slots.table = match self.larger("slots", self.slots.table, rows, at::ROW_WORDS) {
            Ok(table) => table,
            Err(error) => {
                self.heap.release(added.at, added.words);
                return Err(error);
            }
        };
        let row_words = at::ROW_SLOTS * at::SLOT_WORDS;
        let new: Vec<u32> = (0..rows - before).flat_map(|row| [0, added.at + row * row_words]).collect();
        self.write_still(self.slots.table.at + before * at::ROW_WORDS, &new)?;
        self.slots.rows = rows;
        Ok(())
    }

    /// An actor can send.
    pub(crate) fn add_sender(&mut self) {
        self.slots.senders += 1;
    }

    /// It is gone.
    pub(crate) fn remove_sender(&mut self) {
        self.slots.senders -= 1;
    }
}

/// Slots for as many actors that send, on a device with as many bytes.
fn slots_for(senders: u32, memory: usize) -> u32 {
    let most = memory / PART / (at::SLOT_WORDS as usize * 4);
    let most = u32::try_from(most).unwrap_or(u32::MAX) / at::ROW_SLOTS * at::ROW_SLOTS;
    senders.checked_next_power_of_two().unwrap_or(most).min(most).max(SLOTS)
}

#[cfg(test)]
mod tests {
    use super::{SLOTS, slots_for};

    #[test]
    fn there_is_a_slot_for_each_sender_while_the_device_has_memory_for_them() {
        let card = 80 << 30;
        assert_eq!([1, 8192].map(|senders| slots_for(senders, card)), [SLOTS; 2]);
        assert_eq!(slots_for(8193, card), 16_384);
        assert_eq!(slots_for(1_000_000, card), 1 << 20);
        // An eighth of 8 GiB, in whole rows.
        assert_eq!(slots_for(1_000_000, 8 << 30), 932_064);
        assert_eq!(slots_for(u32::MAX, 1 << 20), SLOTS);
    }
}
