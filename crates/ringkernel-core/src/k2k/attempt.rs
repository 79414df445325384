//! One attempt to give a message to its destination, the path of every message.
//!
//! The sender's lane is claimed for the length of it: a few loads and stores, among them the push into the inbox. Nothing of the
//! user's runs meanwhile, so ports, wakers and audit sinks are called afterwards. No lock is taken and nothing is allocated, but where
//! the sender meets a name for the first time or the message is refused.

use std::sync::Arc;

use ringkernel_abi::{AuditTag, MessageId};

use super::broker::K2KBroker;
use super::inbox::Inbox;
use super::member::{Lane, Member, Target};
use super::message::{K2KMessage, Parcel};
use super::port::K2KPort;
use super::receipt::{DeliveryReceipt, DeliveryStatus, K2KRefused, Record, RefusalReason};
use super::tenant::{Admission, AdmissionError, CrossTenantAttempt};
use super::way::NoWay;
use crate::clock;
use crate::error::RingKernelError;
use crate::message::MessageEnvelope;
use crate::queue::ring::PushError;
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

/// What has been done for a message, so that another attempt does not do it again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    New,
    /// It comes from another member, whose header it keeps.
    PassedOn,
    /// It has its header.
    Stamped,
    /// It counts against its tenant's quota.
    Admitted,
}

impl Outgoing {
    pub(super) fn new(envelope: MessageEnvelope) -> Self {
        Self { envelope, audit_tag: None, source: None, hops: 0, stage: Stage::New }
    }
}

/// What came of an attempt.
pub(super) enum Attempt {
    /// Somebody has the message.
    Accepted(DeliveryReceipt),
    /// Nobody will get it.
    Refused(K2KRefused),
    /// There is no room at this member's.
    Full(Outgoing, Arc<Member>),
}

/// What is left to do when the lane is free again.
enum Step {
    Accepted(Record, Option<Arc<Inbox>>),
    Port(Arc<dyn K2KPort>, Arc<Member>, K2KMessage, u8),
    Full(Outgoing, Arc<Member>),
    Closed(Outgoing),
    NoWay(Outgoing, NoWay),
    Inadmissible(Outgoing, AdmissionError),
    Gone(Outgoing),
}

impl K2KBroker {
    /// Tries once to give a message to its destination. What is refused for good is in the sender's receipts.
    pub(super) fn attempt(&self, from: &Arc<Member>, destination: &KernelId, outgoing: Outgoing) -> Attempt {
        let mut step = from.lane.own(|lane| self.step(from, lane, destination, outgoing));
        // Who closes an inbox has taken its name away before, so that looking again does not find it.
        while let Step::Closed(outgoing) = step {
            step = from.lane.own(|lane| {
                lane.ways.forget();
                self.step(from, lane, destination, outgoing)
            });
        }
        match step {
            Step::Accepted(record, awaited) => {
                if let Some(inbox) = awaited {
                    inbox.ring();
                }
                self.accepted(from, record)
            }
            Step::Closed(outgoing) => self.no_way(from, destination, outgoing, NoWay::NotFound),
            Step::Port(port, member, message, hops) => self.through_port(from, &port, member, message, hops),
            Step::Full(outgoing, member) => Attempt::Full(outgoing, member),
            Step::NoWay(outgoing, why) => self.no_way(from, destination, outgoing, why),
            Step::Inadmissible(outgoing, error) => {
                self.registry.audit_refusal(error, outgoing.envelope.header.audit_tag);
                Attempt::Refused(refused(outgoing, error.into()))
            }
            Step::Gone(outgoing) => Attempt::Refused(refused(
                outgoing,
                RingKernelError::KernelTerminated { kernel: from.name.to_string() },
            )),
        }
    }

    /// Gives up a message, with a receipt.
    pub(super) fn give_up(
        &self,
        from: &Member,
        destination: &KernelId,
        outgoing: Outgoing,
        status: DeliveryStatus,
    ) -> K2KRefused {
        let record = record(&outgoing, destination, status);
        from.lane.own(|lane| lane.receipts.push(record.clone()));
        self.trace(from, &record);
        K2KRefused {
            envelope: outgoing.envelope,
            reason: RefusalReason::Undelivered(record.into_receipt(&from.name)),
        }
    }

