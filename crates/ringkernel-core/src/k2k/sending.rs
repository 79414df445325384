//! Sending by name on behalf of a registered kernel, and reporting what could not be delivered after all.

use std::sync::Arc;

use ringkernel_abi::{AuditTag, UNSPECIFIED_TENANT};

use super::attempt::{Attempt, Outgoing, Stage};
use super::broker::K2KBroker;
use super::member::{Member, Target};
use super::message::K2KMessage;
use super::receipt::{DeliveryReceipt, DeliveryStatus, K2KRefused, RefusalReason};
use crate::clock;
use crate::dead_letter::{DeadLetter, DeadLetterReason};
use crate::error::{Result, RingKernelError};
use crate::message::MessageEnvelope;
use crate::runtime::KernelId;
use crate::timer;

impl K2KBroker {
    /// Sends a message from `source`, as [`K2KEndpoint::send`](super::K2KEndpoint::send) of its endpoint. This is for code that
    /// speaks for all kernels: the tenant and the account are those under which `source` is registered, whatever the envelope says.
    /// A name that nobody has registered sends as one of the unspecified tenant.
    ///
    /// # Errors
    /// As [`K2KEndpoint::send`](super::K2KEndpoint::send); [`RingKernelError::InvalidConfig`] when several tenants have a
    /// kernel of the source's name.
    pub async fn send(
        &self,
        source: KernelId,
        destination: KernelId,
        envelope: MessageEnvelope,
    ) -> Result<DeliveryReceipt> {
        self.send_for(source, destination, Outgoing::new(envelope)).await
    }

