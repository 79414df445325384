//! Ours with everything: messages are encoded behind a 256-byte header with an identifier and a timestamp, pass through a queue
//! that counts and wakes, and are decoded.

use crossbeam_utils::Backoff;
use ringkernel::hlc::HlcClock;
use ringkernel::prelude::*;
use ringkernel::queue::{MpscQueue, QueueError, SpscQueue};

use super::CAPACITY;
use super::drive::{one_sender, two_senders};
use super::packet::Received;

/// A message that says which one it is.
pub(crate) trait Numbered: RingMessage {
    fn numbered(number: u64) -> Self;
    fn number(&self) -> u64;
}

/// A message of 64 bytes, all words of which hold its number.
#[derive(RingMessage)]
pub(crate) struct Note64 {
    words: [u64; 8],
}

/// A message of 512 bytes, all words of which hold its number.
#[derive(RingMessage)]
pub(crate) struct Note512 {
    words: [u64; 64],
}

macro_rules! numbered {
    ($message:ident) => {
        impl Numbered for $message {
            fn numbered(number: u64) -> Self {
                Self { words: [number; _] }
            }

            fn number(&self) -> u64 {
                let last = self.words[self.words.len() - 1];
                assert!(self.words.iter().step_by(8).all(|word| *word == last), "a message was torn");
                last
            }
        }
    };
}

numbered!(Note64);
numbered!(Note512);

/// A whole message, as a backend would put it into a mailbox.
fn envelope<M: Numbered>(clock: &HlcClock, number: u64) -> MessageEnvelope {
    let mut envelope = MessageEnvelope::new(&M::numbered(number));
    envelope.header.timestamp = clock.tick();
    envelope
}

fn number_in<M: Numbered>(envelope: &MessageEnvelope) -> u64 {
    assert!(envelope.header.timestamp.physical() > 0, "a message has no time");
    envelope.decode::<M>().expect("the message that was packed").number()
}

fn room_or_back(sent: Result<(), QueueError<MessageEnvelope>>) -> Result<(), MessageEnvelope> {
    match sent {
        Ok(()) => Ok(()),
        Err(QueueError::Full(envelope)) => Err(envelope),
        Err(other) => panic!("{other:?}"),
    }
}

pub(crate) fn one_by_one<M: Numbered>(count: u64) -> f64 {
    let (mut producer, mut consumer) = SpscQueue::new(CAPACITY).expect("a power of two").split();
    let clock = HlcClock::new(1);
    one_sender(
        count,
        move || {
            for number in 0..count {
                let mut message = envelope::<M>(&clock, number);
                while let Err(refused) = room_or_back(producer.try_enqueue(message)) {
                    message = refused;
                    std::hint::spin_loop();
                }
            }
        },
        move |received| {
            while !received.is_complete() {
                match consumer.try_dequeue() {
                    Some(envelope) => received.take_number(number_in::<M>(&envelope)),
                    None => std::hint::spin_loop(),
                }
            }
        },
    )
}

pub(crate) fn two_producers(count: u64) -> f64 {
    let (producer, mut consumer) = MpscQueue::new(CAPACITY).expect("a power of two").split();
    let senders = [producer.clone(), producer].map(|producer| {
        move |sender| {
            let clock = HlcClock::new(sender as u32 + 1);
            for position in 0..count / 2 {
                let mut message = envelope::<Note64>(&clock, Received::<2>::number(sender, position));
                let backoff = Backoff::new();
                while let Err(refused) = room_or_back(producer.try_enqueue(message)) {
                    message = refused;
                    backoff.snooze();
                }
            }
        }
    });
    two_senders(count, senders, |received| {
        let backoff = Backoff::new();
        while !received.is_complete() {
            match consumer.try_dequeue() {
                Some(envelope) => {
                    received.take_number(number_in::<Note64>(&envelope));
                    backoff.reset();
                }
                None => backoff.snooze(),
            }
        }
    })
}
