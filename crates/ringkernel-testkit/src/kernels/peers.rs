//! Kernels that talk to each other.

use ringkernel::context::K2KRefusal;
use ringkernel::prelude::*;

use super::plain::{Doubled, Number};

/// Sets the kernel that a peer sends to.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Connect {
    /// The kernel.
    pub target: ActorRef,
}

/// Sends numbers one-way to the connected kernel.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Forward {
    /// The first number; each further one is one larger.
    pub first: u64,
    /// How many.
    pub count: u32,
}

/// Sends a number one-way to a kernel that the message names by address.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct ForwardTo {
    /// The kernel.
    pub target: ActorRef,
    /// The number.
    pub value: u64,
}

/// Sends numbers one-way to a kernel that the message names by address.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct ForwardMany {
    /// The kernel.
    pub target: ActorRef,
    /// How many, from 0 on.
    pub count: u32,
}

/// Takes numbers and gives nothing.
#[ring_kernel(id = "testkit.sink")]
fn sink(_ctx: &mut RingContext, _message: Number) {}

/// Sends a number one-way to the kernel with the id `target`.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct ForwardByName {
    /// The number.
    pub value: u64,
}

/// Sends numbers one-way to the kernel with the id `target`.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct ForwardAllByName {
    /// The first number; each further one is one larger.
    pub first: u64,
    /// How many.
    pub count: u32,
}

/// Asks the kernel with the id `target` to double a number.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct AskByName {
    /// The number.
    pub value: u64,
}

/// Sends a message that doublers do not handle.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct ForwardUnhandled;

/// What became of messages to another kernel.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq, Default)]
pub struct Forwarded {
    /// How many were accepted.
    pub accepted: u32,
    /// How many were refused.
    pub refused: u32,
    /// Why the last one was refused, see [`reason`].
    pub reason: u32,
    /// The number in the first message that came back.
    pub came_back: u64,
}

/// Asks the connected kernel to double a number.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct AskPeer {
    /// The number.
    pub value: u64,
}

/// The id that an answer will carry; nil when the question was refused.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// The id.
    pub correlation: CorrelationId,
}

/// An answer that arrived at the asker.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// The answer.
    pub value: u64,
    /// What it belongs to.
    pub correlation: CorrelationId,
    /// Who sent it.
    pub sender: ActorRef,
}

/// The number of a refusal in a message.
#[device_fn]
pub fn reason(refusal: K2KRefusal) -> u32 {
    match refusal {
        K2KRefusal::NotEnabled => 1,
        K2KRefusal::TargetNotFound => 2,
        K2KRefusal::OutboxFull => 3,
        K2KRefusal::Unhandled => 4,
        K2KRefusal::TooLarge => 5,
        K2KRefusal::TenantMismatch => 6,
        K2KRefusal::QuotaExceeded => 8,
        _ => 7,
    }
}

/// Sends to another kernel, which it remembers by address.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Peer {
    target: ActorRef,
}

#[ring_kernel(id = "testkit.peer")]
impl Peer {
    #[handler]
    fn connect(&mut self, _ctx: &mut RingContext, message: Connect) {
        self.target = message.target;
    }

    #[handler]
    fn forward(&mut self, ctx: &mut RingContext, message: Forward) -> Forwarded {
        let mut result = Forwarded::default();
        for index in 0..message.count {
            let number = Number::of(message.first + index as u64);
            match ctx.try_send_to_kernel(self.target, number) {
                Ok(()) => result.accepted += 1,
                Err(refused) => {
                    if result.refused == 0 {
                        result.came_back = refused.message.value;
                    }
                    result.refused += 1;
                    result.reason = reason(refused.reason);
                }
            }
        }
        result
    }

    #[handler]
    fn forward_many(&mut self, ctx: &mut RingContext, message: ForwardMany) -> Forwarded {
        let mut result = Forwarded::default();
        for index in 0..message.count {
            match ctx.try_send_to_kernel(message.target, Number::of(index as u64)) {
                Ok(()) => result.accepted += 1,
                Err(refused) => {
                    result.refused += 1;
                    result.reason = reason(refused.reason);
                }
            }
        }
        result
    }

