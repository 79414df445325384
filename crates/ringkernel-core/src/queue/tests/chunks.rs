//! Chunks that are left half used, that panic, or that are leaked; and chunks between two threads.

use super::counted::{Counted, Drops};
use crate::queue::ring::{mpsc, spsc};
use crate::queue::{MpscQueue, SpscQueue};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

fn numbers(consumer: &mut spsc::Consumer<Counted>) -> Vec<u64> {
    std::iter::from_fn(|| consumer.pop()).map(|value| value.number).collect()
}

#[test]
fn values_are_seen_in_place_on_both_sides_of_the_wrap_around() {
    let (mut producer, mut consumer) = spsc::channel::<u64>(4).unwrap();
    assert_eq!(producer.push_batch(&mut (0..3)), 3);
    assert_eq!(consumer.pop_batch(2, drop), 2);
    assert_eq!(producer.push_batch(&mut (3..9)), 3);
    let mut chunk = consumer.read_chunk(9);
    assert_eq!(chunk.as_slices(), (&[2, 3][..], &[4, 5][..]));
    chunk.as_mut_slices().1[0] = 40;
    chunk.commit(1);
    assert_eq!(consumer.peek(), Some(&3));
    assert_eq!(consumer.read_chunk(9).into_iter().collect::<Vec<_>>(), [3, 40, 5]);
    assert_eq!(consumer.read_chunk(9).as_slices(), (&[][..], &[][..]));
}

#[test]
fn an_empty_ring_without_slots_gives_an_empty_chunk() {
    let (_producer, mut consumer) = spsc::channel::<String>(4).unwrap();
    let chunk = consumer.read_chunk(4);
    assert!(chunk.is_empty());
    assert_eq!(chunk.as_slices().0.len() + chunk.as_slices().1.len(), 0);
    chunk.commit_all();
    assert_eq!(consumer.peek(), None);
}

#[test]
fn a_batch_that_panics_keeps_what_was_given_before() {
    let drops = Drops::default();
    let (mut producer, mut consumer) = spsc::channel(4).unwrap();
    let mut values = (0..4).map(|number| if number == 2 { panic!("no value") } else { drops.value(number) });
    catch_unwind(AssertUnwindSafe(|| producer.push_batch(&mut values))).unwrap_err();
    assert_eq!(numbers(&mut consumer), [0, 1]);
    assert_eq!(drops.count(), 2);
}

#[test]
fn a_take_that_panics_leaves_the_rest_in_the_ring() {
    let drops = Drops::default();
    let (mut producer, mut consumer) = spsc::channel(4).unwrap();
    producer.push_batch(&mut (0..4).map(|number| drops.value(number)));
    let take = |value: Counted| assert_ne!(value.number, 1);
    catch_unwind(AssertUnwindSafe(|| consumer.pop_batch(4, take))).unwrap_err();
    assert_eq!((drops.count(), consumer.len()), (2, 2));
    assert_eq!(numbers(&mut consumer), [2, 3]);
}

#[test]
fn a_take_that_panics_leaves_the_rest_in_an_mpsc_queue() {
    let drops = Drops::default();
    let (producer, mut consumer) = MpscQueue::new(4).unwrap().split();
    assert_eq!(producer.try_enqueue_batch(&mut (0..4).map(|number| drops.value(number)).collect()), 4);
    let take = |value: Counted| assert_ne!(value.number, 1);
    catch_unwind(AssertUnwindSafe(|| consumer.try_dequeue_batch(4, take))).unwrap_err();
    assert_eq!((drops.count(), consumer.len(), consumer.statistics().total_dequeued), (2, 2, 2));
}

#[test]
fn leaked_chunks_free_nothing_twice() {
    let drops = Drops::default();
    let (mut producer, mut consumer) = spsc::channel(4).unwrap();
    producer.push_batch(&mut (0..4).map(|number| drops.value(number)));
    let mut values = consumer.read_chunk(4).into_iter();
    assert_eq!(values.next().unwrap().number, 0);
    assert_eq!(values.next().unwrap().number, 1);
    std::mem::forget(values);
    assert_eq!(consumer.peek().unwrap().number, 2);
    drop(consumer);
    assert!(producer.push(drops.value(9)).is_err());
    drop(producer);
    assert_eq!(drops.count(), 5);

    let (mut producer, mut consumer) = spsc::channel::<u64>(2).unwrap();
    let mut chunk = producer.write_chunk(2).unwrap();
    chunk.push(1).unwrap();
    std::mem::forget(chunk);
    producer.push(2).unwrap();
    assert_eq!((consumer.pop(), consumer.pop()), (Some(2), None));
}

#[test]
fn chunks_keep_order_and_content_between_two_threads() {
    let total = if cfg!(miri) { 300 } else { 200_000 };
    for (capacity, batch) in [(1, 1), (4, 3), (64, 64)] {
        let (mut producer, mut consumer) = SpscQueue::<Box<u64>>::new(capacity).unwrap().split();
        let sender = thread::spawn(move || {
            let mut values = (0..total).map(Box::new).peekable();
            while values.peek().is_some() {
                if let Some(mut chunk) = producer.write_chunk(batch) {
                    while chunk.remaining() > 0 {
                        let Some(value) = values.next() else { break };
                        chunk.push(value).unwrap();
                    }
                }
                if producer.try_enqueue_batch(&mut values) == 0 {
                    thread::yield_now();
                }
            }
        });
        let mut expected = 0;
        while !consumer.is_drained() {
            let chunk = consumer.read_chunk(batch);
            if chunk.is_empty() {
                thread::yield_now();
                continue;
            }
            let (front, back) = chunk.as_slices();
            assert!(front.iter().chain(back).zip(expected..).all(|(value, number)| **value == number));
            let some = chunk.len().div_ceil(2);
            expected += some as u64;
            chunk.commit(some);
            for value in consumer.read_chunk(1) {
                assert_eq!(*value, expected);
                expected += 1;
            }
        }
        assert_eq!(expected, total);
        sender.join().unwrap();
        assert_eq!(consumer.statistics().total_dequeued, total);
    }
}

#[test]
fn mpsc_batches_arrive_in_one_piece() {
    let batches = if cfg!(miri) { 20 } else { 10_000 };
    for capacity in [4, 64] {
        let (producer, mut consumer) = mpsc::channel::<(u64, u64)>(capacity).unwrap();
        let senders: Vec<_> = (0..2)
            .map(|who| {
                let producer = producer.clone();
                thread::spawn(move || {
                    for batch in 0..batches {
                        let mut values: Vec<_> = (0..3).map(|number| (who, batch * 3 + number)).collect();
                        while !values.is_empty() {
                            if producer.push_batch(&mut values) == 0 {
                                thread::yield_now();
                            }
                        }
                    }
                })
            })
            .collect();
        drop(producer);
        let mut next = [0; 2];
        while !consumer.is_drained() {
            let count = consumer.pop_batch(8, |(who, number)| {
                assert_eq!(number, next[who as usize]);
                next[who as usize] += 1;
            });
            if count == 0 {
                thread::yield_now();
            }
        }
        assert_eq!(next, [3 * batches; 2]);
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    }
}
