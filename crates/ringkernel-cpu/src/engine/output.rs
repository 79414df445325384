//! The way out of an actor to the host: one FIFO in production order.

use std::time::Duration;

use ringkernel_core::Result;
use ringkernel_core::clock::TimeSource;
use ringkernel_core::message::MessageEnvelope;
use ringkernel_core::queue::{Gate, MessageQueue, QueueError, SpscQueue, Waiting};

pub(crate) struct Output {
    queue: SpscQueue<MessageEnvelope>,
    room: Gate,
}

impl Output {
    pub(crate) fn new(capacity: usize) -> Result<Self> {
        Ok(Self { queue: SpscQueue::new(capacity)?, room: Gate::new() })
    }

    /// Puts an envelope in. Only the actor's loop calls this.
    pub(crate) fn push(&self, envelope: MessageEnvelope) -> std::result::Result<(), MessageEnvelope> {
        self.queue.try_enqueue(envelope).map_err(|refused| {
            refused.into_message().unwrap_or_else(|| unreachable!("a refused envelope comes back"))
        })
    }

    pub(crate) fn depth(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn free_slots(&self) -> usize {
        self.queue.capacity() - self.queue.len()
    }

    /// A listener for room. Listen first, then try again, then wait.
    pub(crate) fn listen_for_room(&self) -> Waiting<'_> {
        self.room.listen()
    }

    /// The next envelope, if there is one.
    pub(crate) fn take(&self) -> Option<MessageEnvelope> {
        let envelope = self.queue.try_dequeue()?;
        self.room.notify(1);
        Some(envelope)
    }

    /// The next envelope: `Timeout` at the end of `timeout`, `Closed` when there will be none.
    pub(crate) async fn receive(
        &self,
        time: &TimeSource,
        timeout: Option<Duration>,
    ) -> std::result::Result<MessageEnvelope, QueueError<MessageEnvelope>> {
        /// How long one wait lasts when there is no timeout; it is then simply repeated.
        const LONG: Duration = Duration::from_secs(3600);
        let envelope = loop {
            let dequeued = time.run(|| self.queue.dequeue(timeout.unwrap_or(LONG))).await;
            match (dequeued, timeout) {
                (Err(QueueError::Timeout), None) => {}
                (outcome, _) => break outcome?,
            }
        };
        self.room.notify(1);
        Ok(envelope)
    }

    /// No envelope will come after those that are in.
    pub(crate) fn close(&self) {
        self.queue.close();
        self.room.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    pub(crate) fn allocated_bytes(&self) -> usize {
        self.queue.allocated_bytes()
    }
}