    #[inline]
    fn step(
        &self,
        from: &Arc<Member>,
        lane: &mut Lane,
        destination: &KernelId,
        mut outgoing: Outgoing,
    ) -> Step {
        if !lane.open {
            return Step::Gone(outgoing);
        }
        if outgoing.stage == Stage::New {
            stamp(from, &mut outgoing);
        }
        let generation = self.generation();
        let way = match lane.ways.to(generation, destination, || self.find_way(from.tenant, destination)) {
            Ok(way) => way,
            Err(why) => return Step::NoWay(outgoing, why),
        };
        let hops = outgoing.hops + way.hops;
        if hops > self.max_hops {
            return Step::NoWay(outgoing, NoWay::TooManyHops);
        }
        // Who passes a message on and is the end of its way has no further one.
        if outgoing.hops > 0 && Arc::ptr_eq(&way.member, from) {
            return Step::NoWay(outgoing, NoWay::NotFound);
        }
        if outgoing.stage == Stage::Stamped {
            let tag = outgoing.envelope.header.audit_tag;
            let look_up = || self.admission(from, tag);
            let admitted = lane.admissions.by(self.registry.generation(), tag, look_up);
            match admitted.and_then(|admission| Ok(admission.admit()?)) {
                Ok(()) => outgoing.stage = Stage::Admitted,
                Err(error) => return Step::Inadmissible(outgoing, error),
            }
        }
        match &way.member.target {
            Target::Inbox(inbox) => {
                let is_direct = way.hops == 0;
                let status = if is_direct { DeliveryStatus::Delivered } else { DeliveryStatus::Pending };
                let record = Record { hops, ..record(&outgoing, destination, status) };
                let stage = outgoing.stage;
                let parcel = Parcel {
                    header: outgoing.envelope.header,
                    payload: outgoing.envelope.payload,
                    source: outgoing.source.unwrap_or_else(|| from.name.clone()),
                    destination: (!is_direct).then(|| destination.clone()),
                    hops,
                };
                match inbox.push(parcel) {
                    Ok(is_awaited) => {
                        lane.delivered += u64::from(is_direct);
                        lane.receipts.push(record.clone());
                        Step::Accepted(record, is_awaited.then(|| inbox.clone()))
                    }
                    Err(error) => {
                        let is_closed = matches!(error, PushError::Closed(_));
                        let (PushError::Full(parcel) | PushError::Closed(parcel)) = error;
                        let outgoing = Outgoing {
                            envelope: MessageEnvelope { header: parcel.header, payload: parcel.payload },
                            audit_tag: None,
                            source: Some(parcel.source),
                            hops: hops - way.hops,
                            stage,
                        };
                        if is_closed {
                            Step::Closed(outgoing)
                        } else {
                            Step::Full(outgoing, way.member.clone())
                        }
                    }
                }
            }
            Target::Port(port) => {
                let (port, member, way_hops) = (port.clone(), way.member.clone(), way.hops);
                Step::Port(port, member, message(from, destination, outgoing, hops), way_hops)
            }
            Target::Nowhere => Step::NoWay(outgoing, NoWay::NotFound),
        }
    }

    fn through_port(
        &self,
        from: &Arc<Member>,
        port: &Arc<dyn K2KPort>,
        member: Arc<Member>,
        message: K2KMessage,
        way_hops: u8,
    ) -> Attempt {
        let is_direct = way_hops == 0;
        let record = Record {
            message_id: message.id,
            source: (message.source != from.name).then(|| message.source.clone()),
            destination: message.destination.clone(),
            status: if is_direct { DeliveryStatus::Delivered } else { DeliveryStatus::Pending },
            timestamp: message.sent_at,
            hops: message.hops,
        };
        // A record first: whoever has the message may settle it before `deliver` returns.
        from.lane.own(|lane| lane.receipts.push(record.clone()));
        match port.deliver(message) {
            Ok(()) => {
                from.lane.own(|lane| lane.delivered += u64::from(is_direct));
                self.accepted(from, record)
            }
            Err((message, status)) => {
                from.lane.own(|lane| lane.receipts.retract(&message.id));
                let destination = message.destination.clone();
                let outgoing = Outgoing {
                    envelope: message.envelope,
                    audit_tag: None,
                    source: Some(message.source),
                    hops: message.hops - way_hops,
                    stage: Stage::Admitted,
                };
                match status {
                    DeliveryStatus::QueueFull => Attempt::Full(outgoing, member),
                    status => Attempt::Refused(self.give_up(from, &destination, outgoing, status)),
                }
            }
        }
    }

