//! Where the answers of kernels arrive, and who waits for them.
//!
//! A dispatcher is registered with its broker under a name of its own. A kernel answers by sending to the source of the message,
//! with the message's id as correlation.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringkernel_abi::CorrelationId;
use tokio::sync::oneshot;

use super::metrics::DispatcherMetrics;
use crate::error::RingKernelError;
use crate::k2k::{DeliveryStatus, K2KMessage, K2KPort};
use crate::message::{MessageEnvelope, MessageHeader};

/// Who is given an answer, or hears why there is none.
type Expecting = oneshot::Sender<Result<MessageEnvelope, RingKernelError>>;

/// An answer that carries this is waited for already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AlreadyPending(pub(super) CorrelationId);

/// The port of a dispatcher.
#[derive(Debug)]
pub(super) struct Answers {
    waiting: Mutex<HashMap<CorrelationId, Expecting>>,
    metrics: Arc<DispatcherMetrics>,
}

/// Somebody who waits for an answer, until it is dropped.
#[derive(Debug)]
pub(super) struct Waiting<'a> {
    answers: &'a Answers,
    correlation: CorrelationId,
    receiver: oneshot::Receiver<Result<MessageEnvelope, RingKernelError>>,
}

impl Answers {
    pub(super) fn new(metrics: Arc<DispatcherMetrics>) -> Self {
        Self { waiting: Mutex::default(), metrics }
    }

    /// Waits for the answer to a message that is sent after this call: one that carries its correlation, or its id where it has none.
    pub(super) fn expect(&self, request: &MessageHeader) -> Result<Waiting<'_>, AlreadyPending> {
        let correlation = request.correlation_id.or_request(request.message_id);
        let (sender, receiver) = oneshot::channel();
        match self.lock().entry(correlation) {
            Entry::Occupied(_) => Err(AlreadyPending(correlation)),
            Entry::Vacant(vacant) => {
                vacant.insert(sender);
                Ok(Waiting { answers: self, correlation, receiver })
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CorrelationId, Expecting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl K2KPort for Answers {
    /// Takes an answer that somebody waits for. Anything else has no taker here.
    fn deliver(&self, message: K2KMessage) -> Result<(), (K2KMessage, DeliveryStatus)> {
        let waiting = self.lock().remove(&message.envelope.header.correlation_id);
        let Some(waiting) = waiting else {
            self.metrics.late_answers.add(1);
            return Err((message, DeliveryStatus::NotFound));
        };
        // Counted first, because whoever waits may look at once. Who stops waiting in this moment leaves an answer that came in time.
        self.metrics.answers.add(1);
        drop(waiting.send(Ok(message.envelope)));
        Ok(())
    }

    fn unanswered(&self, correlation: CorrelationId, error: RingKernelError) {
        let waiting = self.lock().remove(&correlation);
        // Who has stopped waiting needs no telling.
        waiting.into_iter().for_each(|waiting| drop(waiting.send(Err(error.clone()))));
    }
}

impl Waiting<'_> {
    /// The answer, or why there is none. `None` never comes while the dispatcher is there.
    pub(super) async fn answer(&mut self) -> Option<Result<MessageEnvelope, RingKernelError>> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.answers.lock().remove(&self.correlation);
    }
}
