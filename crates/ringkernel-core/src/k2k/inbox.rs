//! Where the messages for an endpoint wait: one bound, four bands.
//!
//! All bands come through one ring, which cannot be full, because a sender claims one of `limit` places first. While only messages
//! of the normal band wait, which `unusual` tells, the receiver takes them from the ring; otherwise it sets aside what has come, by
//! band, and takes the highest. What is set aside keeps its place until it is taken.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::task::coop;

use super::doorbell::Doorbell;
use super::message::Parcel;
use crate::message::Band;
use crate::queue::LazyGate;
use crate::queue::ring::PushError;
use crate::queue::ring::mpsc::{Consumer, Producer, channel};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::thread;

/// The most messages of any inbox.
const MAX_LIMIT: usize = 1 << 20;

/// How many places become free before those who wait are told, unless nothing more waits to be taken.
const MOST_TOLD_AT_ONCE: usize = 64;

/// The way in, for any number of senders.
pub(super) struct Inbox {
    limit: usize,
    /// How many places are free before those who wait are told: a sender that is woken for one place waits again at once.
    told_at_once: usize,
    places: AtomicUsize,
    /// Messages in the ring that are not of the normal band.
    unusual: AtomicUsize,
    ring: Producer<Parcel>,
    bell: Doorbell,
    room: LazyGate,
}

/// The way out, for the endpoint.
pub(super) struct Outlet {
    ring: Consumer<Parcel>,
    /// By band, lowest first.
    aside: [VecDeque<Parcel>; Band::COUNT],
    set_aside: usize,
    /// Places that were freed and of which nobody has been told.
    untold: usize,
    inbox: Arc<Inbox>,
}

/// Makes an empty inbox for at most `limit` messages.
pub(super) fn inbox(limit: usize) -> (Arc<Inbox>, Outlet) {
    let limit = limit.min(MAX_LIMIT);
    let slots = limit.max(1).next_power_of_two();
    let (producer, consumer) = channel(slots).expect("a power of two that memory can hold");
    let inbox = Arc::new(Inbox {
        limit,
        told_at_once: (limit / 8).clamp(1, MOST_TOLD_AT_ONCE),
        places: AtomicUsize::new(0),
        unusual: AtomicUsize::new(0),
        ring: producer,
        bell: Doorbell::new(),
        room: LazyGate::new(),
    });
    (inbox.clone(), Outlet { ring: consumer, aside: Default::default(), set_aside: 0, untold: 0, inbox })
}

impl Inbox {
    /// Adds a message, for which a place was claimed; it comes back when the inbox is closed. When the answer is true, the caller
    /// has to [`ring`](Self::ring), once it holds no claim.
    #[inline(always)]
    pub(super) fn push(&self, parcel: Parcel) -> Result<bool, Parcel> {
        let is_unusual = band(&parcel) != Band::Normal;
        if is_unusual {
            // Relaxed: the ring publishes it with the message.
            self.unusual.fetch_add(1, Ordering::Relaxed);
        }
        match self.ring.push(parcel) {
            Ok(()) => Ok(self.bell.is_awaited()),
            Err(PushError::Full(_)) => unreachable!("there are as many slots as places"),
            Err(PushError::Closed(refused)) => {
                if is_unusual {
                    self.unusual.fetch_sub(1, Ordering::Relaxed);
                }
                // Whoever waits for the place is told by whoever closed the inbox.
                self.free_place();
                Err(refused)
            }
        }
    }

