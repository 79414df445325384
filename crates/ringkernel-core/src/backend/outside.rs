//! What the sender of a message that a broker has brought is told of it, and where the answer goes.

use std::fmt;
use std::sync::Arc;

use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;
use crate::k2k::{DeliveryStatus, K2KBroker};
use crate::message::{CorrelationId, MessageHeader, MessageId};
use crate::persistent_message::message_flags::FLAG_REQUIRES_RESPONSE;
use crate::runtime::{AuditTag, KernelId, TenantId};

/// Where a message has come from that a broker has brought, for as long as the message waits or is in hand.
pub struct Outside {
    broker: Arc<K2KBroker>,
    tenant: TenantId,
    source: KernelId,
    message_id: MessageId,
    correlation: CorrelationId,
    audit: AuditTag,
    wish: Wish,
}

/// Whether an answer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Answer,
    Nothing,
}

impl Outside {
    /// The source of a message of this tenant. An answer is waited for if the header says so.
    pub fn new(broker: &Arc<K2KBroker>, tenant: TenantId, source: &KernelId, header: &MessageHeader) -> Self {
        let asks = header.flags & FLAG_REQUIRES_RESPONSE != 0;
        Self {
            broker: broker.clone(),
            tenant,
            source: source.clone(),
            message_id: header.message_id,
            audit: header.audit_tag,
            correlation: header.correlation_id.or_request(header.message_id),
            wish: if asks { Wish::Answer } else { Wish::Nothing },
        }
    }

    /// Whether an answer is waited for.
    pub fn is_awaited(&self) -> bool {
        self.wish == Wish::Answer
    }

    /// Where the answer goes.
    pub(super) fn source(&self) -> &KernelId {
        &self.source
    }

    /// On whose account it is.
    pub(super) fn audit(&self) -> AuditTag {
        self.audit
    }

    /// Nobody is to be told anything any more: the message goes back, or its answer is on its way.
    pub(super) fn release(&mut self) {
        self.wish = Wish::Nothing;
    }

    /// Tells whoever waits for an answer that there will be none.
    pub(super) fn refuse(&mut self, error: impl FnOnce() -> RingKernelError) {
        if std::mem::replace(&mut self.wish, Wish::Nothing) == Wish::Answer {
            self.broker.report_unanswered(self.tenant, &self.source, self.correlation, error());
        }
    }

    /// Writes into the sender's receipt that the message was not taken, if that is why it is a dead letter. One whose handler has
    /// faulted was taken.
    pub(super) fn note_buried(&self, reason: DeadLetterReason) {
        let status = match reason {
            DeadLetterReason::HandlerFault | DeadLetterReason::LateReply => return,
            DeadLetterReason::Expired => DeliveryStatus::Timeout,
            DeadLetterReason::QueueFull => DeliveryStatus::QueueFull,
            DeadLetterReason::QuotaExceeded => DeliveryStatus::QuotaExceeded,
            _ => DeliveryStatus::NotFound,
        };
        self.broker.settle(self.tenant, &self.source, &self.message_id, status);
    }
}

/// Whatever becomes of the message, nobody waits in vain.
impl Drop for Outside {
    fn drop(&mut self) {
        self.refuse(|| RingKernelError::RuntimeShutDown);
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside")
            .field("source", &self.source)
            .field("message_id", &self.message_id)
            .field("wish", &self.wish)
            .finish_non_exhaustive()
    }
}
