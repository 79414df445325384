//! What stands behind the context of one lane.
//!
//! Lanes meet through the scheduler. Everything else that a handler can do is done by the context of the message, which
//! all lanes share: what one of them sends is sent once, and what all of them send is sent by each.

use std::fmt;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ringkernel_core::HlcTimestamp;
use ringkernel_core::context::{
    ContextBackend, K2KRefusal, KernelTarget, MessageOrigin, OutgoingMessage, ReplyTo,
};
use ringkernel_core::cooperative::{Barrier, BlockMemory, LaneBackend, SharedMemoryExhausted, WarpOperation};
use ringkernel_core::hlc::ClockDrift;
use ringkernel_core::message::Payload;
use ringkernel_core::runtime::{ActorRef, KernelId};

use super::meetings::Wait;
use super::scheduler::Scheduler;
use super::thread_bound::ThreadBound;

/// One lane, as it meets others.
pub(super) struct Lane<'a> {
    pub(super) number: u32,
    pub(super) scheduler: ThreadBound<&'a Scheduler>,
}

impl fmt::Debug for Lane<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("number", &self.number).finish_non_exhaustive()
    }
}

impl LaneBackend for Lane<'_> {
    fn meet(&self, barrier: Barrier<'_>, at: &'static Location<'static>) {
        let wait = match barrier {
            Barrier::Block => Wait::Block,
            Barrier::Grid => Wait::Grid,
            Barrier::Named(name) => Wait::Named(name.into()),
        };
        self.scheduler.get().wait(self.number, wait, at, 0);
    }

    fn exchange(
        &self,
        operation: WarpOperation,
        mask: u32,
        bits: u64,
        at: &'static Location<'static>,
    ) -> [u64; 32] {
        self.scheduler.get().wait(self.number, Wait::Warp(operation, mask), at, bits)
    }

    fn gather_warps(&self, bits: u64, at: &'static Location<'static>) -> [u64; 32] {
        self.scheduler.get().wait(self.number, Wait::Gather, at, bits)
    }

    fn block_memory(
        &self,
        at: &'static Location<'static>,
        bytes: usize,
        make: &dyn Fn() -> BlockMemory,
    ) -> Result<BlockMemory, SharedMemoryExhausted> {
        self.scheduler.get().block_memory(self.number, at, bytes, make)
    }
}

/// The context of a message, shared by its lanes.
pub(super) struct MessageContext<'a> {
    kernel_id: KernelId,
    actor_ref: ActorRef,
    origin: MessageOrigin,
    // One lane runs at a time, so that the lock is always free; it makes the context one that can be sent.
    backend: Mutex<&'a mut (dyn ContextBackend + 'a)>,
}

impl<'a> MessageContext<'a> {
    pub(super) fn new(backend: &'a mut (dyn ContextBackend + 'a)) -> Self {
        Self {
            kernel_id: backend.kernel_id().clone(),
            actor_ref: backend.actor_ref(),
            origin: *backend.origin(),
            backend: Mutex::new(backend),
        }
    }
}

/// The context of one lane.
pub(super) struct LaneContext<'a, 'm>(pub(super) &'a MessageContext<'m>);

impl<'a, 'm> LaneContext<'a, 'm> {
    fn backend(&self) -> MutexGuard<'a, &'m mut (dyn ContextBackend + 'm)> {
        self.0.backend.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LaneContext<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneContext").field("kernel", &self.0.kernel_id).finish_non_exhaustive()
    }
}

impl ContextBackend for LaneContext<'_, '_> {
    fn kernel_id(&self) -> &KernelId {
        &self.0.kernel_id
    }

    fn actor_ref(&self) -> ActorRef {
        self.0.actor_ref
    }

    fn origin(&self) -> &MessageOrigin {
        &self.0.origin
    }

    fn now(&self) -> HlcTimestamp {
        self.backend().now()
    }

    fn tick(&mut self) -> HlcTimestamp {
        self.backend().tick()
    }

    fn update_clock(&mut self, received: HlcTimestamp) -> Result<HlcTimestamp, ClockDrift> {
        self.backend().update_clock(received)
    }

    fn enqueue_output(&mut self, message: OutgoingMessage) {
        self.backend().enqueue_output(message);
    }

    fn output_queue_free_slots(&self) -> usize {
        self.backend().output_queue_free_slots()
    }

    fn count_dropped(&mut self) {
        self.backend().count_dropped();
    }

    fn send_to_kernel(
        &mut self,
        target: KernelTarget<'_>,
        message: OutgoingMessage,
        wants_answer: bool,
    ) -> Result<(), K2KRefusal> {
        self.backend().send_to_kernel(target, message, wants_answer)
    }

    fn poll_from_kernel(&mut self, source: KernelTarget<'_>, message_type: u64) -> Option<Payload> {
        self.backend().poll_from_kernel(source, message_type)
    }

    fn publish(&mut self, topic: &str, message: OutgoingMessage) -> Result<(), K2KRefusal> {
        self.backend().publish(topic, message)
    }

    fn defer(&mut self) -> ReplyTo {
        self.backend().defer()
    }

    fn reply(&mut self, to: ReplyTo, message: OutgoingMessage) -> bool {
        self.backend().reply(to, message)
    }

    fn request_termination(&mut self) {
        self.backend().request_termination();
    }

    fn is_termination_requested(&self) -> bool {
        self.backend().is_termination_requested()
    }

    fn report_error(&mut self) {
        self.backend().report_error();
    }
}