    fn no_way(&self, from: &Member, destination: &KernelId, outgoing: Outgoing, why: NoWay) -> Attempt {
        let status = match why {
            NoWay::NotFound => DeliveryStatus::NotFound,
            NoWay::TooManyHops => DeliveryStatus::MaxHopsExceeded,
            NoWay::OtherTenant(to) => {
                let error = self.cross_tenant(from, destination, &outgoing, to);
                let refusal = self.give_up(from, destination, outgoing, DeliveryStatus::TenantMismatch);
                return Attempt::Refused(K2KRefused { reason: RefusalReason::Refused(error), ..refusal });
            }
        };
        Attempt::Refused(self.give_up(from, destination, outgoing, status))
    }

    /// Counts a message that would have crossed, and puts it on record.
    pub(super) fn cross_tenant(
        &self,
        from: &Member,
        destination: &KernelId,
        outgoing: &Outgoing,
        to: u64,
    ) -> RingKernelError {
        self.count_rejection();
        self.registry.audit_cross_tenant(CrossTenantAttempt {
            from: from.tenant,
            to,
            source: outgoing.source.as_ref().unwrap_or(&from.name).clone(),
            destination: destination.clone(),
            audit_tag: outgoing.envelope.header.audit_tag,
            at_ns: clock::now_ns(),
        });
        RingKernelError::TenantMismatch { from: from.tenant, to }
    }

    fn accepted(&self, from: &Member, record: Record) -> Attempt {
        self.trace(from, &record);
        Attempt::Accepted(record.into_receipt(&from.name))
    }

    fn admission(&self, from: &Member, audit_tag: AuditTag) -> Result<Admission, AdmissionError> {
        match self.registry.admission(from.tenant, audit_tag) {
            Err(AdmissionError::UnknownTenant(_)) if !self.knows_tenants => Ok(Admission::unlimited()),
            known => known,
        }
    }

    fn trace(&self, from: &Member, record: &Record) {
        if self.config.enable_tracing {
            tracing::debug!(
                target: "ringkernel::k2k",
                id = %record.message_id,
                source = %record.source.as_ref().unwrap_or(&from.name),
                destination = %record.destination,
                tenant = from.tenant,
                hops = record.hops,
                status = ?record.status,
                "message between kernels"
            );
        }
    }
}

/// Writes into the header what the broker knows and a sender cannot claim, and what every message has.
#[inline]
fn stamp(from: &Member, outgoing: &mut Outgoing) {
    let header = &mut outgoing.envelope.header;
    header.tenant_id = from.tenant;
    header.audit_tag = outgoing.audit_tag.unwrap_or(from.audit_tag);
    header.timestamp = from.clock.tick();
    if header.message_id.is_nil() {
        header.message_id = MessageId::generate();
    }
    outgoing.stage = Stage::Stamped;
}

fn record(outgoing: &Outgoing, destination: &KernelId, status: DeliveryStatus) -> Record {
    let header = &outgoing.envelope.header;
    Record {
        message_id: header.message_id,
        source: outgoing.source.clone(),
        destination: destination.clone(),
        status,
        timestamp: header.timestamp,
        hops: outgoing.hops,
    }
}

fn message(from: &Member, destination: &KernelId, outgoing: Outgoing, hops: u8) -> K2KMessage {
    let source = outgoing.source.unwrap_or_else(|| from.name.clone());
    let sent_at = outgoing.envelope.header.timestamp;
    K2KMessage { hops, ..K2KMessage::new(source, destination.clone(), outgoing.envelope, sent_at) }
}

fn refused(outgoing: Outgoing, error: RingKernelError) -> K2KRefused {
    K2KRefused { envelope: outgoing.envelope, reason: RefusalReason::Refused(error) }
}
