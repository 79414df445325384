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

fn counted(count: u32, mut accepts: impl FnMut(u32) -> bool) -> Sent {
    let accepted = (0..count).filter(|number| accepts(*number)).count() as u32;
    Sent { accepted, refused: count - accepted }
}

/// The state of the sender: none.
#[derive(Debug, Default)]
pub struct SenderState;

#[ring_kernel(id = "testkit.sender")]
impl SenderState {
    #[handler]
    fn ticks(&mut self, ctx: &mut RingContext, message: SendTicks) -> Sent {
        let ticks = counted(message.ticks, |number| ctx.send_to_kernel(message.target, Tick { number }));
        let work = counted(message.work, |number| ctx.send_to_kernel(message.target, Work { number }));
        Sent { accepted: ticks.accepted + work.accepted, refused: ticks.refused + work.refused }
    }

    #[handler]
    fn itself(&mut self, ctx: &mut RingContext, message: SendToItself) -> Sent {
        let itself = ctx.actor_ref();
        counted(message.count, |number| match ctx.try_send_to_kernel(itself, Echo { number }) {
            Ok(()) => true,
            Err(refused) => {
                assert_eq!((refused.message.number, refused.reason), (number, K2KRefusal::OwnMailboxFull));
                false
            }
        })
    }

    #[handler]
    fn emit(&mut self, ctx: &mut RingContext, message: Emit) -> Sent {
        counted(message.count, |number| match ctx.try_enqueue_output(Echo { number }) {
            Ok(()) => true,
            Err(refused) => {
                assert_eq!(refused, Echo { number });
                false
            }
        })
    }

    #[handler]
    fn echo(&mut self, _ctx: &mut RingContext, _message: Echo) {}
}

#[ring_kernel(id = "testkit.worker", polled(Tick))]
fn worker(_ctx: &mut RingContext, _work: Work) {}
