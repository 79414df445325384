//! A kernel that sends to itself, to a polling kernel, and to the host, and reports what was taken.

use ringkernel::context::K2KRefusal;
use ringkernel::prelude::*;

/// Sends so many ticks, which the target polls, and then so many pieces of work, which it handles.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct SendTicks {
    /// The target.
    pub target: ActorRef,
    /// How many ticks.
    pub ticks: u32,
    /// How many pieces of work.
    pub work: u32,
}

/// Sends so many echoes to itself.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct SendToItself {
    /// How many.
    pub count: u32,
}

/// Puts so many echoes into the output queue.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct Emit {
    /// How many.
    pub count: u32,
}

/// What became of the messages.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Taken.
    pub accepted: u32,
    /// Handed back, unchanged, with the reason that was to be expected.
    pub refused: u32,
}

/// Does nothing.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Echo {
    /// Tells it from others.
    pub number: u32,
}

/// Is polled.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct Tick {
    /// Tells it from others.
    pub number: u32,
}

/// Is handled.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct Work {
    /// Tells it from others.
    pub number: u32,
}

/// The state of the sender: none.
#[derive(Debug, Default)]
pub struct SenderState;

#[ring_kernel(id = "testkit.sender")]
impl SenderState {
    #[handler]
    fn ticks(&mut self, ctx: &mut RingContext, message: SendTicks) -> Sent {
        let mut accepted = 0;
        for number in 0..message.ticks {
            accepted += u32::from(ctx.send_to_kernel(message.target, Tick { number }));
        }
        for number in 0..message.work {
            accepted += u32::from(ctx.send_to_kernel(message.target, Work { number }));
        }
        Sent { accepted, refused: message.ticks + message.work - accepted }
    }

    #[handler]
    fn itself(&mut self, ctx: &mut RingContext, message: SendToItself) -> Sent {
        let itself = ctx.actor_ref();
        let mut accepted = 0;
        for number in 0..message.count {
            match ctx.try_send_to_kernel(itself, Echo { number }) {
                Ok(()) => accepted += 1,
                Err(refused) => {
                    assert_eq!(refused.message.number, number);
                    assert_eq!(refused.reason, K2KRefusal::OwnMailboxFull);
                }
            }
        }
        Sent { accepted, refused: message.count - accepted }
    }

    #[handler]
    fn emit(&mut self, ctx: &mut RingContext, message: Emit) -> Sent {
        let mut accepted = 0;
        for number in 0..message.count {
            match ctx.try_enqueue_output(Echo { number }) {
                Ok(()) => accepted += 1,
                Err(refused) => assert_eq!(refused.number, number),
            }
        }
        Sent { accepted, refused: message.count - accepted }
    }

    #[handler]
    fn echo(&mut self, _ctx: &mut RingContext, _message: Echo) {}
}

#[ring_kernel(id = "testkit.worker", polled(Tick))]
fn worker(_ctx: &mut RingContext, _work: Work) {}
