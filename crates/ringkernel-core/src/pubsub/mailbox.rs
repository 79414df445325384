//! A subscriber's queue, and what it still has to acknowledge.
//!
//! Publishers push from any thread. The subscription takes; so does a publisher that makes room by dropping the oldest, so
//! the taking side is claimed for each take. That the subscriber sleeps is a bit in the ring, so that a publisher learns it by its push.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use atomic_waker::AtomicWaker;

use super::tree::Subscriber;
use super::unacknowledged::Unacknowledged;
use super::{OverflowPolicy, PubSubConfig, QoS, SharedPublication, Topic};
use crate::apart::apart;
use crate::queue::ring::mailbox::{Consumer, Producer, Refusal, Rest, channel};
use crate::queue::{Claim, LazyGate};
use crate::runtime::KernelId;
use crate::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use crate::sync::hint;

/// Largest queue, in publications.
const MAX_CAPACITY: usize = 1 << 24;

/// How often a subscriber looks for a publication that is being written before it lets other tasks run.
const LOOKS: usize = 64;

pub(super) struct Mailbox {
    pub(super) id: u64,
    pub(super) subscriber: KernelId,
    pub(super) pattern: Topic,
    /// The policy, by its number: a subscription that takes the place over may bring another.
    overflow: AtomicU8,
    producer: Producer<SharedPublication>,
    capacity: usize,
    side: Claim<Side>,
    /// Where the subscription waits.
    receiver: AtomicWaker,
    /// Where publishers wait.
    pub(super) room: LazyGate,
    /// Whether it has no subscription and waits for the next.
    parked: AtomicBool,
    /// Publications given out and not acknowledged, so that a subscriber that has none needs no lock to know.
    given: AtomicUsize,
    record: Mutex<Unacknowledged>,
    /// What the last subscription had not come to, while there is none.
    left: Mutex<Replay>,
}

/// The taking side.
struct Side {
    consumer: Consumer<SharedPublication>,
    /// Publications that gave way, or found no room, since the subscriber was last told.
    missed: u64,
}

/// Retained publications on their way to a subscriber.
#[derive(Default)]
pub(super) struct Replay {
    /// Those that it was not given yet, in order.
    pub(super) publications: VecDeque<SharedPublication>,
    /// The last publication of each topic before the subscription stood. What comes through the queue with a number up to it is
    /// among the retained, or is older than the subscription.
    pub(super) until: HashMap<Topic, u64>,
}

/// What became of a publication that was offered.
pub(super) enum Offered {
    Accepted,
    /// It has had it, and it is to be given once.
    Duplicate,
    /// There is no room, and its subscriber wants publishers to wait.
    Full,
    /// There is no room, and its subscriber wants publishers to be told.
    Rejected,
    /// It has ended.
    Gone,
}

/// Why there is nothing for the subscriber.
pub(super) enum Nothing {
    /// Its queue is empty.
    InQueue,
    /// It is not to be given anything now.
    Now,
}

/// What is next for the subscriber.
pub(super) enum Taken {
    Publication(SharedPublication),
    Missed(u64),
}

impl Subscriber for Mailbox {
    fn id(&self) -> u64 {
        self.id
    }

    fn pattern(&self) -> &Topic {
        &self.pattern
    }
}

impl Mailbox {
    pub(super) fn new(
        id: u64,
        subscriber: KernelId,
        pattern: Topic,
        overflow: OverflowPolicy,
        config: &PubSubConfig,
    ) -> Self {
        let capacity = config.channel_buffer_size.clamp(1, MAX_CAPACITY).next_power_of_two();
        let (producer, consumer) = channel(capacity).expect("memory can hold it");
        Self {
            id,
            subscriber,
            pattern,
            overflow: AtomicU8::new(overflow as u8),
            producer,
            capacity,
            side: Claim::new(Side { consumer, missed: 0 }),
            receiver: AtomicWaker::new(),
            room: LazyGate::new(),
            parked: AtomicBool::new(false),
            given: AtomicUsize::new(0),
            record: Mutex::new(Unacknowledged::new(config.deduplication_window)),
            left: Mutex::default(),
        }
    }

