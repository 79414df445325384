//! All interleavings of the mailbox ring in its smallest interesting cases.

use crate::queue::ring::mailbox::{Refusal, Rest, channel};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

fn model(test: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(test);
}

/// Two producers push one value each into `limit` places beside a consumer that takes `pops` times: what was accepted arrives once,
/// and loom watches that no slot is written before it was read.
fn check_places(limit: usize, pops: usize) {
    model(move || {
        let (producer, mut consumer) = channel::<usize>(limit).unwrap();
        let producer = Arc::new(producer);
        producer.push(|| 9).unwrap();
        let senders: Vec<_> = (0..2)
            .map(|who| {
                let producer = producer.clone();
                thread::spawn(move || producer.push(|| who).is_ok())
            })
            .collect();
        let mut take = || {
            let value = consumer.pop(|value| value);
            value.into_iter().for_each(|_| consumer.give_back());
            value
        };
        let mut taken: Vec<_> = (0..pops).filter_map(|_| take()).collect();
        assert!(producer.len() <= limit);
        let accepted = senders.into_iter().map(|sender| sender.join().unwrap());
        let accepted: Vec<_> = accepted.enumerate().filter_map(|(who, ok)| ok.then_some(who)).collect();
        taken.extend(std::iter::from_fn(take));
        assert_eq!(taken.remove(0), 9);
        taken.sort_unstable();
        assert_eq!(taken, accepted);
        assert!(accepted.len() >= limit.min(3) - 1);
        assert_eq!(producer.push(|| 5), Ok(false));
        assert_eq!((producer.len(), consumer.len()), (1, 1));
        assert_eq!((consumer.pop(|value| value), consumer.pop(|value| value)), (Some(5), None));
    });
}

#[test]
fn loom_mailbox_with_one_place_wraps_around() {
    check_places(1, 2);
}

#[test]
fn loom_mailbox_with_two_places_wraps_around() {
    check_places(2, 2);
}

#[test]
fn loom_mailbox_has_no_more_places_than_its_limit_though_it_has_the_slots() {
    check_places(3, 1);
}

/// A value whose place was not given back keeps it.
#[test]
fn loom_mailbox_places_of_what_is_set_aside_stay_taken() {
    model(|| {
        let (producer, mut consumer) = channel::<usize>(1).unwrap();
        producer.push(|| 1).unwrap();
        let sender = thread::spawn(move || (producer.push(|| 2), producer));
        assert_eq!(consumer.pop(|value| value), Some(1));
        let (pushed, producer) = sender.join().unwrap();
        assert_eq!(pushed, Err(Refusal::Full));
        consumer.give_back();
        assert_eq!(producer.push(|| 3), Ok(false));
    });
}

/// Whoever pushes while the consumer sleeps, or is going to, learns of it: one of the two sees the other.
#[test]
fn loom_mailbox_loses_no_wake_up() {
    model(|| {
        let (producer, mut consumer) = channel::<usize>(2).unwrap();
        let (producer, woken) = (Arc::new(producer), Arc::new(AtomicBool::new(false)));
        let senders: Vec<_> = (0..2)
            .map(|who| {
                let (producer, woken) = (producer.clone(), woken.clone());
                thread::spawn(move || {
                    if producer.push(|| who).unwrap() {
                        assert!(!woken.swap(true, Ordering::Relaxed), "one of them wakes");
                    }
                })
            })
            .collect();
        let taken = usize::from(consumer.pop(|value| value).is_some());
        let rest = consumer.rest();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        match rest {
            Rest::Sleep => assert_eq!(woken.load(Ordering::Relaxed), taken < 2),
            Rest::Coming => assert!(!woken.load(Ordering::Relaxed)),
            Rest::Over => panic!("nobody has closed it"),
        }
        assert_eq!(std::iter::from_fn(|| consumer.pop(|value| value)).count(), 2 - taken);
    });
}

/// What was pushed before the end comes, and nothing after it.
#[test]
fn loom_mailbox_ends_exactly() {
    model(|| {
        let (producer, mut consumer) = channel::<usize>(2).unwrap();
        let producer = Arc::new(producer);
        let sender = {
            let producer = producer.clone();
            thread::spawn(move || producer.push(|| 1).is_ok())
        };
        producer.close();
        let mut taken = usize::from(consumer.pop(|value| value).is_some());
        let was_over = consumer.rest() == Rest::Over;
        assert_eq!(consumer.is_drained(), was_over);
        let pushed = sender.join().unwrap();
        let late = std::iter::from_fn(|| consumer.pop(|value| value)).count();
        assert!(!was_over || late == 0);
        taken += late;
        assert_eq!(taken, usize::from(pushed));
        assert_eq!((consumer.rest(), consumer.is_drained()), (Rest::Over, true));
        assert_eq!(producer.push(|| 2), Err(Refusal::Closed));
    });
}
