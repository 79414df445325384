//! The control block: one actor's life-cycle flags, queue positions, clock and error counters.
//!
//! In device memory its fields are accessed atomically by the device runtime; this struct is the plain picture
//! that the host copies in and out.

use core::fmt;

use crate::HlcTimestamp;
use crate::layout::shared_struct;

shared_struct! {
    /// The state of one actor that host and device share, two cache lines.
    ///
    /// Queue positions count messages since launch and wrap around: `head` is where the producer writes next,
    /// `tail` where the consumer reads next, and their difference is the number of messages waiting.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct ControlBlock: 128 bytes, align 128 {
        /// 1 while the actor takes messages, else 0.
        0 => pub is_active: u32,
        /// 1 once termination was asked for.
        4 => pub should_terminate: u32,
        /// 1 once the actor has ended.
        8 => pub has_terminated: u32,
        12 => padding: u32,
        /// Messages handled since launch.
        16 => pub messages_processed: u64,
        /// Messages taken from the input queue and not yet finished.
        24 => pub messages_in_flight: u64,
        /// Where the next message is written into the input queue.
        32 => pub input_head: u64,
        /// Where the next message is read from the input queue.
        40 => pub input_tail: u64,
        /// Where the next message is written into the output queue.
        48 => pub output_head: u64,
        /// Where the next message is read from the output queue.
        56 => pub output_tail: u64,
        /// Slots of the input queue: zero or a power of two.
        64 => pub input_capacity: u32,
        /// Slots of the output queue: zero or a power of two.
        68 => pub output_capacity: u32,
        /// Turns an input position into a slot: `input_capacity - 1`, or 0 for no slots.
        72 => pub input_mask: u32,
        /// Turns an output position into a slot: `output_capacity - 1`, or 0 for no slots.
        76 => pub output_mask: u32,
        /// The last timestamp that the actor's clock issued.
        80 => pub hlc_state: HlcTimestamp,
        /// Code of the last error, 0 for none.
        96 => pub last_error: u32,
        /// Errors since launch.
        100 => pub error_count: u32,
        /// Unused in this version: zero.
        104 => pub reserved: [u8; 24],
    }
}

impl ControlBlock {
    /// A block of an inactive actor without queues: all zero.
    pub const fn new() -> Self {
        Self {
            is_active: 0,
            should_terminate: 0,
            has_terminated: 0,
            padding: 0,
            messages_processed: 0,
            messages_in_flight: 0,
            input_head: 0,
            input_tail: 0,
            output_head: 0,
            output_tail: 0,
            input_capacity: 0,
            output_capacity: 0,
            input_mask: 0,
            output_mask: 0,
            hlc_state: HlcTimestamp::zero(),
            last_error: 0,
            error_count: 0,
            reserved: [0; 24],
        }
    }

    /// A block of an inactive actor with empty queues of the given numbers of slots.
    ///
    /// # Errors
    /// [`SlotCountError`] for the first capacity that is neither zero nor a power of two, because no mask exists
    /// for it.
    pub const fn with_capacities(input_capacity: u32, output_capacity: u32) -> Result<Self, SlotCountError> {
        let input_mask = match mask_of(input_capacity) {
            Ok(mask) => mask,
            Err(error) => return Err(error),
        };
        let output_mask = match mask_of(output_capacity) {
            Ok(mask) => mask,
            Err(error) => return Err(error),
        };
        let mut block = Self::new();
        block.input_capacity = input_capacity;
        block.output_capacity = output_capacity;
        block.input_mask = input_mask;
        block.output_mask = output_mask;
        Ok(block)
    }

    /// True while the actor takes messages.
    pub const fn is_active(&self) -> bool {
        self.is_active != 0
    }

    /// True once termination was asked for.
    pub const fn should_terminate(&self) -> bool {
        self.should_terminate != 0
    }

    /// True once the actor has ended.
    pub const fn has_terminated(&self) -> bool {
        self.has_terminated != 0
    }

    /// Number of messages waiting in the input queue.
    pub const fn input_queue_size(&self) -> u64 {
        self.input_head.wrapping_sub(self.input_tail)
    }

