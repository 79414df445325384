//! Tells in which order messages were taken.

use ringkernel::prelude::*;

/// A message with its place in its sender's sequence.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Numbered {
    /// Who sent it.
    pub sender: u32,
    /// Its place in the sender's sequence.
    pub sequence: u32,
    /// Its priority; 0 means Normal.
    #[message(priority = "priority::NORMAL")]
    pub priority: u8,
}

/// The message again, with its place among all.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Taken {
    /// Who sent it.
    pub sender: u32,
    /// Its place in the sender's sequence.
    pub sequence: u32,
    /// Its priority.
    pub priority: u8,
    /// How many had been taken before.
    pub before: u64,
}

/// How many messages have been taken.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Recorder {
    count: u64,
}

#[ring_kernel(id = "testkit.recorder")]
fn recorder(_ctx: &mut RingContext, state: &mut Recorder, message: Numbered) -> Taken {
    let before = state.count;
    state.count += 1;
    Taken { sender: message.sender, sequence: message.sequence, priority: message.priority, before }
}
