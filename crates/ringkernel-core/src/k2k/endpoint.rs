//! The ends of a registered name: what sends, what receives, and what keeps the name.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ringkernel_abi::{AuditTag, TenantId};

use super::attempt::{Attempt, Outgoing, Slot};
use super::broker::K2KBroker;
use super::inbox::{Outlet, inbox};
use super::member::{Member, Target};
use super::message::{K2KMessage, Parcel};
use super::receipt::{DeliveryReceipt, DeliveryStatus, K2KRefused, RefusalReason};
use super::sending::Sending;
use crate::clock;
use crate::dead_letter::DeadLetterReason;
use crate::error::Result;
use crate::message::MessageEnvelope;
use crate::runtime::KernelId;

/// Sends under a registered name. Cheap to clone; it sends nothing once the name is no longer registered. Who has it can act for this
/// name and no other: it does not give its broker away.
#[derive(Clone)]
pub struct K2KSender {
    broker: Arc<K2KBroker>,
    member: Arc<Member>,
}

impl K2KSender {
    pub(super) fn of(broker: Arc<K2KBroker>, member: Arc<Member>) -> Self {
        Self { broker, member }
    }

    /// The name.
    pub fn id(&self) -> &KernelId {
        &self.member.name
    }

    /// The tenant.
    pub fn tenant_id(&self) -> TenantId {
        self.member.tenant
    }

    /// On whose account its messages are.
    pub fn audit_tag(&self) -> AuditTag {
        self.member.audit_tag
    }

    /// Sends a message with the priority of its envelope. Waits for room in a full inbox, at most for
    /// [`K2KConfig::delivery_timeout_ms`](super::K2KConfig::delivery_timeout_ms). A future that is dropped before it is ready has
    /// not sent its message, and drops it.
    ///
    /// The receipt says whether somebody has the message ([`DeliveryStatus::is_accepted`]). The sender's tenant and audit tag are
    /// written into the header, over whatever stands there.
    ///
    /// # Errors
    /// [`TenantMismatch`](crate::RingKernelError::TenantMismatch) when only another tenant has a kernel of this name,
    /// and not the sender's own until lately (see [`K2KBroker`](super::K2KBroker)),
    /// [`QuotaExceeded`](crate::RingKernelError::QuotaExceeded) when the tenant has used up its messages or the budget of the
    /// engagement, [`InvalidConfig`](crate::RingKernelError::InvalidConfig) when the tenant is not registered where it has to be,
    /// [`KernelTerminated`](crate::RingKernelError::KernelTerminated) when the sender itself is no longer registered.
    #[inline(always)]
    pub fn send(&self, destination: KernelId, envelope: MessageEnvelope) -> Sending<'_> {
        Sending::new(&self.broker, &self.member, destination, Outgoing::new(envelope))
    }

    /// [`send`](Self::send) with another priority than the envelope's.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_priority(
        &self,
        destination: KernelId,
        envelope: MessageEnvelope,
        priority: u8,
    ) -> Sending<'_> {
        self.send(destination, envelope.with_priority(priority))
    }

    /// [`send`](Self::send) on another account.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_with_audit(
        &self,
        destination: KernelId,
        envelope: MessageEnvelope,
        audit_tag: AuditTag,
    ) -> Sending<'_> {
        let outgoing = Outgoing { audit_tag: Some(audit_tag), ..Outgoing::new(envelope) };
        Sending::new(&self.broker, &self.member, destination, outgoing)
    }

    /// Sends a message now, or hands it back.
    ///
    /// # Errors
    /// [`K2KRefused`], with the message and the reason.
    #[inline(always)]
    pub fn try_send(
        &self,
        destination: &KernelId,
        envelope: MessageEnvelope,
    ) -> Result<DeliveryReceipt, K2KRefused> {
        self.broker.deliver_now(&self.member, destination, Outgoing::new(envelope))
    }

    /// Tries once, and leaves a message that nobody takes where it is.
    pub(super) fn attempt(&self, destination: &KernelId, slot: &mut Slot) -> Attempt {
        self.broker.attempt(&self.member, destination, slot)
    }

    /// Gives up a message, with a receipt.
    pub(super) fn give_up(&self, destination: &KernelId, slot: Slot, status: DeliveryStatus) -> K2KRefused {
        let reason = self.broker.give_up(&self.member, destination, &slot, status);
        self.refused(slot, reason)
    }

    /// A message that nobody takes.
    pub(super) fn refused(&self, slot: Slot, reason: RefusalReason) -> K2KRefused {
        let outgoing = slot.expect("a message that nobody has taken is where it was");
        K2KRefused { envelope: outgoing.envelope, reason }
    }

    /// How many messages wait at a kernel of this tenant: in the inbox of an endpoint, or as a port tells. `None` where there is no
    /// such kernel.
    pub fn pending_at(&self, kernel: &KernelId) -> Option<usize> {
        self.broker.find_way(self.member.tenant, kernel).ok().map(|way| way.member.pending())
    }

    /// Passes on a message that this kernel got as a hop of its route: to its destination, or to the next hop. It keeps its source,
    /// its id and its account and takes one hop more; the receipt of its sender becomes what this one says. It counts as a message of
    /// this kernel's tenant again, and within a tenant hops are trusted to pass on what they got.
    ///
    /// # Errors
    /// [`TenantMismatch`](crate::RingKernelError::TenantMismatch) when the message belongs to another tenant than this kernel, which
    /// can be where it takes messages from several brokers; otherwise as [`send`](Self::send).
    pub async fn forward(&self, message: K2KMessage) -> Result<DeliveryReceipt> {
        self.broker.pass_on(&self.member, message).await
    }
}

