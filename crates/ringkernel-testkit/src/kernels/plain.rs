//! Kernels without state: one request, at most one answer.

use ringkernel::prelude::*;

/// A number with an id.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Number {
    /// Its id; nil until it is sent.
    #[message(id)]
    pub id: MessageId,
    /// The number.
    pub value: u64,
}

#[device_fn]
impl Number {
    /// The message of this number.
    pub fn of(value: u64) -> Self {
        Self { id: MessageId::NIL, value }
    }
}

/// The answer to a [`Number`].
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Doubled {
    /// Twice the number.
    pub value: u64,
}

/// Asks for an answer, or for none.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Maybe {
    /// Whether there is to be an answer.
    pub answer: bool,
}

/// A request that names what it belongs to.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Correlated {
    /// What it belongs to.
    #[message(correlation)]
    pub correlation: CorrelationId,
}

/// Asks the kernel to end.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Quit;

/// Asks for `count` outputs.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Burst {
    /// How many outputs to try.
    pub count: u32,
}

/// What became of a [`Burst`].
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct BurstDone {
    /// Room in the output queue before the first output.
    pub free_before: u32,
    /// Outputs that found room.
    pub accepted: u32,
    /// Outputs that did not.
    pub refused: u32,
}

/// Doubles numbers, and ends when asked.
#[derive(Debug, Default)]
pub struct Doubler;

#[ring_kernel(id = "testkit.doubler")]
impl Doubler {
    #[handler]
    fn double(&mut self, _ctx: &mut RingContext, number: Number) -> Doubled {
        Doubled { value: number.value.wrapping_mul(2) }
    }

    #[handler]
    fn maybe(&mut self, _ctx: &mut RingContext, maybe: Maybe) -> Option<Doubled> {
        if maybe.answer { Some(Doubled { value: 1 }) } else { None }
    }

    #[handler]
    fn correlated(&mut self, _ctx: &mut RingContext, _message: Correlated) -> Doubled {
        Doubled { value: 0 }
    }

    #[handler]
    fn quit(&mut self, ctx: &mut RingContext, _message: Quit) -> Doubled {
        let before = ctx.is_termination_requested();
        ctx.request_termination();
        Doubled { value: if !before && ctx.is_termination_requested() { 1 } else { 0 } }
    }
}

/// Takes numbers and never answers.
#[ring_kernel(id = "testkit.silent")]
fn silent(_ctx: &mut RingContext, _number: Number) {}

/// Produces outputs that are no answers.
#[ring_kernel(id = "testkit.burst")]
fn burst(ctx: &mut RingContext, burst: Burst) -> BurstDone {
    let free_before = ctx.output_queue_free_slots() as u32;
    let mut accepted = 0;
    for index in 0..burst.count {
        if ctx.enqueue_output(Doubled { value: index as u64 }) {
            accepted += 1;
        }
    }
    BurstDone { free_before, accepted, refused: burst.count - accepted }
}
