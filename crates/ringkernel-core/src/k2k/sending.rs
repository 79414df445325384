//! Sending by name on behalf of a registered kernel, and reporting what could not be delivered after all.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ringkernel_abi::{AuditTag, CorrelationId, TenantId, UNSPECIFIED_TENANT};
use tokio::task::coop;

use super::attempt::{Attempt, Outgoing, Slot, Stage};
use super::broker::K2KBroker;
use super::inbox::LOOK_AGAIN;
use super::member::{Member, Target};
use super::message::K2KMessage;
use super::receipt::{DeliveryReceipt, DeliveryStatus, K2KRefused, RefusalReason};
use crate::clock;
use crate::dead_letter::{DeadLetter, DeadLetterReason};
use crate::error::{Result, RingKernelError};
use crate::message::MessageEnvelope;
use crate::runtime::{BoxFuture, KernelId};
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

    /// Tells the port of a kernel that a message from there will have no answer, and why. A kernel that is an endpoint hears nothing: it
    /// has no other way than messages.
    pub fn report_unanswered(
        &self,
        tenant: TenantId,
        source: &KernelId,
        correlation: CorrelationId,
        error: RingKernelError,
    ) {
        if let Some(member) = self.names.get(tenant, source.as_str())
            && let Target::Port(port) = &member.target
        {
            port.unanswered(correlation, error);
        }
    }

    /// Keeps a message that is not passed on.
    fn bury(&self, outgoing: Slot, destination: KernelId) {
        if let Some(Outgoing { envelope, .. }) = outgoing {
            let (kernel, reason) = (Some(destination), DeadLetterReason::KernelTerminated);
            self.dead_letters.push(DeadLetter { envelope, kernel, reason, at_ns: clock::now_ns() });
        }
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
        Sending::new(self, &member, destination, outgoing).await
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
        Sending::new(self, &member, destination, outgoing).await
    }

    /// Gives a message to its destination now, or hands it back.
    #[inline(always)]
    pub(super) fn deliver_now(
        &self,
        from: &Arc<Member>,
        destination: &KernelId,
        outgoing: Outgoing,
    ) -> Result<DeliveryReceipt, K2KRefused> {
        let mut slot = Some(outgoing);
        let reason = match self.attempt(from, destination, &mut slot) {
            Attempt::Accepted(accepted) => return Ok(accepted.into_receipt(from, destination.clone())),
            Attempt::Refused(reason) => reason,
            Attempt::Full(_) => self.give_up(from, destination, &slot, DeliveryStatus::QueueFull),
        };
        let outgoing = slot.expect("a message that nobody has taken is where it was");
        Err(K2KRefused { envelope: outgoing.envelope, reason })
    }

    #[cold]
    async fn deliver_later(
        &self,
        from: &Arc<Member>,
        destination: KernelId,
        mut slot: Slot,
        mut full: Arc<Member>,
    ) -> Result<DeliveryReceipt> {
        let limit = self.config.delivery_timeout();
        if limit.is_zero() {
            return receipt_of(self.give_up(from, &destination, &slot, DeliveryStatus::QueueFull));
        }
        let deadline = timer::after(limit);
        loop {
            // An answer, or that the name is another member's by now.
            let mut attempt = || match self.attempt(from, &destination, &mut slot) {
                Attempt::Full(member) => (!Arc::ptr_eq(&member, &full)).then_some(Err(member)),
                Attempt::Accepted(accepted) => Some(Ok(Ok(accepted))),
                Attempt::Refused(reason) => Some(Ok(Err(reason))),
            };
            let done = match &full.target {
                Target::Inbox(inbox) => {
                    let look = timer::after(LOOK_AGAIN);
                    match timer::timeout_at(deadline.min(look), inbox.when_room(attempt)).await {
                        Err(timer::Elapsed) if look < deadline => continue,
                        done => done,
                    }
                }
                Target::Port(port) => {
                    let tried = async {
                        loop {
                            port.room().await;
                            if let Some(done) = attempt() {
                                break done;
                            }
                        }
                    };
                    timer::timeout_at(deadline, tried).await
                }
                Target::Nowhere => Err(timer::Elapsed),
            };
            match done {
                Ok(Ok(Ok(accepted))) => return Ok(accepted.into_receipt(from, destination)),
                Ok(Ok(Err(reason))) => return receipt_of(reason),
                Ok(Err(member)) => full = member,
                Err(timer::Elapsed) => {
                    // There may be room of which nobody has been told.
                    match self.attempt(from, &destination, &mut slot) {
                        Attempt::Accepted(accepted) => return Ok(accepted.into_receipt(from, destination)),
                        Attempt::Refused(reason) => return receipt_of(reason),
                        Attempt::Full(_) => {}
                    }
                    return receipt_of(self.give_up(from, &destination, &slot, DeliveryStatus::Timeout));
                }
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
        if tenant != from.tenant {
            let slot = Some(outgoing);
            let error = self.cross_tenant(from, &destination, &slot, tenant);
            self.bury(slot, destination);
            // Whom a message claims to be from is nothing to go by across tenants: its sender's receipt stays as it is.
            return Err(error);
        }
        let passed_on = Sending::new(self, from, destination, outgoing).await;
        let status = match &passed_on {
            Ok(receipt) => receipt.status,
            Err(RingKernelError::TenantMismatch { .. }) => DeliveryStatus::TenantMismatch,
            Err(_) => DeliveryStatus::NotFound,
        };
        self.settle(tenant, &source, &id, status);
        passed_on
    }
}

/// Future of [`K2KEndpoint::send`](super::K2KEndpoint::send). It is as small as its message, so that moving it is cheap; what waiting for
/// room needs is allocated by those who wait.
#[must_use = "nothing is sent unless this is awaited"]
pub struct Sending<'a> {
    broker: &'a K2KBroker,
    from: &'a Arc<Member>,
    destination: Option<KernelId>,
    slot: Slot,
    later: Option<BoxFuture<'a, Result<DeliveryReceipt>>>,
}

impl<'a> Sending<'a> {
    #[inline(always)]
    pub(super) fn new(
        broker: &'a K2KBroker,
        from: &'a Arc<Member>,
        destination: KernelId,
        outgoing: Outgoing,
    ) -> Self {
        Self { broker, from, destination: Some(destination), slot: Some(outgoing), later: None }
    }
}

impl Future for Sending<'_> {
    type Output = Result<DeliveryReceipt>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { broker, from, destination, slot, later } = self.get_mut();
        let (broker, from) = (*broker, *from);
        if destination.is_some() {
            // A task that sends and sends gives way to others.
            ready!(coop::poll_proceed(context)).made_progress();
        }
        if let Some(destination) = destination.take() {
            match broker.attempt(from, &destination, slot) {
                Attempt::Accepted(accepted) => {
                    return Poll::Ready(Ok(accepted.into_receipt(from, destination)));
                }
                Attempt::Refused(reason) => return Poll::Ready(receipt_of(reason)),
                Attempt::Full(member) => {
                    *later = Some(Box::pin(broker.deliver_later(from, destination, slot.take(), member)));
                }
            }
        }
        let later = later.as_mut().expect("a future that is ready is not polled again");
        later.as_mut().poll(context)
    }
}

impl fmt::Debug for Sending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("from", &self.from.name).finish_non_exhaustive()
    }
}

/// What the sender of a refused message is told.
fn receipt_of(reason: RefusalReason) -> Result<DeliveryReceipt> {
    match reason {
        RefusalReason::Undelivered(receipt) => Ok(receipt),
        RefusalReason::Refused(error) => Err(error),
    }
}
