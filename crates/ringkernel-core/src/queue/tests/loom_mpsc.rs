//! All interleavings of the MPSC ring in its smallest interesting cases.

use crate::queue::ring::PushError;
use crate::queue::ring::mpsc::channel;
use crate::sync::Arc;
use loom::thread;

fn model(test: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(test);
}

/// Two producers try `pushes` times each beside a consumer that tries `pops` times: what was accepted arrives
/// once, each producer's in order, and the ring takes another value afterwards. Nobody retries, because a
/// model of three threads that wait for each other in circles does not end.
fn check_order(capacity: usize, pushes: u64, pops: usize) {
    model(move || {
        let (producer, mut consumer) = channel::<(usize, u64)>(capacity).unwrap();
        let senders: Vec<_> = (0..2)
            .map(|who| {
                let producer = producer.clone();
                thread::spawn(move || {
                    (0..pushes).filter(|&number| producer.push((who, number)).is_ok()).count()
                })
            })
            .collect();
        let mut taken = Vec::new();
        taken.extend((0..pops).filter_map(|_| consumer.pop()));
        let accepted: usize = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
        taken.extend(std::iter::from_fn(|| consumer.pop()));
        assert_eq!(taken.len(), accepted);
        assert!(accepted >= capacity.min(2));
        for who in 0..2 {
            let numbers: Vec<_> = taken.iter().filter(|value| value.0 == who).collect();
            assert!(numbers.is_sorted());
        }
        assert!(consumer.is_empty());
        producer.push((2, 0)).unwrap();
        assert_eq!(consumer.pop(), Some((2, 0)));
    });
}

#[test]
fn loom_mpsc_capacity_one_wraps_around() {
    check_order(1, 1, 2);
}

#[test]
fn loom_mpsc_capacity_two_wraps_around() {
    check_order(2, 2, 2);
}

/// Batches of two beside single pushes and pops: a batch arrives in one piece and in order.
fn check_batch(capacity: usize, pops: usize) {
    model(move || {
        let (producer, mut consumer) = channel::<u64>(capacity).unwrap();
        producer.push(90).unwrap();
        let batcher = {
            let producer = producer.clone();
            thread::spawn(move || {
                let mut values = vec![1, 2];
                producer.push_batch(&mut values)
            })
        };
        let single = thread::spawn(move || usize::from(producer.push(9).is_ok()));
        let mut taken: Vec<_> = (0..pops).filter_map(|_| consumer.pop()).collect();
        let pushed = batcher.join().unwrap();
        let accepted = 1 + pushed + single.join().unwrap();
        taken.extend(std::iter::from_fn(|| consumer.pop()));
        assert_eq!(taken.len(), accepted);
        assert!(consumer.is_drained());
        taken.retain(|value| *value < 9);
        assert!(taken.into_iter().eq(1..=pushed as u64));
    });
}

#[test]
fn loom_mpsc_batches_find_the_slots_that_are_being_freed() {
    check_batch(2, 1);
}

#[test]
fn loom_mpsc_batches_and_single_pushes_share_the_slots() {
    check_batch(4, 0);
}

#[test]
fn loom_mpsc_one_producer_wraps_around() {
    model(|| {
        let (producer, mut consumer) = channel::<u64>(1).unwrap();
        let sender = thread::spawn(move || {
            for number in 0..3 {
                while producer.push(number).is_err() {
                    thread::yield_now();
                }
            }
        });
        let mut taken = Vec::new();
        while !consumer.is_drained() {
            match consumer.pop() {
                Some(number) => taken.push(number),
                None => thread::yield_now(),
            }
        }
        assert_eq!(taken, [0, 1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn loom_mpsc_close_loses_no_accepted_push() {
    for capacity in [1, 2] {
        model(move || {
            let (producer, mut consumer) = channel::<Box<usize>>(capacity).unwrap();
            let senders: Vec<_> = (0..2)
                .map(|who| {
                    let producer = producer.clone();
                    thread::spawn(move || match producer.push(Box::new(who)) {
                        Ok(()) => 1,
                        Err(PushError::Closed(value) | PushError::Full(value)) => {
                            assert_eq!(*value, who);
                            0
                        }
                    })
                })
                .collect();
            consumer.close();
            let mut taken = 0;
            while !consumer.is_drained() {
                match consumer.pop() {
                    Some(_) => taken += 1,
                    None => thread::yield_now(),
                }
            }
            let accepted: usize = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
            assert_eq!(accepted, taken);
        });
    }
}

#[test]
fn loom_mpsc_leftovers_are_dropped_once() {
    model(|| {
        let drops = Arc::new(());
        let (producer, mut consumer) = channel(2).unwrap();
        let senders: Vec<_> = (0..2)
            .map(|_| {
                let (producer, token) = (producer.clone(), Arc::clone(&drops));
                thread::spawn(move || drop(producer.push(token)))
            })
            .collect();
        drop(producer);
        drop(consumer.pop());
        drop(consumer);
        for sender in senders {
            sender.join().unwrap();
        }
        assert_eq!(Arc::strong_count(&drops), 1);
    });
}
