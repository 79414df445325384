//! What a sender learns of its message.

use ringkernel_abi::{HlcTimestamp, MessageId};

use crate::error::RingKernelError;
use crate::message::MessageEnvelope;
use crate::runtime::KernelId;

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// It is in the inbox of its destination, or was taken out of it. What the destination made of it, no receipt tells: a handler that
    /// has faulted had the message. Where a kernel of a runtime ends, refuses the message or lets it expire before it is handled, the
    /// sender's receipt says so afterwards, for as long as it is kept.
    Delivered,
    /// A kernel on the way has it, and has not passed it on yet.
    Pending,
    /// No kernel has the name, or the one that had it left before it took the message, or has no handler for such messages.
    NotFound,
    /// The inbox had no room, and the sender did not wait.
    QueueFull,
    /// The inbox had no room until the delivery timeout, or the message's deadline passed before it was taken.
    Timeout,
    /// It has taken as many hops as it may.
    MaxHopsExceeded,
    /// The name exists, but under another tenant only, and the sender's has not lately had it; or the destination left its tenant before
    /// it took the message.
    TenantMismatch,
    /// The destination could not take it on the account that it names: its runtime knows as many audit tags of the tenant as it can. Other
    /// quotas are asked when it is sent, and then it is not.
    QuotaExceeded,
}

impl DeliveryStatus {
    /// Whether somebody has the message: [`Delivered`](Self::Delivered) or [`Pending`](Self::Pending).
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Delivered | Self::Pending)
    }
}

/// What a sender is told of a message, at the time when it was sent. [`K2KBroker::get_receipt`](super::K2KBroker::get_receipt)
/// tells what has become of it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReceipt {
    /// The message.
    pub message_id: MessageId,
    /// Who sent it.
    pub source: KernelId,
    /// Whom it is for.
    pub destination: KernelId,
    /// What has become of it.
    pub status: DeliveryStatus,
    /// When it was sent, by its sender's clock.
    pub timestamp: HlcTimestamp,
}

/// A message that was not accepted, handed back.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct K2KRefused {
    /// The message, with the id and the priority with which it was to travel.
    pub envelope: MessageEnvelope,
    /// Why.
    pub reason: RefusalReason,
}

/// Why a message was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalReason {
    /// It could not be delivered, which the sender's receipt says, too.
    #[error("the message was not delivered: {:?}", .0.status)]
    Undelivered(DeliveryReceipt),
    /// It was not even tried: the sender has left the broker, its tenant has used up a quota, or the destination belongs to another
    /// tenant.
    #[error(transparent)]
    Refused(RingKernelError),
}

/// The last receipts of one sender, each in the place of the oldest.
#[derive(Debug)]
pub(super) struct Receipts {
    kept: usize,
    ring: Vec<Record>,
    /// Where the next one belongs, once all places are in use.
    next: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) message_id: MessageId,
    /// `None` where it is the sender itself.
    pub(super) source: Option<KernelId>,
    pub(super) destination: KernelId,
    pub(super) status: DeliveryStatus,
    pub(super) timestamp: HlcTimestamp,
}

impl Record {
    pub(super) fn into_receipt(self, sender: &KernelId) -> DeliveryReceipt {
        DeliveryReceipt {
            message_id: self.message_id,
            source: self.source.unwrap_or_else(|| sender.clone()),
            destination: self.destination,
            status: self.status,
            timestamp: self.timestamp,
        }
    }
}

impl Receipts {
    pub(super) fn new(kept: usize) -> Self {
        Self { kept, ring: Vec::new(), next: 0 }
    }

    /// Keeps a record, in place of the oldest when there are as many as are kept.
    #[inline]
    pub(super) fn push(&mut self, record: Record) {
        match self.ring.get_mut(self.next) {
            Some(oldest) => {
                *oldest = record;
                self.next += 1;
                if self.next == self.kept {
                    self.next = 0;
                }
            }
            None => self.add(record),
        }
    }