impl K2KSender {
    /// The message in a parcel, unless it is too late for it.
    #[inline(always)]
    fn open(&self, parcel: Parcel) -> Option<K2KMessage> {
        if parcel.deadline_ns != 0 && clock::now_ns() > parcel.deadline_ns {
            self.report_late(parcel);
            return None;
        }
        self.member.hear(&parcel.sent_at);
        Some(parcel.into_message(&self.member.name))
    }

    #[cold]
    fn report_late(&self, parcel: Parcel) {
        let (message, reason) = (parcel.into_message(&self.member.name), DeadLetterReason::Expired);
        self.broker.report_undelivered(message, DeliveryStatus::Timeout, reason);
    }
}

impl fmt::Debug for K2KSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("K2KSender")
            .field("id", self.id())
            .field("tenant", &self.tenant_id())
            .field("audit_tag", &self.audit_tag())
            .finish_non_exhaustive()
    }
}

/// A registered kernel: it sends and receives under its name, which is free again when the endpoint is dropped. Messages that it has not
/// taken by then become dead letters of the broker.
pub struct K2KEndpoint {
    sender: K2KSender,
    outlet: Outlet,
}

impl K2KEndpoint {
    pub(super) fn new(broker: Arc<K2KBroker>, member: Arc<Member>, outlet: Outlet) -> Self {
        Self { sender: K2KSender { broker, member }, outlet }
    }

    /// What sends under its name, to be cloned.
    pub fn sender(&self) -> &K2KSender {
        &self.sender
    }

    /// The name.
    pub fn id(&self) -> &KernelId {
        self.sender.id()
    }

    /// The tenant.
    pub fn tenant_id(&self) -> TenantId {
        self.sender.tenant_id()
    }

