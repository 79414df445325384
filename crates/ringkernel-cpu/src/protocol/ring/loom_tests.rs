//! The smallest interesting interleavings of the ring, with slots that are used again, closing and counting.

use super::*;

fn same<T>(message: T) -> T {
    message
}
use loom::thread;

fn both(producer: Producer<u32>) -> (Producer<u32>, Producer<u32>) {
    (Producer(producer.0.clone()), producer)
}

#[test]
fn two_producers_and_a_consumer_that_reuses_a_slot() {
    loom::model(|| {
        let (producer, mut consumer) = ring(1);
        let (first, second) = both(producer);
        let pushing = thread::spawn(move || first.push(1, 1, same).is_ok());
        let mut taken = Vec::new();
        let mut take = |consumer: &mut Consumer<u32>| {
            taken.extend(consumer.take().map(Taken::into_inner));
        };
        // The second push may find the slot taken, free, or free again: loom reports a race if it writes before the
        // consumer has read.
        let mut pushed = u32::from(second.push(2, 1, same).is_ok());
        take(&mut consumer);
        pushed += u32::from(second.push(3, 1, same).is_ok());
        pushed += u32::from(pushing.join().unwrap());
        take(&mut consumer);
        take(&mut consumer);
        assert_eq!(taken.len(), pushed as usize);
    });
}

#[test]
fn who_was_accepted_is_counted_when_the_owner_closes() {
    loom::model(|| {
        let (producer, consumer) = ring(2);
        let (pusher, closer) = both(producer);
        let pushing = thread::spawn(move || pusher.push(1, 2, same).is_ok());
        closer.close();
        // The owner waits for exactly this many messages, and then nobody else's can come.
        let awaited = consumer.held();
        assert_eq!(awaited, usize::from(pushing.join().unwrap()));
    });
}

#[test]
fn nobody_sees_more_messages_than_there_can_be() {
    loom::model(|| {
        let (producer, mut consumer) = ring(1);
        let (first, second) = both(producer);
        let looking = thread::spawn(move || assert!(first.held() <= 1));
        for value in 1..=2 {
            second.push(value, 1, same).unwrap();
            assert_eq!(consumer.take().map(Taken::into_inner), Some(value));
        }
        looking.join().unwrap();
    });
}

#[test]
fn a_released_message_makes_room_for_the_producer_that_sees_it() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (producer, mut consumer) = ring(1);
        producer.push(1, 1, same).unwrap();
        let pushing = thread::spawn(move || {
            // The second of them lies where the first message was: loom reports a race if it is written before the
            // consumer has read that.
            for value in 2..=3 {
                while producer.push(value, 1, same).is_err() {
                    thread::yield_now();
                }
            }
        });
        let mut taken = Vec::new();
        while taken.len() < 3 {
            match taken.len() {
                // Read in place, while it counts against the bound no more.
                0 => taken.extend(consumer.take().map(|message| *message)),
                _ => taken.extend(consumer.take_aside().inspect(|_| consumer.release())),
            }
            thread::yield_now();
        }
        assert_eq!(taken, [1, 2, 3]);
        pushing.join().unwrap();
    });
}
