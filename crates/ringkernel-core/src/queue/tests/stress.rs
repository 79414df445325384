//! Several threads at full speed, with every message checked.

use super::counted::Drops;
use crate::queue::ring::{mpsc, spsc};
use crate::queue::{MessageQueue, MpscQueue, QueueError, SpscQueue};
use std::sync::Arc;
use std::thread;

const MESSAGES: u64 = if cfg!(miri) { 150 } else { 200_000 };

/// A message whose words agree, so that a torn read shows.
fn message(number: u64) -> [u64; 8] {
    std::array::from_fn(|word| number.wrapping_mul(word as u64 + 1))
}

#[test]
fn a_bare_spsc_ring_keeps_order_and_content() {
    for capacity in [1, 2, 64] {
        let (mut producer, mut consumer) = spsc::channel(capacity).unwrap();
        let sender = thread::spawn(move || {
            for number in 0..MESSAGES {
                while producer.push(message(number)).is_err() {
                    thread::yield_now();
                }
            }
        });
        let mut next = 0;
        while !consumer.is_drained() {
            match consumer.pop() {
                Some(taken) => {
                    assert_eq!(taken, message(next));
                    next += 1;
                }
                None => thread::yield_now(),
            }
        }
        assert_eq!(next, MESSAGES);
        sender.join().unwrap();
    }
}

#[test]
fn a_bare_mpsc_ring_keeps_each_producers_order_and_content() {
    for capacity in [1, 2, 64] {
        let (producer, mut consumer) = mpsc::channel(capacity).unwrap();
        let senders: Vec<_> = (0..3_u64)
            .map(|who| {
                let producer = producer.clone();
                thread::spawn(move || {
                    for number in 0..MESSAGES / 3 {
                        while producer.push((who, message(number))).is_err() {
                            thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        drop(producer);
        let mut next = [0; 3];
        while !consumer.is_drained() {
            match consumer.pop() {
                Some((who, taken)) => {
                    assert_eq!(taken, message(next[who as usize]));
                    next[who as usize] += 1;
                }
                None => thread::yield_now(),
            }
        }
        assert_eq!(next, [MESSAGES / 3; 3]);
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    }
}

/// Several threads on both sides of one shared queue, closed in the middle: what was accepted is taken
/// exactly once, and every message is dropped exactly once.
fn check_shared(queue: impl MessageQueue<super::counted::Counted> + 'static, drops: Drops) {
    let queue = Arc::new(queue);
    let senders: Vec<_> = (0..2)
        .map(|_| {
            let (queue, drops) = (Arc::clone(&queue), drops.clone());
            thread::spawn(move || {
                let mut accepted = 0_u64;
                for number in 1..=MESSAGES / 4 {
                    let mut pending = drops.value(number);
                    loop {
                        match queue.try_enqueue(pending) {
                            Ok(()) => accepted += number,
                            Err(QueueError::Full(back)) => {
                                pending = back;
                                thread::yield_now();
                                continue;
                            }
                            Err(_) => return (accepted, number),
                        }
                        break;
                    }
                }
                (accepted, MESSAGES / 4)
            })
        })
        .collect();
    let takers: Vec<_> = (0..2)
        .map(|_| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                let mut sum = 0_u64;
                loop {
                    match queue.try_dequeue() {
                        Some(message) => sum += message.number,
                        // In this order: a closed queue accepts nothing, so once empty it stays so.
                        None if queue.is_closed() && queue.is_empty() => return sum,
                        None => thread::yield_now(),
                    }
                }
            })
        })
        .collect();
    while queue.statistics().total_enqueued < MESSAGES / 4 {
        thread::yield_now();
    }
    queue.close();
    let sent: Vec<_> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    let taken: u64 = takers.into_iter().map(|taker| taker.join().unwrap()).sum();
    let late: u64 = std::iter::from_fn(|| queue.try_dequeue()).map(|message| message.number).sum();
    assert_eq!(taken + late, sent.iter().map(|(sum, _)| sum).sum::<u64>());
    assert_eq!(drops.count() as u64, sent.iter().map(|(_, made)| made).sum::<u64>());
}

#[test]
fn a_shared_spsc_queue_loses_nothing_between_four_threads() {
    for capacity in [1, 16] {
        let drops = Drops::default();
        check_shared(SpscQueue::new(capacity).unwrap(), drops);
    }
}

#[test]
fn a_shared_mpsc_queue_loses_nothing_between_four_threads() {
    for capacity in [1, 16] {
        let drops = Drops::default();
        check_shared(MpscQueue::new(capacity).unwrap(), drops);
    }
}

#[test]
fn halves_closed_by_the_consumer_in_full_flight_lose_nothing() {
    for round in 0..if cfg!(miri) { 5 } else { 500 } {
        let (mut producer, mut consumer) = SpscQueue::new(4).unwrap().split();
        let sender = thread::spawn(move || {
            let mut accepted = 0_u64;
            loop {
                match producer.try_enqueue(Box::new(accepted)) {
                    Ok(()) => accepted += 1,
                    Err(QueueError::Full(_)) => thread::yield_now(),
                    Err(_) => return accepted,
                }
            }
        });
        let mut taken = 0;
        while taken < round % 7 {
            taken += u64::from(consumer.try_dequeue().is_some());
        }
        consumer.close();
        // The sender is told with its next message, and only then is the end known.
        while !consumer.is_drained() {
            match consumer.try_dequeue() {
                Some(message) => {
                    assert_eq!(message, Box::new(taken));
                    taken += 1;
                }
                None => thread::yield_now(),
            }
        }
        assert_eq!(sender.join().unwrap(), taken);
    }
}