    /// Uses another place, if there is one.
    #[cold]
    fn add(&mut self, record: Record) {
        if self.ring.len() < self.kept {
            self.ring.push(record);
            self.next = self.ring.len() % self.kept;
        }
    }

    /// The newest record of this message.
    pub(super) fn find(&self, id: &MessageId) -> Option<&Record> {
        let (newer, older) = self.ring.split_at(self.next);
        newer.iter().rev().chain(older.iter().rev()).find(|record| record.message_id == *id)
    }

    /// Writes down what has become of a message; false when there is no record of it any longer.
    pub(super) fn settle(&mut self, id: &MessageId, status: DeliveryStatus) -> bool {
        let (newer, older) = self.ring.split_at_mut(self.next);
        let mut newest_first = newer.iter_mut().rev().chain(older.iter_mut().rev());
        let record = newest_first.find(|record| record.message_id == *id);
        record.map(|record| record.status = status).is_some()
    }

    /// Takes back the record of a message that nobody has taken.
    pub(super) fn retract(&mut self, id: &MessageId) {
        self.ring.rotate_left(self.next);
        if let Some(index) = self.ring.iter().rposition(|record| record.message_id == *id) {
            self.ring.remove(index);
        }
        self.next = self.ring.len() % self.kept.max(1);
    }

    /// All of them, oldest first.
    pub(super) fn into_records(mut self) -> impl Iterator<Item = Record> {
        self.ring.rotate_left(self.next);
        self.ring.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u64, status: DeliveryStatus) -> Record {
        let (message_id, timestamp) = (MessageId::from_parts(0, number), HlcTimestamp::zero());
        Record { message_id, source: None, destination: "b".into(), status, timestamp }
    }

    #[test]
    fn the_last_receipts_are_kept_and_no_more() {
        let mut receipts = Receipts::new(3);
        (0..1000).for_each(|number| receipts.push(record(number, DeliveryStatus::Pending)));
        let found = |number| receipts.find(&MessageId::from_parts(0, number)).is_some();
        assert_eq!([996, 997, 998, 999].map(found), [false, true, true, true]);
        assert!(receipts.ring.capacity() < 10);
        assert!(receipts.settle(&MessageId::from_parts(0, 998), DeliveryStatus::Delivered));
        assert!(!receipts.settle(&MessageId::from_parts(0, 3), DeliveryStatus::Delivered));
        let sender = KernelId::from("a");
        let all: Vec<_> = receipts.into_records().map(|record| record.into_receipt(&sender)).collect();
        assert_eq!(all[1].status, DeliveryStatus::Delivered);
        assert_eq!(all[1].source, sender);
    }

    #[test]
    fn a_receipt_that_is_taken_back_leaves_the_others_in_their_order() {
        let number = |number| MessageId::from_parts(0, number);
        for sent in 1..9 {
            let mut receipts = Receipts::new(3);
            (0..sent).for_each(|number| receipts.push(record(number, DeliveryStatus::Pending)));
            receipts.retract(&number(sent - 1));
            assert!(receipts.find(&number(sent - 1)).is_none());
            receipts.push(record(100, DeliveryStatus::Pending));
            receipts.push(record(101, DeliveryStatus::Pending));
            let numbers: Vec<_> = receipts.into_records().map(|record| record.message_id.lo()).collect();
            let last = (0..sent - 1).chain([100, 101]).rev().take(3).collect::<Vec<_>>();
            assert_eq!(numbers.into_iter().rev().collect::<Vec<_>>(), last);
        }
    }

    #[test]
    fn a_sender_can_keep_no_receipts_at_all() {
        let mut receipts = Receipts::new(0);
        receipts.push(record(1, DeliveryStatus::Delivered));
        assert!(receipts.find(&MessageId::from_parts(0, 1)).is_none());
    }
}
