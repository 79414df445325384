//! Where the messages for an endpoint wait: one bound, four bands.
//!
//! All bands come through one ring. While only messages of the normal band wait, which `unusual` tells, the receiver takes them from
//! the ring; otherwise it sets aside what has come, by band, and takes the highest. What is set aside keeps its place in the ring
//! until it is taken. That the receiver sleeps is a bit in the ring, so that a sender learns it by its push.
//!
//! A sender that waits for room counts its wait, and the receiver tells one of them for each place that it gives back, as long as it has
//! told fewer than were counted. It reads that count without a fence, which every message would pay for; what it reads too early it
//! reads with the next place, or the sender finds out by the clock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use std::time::Duration;

use atomic_waker::AtomicWaker;
use tokio::task::coop;

use super::message::Parcel;
use crate::message::Band;
use crate::queue::Gate;
use crate::queue::ring::mailbox::{Consumer, Producer, Refusal, Rest, channel};
use crate::sync::atomic::{AtomicUsize, Ordering, fence};
use crate::sync::{hint, thread};
use crate::timer;

/// The most messages of any inbox.
const MAX_LIMIT: usize = 1 << 20;

/// How long a sender waits to be told of room before it looks for itself, for the case that its wait was counted while the receiver gave the
/// last place back.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How often a receiver looks for a message that is being written before it lets other tasks run.
const LOOKS: usize = 64;

/// The way in, for any number of senders. Senders read it and write to it only where something is unusual.
pub(super) struct Inbox {
    ring: Producer<Parcel>,
    limit: usize,
    /// Messages in the ring that are not of the normal band.
    unusual: AtomicUsize,
    receiver: AtomicWaker,
    /// Waits for room that have begun.
    waits: AtomicUsize,
    room: Gate,
}

/// The way out, for the endpoint.
pub(super) struct Outlet {
    ring: Consumer<Parcel>,
    /// By band, lowest first.
    aside: [VecDeque<Parcel>; Band::COUNT],
    set_aside: usize,
    /// Of the waits for room, those that were told of a place, or have ended without.
    told: usize,
    inbox: Arc<Inbox>,
}

/// Makes an empty inbox for at most `limit` messages.
pub(super) fn inbox(limit: usize) -> (Arc<Inbox>, Outlet) {
    let limit = limit.min(MAX_LIMIT);
    let (producer, consumer) = channel(limit).expect("memory can hold it");
    let inbox = Arc::new(Inbox {
        ring: producer,
        limit,
        unusual: AtomicUsize::new(0),
        receiver: AtomicWaker::new(),
        waits: AtomicUsize::new(0),
        room: Gate::new(),
    });
    (inbox.clone(), Outlet { ring: consumer, aside: Default::default(), set_aside: 0, told: 0, inbox })
}

impl Inbox {
    /// Adds the parcel that `pack` makes, if there is room. The caller wakes the receiver that is returned, once it holds no claim.
    #[inline(always)]
    pub(super) fn push(&self, priority: u8, pack: impl FnOnce() -> Parcel) -> Result<Option<Waker>, Refusal> {
        let is_asleep = self.ring.push(|| {
            if Band::from_u8(priority) != Band::Normal {
                // Relaxed: the ring publishes it with the message.
                self.unusual.fetch_add(1, Ordering::Relaxed);
            }
            pack()
        })?;
        Ok(if is_asleep { self.receiver.take() } else { None })
    }

    /// Messages that wait, those being added included.
    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    /// Refuses messages from now on, and tells everybody who waits.
    pub(super) fn close(&self) {
        self.ring.close();
        self.receiver.wake();
        self.room.notify_all();
    }

    /// Waits until `attempt`, which adds a message, gives an answer.
    pub(super) async fn when_room<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> R {
        loop {
            if let Some(done) = attempt() {
                return done;
            }
            let told = self.room.listen();
            // Release pairs with the Acquire in `untold`: whose wait is counted can be told.
            self.waits.fetch_add(1, Ordering::Release);
            // Counted before it looks again: a receiver that gives a place back after the look finds it counted, then or with its next place.
            fence(Ordering::SeqCst);
            if let Some(done) = attempt() {
                return done;
            }
            told.await;
        }
    }