    /// Whether it refuses messages for good.
    pub(super) fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }

    /// Wakes the receiver.
    pub(super) fn ring(&self) {
        self.bell.ring();
    }

    /// Messages that wait, those being added included.
    pub(super) fn len(&self) -> usize {
        self.places.load(Ordering::Relaxed)
    }

    /// Refuses messages from now on, and tells everybody who waits.
    pub(super) fn close(&self) {
        self.ring.close();
        self.bell.ring();
        self.room.notify_all();
    }

    /// Waits until `attempt`, which adds a message, gives an answer.
    pub(super) async fn when_room<R>(&self, attempt: impl FnMut() -> Option<R>) -> R {
        self.room.wait(attempt).await
    }

    /// Takes a place for a message, which is then added with [`push`](Self::push). False when there is none.
    #[inline]
    pub(super) fn claim_place(&self) -> bool {
        let mut taken = self.places.load(Ordering::Relaxed);
        while taken < self.limit {
            // Acquire pairs with the Release in `free_place`: the slot that belongs to the place is free, too.
            let claimed =
                self.places.compare_exchange_weak(taken, taken + 1, Ordering::Acquire, Ordering::Relaxed);
            match claimed {
                Ok(_) => return true,
                Err(actual) => taken = actual,
            }
        }
        false
    }

    #[inline]
    fn free_place(&self) {
        // Pairs with the Acquire in `claim_place`.
        self.places.fetch_sub(1, Ordering::Release);
    }
}

impl Outlet {
    /// Takes the oldest message of the highest band.
    #[inline(always)]
    pub(super) fn take(&mut self) -> Option<Parcel> {
        // Relaxed: a message that is in the ring for sure came with its count.
        let is_usual = self.set_aside == 0 && self.inbox.unusual.load(Ordering::Relaxed) == 0;
        let parcel = if is_usual { self.pop() } else { self.take_highest() };
        if parcel.is_some() {
            self.taken()
        } else {
            self.found_none()
        }
        parcel
    }

    #[inline(always)]
    fn taken(&mut self) {
        self.inbox.free_place();
        self.untold += 1;
        if self.untold >= self.inbox.told_at_once {
            self.tell_of_room();
        }
    }

    #[inline(always)]
    fn found_none(&mut self) {
        // Nobody would tell them later.
        if self.untold > 0 {
            self.tell_of_room();
        }
    }

    #[cold]
    fn take_highest(&mut self) -> Option<Parcel> {
        self.sort();
        let highest = self.aside.iter_mut().rev().find_map(VecDeque::pop_front)?;
        self.set_aside -= 1;
        Some(highest)
    }

    /// Tells those who wait for room of the places that were freed.
    fn tell_of_room(&mut self) {
        self.inbox.room.notify(std::mem::take(&mut self.untold));
    }

    /// Takes a message, or has the waker woken when there is one. `None` once the inbox is closed and empty.
    ///
    /// In a task of tokio it counts against the task's budget, so that one that always has messages gives way to others.
    #[inline(always)]
    pub(super) fn poll_take(&mut self, context: &mut Context<'_>) -> Poll<Option<Parcel>> {
        let turn = ready!(coop::poll_proceed(context));
        if let Some(parcel) = self.take() {
            turn.made_progress();
            return Poll::Ready(Some(parcel));
        }
        self.inbox.bell.announce(context.waker());
        match self.take() {
            Some(parcel) => Poll::Ready(Some(parcel)),
            None if self.ring.is_drained() && self.set_aside == 0 => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// Messages that wait.
    pub(super) fn len(&self) -> usize {
        self.inbox.len()
    }

    /// Refuses messages from now on and takes all that were accepted.
    pub(super) fn close(&mut self, mut taken: impl FnMut(Parcel)) {
        self.inbox.close();
        loop {
            match self.take() {
                Some(parcel) => taken(parcel),
                None if self.ring.is_drained() => break,
                // A sender that claimed its slot before the inbox was closed is still writing.
                None => thread::yield_now(),
            }
        }
    }

    fn sort(&mut self) {
        while let Some(parcel) = self.pop() {
            self.aside[band(&parcel).index()].push_back(parcel);
            self.set_aside += 1;
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<Parcel> {
        let parcel = self.ring.pop()?;
        if band(&parcel) != Band::Normal {
            self.inbox.unusual.fetch_sub(1, Ordering::Relaxed);
        }
        Some(parcel)
    }
}

fn band(parcel: &Parcel) -> Band {
    Band::from_u8(parcel.priority)
}
