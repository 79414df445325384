//! Calls a registered handler without a runtime: a context whose messages go nowhere.

use std::any::Any;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ringkernel::__private::{HandlerFn, KernelRegistration, Reply, inventory};
use ringkernel::RingContext;
use ringkernel::context::{
    ContextBackend, K2KRefusal, KernelTarget, MessageOrigin, OutgoingMessage, ReplyTo,
};
use ringkernel::cooperative::LaneGrid;
use ringkernel::hlc::{ClockDrift, HlcTimestamp};
use ringkernel::message::{CorrelationId, DecodeError, MessageId, Payload, RingMessage, priority};
use ringkernel::runtime::{ActorRef, KernelId};

/// A backend on which nothing happens.
#[derive(Debug)]
struct Nowhere {
    id: KernelId,
    origin: MessageOrigin,
}

impl Nowhere {
    fn new() -> Self {
        let origin = MessageOrigin {
            sender: ActorRef::NONE,
            message_id: MessageId::NIL,
            correlation_id: CorrelationId::NIL,
            timestamp: HlcTimestamp::zero(),
            priority: priority::NORMAL,
        };
        Self { id: KernelId::new("nowhere"), origin }
    }
}

impl ContextBackend for Nowhere {
    fn kernel_id(&self) -> &KernelId {
        &self.id
    }

    fn actor_ref(&self) -> ActorRef {
        ActorRef::NONE
    }

    fn origin(&self) -> &MessageOrigin {
        &self.origin
    }

    fn now(&self) -> HlcTimestamp {
        HlcTimestamp::zero()
    }

    fn tick(&mut self) -> HlcTimestamp {
        HlcTimestamp::zero()
    }

    fn update_clock(&mut self, received: HlcTimestamp) -> Result<HlcTimestamp, ClockDrift> {
        Ok(received)
    }

    fn enqueue_output(&mut self, _: OutgoingMessage) {}

    fn count_dropped(&mut self) {}

    fn output_queue_free_slots(&self) -> usize {
        0
    }

    fn send_to_kernel(&mut self, _: KernelTarget<'_>, _: OutgoingMessage, _: bool) -> Result<(), K2KRefusal> {
        Err(K2KRefusal::TargetNotFound)
    }

    fn publish(&mut self, _: &str, _: OutgoingMessage) -> Result<(), K2KRefusal> {
        Ok(())
    }

    fn poll_from_kernel(&mut self, _: KernelTarget<'_>, _: u64) -> Option<Payload> {
        None
    }

    fn defer(&mut self) -> ReplyTo {
        ReplyTo::NONE
    }

    fn reply(&mut self, _: ReplyTo, _: OutgoingMessage) -> bool {
        false
    }

    fn request_termination(&mut self) {}

    fn is_termination_requested(&self) -> bool {
        false
    }

    fn report_error(&mut self) {}
}

/// The kernel registered under `id`.
pub(crate) fn kernel(id: &str) -> &'static KernelRegistration {
    let found = inventory::iter::<KernelRegistration>().find(|kernel| kernel.id == id);
    found.unwrap_or_else(|| panic!("no kernel is registered as {id}"))
}

/// An instance of a kernel.
pub(crate) struct Instance {
    kernel: &'static KernelRegistration,
    state: Box<dyn Any + Send>,
}

impl Instance {
    pub(crate) fn of(id: &str) -> Self {
        let kernel = kernel(id);
        Self { kernel, state: (kernel.state.initial)() }
    }

    /// Runs the handler for `M` and decodes its answer.
    pub(crate) fn call<M: RingMessage, A: RingMessage>(&mut self, message: &M) -> Option<A> {
        let reply = self.call_bytes::<M>(&message.serialize()).expect("a valid message");
        let answer = reply.into_message()?;
        assert_eq!(answer.message_type, A::TYPE_ID);
        Some(A::deserialize(&answer.payload).expect("a valid answer"))
    }

    /// Runs the handler for `M` on these bytes.
    pub(crate) fn call_bytes<M: RingMessage>(&mut self, payload: &[u8]) -> Result<Reply, DecodeError> {
        let handler = self.kernel.handlers.iter().find(|handler| handler.message.type_id == M::TYPE_ID);
        let mut backend = Nowhere::new();
        let mut context = RingContext::new(&mut backend);
        match handler.expect("a handler for the message").run {
            HandlerFn::Sync(run) => run(&mut context, &mut *self.state, payload),
            HandlerFn::Async(run) => finish(run(&mut context, &mut *self.state, payload)),
            HandlerFn::Cooperative(run) => run(&mut OneLane(Nowhere::new()), &mut *self.state, payload),
        }
    }
}

/// A grid of one lane.
struct OneLane(Nowhere);

impl LaneGrid for OneLane {
    fn run(&mut self, lane: &dyn Fn(&mut RingContext<'_>) -> Reply) -> Reply {
        lane(&mut RingContext::new(&mut self.0))
    }
}

/// Polls a future that only ever waits for itself.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
