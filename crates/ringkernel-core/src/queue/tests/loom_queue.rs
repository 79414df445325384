//! Interleavings of what surrounds the rings: claims through `&self`, and the gate.
//!
//! The event inside the gate is not known to loom. It has no switch points of its own, so the model sees each
//! of its operations as one step; the announcement and the fences around it are modelled.

use crate::queue::lazy_gate::LazyGate;
use crate::queue::{Gate, MessageQueue, MpscQueue, SpscQueue};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

fn model(test: impl Fn() + Send + Sync + 'static) {
    let builder = loom::model::Builder::new();
    builder.check(test);
}

#[test]
fn loom_claims_keep_two_producers_of_an_spsc_queue_apart() {
    model(|| {
        let queue = Arc::new(SpscQueue::<u64>::new(2).unwrap());
        let other = Arc::clone(&queue);
        let sender = thread::spawn(move || other.try_enqueue(1).unwrap());
        queue.try_enqueue(2).unwrap();
        sender.join().unwrap();
        let taken = [queue.try_dequeue(), queue.try_dequeue(), queue.try_dequeue()];
        assert!(matches!(taken, [Some(1), Some(2), None] | [Some(2), Some(1), None]));
    });
}

#[test]
fn loom_claims_keep_two_consumers_of_an_mpsc_queue_apart() {
    model(|| {
        let queue = Arc::new(MpscQueue::<u64>::new(2).unwrap());
        queue.try_enqueue(1).unwrap();
        queue.try_enqueue(2).unwrap();
        let other = Arc::clone(&queue);
        let receiver = thread::spawn(move || other.try_dequeue().unwrap());
        let sum = queue.try_dequeue().unwrap() + receiver.join().unwrap();
        assert_eq!((sum, queue.len()), (3, 0));
    });
}

#[test]
fn loom_claims_keep_two_consumers_of_an_empty_spsc_queue_apart() {
    model(|| {
        let queue = Arc::new(SpscQueue::<u64>::new(2).unwrap());
        let other = Arc::clone(&queue);
        let receiver = thread::spawn(move || other.try_dequeue());
        assert_eq!(queue.try_dequeue(), None);
        assert_eq!(receiver.join().unwrap(), None);
    });
}

struct Woken(std::sync::atomic::AtomicBool);

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

/// Polls once beside a thread that makes the condition true: the poll succeeds or the task is woken.
fn check_no_lost_wake_up(notify: fn(&Gate, &AtomicBool)) {
    model(move || {
        let shared = Arc::new((Gate::new(), AtomicBool::new(false)));
        let remote = Arc::clone(&shared);
        let notifier = thread::spawn(move || notify(&remote.0, &remote.1));
        let woken = std::sync::Arc::new(Woken(Default::default()));
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        let attempt = || shared.1.load(Ordering::Relaxed).then_some(());
        let mut wait = pin!(shared.0.wait(attempt));
        let poll = wait.as_mut().poll(&mut Context::from_waker(&waker));
        notifier.join().unwrap();
        if poll == Poll::Pending {
            assert!(woken.0.load(std::sync::atomic::Ordering::SeqCst), "lost wake-up");
        }
    });
}

#[test]
fn loom_gate_loses_no_wake_up() {
    check_no_lost_wake_up(|gate, condition| {
        condition.store(true, Ordering::Relaxed);
        gate.notify(1);
    });
}

#[test]
#[should_panic(expected = "lost wake-up")]
fn loom_gate_needs_the_fence_of_the_notifier() {
    check_no_lost_wake_up(|gate, condition| {
        condition.store(true, Ordering::Relaxed);
        gate.notify_after_fence(1);
    });
}

/// One poll of a waiter at a lazy gate, which a thread notifies: whether it is ready, and whether it was woken.
fn poll_lazily(shared: &Arc<(LazyGate, AtomicBool)>) -> (bool, bool) {
    let remote = Arc::clone(shared);
    let notifier = thread::spawn(move || {
        remote.1.store(true, Ordering::Relaxed);
        remote.0.notify(1);
    });
    let woken = std::sync::Arc::new(Woken(Default::default()));
    let waker = Waker::from(std::sync::Arc::clone(&woken));
    shared.0.arm();
    let mut listener = pin!(shared.0.listen());
    let ready = shared.1.load(Ordering::Relaxed)
        || listener.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Ready(());
    notifier.join().unwrap();
    (ready, woken.0.load(std::sync::atomic::Ordering::SeqCst))
}

#[test]
fn loom_lazy_gate_that_is_armed_loses_no_wake_up() {
    model(|| {
        let shared = Arc::new((LazyGate::new(), AtomicBool::new(false)));
        shared.0.arm();
        let (ready, woken) = poll_lazily(&shared);
        assert!(ready || woken, "lost wake-up");
    });
}

#[test]
fn loom_lazy_gate_that_is_being_armed_needs_the_second_look() {
    let missed = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&missed);
    model(move || {
        let shared = Arc::new((LazyGate::new(), AtomicBool::new(false)));
        let (ready, woken) = poll_lazily(&shared);
        if !ready && !woken {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            // What the waiter finds when it looks again.
            assert!(shared.1.load(Ordering::Relaxed));
        }
    });
    assert!(
        missed.load(std::sync::atomic::Ordering::Relaxed) > 0,
        "the looks by the clock are there for something"
    );
}

#[test]
fn loom_closing_a_shared_spsc_queue_is_exact() {
    model(|| {
        let queue = Arc::new(SpscQueue::<u64>::new(2).unwrap());
        let other = Arc::clone(&queue);
        let sender = thread::spawn(move || other.try_enqueue(1).is_ok());
        queue.close();
        let taken = queue.try_dequeue().is_some();
        assert!(queue.is_empty());
        assert_eq!(sender.join().unwrap(), taken);
        assert_eq!(queue.try_dequeue(), None);
    });
}
