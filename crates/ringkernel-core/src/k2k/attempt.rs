//! One attempt to give a message to its destination, the path of every message.
//!
//! The sender's lane is claimed for the length of it: a few loads and stores, among them the push into the inbox. Nothing of the
//! user's runs meanwhile, so ports, wakers and audit sinks are called afterwards, and names are looked up and forgotten before. No lock is
//! taken and nothing is allocated, but where the sender meets a name for the first time or the message is refused.

use std::sync::Arc;
use std::task::Waker;

use ringkernel_abi::{AuditTag, HlcTimestamp, MessageId, TenantId};

use super::broker::K2KBroker;
use super::member::{Lane, Member, Target};
use super::message::{K2KMessage, Parcel};
use super::port::K2KPort;
use super::receipt::{DeliveryReceipt, DeliveryStatus, Record, RefusalReason};
use super::tenant::{Admission, AdmissionError, CrossTenantAttempt};
use super::way::NoWay;
use crate::clock;
use crate::error::RingKernelError;
use crate::hlc::HlcClock;
use crate::message::MessageEnvelope;
use crate::queue::ring::mailbox::Refusal;
use crate::runtime::KernelId;

/// A message that a member wants to send.
pub(super) struct Outgoing {
    pub(super) envelope: MessageEnvelope,
    /// The account, where it is another than the member's.
    pub(super) audit_tag: Option<AuditTag>,
    /// Who sent it first, where that is another than the member.
    pub(super) source: Option<KernelId>,
    /// Hops so far.
    pub(super) hops: u8,
    pub(super) stage: Stage,
}

/// Whether a message counts against what its tenant may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It was counted, on a device, or is part of what was.
    Already,
    NotYet,
}

/// What has been done for a message, so that another attempt does not do it again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    New,
    /// It counts against its tenant's quota already, and has no header yet.
    Prepaid,
    /// It comes from another member, whose header it keeps. It counts as a message of who passes it on, too.
    PassedOn,
    /// It has its header.
    Stamped,
    /// It counts against its tenant's quota.
    Admitted,
}

impl Outgoing {
    #[inline(always)]
    pub(super) fn new(envelope: MessageEnvelope) -> Self {
        Self { envelope, audit_tag: None, source: None, hops: 0, stage: Stage::New }
    }
}

/// What came of an attempt. Where nobody has the message, it is still where it was.
pub(super) enum Attempt {
    /// Somebody has the message.
    Accepted(Accepted),
    /// Nobody will get it.
    Refused(RefusalReason),
    /// There is no room at this member's.
    Full(Arc<Member>),
}

/// A message that somebody has.
#[derive(Debug)]
pub(super) struct Accepted {
    message_id: MessageId,
    /// `None` where it is the sender itself.
    source: Option<KernelId>,
    status: DeliveryStatus,
    timestamp: HlcTimestamp,
    hops: u8,
}

impl Accepted {
    #[inline]
    fn of(outgoing: &Outgoing, status: DeliveryStatus, hops: u8) -> Self {
        let header = &outgoing.envelope.header;
        let (message_id, timestamp) = (header.message_id, header.timestamp);
        Self { message_id, source: outgoing.source.clone(), status, timestamp, hops }
    }

    #[inline]
    fn record(&self, destination: KernelId) -> Record {
        Record {
            message_id: self.message_id,
            source: self.source.clone(),
            destination,
            status: self.status,
            timestamp: self.timestamp,
        }
    }

    /// What the sender is told.
    #[inline]
    pub(super) fn into_receipt(self, from: &Member, destination: KernelId) -> DeliveryReceipt {
        DeliveryReceipt {
            message_id: self.message_id,
            source: self.source.unwrap_or_else(|| from.name.clone()),
            destination,
            status: self.status,
            timestamp: self.timestamp,
        }
    }
}

/// What is left to do when the lane is free again. It is small, because every message passes through it.
enum Step {
    Accepted(Accepted, Option<Waker>),
    Port(Arc<dyn K2KPort>, Arc<Member>, u8),
    Full(Arc<Member>),
    NoWay(NoWay),
    Inadmissible(AdmissionError),
    Gone,
}

/// A message that an attempt takes out when somebody has it, and only then.
pub(super) type Slot = Option<Outgoing>;