    /// Offers a publication, and wakes the subscriber if it sleeps. What gives way for it goes to `displaced`.
    #[inline]
    pub(super) fn offer(
        &self,
        publication: &SharedPublication,
        displaced: impl FnMut(SharedPublication),
    ) -> Offered {
        let pushed = match publication.qos {
            QoS::ExactlyOnce => self.push_once(publication, displaced),
            QoS::AtMostOnce | QoS::AtLeastOnce => self.push(|| publication.clone(), displaced),
        };
        match pushed {
            Ok(is_asleep) => {
                self.wake_if(is_asleep);
                Offered::Accepted
            }
            Err(offered) => offered,
        }
    }

    /// Offers a publication that may be given more than once, whose share becomes that of the queue. Gives it back if it is not accepted.
    #[inline]
    pub(super) fn offer_own(
        &self,
        publication: SharedPublication,
        displaced: impl FnMut(SharedPublication),
    ) -> Result<(), (Offered, SharedPublication)> {
        let mut own = Some(publication);
        match self.push(|| own.take().expect("it is pushed once"), displaced) {
            Ok(is_asleep) => {
                self.wake_if(is_asleep);
                Ok(())
            }
            Err(offered) => Err((offered, own.expect("it was not pushed"))),
        }
    }

    #[inline]
    fn wake_if(&self, is_asleep: bool) {
        if is_asleep {
            self.wake();
        }
    }

    /// Wakes the subscriber. It may panic on the spot, which is to keep no other from what is published.
    fn wake(&self) {
        apart(|| self.receiver.wake());
    }

    /// Pushes a publication, unless it has had that. Tells whether the subscriber has to be woken.
    fn push_once(
        &self,
        publication: &SharedPublication,
        displaced: impl FnMut(SharedPublication),
    ) -> Result<bool, Offered> {
        // Under the lock, so that of two that offer the same only one can be first.
        let mut record = self.record();
        if record.has_accepted(publication) {
            return Err(Offered::Duplicate);
        }
        let is_asleep = self.push(|| publication.clone(), displaced)?;
        record.accept(publication);
        Ok(is_asleep)
    }

    /// Pushes a share of a publication, which is made for a place that there is. Tells whether the subscriber has to be woken.
    #[inline]
    fn push(
        &self,
        mut share: impl FnMut() -> SharedPublication,
        mut displaced: impl FnMut(SharedPublication),
    ) -> Result<bool, Offered> {
        loop {
            match self.producer.push(&mut share) {
                Ok(is_asleep) => return Ok(is_asleep),
                Err(Refusal::Closed) => return Err(Offered::Gone),
                Err(Refusal::Full) => match self.overflow() {
                    OverflowPolicy::Wait => return Err(Offered::Full),
                    OverflowPolicy::Reject => return Err(Offered::Rejected),
                    OverflowPolicy::DropOldest => {
                        if let Some(oldest) = self.side.own(Side::displace) {
                            displaced(oldest);
                        }
                    }
                },
            }
        }
    }

    /// Notes that a publication was not put into it, whose publisher can neither wait nor be told. The subscriber is.
    pub(super) fn miss(&self) {
        self.side.own(|side| side.missed += 1);
        self.wake();
    }

    /// The next publication of the queue, or how many gave way before it.
    #[inline]
    pub(super) fn take(&self) -> Option<Taken> {
        let taken = self.side.own(Side::take)?;
        if matches!(taken, Taken::Publication(_)) {
            apart(|| self.room.notify(1));
        }
        Some(taken)
    }

    /// Whether nothing will ever come again.
    pub(super) fn is_over(&self) -> bool {
        self.side.own(|side| side.missed == 0 && side.consumer.is_drained())
    }