    #[handler]
    fn forward_to(&mut self, ctx: &mut RingContext, message: ForwardTo) -> Forwarded {
        forwarded(ctx.try_send_to_kernel(message.target, Number::of(message.value)).map_err(|e| e.reason))
    }

    #[handler]
    fn forward_by_name(&mut self, ctx: &mut RingContext, message: ForwardByName) -> Forwarded {
        forwarded(ctx.try_send_to_kernel("target", Number::of(message.value)).map_err(|e| e.reason))
    }

    #[handler]
    fn forward_unhandled(&mut self, ctx: &mut RingContext, message: ForwardUnhandled) -> Forwarded {
        forwarded(ctx.try_send_to_kernel(self.target, message).map_err(|e| e.reason))
    }

    #[handler]
    fn ask(&mut self, ctx: &mut RingContext, message: AskPeer) -> Asked {
        let correlation = ctx.request_kernel(self.target, Number::of(message.value));
        Asked { correlation: correlation.unwrap_or(CorrelationId::NIL) }
    }

    #[handler]
    fn forward_all_by_name(&mut self, ctx: &mut RingContext, message: ForwardAllByName) -> Forwarded {
        let mut result = Forwarded::default();
        for index in 0..message.count {
            match ctx.try_send_to_kernel("target", Number::of(message.first + index as u64)) {
                Ok(()) => result.accepted += 1,
                Err(refused) => {
                    result.refused += 1;
                    result.reason = reason(refused.reason);
                }
            }
        }
        result
    }

    #[handler]
    fn ask_by_name(&mut self, ctx: &mut RingContext, message: AskByName) -> Asked {
        let correlation = ctx.request_kernel("target", Number::of(message.value));
        Asked { correlation: correlation.unwrap_or(CorrelationId::NIL) }
    }

    #[handler]
    fn hear(&mut self, ctx: &mut RingContext, message: Doubled) -> Heard {
        Heard { value: message.value, correlation: ctx.correlation_id(), sender: ctx.sender() }
    }
}

#[device_fn]
fn forwarded(sent: Result<(), K2KRefusal>) -> Forwarded {
    match sent {
        Ok(()) => Forwarded { accepted: 1, ..Forwarded::default() },
        Err(refusal) => Forwarded { refused: 1, reason: reason(refusal), ..Forwarded::default() },
    }
}

/// Takes the next number from a kernel out of those that wait to be polled.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Poll {
    /// The kernel.
    pub source: ActorRef,
}

/// What was polled.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Polled {
    /// Whether there was one.
    pub found: bool,
    /// The number.
    pub value: u64,
}

/// Reads numbers when it is asked to, by sender.
#[ring_kernel(id = "testkit.poller", polled(Number))]
fn poller(ctx: &mut RingContext, message: Poll) -> Polled {
    match ctx.try_receive_from_kernel::<Number>(message.source) {
        Some(number) => Polled { found: true, value: number.value },
        None => Polled { found: false, value: 0 },
    }
}

/// Travels along a ring of kernels.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Token {
    /// Which token.
    pub number: u32,
    /// How often it is still passed on.
    pub hops_left: u32,
}

/// Keeps a kernel of the ring busy.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Noise;

/// A token at the end of its way.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Arrived {
    /// Which token.
    pub number: u32,
}

/// One place of a ring.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Place {
    next: ActorRef,
}

#[ring_kernel(id = "testkit.place")]
impl Place {
    #[handler]
    fn connect(&mut self, _ctx: &mut RingContext, message: Connect) {
        self.next = message.target;
    }

    #[handler]
    fn noise(&mut self, _ctx: &mut RingContext, _message: Noise) {}

    #[handler]
    fn token(&mut self, ctx: &mut RingContext, message: Token) -> Option<Arrived> {
        if message.hops_left == 0 {
            return Some(Arrived { number: message.number });
        }
        let next = Token { number: message.number, hops_left: message.hops_left - 1 };
        if !ctx.send_to_kernel(self.next, next) {
            ctx.fail(message.number);
        }
        None
    }
}
