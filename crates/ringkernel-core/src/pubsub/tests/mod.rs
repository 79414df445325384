//! What a broker promises, by subject. Times are those of a manual clock.

mod authority;
mod delivery;
mod faults;
mod forgetting;
mod limits;
mod overflow;
mod persistence;
mod ports;
mod quality;
mod registrations;
mod retained;
mod threads;
mod topics;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Delivery, PubSubBuilder, Publication, ReceiveError, Subscription, Topic};
use crate::clock::{ManualClock, TimeSource};
use crate::hlc::HlcTimestamp;
use crate::message::{MessageEnvelope, MessageHeader, MessageId};

const SECOND: Duration = Duration::from_secs(1);

/// An envelope that holds a number and has an id of its own.
fn envelope(number: u64) -> MessageEnvelope {
    let mut header = MessageHeader::new(1, 8);
    header.message_id = MessageId::generate();
    MessageEnvelope { header, payload: number.to_le_bytes().as_slice().into() }
}

/// A publication of a number by `publisher`.
fn publication(topic: &str, number: u64) -> Publication {
    Publication::new(topic, "publisher", envelope(number), HlcTimestamp::new(1, 0, 1))
}

/// The number in a publication.
fn number(publication: &Publication) -> u64 {
    u64::from_le_bytes(publication.envelope.payload[..].try_into().expect("eight bytes"))
}

/// A builder that goes by the clock, which nobody else moves.
fn with_clock() -> (PubSubBuilder, ManualClock) {
    let clock = ManualClock::new();
    (PubSubBuilder::new().time(TimeSource::Manual(clock.clone())), clock)
}

/// The next publication, which has to be there.
fn next(subscription: &mut Subscription) -> Delivery {
    subscription.try_receive().expect("a publication")
}

/// The numbers of all publications that are there.
fn numbers(subscription: &mut Subscription) -> Vec<u64> {
    let mut found = Vec::new();
    loop {
        match subscription.try_receive() {
            Ok(delivery) => found.push(number(&delivery)),
            Err(ReceiveError::Empty) => return found,
            Err(error) => panic!("{error} after {found:?}"),
        }
    }
}

/// What a future gives at its first look, and at a second one after `between`.
fn before_and_after<F: Future>(future: F, between: impl FnOnce()) -> (Option<F::Output>, Option<F::Output>) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
        return (Some(output), None);
    }
    between();
    match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => (None, Some(output)),
        Poll::Pending => (None, None),
    }
}

fn topic(name: &str) -> Topic {
    Topic::from(name)
}
