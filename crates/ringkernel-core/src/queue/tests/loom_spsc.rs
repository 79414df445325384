//! All interleavings of the SPSC ring in its smallest interesting cases.

use crate::queue::ring::PushError;
use crate::queue::ring::spsc::{Ring, channel};
use crate::sync::Arc;
use loom::thread;

fn model(test: impl Fn() + Send + Sync + 'static) {
    let builder = loom::model::Builder::new();
    builder.check(test);
}

fn check_order(capacity: usize, count: u64) {
    model(move || {
        let (mut producer, mut consumer) = channel::<u64>(capacity).unwrap();
        let sender = thread::spawn(move || {
            for number in 0..count {
                while producer.push(number).is_err() {
                    thread::yield_now();
                }
            }
        });
        for expected in 0..count {
            let number = loop {
                match consumer.pop() {
                    Some(number) => break number,
                    None => thread::yield_now(),
                }
            };
            assert_eq!(number, expected);
        }
        sender.join().unwrap();
        assert_eq!(consumer.pop(), None);
        assert!(consumer.is_drained());
    });
}

#[test]
fn loom_spsc_one_push_meets_one_pop() {
    check_order(1, 1);
}

#[test]
fn loom_spsc_capacity_one_wraps_around() {
    check_order(1, 3);
}

#[test]
fn loom_spsc_capacity_two_wraps_around() {
    check_order(2, 4);
}

#[test]
fn loom_spsc_length_never_exceeds_the_capacity_nor_underflows() {
    model(|| {
        let ring = Arc::new(Ring::<u64>::new(1).unwrap());
        let reader = Arc::clone(&ring);
        let observer = thread::spawn(move || assert!(reader.len() <= 1));
        for number in 0..2 {
            // SAFETY: only this thread pushes.
            unsafe { ring.push(number, |_| ()) }.unwrap();
            // SAFETY: only this thread pops.
            assert_eq!(unsafe { ring.pop() }, Some((number, number)));
        }
        observer.join().unwrap();
    });
}

/// The consumer closes at any moment of two pushes: what was accepted is taken before the ring counts as
/// drained, and what was not comes back.
fn check_close(capacity: usize, taken_before: usize) {
    model(move || {
        let ring = Arc::new(Ring::<Box<u64>>::new(capacity).unwrap());
        let remote = Arc::clone(&ring);
        let sender = thread::spawn(move || {
            let mut accepted = 0;
            for number in 0..2 {
                // SAFETY: only this thread pushes.
                match unsafe { remote.push_settled(Box::new(number), |_| ()) } {
                    Ok(position) => {
                        assert_eq!(position, accepted);
                        accepted += 1;
                    }
                    Err(PushError::Closed(value) | PushError::Full(value)) => assert_eq!(*value, number),
                }
            }
            accepted
        });
        let mut taken = 0;
        let mut take = || {
            // SAFETY: only this thread pops.
            let value = unsafe { ring.pop() };
            taken += u64::from(value.is_some());
            value.is_some()
        };
        for _ in 0..taken_before {
            take();
        }
        // SAFETY: only this thread is the consumer.
        unsafe { ring.close_as_consumer() };
        while take() {}
        assert!(ring.is_drained());
        assert_eq!(sender.join().unwrap(), taken);
        // SAFETY: only this thread pops.
        assert_eq!(unsafe { ring.pop() }, None);
    });
}

#[test]
fn loom_spsc_close_by_the_consumer_loses_no_accepted_push() {
    check_close(2, 0);
    check_close(1, 0);
}

#[test]
fn loom_spsc_close_after_a_pop_takes_nothing_twice() {
    check_close(2, 1);
    check_close(1, 1);
}

#[test]
fn loom_spsc_both_sides_close_at_once() {
    model(|| {
        let ring = Arc::new(Ring::<u64>::new(2).unwrap());
        let remote = Arc::clone(&ring);
        let sender = thread::spawn(move || {
            // SAFETY: only this thread is the producer.
            let accepted = unsafe { remote.push_settled(7, |_| ()) }.is_ok();
            // SAFETY: as above.
            unsafe { remote.close_as_producer() };
            accepted
        });
        // SAFETY: only this thread is the consumer.
        unsafe { ring.close_as_consumer() };
        // SAFETY: as above.
        let taken = unsafe { ring.pop() }.is_some();
        assert!(ring.is_drained());
        assert_eq!(sender.join().unwrap(), taken);
    });
}

#[test]
fn loom_spsc_producer_gone_is_seen_after_its_values() {
    model(|| {
        let (mut producer, mut consumer) = channel::<u64>(2).unwrap();
        let sender = thread::spawn(move || {
            producer.push(1).unwrap();
            producer.push(2).unwrap();
        });
        let mut taken = Vec::new();
        while !consumer.is_drained() {
            match consumer.pop() {
                Some(number) => taken.push(number),
                None => thread::yield_now(),
            }
        }
        assert_eq!(taken, [1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn loom_spsc_leftovers_are_dropped_once() {
    model(|| {
        let drops = Arc::new(());
        let (mut producer, mut consumer) = channel(2).unwrap();
        let token = Arc::clone(&drops);
        let sender = thread::spawn(move || {
            for _ in 0..3 {
                drop(producer.push(Arc::clone(&token)));
            }
        });
        drop(consumer.pop());
        drop(consumer);
        sender.join().unwrap();
        assert_eq!(Arc::strong_count(&drops), 1);
    });
}
