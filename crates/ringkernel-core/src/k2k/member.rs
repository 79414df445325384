//! Who is registered under a name: where its messages go, and what its own messages need.

use std::sync::Arc;

use ringkernel_abi::{AuditTag, TenantId};

use super::inbox::Inbox;
use super::port::K2KPort;
use super::receipt::Receipts;
use super::tenant::{Admission, AdmissionError, Ahead};
use super::way::WayCache;
use crate::hlc::{HlcClock, HlcTimestamp, moment_after};
use crate::queue::{CacheLine, Claim};
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A name of a tenant, for as long as it is registered. Its tenant never changes: a kernel that moves becomes another member.
pub(super) struct Member {
    /// Unique in its broker, ascending.
    pub(super) number: u64,
    pub(super) name: KernelId,
    pub(super) tenant: TenantId,
    pub(super) audit_tag: AuditTag,
    pub(super) target: Target,
    /// The earliest moment after all that it has received. Written by who receives, without regard for who sends meanwhile.
    heard: CacheLine<AtomicU64>,
    /// Its senders take turns.
    pub(super) lane: Claim<Lane>,
}

/// Where messages for a member go.
pub(super) enum Target {
    Inbox(Arc<Inbox>),
    Port(Arc<dyn K2KPort>),
    /// It only sends.
    Nowhere,
}

/// What a member keeps for sending, so that a message needs no lookup.
pub(super) struct Lane {
    /// False once the member has left: it then sends nothing and remembers nobody.
    pub(super) open: bool,
    /// The ways to where it has lately sent.
    pub(super) ways: WayCache,
    pub(super) admissions: Admissions,
    /// One clock for all that it sends.
    pub(super) clock: HlcClock,
    pub(super) receipts: Receipts,
    /// Messages that were put into the inbox of their destination.
    pub(super) delivered: u64,
}

impl Member {
    pub(super) fn new(
        number: u64,
        (tenant, audit_tag): (TenantId, AuditTag),
        name: &KernelId,
        target: Target,
        receipts_kept: usize,
    ) -> Self {
        let lane = Lane {
            open: true,
            ways: WayCache::default(),
            admissions: Admissions::default(),
            clock: HlcClock::new(number as u32),
            receipts: Receipts::new(receipts_kept),
            delivered: 0,
        };
        Self {
            number,
            name: name.clone(),
            tenant,
            audit_tag,
            target,
            heard: CacheLine(AtomicU64::new(0)),
            lane: Claim::new(lane),
        }
    }

    /// Notes when a message was sent that this member has received, so that what it sends from now on is later. Called by its
    /// endpoint alone.
    #[inline]
    pub(super) fn hear(&self, sent_at: &HlcTimestamp) {
        let moment = moment_after(sent_at);
        // Relaxed, and no atomic step: there is one writer, and who is to send later than it has heard of this write.
        if moment > self.heard.load(Ordering::Relaxed) {
            self.heard.store(moment, Ordering::Relaxed);
        }
    }

    /// The earliest moment at which it can send.
    #[inline]
    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Messages that wait.
    pub(super) fn pending(&self) -> usize {
        match &self.target {
            Target::Inbox(inbox) => inbox.len(),
            Target::Port(port) => port.pending(),
            Target::Nowhere => 0,
        }
    }

    /// Refuses messages from now on.
    pub(super) fn close(&self) {
        if let Target::Inbox(inbox) = &self.target {
            inbox.close();
        }
    }
}

/// How many engagements a sender can alternate between without a lookup.
const ADMISSIONS: usize = 4;

/// What the messages of a sender's engagements are admitted by.
#[derive(Default)]
pub(super) struct Admissions {
    registry_generation: u64,
    ahead: Ahead,
    kept: Vec<(AuditTag, Result<Admission, AdmissionError>)>,
}

impl Admissions {
    /// Admits a message by the admission for its tag: the one kept, or a new one from `look_up`.
    #[inline]
    pub(super) fn admit(
        &mut self,
        registry_generation: u64,
        audit_tag: AuditTag,
        look_up: impl FnOnce() -> Result<Admission, AdmissionError>,
    ) -> Result<(), AdmissionError> {
        if self.registry_generation != registry_generation {
            self.kept.clear();
            self.ahead = Ahead::default();
            self.registry_generation = registry_generation;
        }
        let known = self.kept.iter().position(|(tag, _)| *tag == audit_tag);
        let index = known.unwrap_or_else(|| {
            if self.kept.len() == ADMISSIONS {
                drop(self.kept.remove(0));
            }
            self.kept.push((audit_tag, look_up()));
            self.kept.len() - 1
        });
        match &self.kept[index].1 {
            Ok(admission) => Ok(admission.admit_ahead(&mut self.ahead)?),
            Err(error) => Err(*error),
        }
    }
}
