//! Where the answers of kernels arrive, and who waits for them.
//!
//! A dispatcher is registered with its broker under a name of its own. A kernel answers by sending to the source of the message,
//! with the message's id as correlation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringkernel_abi::{CorrelationId, MessageId};
use tokio::sync::oneshot;

use super::metrics::DispatcherMetrics;
use crate::k2k::{DeliveryStatus, K2KMessage, K2KPort};
use crate::message::MessageEnvelope;

/// The port of a dispatcher.
#[derive(Debug)]
pub(super) struct Answers {
    waiting: Mutex<HashMap<CorrelationId, oneshot::Sender<MessageEnvelope>>>,
    metrics: Arc<DispatcherMetrics>,
}

/// Somebody who waits for an answer, until it is dropped.
#[derive(Debug)]
pub(super) struct Waiting<'a> {
    answers: &'a Answers,
    correlation: CorrelationId,
    receiver: oneshot::Receiver<MessageEnvelope>,
}

impl Answers {
    pub(super) fn new(metrics: Arc<DispatcherMetrics>) -> Self {
        Self { waiting: Mutex::default(), metrics }
    }

    /// Waits for the answer to a message that is sent after this call.
    pub(super) fn expect(&self, request: MessageId) -> Waiting<'_> {
        let (sender, receiver) = oneshot::channel();
        let correlation = CorrelationId::from(request);
        self.lock().insert(correlation, sender);
        Waiting { answers: self, correlation, receiver }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CorrelationId, oneshot::Sender<MessageEnvelope>>> {
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
        // Who has just stopped waiting takes no answer; that is as late as any.
        match waiting.send(message.envelope) {
            Ok(()) => self.metrics.answers.add(1),
            Err(_) => self.metrics.late_answers.add(1),
        }
        Ok(())
    }
}

impl Waiting<'_> {
    /// The answer. `None` never comes while the dispatcher is there.
    pub(super) async fn answer(&mut self) -> Option<MessageEnvelope> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.answers.lock().remove(&self.correlation);
    }
}
