//! Messages that could not be delivered or handled.
//!
//! One bounded ring per runtime. It is off the message path: a lock is taken only when something has gone wrong.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use ringkernel_abi::TenantId;

use crate::message::MessageEnvelope;
use crate::runtime::KernelId;

/// Why a message was not delivered or not handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// Its target had no room until its deadline.
    QueueFull,
    /// Its deadline passed before it was taken.
    Expired,
    /// Its target is not there, or cannot be reached by kernels.
    TargetNotFound,
    /// It is for a kernel of another tenant.
    TenantMismatch,
    /// Its tenant's quota was used up.
    QuotaExceeded,
    /// Its target terminated before taking it.
    KernelTerminated,
    /// Its target failed before taking it.
    KernelFailed,
    /// The handler faulted while processing it.
    HandlerFault,
    /// Its target has no handler for its type.
    UnhandledMessage,
    /// It is larger than its target accepts.
    MessageTooLarge,
    /// Its bytes are no message of its type.
    DecodeFailed,
    /// Its timestamp is too far ahead of its target's clock.
    ClockDrift,
    /// It is an answer, and nobody waits for it any longer.
    LateReply,
    /// Its subscriber did not acknowledge it, as often as it was delivered.
    Unacknowledged,
    /// Its subscriber went away before acknowledging it.
    SubscriberGone,
    /// It gave way to newer messages in the full queue of its subscriber.
    Displaced,
    /// A kernel has published it, and the tenant's quota was used up, or there are too many topics.
    NotPublished,
}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QueueFull => "its target had no room until its deadline",
            Self::Expired => "its deadline passed before it was taken",
            Self::TargetNotFound => "its target is not there or not reachable by kernels",
            Self::TenantMismatch => "its target belongs to another tenant",
            Self::QuotaExceeded => "the quota of its tenant was used up",
            Self::KernelTerminated => "its target terminated before taking it",
            Self::KernelFailed => "its target failed before taking it",
            Self::HandlerFault => "the handler faulted while processing it",
            Self::UnhandledMessage => "its target has no handler for its type",
            Self::MessageTooLarge => "it is larger than its target accepts",
            Self::DecodeFailed => "its bytes are no message of its type",
            Self::ClockDrift => "its timestamp is too far ahead of its target's clock",
            Self::LateReply => "it answers a request that nobody waits for any longer",
            Self::Unacknowledged => "its subscriber did not acknowledge it, as often as it was delivered",
            Self::SubscriberGone => "its subscriber went away before acknowledging it",
            Self::Displaced => "it gave way to newer messages in the full queue of its subscriber",
            Self::NotPublished => "the tenant's quota was used up, or there are too many topics",
        })
    }
}

/// A message that could not be delivered or handled.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The message.
    pub envelope: MessageEnvelope,
    /// The kernel that it was for; that gave it, for a late answer, or published it, if it was not published. `None` when that kernel is unknown.
    pub kernel: Option<KernelId>,
    /// Why.
    pub reason: DeadLetterReason,
    /// When, in nanoseconds since the epoch.
    pub at_ns: u64,
}

/// The bounded ring of dead letters of a runtime.
#[derive(Debug)]
pub struct DeadLetterQueue {
    capacity: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    letters: VecDeque<DeadLetter>,
    total: u64,
    evicted: u64,
}

/// How many dead letters there have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeadLetterCounts {
    /// Since the runtime started.
    pub total: u64,
    /// That gave way to newer ones before they were read.
    pub evicted: u64,
}

impl DeadLetterQueue {
    /// Keeps the newest `capacity` letters (at least one).
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), inner: Mutex::default() }
    }

    /// Adds a letter; the oldest gives way when there is no room.
    pub fn push(&self, letter: DeadLetter) {
        let mut inner = self.lock();
        inner.total += 1;
        if inner.letters.len() == self.capacity {
            inner.letters.pop_front();
            inner.evicted += 1;
        }
        inner.letters.push_back(letter);
    }

    /// Takes all letters, oldest first.
    pub fn take(&self) -> Vec<DeadLetter> {
        self.lock().letters.drain(..).collect()
    }

    /// Takes the letters of a tenant, oldest first; the others stay.
    pub fn take_of(&self, tenant: TenantId) -> Vec<DeadLetter> {
        let mut inner = self.lock();
        let all = std::mem::take(&mut inner.letters).into_iter();
        let (taken, left): (VecDeque<_>, _) =
            all.partition(|letter| letter.envelope.header.tenant_id == tenant);
        inner.letters = left;
        taken.into()
    }

    /// How many there have been.
    pub fn counts(&self) -> DeadLetterCounts {
        let inner = self.lock();
        DeadLetterCounts { total: inner.total, evicted: inner.evicted }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // The queue is whole between any two statements, so a panic elsewhere leaves nothing to repair.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringkernel_abi::MessageHeader;

    fn letter(number: u64) -> DeadLetter {
        let envelope = MessageEnvelope { header: MessageHeader::new(number, 0), payload: Default::default() };
        DeadLetter { envelope, kernel: None, reason: DeadLetterReason::Expired, at_ns: number }
    }

    #[test]
    fn a_tenant_takes_its_own_letters() {
        let queue = DeadLetterQueue::new(10);
        for number in 0..6 {
            let letter = letter(number);
            let envelope = letter.envelope.with_tenant_id(number % 2);
            queue.push(DeadLetter { envelope, ..letter });
        }
        let numbers =
            |letters: Vec<DeadLetter>| letters.iter().map(|letter| letter.at_ns).collect::<Vec<_>>();
        assert_eq!(numbers(queue.take_of(1)), [1, 3, 5]);
        assert_eq!(numbers(queue.take()), [0, 2, 4]);
    }

    #[test]
    fn the_oldest_letters_give_way_and_are_counted() {
        let queue = DeadLetterQueue::new(2);
        (0..5).for_each(|number| queue.push(letter(number)));
        assert_eq!(queue.counts(), DeadLetterCounts { total: 5, evicted: 3 });
        let kept: Vec<_> = queue.take().iter().map(|letter| letter.at_ns).collect();
        assert_eq!(kept, [3, 4]);
        assert!(queue.take().is_empty());
    }
}