    /// [`send`](Self::send) with another priority than the envelope's.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_priority(
        &self,
        source: KernelId,
        destination: KernelId,
        envelope: MessageEnvelope,
        priority: u8,
    ) -> Result<DeliveryReceipt> {
        self.send_for(source, destination, Outgoing::new(envelope.with_priority(priority))).await
    }

    /// [`send`](Self::send) on another account than the source's.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_with_audit(
        &self,
        source: KernelId,
        destination: KernelId,
        envelope: MessageEnvelope,
        audit_tag: AuditTag,
    ) -> Result<DeliveryReceipt> {
        let outgoing = Outgoing { audit_tag: Some(audit_tag), ..Outgoing::new(envelope) };
        self.send_for(source, destination, outgoing).await
    }

    /// Takes the messages that were accepted and then could not be delivered: those that waited at an endpoint that left, and
    /// those whose deadline passed before they were taken. The newest 1,024 are kept.
    pub fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.dead_letters.take()
    }

    /// Reports that a message which a port took cannot be delivered after all: it becomes a dead letter, and its sender's receipt
    /// says so.
    pub fn report_undelivered(&self, message: K2KMessage, status: DeliveryStatus, reason: DeadLetterReason) {
        self.settle(message.tenant_id(), &message.source, &message.id, status);
        self.dead_letters.push(DeadLetter {
            envelope: message.envelope,
            kernel: Some(message.destination),
            reason,
            at_ns: clock::now_ns(),
        });
    }

    async fn send_for(
        &self,
        source: KernelId,
        destination: KernelId,
        mut outgoing: Outgoing,
    ) -> Result<DeliveryReceipt> {
        let member = match self.only(&source) {
            Some(member) => member,
            None if self.is_registered(&source) => {
                return Err(RingKernelError::InvalidConfig(format!(
                    "several tenants have a kernel `{source}`; send through its endpoint, or through the tenant's sub-broker"
                )));
            }
            None => {
                outgoing.source = Some(source);
                self.outside.clone()
            }
        };
        self.deliver(&member, &destination, outgoing).await
    }

    /// Sends from a kernel of this tenant, or from a name that nobody in it has registered.
    pub(super) async fn send_within(
        &self,
        tenant: u64,
        source: KernelId,
        destination: KernelId,
        mut outgoing: Outgoing,
    ) -> Result<DeliveryReceipt> {
        let member = match self.names.get(tenant, source.as_str()) {
            Some(member) => member,
            None if tenant == UNSPECIFIED_TENANT => {
                outgoing.source = Some(source);
                self.outside.clone()
            }
            None => {
                let available = self.registered_kernels_for(tenant).iter().map(KernelId::to_string).collect();
                return Err(RingKernelError::KernelNotFound {
                    id: source.to_string(),
                    available,
                    nearest: None,
                });
            }
        };
        self.deliver(&member, &destination, outgoing).await
    }

    /// Gives a message to its destination, waiting for room for as long as the options say.
    pub(super) async fn deliver(
        &self,
        from: &Arc<Member>,
        destination: &KernelId,
        outgoing: Outgoing,
    ) -> Result<DeliveryReceipt> {
        match self.attempt(from, destination, outgoing) {
            Attempt::Accepted(receipt) => Ok(receipt),
            Attempt::Refused(refusal) => receipt_of(refusal),
            Attempt::Full(outgoing, member) => self.deliver_later(from, destination, outgoing, member).await,
        }
    }

    /// Gives a message to its destination now, or hands it back.
    pub(super) fn deliver_now(
        &self,
        from: &Arc<Member>,
        destination: &KernelId,
        outgoing: Outgoing,
    ) -> Result<DeliveryReceipt, K2KRefused> {
        match self.attempt(from, destination, outgoing) {
            Attempt::Accepted(receipt) => Ok(receipt),
            Attempt::Refused(refusal) => Err(refusal),
            Attempt::Full(outgoing, _) => {
                Err(self.give_up(from, destination, outgoing, DeliveryStatus::QueueFull))
            }
        }
    }

    #[cold]
    async fn deliver_later(
        &self,
        from: &Arc<Member>,
        destination: &KernelId,
        outgoing: Outgoing,
        mut full: Arc<Member>,
    ) -> Result<DeliveryReceipt> {
        let limit = self.config.delivery_timeout();
        if limit.is_zero() {
            return receipt_of(self.give_up(from, destination, outgoing, DeliveryStatus::QueueFull));
        }
        let deadline = timer::after(limit);
        let mut waiting = Some(outgoing);
        loop {
            // An answer, or that the name is another member's by now.
            let mut attempt = || match self.attempt(from, destination, waiting.take()?) {
                Attempt::Full(outgoing, member) => {
                    waiting = Some(outgoing);
                    (!Arc::ptr_eq(&member, &full)).then_some(Err(member))
                }
                Attempt::Accepted(receipt) => Some(Ok(Ok(receipt))),
                Attempt::Refused(refusal) => Some(Ok(receipt_of(refusal))),
            };
            let done = match &full.target {
                Target::Inbox(inbox) => timer::timeout_at(deadline, inbox.when_room(attempt)).await,
                Target::Port(port) => {
                    timer::timeout_at(deadline, async {
                        loop {
                            port.room().await;
                            if let Some(done) = attempt() {
                                break done;
                            }
                        }
                    })
                    .await
                }
                Target::Nowhere => Err(timer::Elapsed),
            };
            match (done, waiting.take()) {
                (Ok(Ok(result)), _) => return result,
                (Ok(Err(member)), outgoing) => (full, waiting) = (member, outgoing),
                (Err(timer::Elapsed), Some(outgoing)) => {
                    return receipt_of(self.give_up(from, destination, outgoing, DeliveryStatus::Timeout));
                }
                (Err(timer::Elapsed), None) => unreachable!("a message that has gone is an answer"),
            }
        }
    }

    /// Passes on a message that a hop has got.
    pub(super) async fn pass_on(&self, from: &Arc<Member>, message: K2KMessage) -> Result<DeliveryReceipt> {
        let (tenant, id) = (message.tenant_id(), message.id);
        let K2KMessage { source, destination, mut envelope, hops, priority, .. } = message;
        envelope.header.priority = priority;
        let outgoing = Outgoing {
            envelope,
            audit_tag: None,
            source: Some(source.clone()),
            hops: hops.saturating_add(1),
            stage: Stage::PassedOn,
        };
        let passed_on = if tenant != from.tenant {
            let error = self.cross_tenant(from, &destination, &outgoing, tenant);
            self.give_up(from, &destination, outgoing, DeliveryStatus::TenantMismatch);
            Err(error)
        } else {
            self.deliver(from, &destination, outgoing).await
        };
        let status = match &passed_on {
            Ok(receipt) => receipt.status,
            Err(_) => DeliveryStatus::TenantMismatch,
        };
        self.settle(tenant, &source, &id, status);
        passed_on
    }
}

/// What the sender of a refused message is told.
fn receipt_of(refusal: K2KRefused) -> Result<DeliveryReceipt> {
    match refusal.reason {
        RefusalReason::Undelivered(receipt) => Ok(receipt),
        RefusalReason::Refused(error) => Err(error),
    }
}