    /// Waits until there may be a place, or until it is time to look.
    pub(super) async fn room(&self) {
        let may_try = || (self.len() < self.limit).then_some(());
        let _ = timer::timeout(LOOK_AGAIN, self.when_room(may_try)).await;
    }
}

impl Outlet {
    /// Gives the oldest message of the highest band to `open`; false when there is none.
    #[inline(always)]
    pub(super) fn take(&mut self, open: impl FnOnce(Parcel)) -> bool {
        // Relaxed: a message that is in the ring for sure came with its count.
        let is_usual = self.set_aside == 0 && self.inbox.unusual.load(Ordering::Relaxed) == 0;
        let opened = if is_usual { self.pop(open) } else { self.take_highest().map(open) };
        if opened.is_some() {
            self.taken()
        } else {
            self.found_none()
        }
        opened.is_some()
    }

    #[inline(always)]
    fn taken(&mut self) {
        self.ring.give_back();
        if self.untold() > 0 {
            self.tell_of_room(1);
        }
    }

    #[inline(always)]
    fn found_none(&mut self) {
        // All places are free, and nobody would tell of them later.
        let untold = self.untold();
        if untold > 0 {
            self.tell_of_room(untold);
        }
    }

    /// Waits that were not told of a place.
    #[inline(always)]
    fn untold(&self) -> usize {
        // Acquire pairs with the Release in `when_room`.
        self.inbox.waits.load(Ordering::Acquire).wrapping_sub(self.told)
    }

    #[cold]
    fn take_highest(&mut self) -> Option<Parcel> {
        self.sort();
        let highest = self.aside.iter_mut().rev().find_map(VecDeque::pop_front)?;
        self.set_aside -= 1;
        Some(highest)
    }

    /// Tells as many who wait for room of a place.
    #[cold]
    fn tell_of_room(&mut self, places: usize) {
        let untold = self.untold();
        let Inbox { room, .. } = &*self.inbox;
        // Whose wait was counted is announced until the wait ends.
        let told = if room.is_awaited() { places } else { untold };
        self.told = self.told.wrapping_add(told);
        room.notify(places);
    }

    /// [`take`](Self::take), or has the waker woken when there is a message. False once the inbox is closed and empty.
    ///
    /// In a task of tokio it counts against the task's budget, so that one that always has messages gives way to others.
    #[inline(always)]
    pub(super) fn poll_take(
        &mut self,
        context: &mut Context<'_>,
        mut open: impl FnMut(Parcel),
    ) -> Poll<bool> {
        let turn = ready!(coop::poll_proceed(context));
        if self.take(&mut open) {
            turn.made_progress();
            return Poll::Ready(true);
        }
        self.wait(context, open)
    }

    #[inline(never)]
    fn wait(&mut self, context: &mut Context<'_>, mut open: impl FnMut(Parcel)) -> Poll<bool> {
        self.inbox.receiver.register(context.waker());
        for _ in 0..LOOKS {
            if self.take(&mut open) {
                return Poll::Ready(true);
            }
            match self.ring.rest() {
                Rest::Sleep => return Poll::Pending,
                Rest::Over => return Poll::Ready(false),
                Rest::Coming => hint::spin_loop(),
            }
        }
        // Whoever writes it was interrupted, and does not know that somebody waits.
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Messages that wait.
    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    /// Refuses messages from now on and takes all that were accepted.
    pub(super) fn close(&mut self, mut taken: impl FnMut(Parcel)) {
        self.inbox.close();
        loop {
            match self.take(&mut taken) {
                true => {}
                false if self.ring.is_drained() => break,
                // A sender that claimed its slot before the inbox was closed is still writing.
                false => thread::yield_now(),
            }
        }
    }

    fn sort(&mut self) {
        while let Some(parcel) = self.pop(|parcel| parcel) {
            self.aside[band(&parcel).index()].push_back(parcel);
            self.set_aside += 1;
        }
    }

    #[inline(always)]
    fn pop<R>(&mut self, open: impl FnOnce(Parcel) -> R) -> Option<R> {
        let Self { ring, inbox, .. } = self;
        ring.pop(|parcel| {
            if band(&parcel) != Band::Normal {
                inbox.unusual.fetch_sub(1, Ordering::Relaxed);
            }
            open(parcel)
        })
    }
}

#[inline]
fn band(parcel: &Parcel) -> Band {
    Band::from_u8(parcel.priority)
}