impl K2KBroker {
    /// Tries once to give a message to its destination. What is refused for good is in the sender's receipts.
    pub(super) fn attempt(&self, from: &Arc<Member>, destination: &KernelId, slot: &mut Slot) -> Attempt {
        let step = loop {
            if let Some(step) = from.lane.own(|lane| self.step(from, lane, destination, slot)) {
                break step;
            }
            // Who closes an inbox has taken its name away before, so that looking again does not find it. Other threads of the sender cannot keep
            // it from its way: names have to change for another look.
            match self.look_up(from, destination, slot) {
                Ok(Some(step)) => break step,
                Ok(None) => {}
                Err(why) => break Step::NoWay(why),
            }
        };
        match step {
            Step::Accepted(accepted, receiver) => {
                if let Some(receiver) = receiver {
                    receiver.wake();
                }
                self.trace(from, destination, &accepted);
                Attempt::Accepted(accepted)
            }
            Step::Port(port, member, hops) => self.through_port(from, &port, member, destination, slot, hops),
            Step::Full(member) => Attempt::Full(member),
            Step::NoWay(why) => self.no_way(from, destination, slot, why),
            Step::Inadmissible(error) => {
                let tag = slot.as_ref().map_or(from.audit_tag, |outgoing| outgoing.envelope.header.audit_tag);
                self.registry.audit_refusal(error, tag);
                Attempt::Refused(RefusalReason::Refused(error.into()))
            }
            Step::Gone => {
                let error = RingKernelError::KernelTerminated { kernel: from.name.to_string() };
                Attempt::Refused(RefusalReason::Refused(error))
            }
        }
    }

    /// Has a sender know the way to a name, and go it at once, before another of its threads has it remember another one in the same place.
    #[cold]
    fn look_up(
        &self,
        from: &Arc<Member>,
        destination: &KernelId,
        slot: &mut Slot,
    ) -> Result<Option<Step>, NoWay> {
        // Read before the names, so that a way that changes meanwhile is not taken for one of the newer generation.
        let generation = self.generation();
        let found = self.find_way(from.tenant, destination);
        let missing = found.as_ref().err().copied();
        let (step, forgotten) = from.lane.own(|lane| match found {
            Ok(way) if lane.open => {
                let forgotten = lane.ways.remember(generation, destination, way);
                (self.step(from, lane, destination, slot), Ok(forgotten))
            }
            // Who has left remembers nobody.
            Ok(way) => (Some(Step::Gone), Err(way)),
            // Nor does it keep those who have left, whom it would find no more.
            Err(_) => (None, Ok(lane.ways.turn_to(generation))),
        });
        drop(forgotten);
        missing.map_or(Ok(step), Err)
    }

    /// Gives up a message, with a receipt.
    pub(super) fn give_up(
        &self,
        from: &Member,
        destination: &KernelId,
        slot: &Slot,
        status: DeliveryStatus,
    ) -> RefusalReason {
        let outgoing = slot.as_ref().expect("a message that nobody has taken is where it was");
        let given_up = Accepted::of(outgoing, status, outgoing.hops);
        self.write_down(from, given_up.record(destination.clone()));
        self.trace(from, destination, &given_up);
        RefusalReason::Undelivered(given_up.into_receipt(from, destination.clone()))
    }

    /// `None` where the sender knows no way of this generation, or one that has just come to its end.
    ///
    /// One copy of it, so that what it is made of is inlined and the message goes to its place at once.
    #[inline(never)]
    fn step(
        &self,
        from: &Arc<Member>,
        lane: &mut Lane,
        destination: &KernelId,
        slot: &mut Slot,
    ) -> Option<Step> {
        let Some(outgoing) = slot.as_mut() else { return Some(Step::Gone) };
        if !lane.open {
            return Some(Step::Gone);
        }
        if matches!(outgoing.stage, Stage::New | Stage::Prepaid) {
            stamp(from, &mut lane.clock, outgoing);
        }
        let way = lane.ways.to(self.generation(), destination)?;
        let hops = outgoing.hops.saturating_add(way.hops);
        if hops > self.max_hops {
            return Some(Step::NoWay(NoWay::TooManyHops));
        }
        // Who passes a message on and is the end of its way has no further one.
        if outgoing.hops > 0 && Arc::ptr_eq(&way.member, from) {
            return Some(Step::NoWay(NoWay::NotFound));
        }
        if outgoing.stage != Stage::Admitted {
            let tag = outgoing.envelope.header.audit_tag;
            let look_up = || self.admission(from, tag);
            match lane.admissions.admit(self.registry.generation(), tag, look_up) {
                Ok(()) => outgoing.stage = Stage::Admitted,
                Err(error) => return Some(Step::Inadmissible(error)),
            }
        }
        let inbox = match &way.member.target {
            Target::Inbox(inbox) => inbox,
            Target::Port(port) => return Some(Step::Port(port.clone(), way.member.clone(), way.hops)),
            Target::Nowhere => return Some(Step::NoWay(NoWay::NotFound)),
        };
        let is_direct = way.hops == 0;
        let status = if is_direct { DeliveryStatus::Delivered } else { DeliveryStatus::Pending };
        let to = (!is_direct).then(|| destination.clone());
        let accepted = Accepted::of(outgoing, status, hops);
        let pushed = inbox.push(outgoing.envelope.header.priority, || {
            let source = outgoing.source.take().unwrap_or_else(|| from.name.clone());
            Parcel::pack(&mut outgoing.envelope, source, to, hops)
        });
        match pushed {
            Ok(receiver) => {
                *slot = None;
                lane.delivered += u64::from(is_direct);
                lane.receipts.push(accepted.record(destination.clone()));
                Some(Step::Accepted(accepted, receiver))
            }
            Err(Refusal::Full) => Some(Step::Full(way.member.clone())),
            Err(Refusal::Closed) => None,
        }
    }

