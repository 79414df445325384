//! All interleavings of the SPSC ring in its smallest interesting cases.

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
        let (ring, mut producer, mut consumer) = Ring::<u64>::new(1).unwrap();
        let ring = Arc::new(ring);
        let reader = Arc::clone(&ring);
        let observer = thread::spawn(move || assert!(reader.len() <= 1));
        for number in 0..2 {
            // SAFETY: the side was made with the ring.
            unsafe { ring.push(&mut producer, number, |_| ()) }.unwrap();
            // SAFETY: as above.
            assert_eq!(unsafe { ring.pop(&mut consumer) }, Some((number, number)));
        }
        observer.join().unwrap();
    });
}

/// The consumer closes at any moment of two pushes: what was accepted is taken before the ring counts as
/// drained, and what was not comes back.
fn check_close(capacity: usize, taken_before: usize) {
    model(move || {
        let (ring, mut producer, mut consumer) = Ring::<Box<u64>>::new(capacity).unwrap();
        let ring = Arc::new(ring);
        let remote = Arc::clone(&ring);
        let sender = thread::spawn(move || {
            let mut accepted = 0;
            for number in 0..2 {
                // SAFETY: the side was made with the ring.
                if let Ok(position) = unsafe { remote.push(&mut producer, Box::new(number), |_| ()) } {
                    assert_eq!(position, accepted);
                    accepted += 1;
                }
            }
            // SAFETY: as above.
            unsafe { remote.close_as_producer(&mut producer) };
            accepted
        });
        // SAFETY: the side was made with the ring.
        let mut taken = (0..taken_before).filter_map(|_| unsafe { ring.pop(&mut consumer) }).count() as u64;
        // SAFETY: as above.
        unsafe { ring.close_as_consumer(&mut consumer) };
        while !ring.is_drained() {
            // SAFETY: as above.
            match unsafe { ring.pop(&mut consumer) } {
                Some(_) => taken += 1,
                None => thread::yield_now(),
            }
        }
        assert!(ring.is_over());
        // SAFETY: as above.
        assert_eq!(unsafe { ring.pop(&mut consumer) }, None);
        assert_eq!(sender.join().unwrap(), taken);
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

/// Batches of two beside chunks of two, which are iterated to the end or left after the first value.
fn check_chunks(capacity: usize, values: u64, moved: usize) {
    model(move || {
        let (mut producer, mut consumer) = channel::<u64>(capacity).unwrap();
        let sender = thread::spawn(move || {
            let mut numbers = 0..values;
            while !numbers.is_empty() {
                if producer.push_batch(&mut numbers) == 0 {
                    thread::yield_now();
                }
            }
        });
        let mut taken = Vec::new();
        while taken.len() < values as usize {
            let before = taken.len();
            taken.extend(consumer.read_chunk(2).into_iter().take(moved));
            if taken.len() == before {
                thread::yield_now();
            }
        }
        assert!(taken.into_iter().eq(0..values));
        sender.join().unwrap();
        assert!(consumer.read_chunk(2).is_empty() && consumer.is_drained());
    });
}

#[test]
fn loom_spsc_chunks_wrap_around() {
    check_chunks(2, 4, 2);
}

#[test]
fn loom_spsc_chunks_left_early_keep_the_rest() {
    check_chunks(2, 3, 1);
}

#[test]
fn loom_spsc_reserved_slots_are_published_together() {
    model(|| {
        let (mut producer, mut consumer) = channel::<u64>(2).unwrap();
        let sender = thread::spawn(move || {
            let mut chunk = producer.write_chunk(2).unwrap();
            chunk.push(1).unwrap();
            chunk.push(2).unwrap();
            chunk.commit();
        });
        if consumer.peek() == Some(&1) {
            assert_eq!(consumer.read_chunk(2).len(), 2);
        }
        sender.join().unwrap();
        assert_eq!([consumer.pop(), consumer.pop(), consumer.pop()], [Some(1), Some(2), None]);
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
