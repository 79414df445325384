//! A gate: where tasks wait for a condition that other threads make true.
//!
//! The two sides meet in the style of an event count. A waiter announces itself, issues a `SeqCst` fence
//! and looks at the condition again; a notifier changes the condition, issues a `SeqCst` fence and looks
//! for waiters. The fences are totally ordered, so at least one side sees the other: no wake-up is lost,
//! and a notifier that finds nobody waiting pays a fence and a load.

use crate::sync::atomic::{AtomicUsize, Ordering, fence};
use event_listener::{Event, EventListener, IntoNotification};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

#[cfg(not(loom))]
use event_listener::{Listener, listener};
#[cfg(not(loom))]
use std::time::Instant;

/// Where tasks of any executor wait until a condition holds.
pub struct Gate {
    waiting: AtomicUsize,
    event: Event,
}

impl Gate {
    /// A gate with nobody waiting.
    pub fn new() -> Self {
        Self { waiting: AtomicUsize::new(0), event: Event::new() }
    }

    /// Wakes up to `count` more waiters, after the condition was changed for that many.
    #[inline]
    pub fn notify(&self, count: usize) {
        // Pairs with the fence in `wait`.
        fence(Ordering::SeqCst);
        self.notify_after_fence(count);
    }

    /// As [`notify`](Self::notify), for callers that issued a `SeqCst` fence since they changed the condition.
    #[inline]
    pub fn notify_after_fence(&self, count: usize) {
        // Relaxed: ordered by the fence before it.
        if self.waiting.load(Ordering::Relaxed) != 0 {
            self.wake(count);
        }
    }

    /// Whether anybody waits, as far as this thread has heard. For notifiers that are ordered with the waiters by other
    /// means than the fence in [`notify`](Self::notify).
    #[inline]
    pub fn is_awaited(&self) -> bool {
        // Relaxed: the caller brings the order.
        self.waiting.load(Ordering::Relaxed) != 0
    }

    /// Wakes all waiters.
    pub fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    #[cold]
    fn wake(&self, count: usize) {
        self.event.notify(count.additional());
    }

    /// Runs `attempt` until it gives a value, sleeping in between until notified.
    ///
    /// Dropping the future is safe at any point: a notification that it received and did not use goes on
    /// to the next waiter.
    pub async fn wait<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> R {
        loop {
            if let Some(value) = attempt() {
                return value;
            }
            let notified = self.listen();
            if let Some(value) = attempt() {
                return value;
            }
            notified.await;
        }
    }

    /// Runs `attempt` until it gives a value, blocking the thread in between until notified. Allocates nothing.
    #[cfg(not(loom))]
    pub fn block<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> R {
        loop {
            let _announced = Announced::new(self);
            listener!(self.event => notified);
            // Pairs with the fence in `notify`.
            fence(Ordering::SeqCst);
            if let Some(value) = attempt() {
                return value;
            }
            notified.wait();
        }
    }

    /// A future of the next notification. Look at the condition after this call and before awaiting it; what
    /// changes after that look is then not missed.
    pub fn listen(&self) -> Waiting<'_> {
        let waiting = Waiting { _announced: Announced::new(self), listener: self.event.listen() };
        // Pairs with the fence in `notify`.
        fence(Ordering::SeqCst);
        waiting
    }
}

/// A task or thread that waits at a [`Gate`].
#[derive(Debug)]
pub struct Waiting<'a> {
    _announced: Announced<'a>,
    listener: EventListener,
}

impl Waiting<'_> {
    /// Blocks the thread until notified.
    #[cfg(not(loom))]
    pub fn block(self) {
        self.listener.wait();
    }

    /// Blocks the thread until notified, at most until `deadline`. False when that came first.
    #[cfg(not(loom))]
    pub fn block_until(self, deadline: Instant) -> bool {
        self.listener.wait_deadline(deadline).is_some()
    }
}

impl Future for Waiting<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.listener).poll(context)
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("waiting", &self.waiting.load(Ordering::Relaxed)).finish()
    }
}

/// Counts its owner as waiting for as long as it lives.
#[derive(Debug)]
struct Announced<'a>(&'a Gate);

impl<'a> Announced<'a> {
    fn new(gate: &'a Gate) -> Self {
        // Relaxed: the fence after it orders it before the second attempt.
        gate.waiting.fetch_add(1, Ordering::Relaxed);
        Self(gate)
    }
}

impl Drop for Announced<'_> {
    fn drop(&mut self) {
        // Relaxed: seen late, it costs a notifier one look at an empty list.
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
