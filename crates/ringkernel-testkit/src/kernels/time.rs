//! Shows the timestamps that a handler sees.

use ringkernel::prelude::*;

/// Asks for timestamps.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Stamp;

/// Timestamps of one handler call.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Stamps {
    /// When the request was sent.
    pub sent: HlcTimestamp,
    /// The kernel's clock at the start of the handler.
    pub now: HlcTimestamp,
    /// The next local event.
    pub tick: HlcTimestamp,
    /// The clock after that event.
    pub after: HlcTimestamp,
}

/// Asks the kernel to merge a timestamp by itself.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Merge {
    /// The timestamp.
    pub timestamp: HlcTimestamp,
}

/// What became of a [`Merge`].
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Merged {
    /// Whether it was accepted.
    pub accepted: bool,
    /// The clock before.
    pub before: HlcTimestamp,
    /// The clock after.
    pub after: HlcTimestamp,
}

/// Shows its clock.
#[derive(Debug, Default)]
pub struct Timekeeper;

#[ring_kernel(id = "testkit.timekeeper")]
impl Timekeeper {
    #[handler]
    fn stamp(&mut self, ctx: &mut RingContext, _message: Stamp) -> Stamps {
        let sent = ctx.message_timestamp();
        let now = ctx.now();
        let tick = ctx.tick();
        Stamps { sent, now, tick, after: ctx.now() }
    }

    #[handler]
    fn merge(&mut self, ctx: &mut RingContext, message: Merge) -> Merged {
        let before = ctx.now();
        let accepted = ctx.update_clock(message.timestamp).is_ok();
        Merged { accepted, before, after: ctx.now() }
    }
}