    /// The oldest message of the highest priority band, waiting for one. `None` once the name is no longer this endpoint's and
    /// everything was taken. A future that is dropped before it is ready has taken nothing.
    ///
    /// A message whose deadline has passed is not given out: it becomes a dead letter of the broker.
    #[inline]
    pub fn receive(&mut self) -> Receiving<'_> {
        Receiving(self)
    }

    /// The oldest message of the highest priority band, if there is one. Otherwise as [`receive`](Self::receive).
    pub fn try_receive(&mut self) -> Option<K2KMessage> {
        let Self { sender, outlet } = self;
        let mut received = None;
        while outlet.take(|parcel| received = sender.open(parcel)) && received.is_none() {}
        received
    }

    /// Messages that wait.
    pub fn pending_count(&self) -> usize {
        self.outlet.len()
    }

    /// [`K2KSender::send`].
    ///
    /// # Errors
    /// As there.
    #[inline(always)]
    pub fn send(&self, destination: KernelId, envelope: MessageEnvelope) -> Sending<'_> {
        self.sender.send(destination, envelope)
    }

    /// [`K2KSender::send_priority`].
    ///
    /// # Errors
    /// As there.
    pub fn send_priority(
        &self,
        destination: KernelId,
        envelope: MessageEnvelope,
        priority: u8,
    ) -> Sending<'_> {
        self.sender.send_priority(destination, envelope, priority)
    }

    /// [`K2KSender::try_send`].
    ///
    /// # Errors
    /// As there.
    pub fn try_send(
        &self,
        destination: &KernelId,
        envelope: MessageEnvelope,
    ) -> Result<DeliveryReceipt, K2KRefused> {
        self.sender.try_send(destination, envelope)
    }

    /// [`K2KSender::forward`].
    ///
    /// # Errors
    /// As there.
    pub async fn forward(&self, message: K2KMessage) -> Result<DeliveryReceipt> {
        self.sender.forward(message).await
    }

    /// Whether this broker has registered it.
    pub(super) fn is_of(&self, broker: &Arc<K2KBroker>) -> bool {
        Arc::ptr_eq(&self.sender.broker, broker)
    }

    /// [`K2KBroker::move_kernel`].
    pub(super) fn moved_to(mut self, tenant: TenantId, audit_tag: AuditTag) -> Self {
        let broker = self.sender.broker.clone();
        let (inbox, outlet) = inbox(broker.config.max_pending_messages);
        let moved = broker.replace(&self.sender.member, (tenant, audit_tag), Target::Inbox(inbox));
        self.give_up(DeliveryStatus::TenantMismatch, DeadLetterReason::TargetNotFound);
        Self::new(broker, moved, outlet)
    }

    /// Reports what nobody will take.
    fn give_up(&mut self, status: DeliveryStatus, reason: DeadLetterReason) {
        let (broker, name) = (&self.sender.broker, &self.sender.member.name);
        self.outlet.close(|parcel| broker.report_undelivered(parcel.into_message(name), status, reason));
    }
}

/// Future of [`K2KEndpoint::receive`].
#[must_use = "nothing is received unless this is awaited"]
#[derive(Debug)]
pub struct Receiving<'a>(&'a mut K2KEndpoint);

impl Future for Receiving<'_> {
    type Output = Option<K2KMessage>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let K2KEndpoint { sender, outlet } = &mut *self.0;
        // A message is large, and here it is where it is returned.
        let mut received = None;
        while ready!(outlet.poll_take(context, |parcel| received = sender.open(parcel))) && received.is_none()
        {
        }
        Poll::Ready(received)
    }
}

impl Drop for K2KEndpoint {
    fn drop(&mut self) {
        self.sender.broker.remove(&self.sender.member);
        self.give_up(DeliveryStatus::NotFound, DeadLetterReason::KernelTerminated);
    }
}

impl fmt::Debug for K2KEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("K2KEndpoint")
            .field("id", self.id())
            .field("tenant", &self.tenant_id())
            .field("pending", &self.pending_count())
            .finish_non_exhaustive()
    }
}

/// A kernel whose messages go to a port. Its name is free again when the attachment is dropped.
#[derive(Debug)]
pub struct K2KAttachment {
    sender: K2KSender,
}

impl K2KAttachment {
    pub(super) fn new(broker: Arc<K2KBroker>, member: Arc<Member>) -> Self {
        Self { sender: K2KSender { broker, member } }
    }

    /// What sends under its name, to be cloned.
    pub fn sender(&self) -> &K2KSender {
        &self.sender
    }
}

impl Drop for K2KAttachment {
    fn drop(&mut self) {
        self.sender.broker.remove(&self.sender.member);
    }
}