    /// Has `context` woken when there is something to look for, as far as that is not there yet. `look` runs once more then, and may
    /// run several times while a publication is being written.
    #[inline(never)]
    pub(super) fn wait<R>(
        &self,
        context: &mut Context<'_>,
        mut look: impl FnMut() -> Result<R, Nothing>,
    ) -> Poll<R> {
        self.receiver.register(context.waker());
        for _ in 0..LOOKS {
            match look() {
                Ok(found) => return Poll::Ready(found),
                Err(Nothing::Now) => return Poll::Pending,
                Err(Nothing::InQueue) => {}
            }
            match self.side.own(|side| side.consumer.rest()) {
                Rest::Sleep => return Poll::Pending,
                Rest::Coming => hint::spin_loop(),
                Rest::Over => {}
            }
        }
        // Whoever writes it was interrupted, and does not know that somebody waits.
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Refuses everything from now on, and takes out what it had and what was not acknowledged.
    pub(super) fn end(&self) -> Vec<SharedPublication> {
        self.producer.close();
        let mut rest = self.with_record(Unacknowledged::take);
        let mut drain = |side: &mut Side| {
            rest.extend(std::iter::from_fn(|| side.pop()));
            side.consumer.is_drained()
        };
        while !self.side.own(&mut drain) {
            // A publisher that has claimed its place is about to fill it.
            crate::sync::thread::yield_now();
        }
        apart(|| self.room.notify_all());
        self.wake();
        rest
    }

    /// Keeps the place of a subscription that is gone. Takes out what cannot be given to the next.
    pub(super) fn park(&self, replay: Replay, now: Instant) -> Vec<SharedPublication> {
        *self.left() = replay;
        let lost = self.with_record(|record| record.abandon(now));
        // Release pairs with the Acquire in `resume`.
        self.parked.store(true, Ordering::Release);
        // Who waits for room looks again, and finds that the oldest gives way now.
        apart(|| self.room.notify_all());
        lost
    }

    /// Whether its place is kept for a subscription that is away.
    pub(super) fn is_parked(&self) -> bool {
        // Relaxed: it is taken over under the lock under which this is asked.
        self.parked.load(Ordering::Relaxed)
    }

    /// Takes the place over with this policy, if it is free. Subscribing threads take turns.
    pub(super) fn resume(&self, overflow: OverflowPolicy) -> Option<Replay> {
        if self.parked.load(Ordering::Relaxed) {
            // Relaxed: publishers look at it once they have seen that the place is taken, which the exchange publishes.
            self.overflow.store(overflow as u8, Ordering::Relaxed);
        }
        // AcqRel: pairs with the Release in `park`, so that what the last subscription left is there, and with the Acquire in `overflow`.
        let was_parked = self.parked.swap(false, Ordering::AcqRel);
        was_parked.then(|| std::mem::take(&mut *self.left()))
    }

    /// Publications given out and not acknowledged.
    pub(super) fn given(&self) -> usize {
        // Relaxed: a figure for the subscriber itself, who changes it.
        self.given.load(Ordering::Relaxed)
    }

    /// Runs `change` on what is to be acknowledged.
    pub(super) fn with_record<R>(&self, change: impl FnOnce(&mut Unacknowledged) -> R) -> R {
        let mut record = self.record();
        let changed = change(&mut record);
        self.given.store(record.len(), Ordering::Relaxed);
        changed
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    fn overflow(&self) -> OverflowPolicy {
        // Acquire as in `resume`; nobody would make room in a parked queue.
        if self.parked.load(Ordering::Acquire) {
            return OverflowPolicy::DropOldest;
        }
        match self.overflow.load(Ordering::Relaxed) {
            number if number == OverflowPolicy::Wait as u8 => OverflowPolicy::Wait,
            number if number == OverflowPolicy::Reject as u8 => OverflowPolicy::Reject,
            _ => OverflowPolicy::DropOldest,
        }
    }

    fn record(&self) -> MutexGuard<'_, Unacknowledged> {
        // No code that can panic halfway through a change runs under the lock.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn left(&self) -> MutexGuard<'_, Replay> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Side {
    #[inline]
    fn take(&mut self) -> Option<Taken> {
        match std::mem::take(&mut self.missed) {
            0 => self.pop().map(Taken::Publication),
            missed => Some(Taken::Missed(missed)),
        }
    }

    /// Makes room. `None` while the oldest is still being written.
    fn displace(&mut self) -> Option<SharedPublication> {
        let oldest = self.pop()?;
        self.missed += 1;
        Some(oldest)
    }

    #[inline]
    fn pop(&mut self) -> Option<SharedPublication> {
        let oldest = self.consumer.pop(|publication| publication)?;
        self.consumer.give_back();
        Some(oldest)
    }
}
