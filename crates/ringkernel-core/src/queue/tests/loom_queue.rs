//! Interleavings of what surrounds the rings: claims through `&self`, and the gate.
//!
//! The event inside the gate is not known to loom. It has no switch points of its own, so the model sees each
//! of its operations as one step; the announcement and the fences around it are modelled.

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
