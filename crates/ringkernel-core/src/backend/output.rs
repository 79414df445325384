//! The way out of an actor to the host: one FIFO in production order.
//!
//! Made when it is first used: an actor whose answers all go to callers needs none.

use std::sync::OnceLock;
use std::time::Duration;

use crate::clock::TimeSource;
use crate::message::MessageEnvelope;
use crate::queue::{Gate, MessageQueue, QueueError, SpscQueue, Waiting};

/// The envelopes that wait to be received.
pub struct Output {
    /// `None` inside when it was closed before it was made.
    queue: OnceLock<Option<Box<SpscQueue<MessageEnvelope>>>>,
    capacity: usize,
    room: Gate,
}

impl Output {
    /// An output for `capacity` envelopes, a power of two.
    pub fn new(capacity: usize) -> Self {
        Self { queue: OnceLock::new(), capacity, room: Gate::new() }
    }

    /// The queue, made now if need be; `None` when it was closed before.
    #[inline]
    fn open(&self) -> Option<&SpscQueue<MessageEnvelope>> {
        let made = || SpscQueue::new(self.capacity).expect("the launch options are validated before");
        self.queue.get_or_init(|| Some(Box::new(made()))).as_deref()
    }

    /// The queue, if it has been made.
    fn made(&self) -> Option<&SpscQueue<MessageEnvelope>> {
        self.queue.get()?.as_deref()
    }

    /// Puts an envelope in. Only the actor's loop, or whoever speaks for it, calls this.
    ///
    /// # Errors
    /// Gives the envelope back when there is no room, or the queue is closed.
    pub fn push(&self, envelope: MessageEnvelope) -> std::result::Result<(), MessageEnvelope> {
        let Some(queue) = self.open() else { return Err(envelope) };
        queue.try_enqueue(envelope).map_err(|refused| {
            refused.into_message().unwrap_or_else(|| unreachable!("a refused envelope comes back"))
        })
    }

    /// Envelopes that wait.
    pub fn depth(&self) -> usize {
        self.made().map_or(0, |queue| queue.len())
    }

    /// Envelopes that there is room for.
    pub fn free_slots(&self) -> usize {
        self.capacity - self.depth()
    }

    /// A listener for room. Listen first, then try again, then wait.
    pub fn listen_for_room(&self) -> Waiting<'_> {
        self.room.listen()
    }

    /// The next envelope, if there is one.
    pub fn take(&self) -> Option<MessageEnvelope> {
        let envelope = self.made()?.try_dequeue()?;
        self.room.notify(1);
        Some(envelope)
    }

    /// The next envelope.
    ///
    /// # Errors
    /// `Timeout` at the end of `timeout`, `Closed` when there will be none.
    pub async fn receive(
        &self,
        time: &TimeSource,
        timeout: Option<Duration>,
    ) -> std::result::Result<MessageEnvelope, QueueError<MessageEnvelope>> {
        /// How long one wait lasts when there is no timeout; it is then simply repeated.
        const LONG: Duration = Duration::from_secs(3600);
        let queue = self.open().ok_or(QueueError::Closed)?;
        let envelope = loop {
            let dequeued = time.run(|| queue.dequeue(timeout.unwrap_or(LONG))).await;
            match (dequeued, timeout) {
                (Err(QueueError::Timeout), None) => {}
                (outcome, _) => break outcome?,
            }
        };
        self.room.notify(1);
        Ok(envelope)
    }

    /// No envelope will come after those that are in.
    pub fn close(&self) {
        if let Some(queue) = self.queue.get_or_init(|| None) {
            queue.close();
        }
        self.room.notify_all();
    }

    /// Whether no envelope will come after those that are in.
    pub fn is_closed(&self) -> bool {
        self.queue.get().is_some_and(|queue| queue.as_ref().is_none_or(|queue| queue.is_closed()))
    }

    /// Memory of the queue, in bytes.
    pub fn allocated_bytes(&self) -> usize {
        self.made().map_or(0, |queue| queue.allocated_bytes())
    }
}