    fn through_port(
        &self,
        from: &Arc<Member>,
        port: &Arc<dyn K2KPort>,
        member: Arc<Member>,
        destination: &KernelId,
        slot: &mut Slot,
        way_hops: u8,
    ) -> Attempt {
        let outgoing = slot.take().expect("a message that nobody has taken is where it was");
        let is_direct = way_hops == 0;
        let status = if is_direct { DeliveryStatus::Delivered } else { DeliveryStatus::Pending };
        let hops = outgoing.hops + way_hops;
        let accepted = Accepted::of(&outgoing, status, hops);
        // A record first: whoever has the message may settle it before `deliver` returns.
        self.write_down(from, accepted.record(destination.clone()));
        let source = outgoing.source.unwrap_or_else(|| from.name.clone());
        let message = K2KMessage::new(source, destination.clone(), outgoing.envelope, accepted.timestamp);
        match port.deliver(K2KMessage { hops, ..message }) {
            Ok(()) => {
                if is_direct {
                    self.count_delivered(from);
                }
                self.trace(from, destination, &accepted);
                Attempt::Accepted(accepted)
            }
            Err((message, status)) => {
                self.strike_out(from, &message.id);
                *slot = Some(Outgoing {
                    envelope: message.envelope,
                    audit_tag: outgoing.audit_tag,
                    source: accepted.source,
                    hops: outgoing.hops,
                    stage: Stage::Admitted,
                });
                match status {
                    DeliveryStatus::QueueFull => Attempt::Full(member),
                    status => Attempt::Refused(self.give_up(from, destination, slot, status)),
                }
            }
        }
    }

    #[cold]
    fn no_way(&self, from: &Member, destination: &KernelId, slot: &Slot, why: NoWay) -> Attempt {
        let status = match why {
            NoWay::NotFound => DeliveryStatus::NotFound,
            NoWay::TooManyHops => DeliveryStatus::MaxHopsExceeded,
            NoWay::OtherTenant(to) => {
                let error = self.cross_tenant(from, destination, slot, to);
                self.give_up(from, destination, slot, DeliveryStatus::TenantMismatch);
                return Attempt::Refused(RefusalReason::Refused(error));
            }
        };
        Attempt::Refused(self.give_up(from, destination, slot, status))
    }

    /// Counts a message that would have crossed, and puts it on record.
    pub(super) fn cross_tenant(
        &self,
        from: &Member,
        destination: &KernelId,
        slot: &Slot,
        to: TenantId,
    ) -> RingKernelError {
        let outgoing = slot.as_ref();
        self.count_rejection();
        self.registry.audit_cross_tenant(CrossTenantAttempt {
            from: from.tenant,
            to,
            source: outgoing
                .and_then(|outgoing| outgoing.source.clone())
                .unwrap_or_else(|| from.name.clone()),
            destination: destination.clone(),
            audit_tag: outgoing.map_or(from.audit_tag, |outgoing| outgoing.envelope.header.audit_tag),
            at_ns: clock::now_ns(),
        });
        RingKernelError::TenantMismatch { from: from.tenant, to }
    }

    fn admission(&self, from: &Member, audit_tag: AuditTag) -> Result<Admission, AdmissionError> {
        match self.registry.admission(from.tenant, audit_tag) {
            Err(AdmissionError::UnknownTenant(_)) if !self.knows_tenants => Ok(Admission::unlimited()),
            known => known,
        }
    }

    #[inline]
    fn trace(&self, from: &Member, destination: &KernelId, message: &Accepted) {
        if self.config.enable_tracing {
            tracing::debug!(
                target: "ringkernel::k2k",
                id = %message.message_id,
                source = %message.source.as_ref().unwrap_or(&from.name),
                destination = %destination,
                tenant = from.tenant,
                hops = message.hops,
                status = ?message.status,
                "message between kernels"
            );
        }
    }
}

/// Writes into the header what the broker knows and a sender cannot claim, and what every message has.
#[inline]
fn stamp(from: &Member, ticks: &mut HlcClock, outgoing: &mut Outgoing) {
    let header = &mut outgoing.envelope.header;
    header.tenant_id = from.tenant;
    header.audit_tag = outgoing.audit_tag.unwrap_or(from.audit_tag);
    header.timestamp = ticks.tick_alone_from(clock::now_ns(), from.heard());
    if header.message_id.is_nil() {
        header.message_id = MessageId::generate();
    }
    outgoing.stage = if outgoing.stage == Stage::Prepaid { Stage::Admitted } else { Stage::Stamped };
}