    /// Number of messages waiting in the output queue.
    pub const fn output_queue_size(&self) -> u64 {
        self.output_head.wrapping_sub(self.output_tail)
    }

    /// True when no message waits in the input queue.
    pub const fn input_queue_empty(&self) -> bool {
        self.input_queue_size() == 0
    }

    /// True when the input queue has no free slot, as one of capacity zero never has.
    pub const fn input_queue_full(&self) -> bool {
        self.input_queue_size() >= self.input_capacity as u64
    }

    /// True when no message waits in the output queue.
    pub const fn output_queue_empty(&self) -> bool {
        self.output_queue_size() == 0
    }

    /// True when the output queue has no free slot, as one of capacity zero never has.
    pub const fn output_queue_full(&self) -> bool {
        self.output_queue_size() >= self.output_capacity as u64
    }
}

impl Default for ControlBlock {
    fn default() -> Self {
        Self::new()
    }
}

/// A number of slots that no queue of a control block can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotCountError {
    /// The number asked for.
    pub requested: u32,
    /// The next power of two, `None` when it does not fit into 32 bits.
    pub next_power_of_two: Option<u32>,
}

impl fmt::Display for SlotCountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a queue of a control block has zero slots or a power of two, not {}: use {}",
            self.requested,
            self.next_power_of_two.unwrap_or(1 << 31)
        )
    }
}

impl core::error::Error for SlotCountError {}

const fn mask_of(capacity: u32) -> Result<u32, SlotCountError> {
    if capacity == 0 || capacity.is_power_of_two() {
        return Ok(capacity.saturating_sub(1));
    }
    Err(SlotCountError { requested: capacity, next_power_of_two: capacity.checked_next_power_of_two() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use zerocopy::IntoBytes;

    #[test]
    fn a_new_block_is_all_zero() {
        assert!(ControlBlock::new().as_bytes().iter().all(|byte| *byte == 0));
        assert_eq!(ControlBlock::default(), ControlBlock::new());
    }

    #[test]
    fn capacities_set_the_masks() {
        let block = ControlBlock::with_capacities(256, 1).expect("powers of two");
        assert_eq!((block.input_capacity, block.input_mask), (256, 255));
        assert_eq!((block.output_capacity, block.output_mask), (1, 0));
    }

    #[test]
    fn a_capacity_without_a_mask_is_refused_with_the_next_that_has_one() {
        let check = |input: u32, output: u32, requested: u32, next_power_of_two: Option<u32>| {
            let error = SlotCountError { requested, next_power_of_two };
            assert_eq!(ControlBlock::with_capacities(input, output), Err(error));
        };
        check(100, 0, 100, Some(128));
        check(4, 3, 3, Some(4));
        check(u32::MAX, 5, u32::MAX, None);
        let text = |input| ControlBlock::with_capacities(input, 0).unwrap_err().to_string();
        assert!(text(100).ends_with("not 100: use 128"));
        assert!(text(u32::MAX).ends_with("not 4294967295: use 2147483648"));
    }

    #[test]
    fn queue_sizes_survive_the_wrap_of_the_positions() {
        let mut block = ControlBlock::with_capacities(4, 2).expect("powers of two");
        assert!(block.input_queue_empty() && !block.input_queue_full());
        block.input_tail = u64::MAX - 1;
        block.input_head = 2;
        assert_eq!(block.input_queue_size(), 4);
        assert!(block.input_queue_full() && !block.input_queue_empty());
        block.output_head = 1;
        assert_eq!(block.output_queue_size(), 1);
        assert!(!block.output_queue_full() && !block.output_queue_empty());
        assert!(ControlBlock::new().input_queue_full());
    }

    #[test]
    fn any_non_zero_flag_is_set() {
        let mut block = ControlBlock::new();
        assert!(!block.is_active() && !block.should_terminate() && !block.has_terminated());
        block.is_active = 1;
        block.should_terminate = 2;
        block.has_terminated = u32::MAX;
        assert!(block.is_active() && block.should_terminate() && block.has_terminated());
    }
}
