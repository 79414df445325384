//! The ring of mailboxes between threads of the system, and what becomes of leftovers.

use std::sync::Arc;
use std::thread;

use crate::queue::ring::mailbox::{Refusal, Rest, channel};

const EACH: usize = if cfg!(miri) { 60 } else { 20_000 };

#[test]
fn values_of_each_thread_arrive_once_and_in_order_and_never_more_wait_than_may() {
    const LIMIT: usize = 5;
    let (producer, mut consumer) = channel::<(usize, Box<usize>)>(LIMIT).unwrap();
    let producer = &producer;
    thread::scope(|scope| {
        for who in 0..3 {
            scope.spawn(move || {
                for number in 0..EACH {
                    while producer.push(|| (who, Box::new(number))).is_err() {
                        thread::yield_now();
                    }
                }
            });
        }
        let (mut next, mut taken) = ([0; 3], 0);
        while taken < 3 * EACH {
            assert!(consumer.len() <= LIMIT);
            let Some((who, number)) = consumer.pop(|value| value) else {
                thread::yield_now();
                continue;
            };
            consumer.give_back();
            assert_eq!(*number, next[who]);
            next[who] += 1;
            taken += 1;
        }
    });
    assert_eq!((consumer.pop(|_| ()), producer.len()), (None, 0));
}

#[test]
fn a_sleeper_is_woken_by_the_next_push_and_by_no_other() {
    let (producer, mut consumer) = channel::<u8>(4).unwrap();
    assert_eq!((consumer.rest(), consumer.rest()), (Rest::Sleep, Rest::Sleep));
    assert_eq!([producer.push(|| 1), producer.push(|| 2)], [Ok(true), Ok(false)]);
    assert_eq!(consumer.rest(), Rest::Coming);
    assert_eq!([consumer.pop(|value| value), consumer.pop(|value| value)], [Some(1), Some(2)]);
    assert_eq!(consumer.rest(), Rest::Sleep);
    producer.close();
    assert_eq!((consumer.rest(), consumer.is_drained()), (Rest::Over, true));
    assert_eq!(producer.push(|| 3), Err(Refusal::Closed));
}

#[test]
fn places_that_are_not_given_back_stay_taken_and_a_limit_of_none_takes_nothing() {
    let (producer, mut consumer) = channel::<u8>(3).unwrap();
    (0..3).for_each(|number| assert_eq!(producer.push(|| number), Ok(false)));
    assert_eq!(producer.push(|| 3), Err(Refusal::Full));
    assert_eq!(consumer.pop(|value| value), Some(0));
    assert_eq!(producer.push(|| 3), Err(Refusal::Full));
    consumer.give_back();
    consumer.give_back();
    assert_eq!([producer.push(|| 3), producer.push(|| 4)], [Ok(false), Err(Refusal::Full)]);
    let (producer, _consumer) = channel::<u8>(0).unwrap();
    assert_eq!(producer.push(|| 0), Err(Refusal::Full));
}

#[test]
fn leftovers_are_destroyed_with_the_ring() {
    let value = Arc::new(());
    let (producer, mut consumer) = channel(8).unwrap();
    (0..5).for_each(|_| assert_eq!(producer.push(|| value.clone()), Ok(false)));
    consumer.pop(drop);
    drop(consumer);
    assert_eq!(producer.push(|| value.clone()), Err(Refusal::Closed));
    assert_eq!(Arc::strong_count(&value), 5);
    drop(producer);
    assert_eq!(Arc::strong_count(&value), 1);
}
