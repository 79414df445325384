//! Who waits for room hears of it, whatever those do who have made it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use super::*;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::timer;

/// Longer than a sender waits before it looks for room by itself.
const PAST_ALL_LOOKS: Duration = Duration::from_millis(200);

fn patient(max_pending_messages: usize) -> Arc<K2KBroker> {
    K2KBuilder::new().max_pending_messages(max_pending_messages).delivery_timeout_ms(3_600_000).build()
}

#[tokio::test]
async fn a_receiver_that_goes_on_to_something_else_keeps_no_sender_waiting() {
    let broker = patient(16);
    let (sender, mut receiver) = (broker.register(id("a")), broker.register(id("b")));
    for index in 0..16 {
        sender.send(id("b"), numbered(index)).await.unwrap();
    }
    let waiting = tokio::spawn(async move { sender.send(id("b"), numbered(16)).await.unwrap().status });
    timer::sleep(PAST_ALL_LOOKS).await;
    assert_eq!(number(&receiver.receive().await.unwrap().envelope), 0);
    // It takes no other, and tells nobody of one place.
    let sent = tokio::time::timeout(Duration::from_secs(60), waiting).await;
    assert_eq!(sent.expect("there is room").unwrap(), DeliveryStatus::Delivered);
    assert_eq!(receiver.pending_count(), 16);
}

#[tokio::test]
async fn two_that_wait_for_each_others_room_both_hear_of_it() {
    let broker = patient(16);
    let (mut left, mut right) = (broker.register(id("left")), broker.register(id("right")));
    for index in 0..16 {
        left.send(id("right"), numbered(index)).await.unwrap();
        right.send(id("left"), numbered(index)).await.unwrap();
    }
    // Each has one to send, and takes one before it waits: a place at either, of which nobody is told.
    let exchange = async |endpoint: &mut K2KEndpoint, other: &str| {
        let sender = endpoint.sender().clone();
        let to = id(other);
        let sending = tokio::spawn(async move { sender.send(to, numbered(16)).await.unwrap().status });
        timer::sleep(PAST_ALL_LOOKS).await;
        endpoint.receive().await.unwrap();
        sending.await.unwrap()
    };
    let both = async { tokio::join!(exchange(&mut left, "right"), exchange(&mut right, "left")) };
    let sent = tokio::time::timeout(Duration::from_secs(60), both).await.expect("nobody waits for ever");
    assert_eq!(sent, (DeliveryStatus::Delivered, DeliveryStatus::Delivered));
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A sender that waits and who is woken for it.
struct Waiting<'a>(Pin<Box<Sending<'a>>>, Arc<Woken>);

impl<'a> Waiting<'a> {
    fn on(sending: Sending<'a>) -> Self {
        let mut waiting = Self(Box::pin(sending), Arc::default());
        assert!(waiting.poll().is_pending());
        waiting.1.0.store(0, Ordering::SeqCst);
        waiting
    }

    fn poll(&mut self) -> Poll<crate::Result<DeliveryReceipt>> {
        self.0.as_mut().poll(&mut Context::from_waker(&self.1.clone().into()))
    }

    fn is_woken(&self) -> bool {
        self.1.0.load(Ordering::SeqCst) > 0
    }

    fn is_sent(&mut self) -> bool {
        matches!(self.poll(), Poll::Ready(Ok(receipt)) if receipt.status == DeliveryStatus::Delivered)
    }
}

/// Nobody looks by the clock here, because no time has to pass.
#[test]
fn each_place_that_becomes_free_is_told_to_somebody_at_once() {
    let broker = patient(16);
    let (sender, mut receiver) = (broker.register(id("a")), broker.register(id("b")));
    for index in 0..16 {
        sender.try_send(&id("b"), numbered(index)).unwrap();
    }
    let [mut first, mut second] = [16, 17].map(|index| Waiting::on(sender.send(id("b"), numbered(index))));
    receiver.try_receive().unwrap();
    assert!(first.is_woken() && first.is_sent() && !second.is_woken());
    receiver.try_receive().unwrap();
    assert!(second.is_woken() && second.is_sent());
    assert_eq!(numbers(&mut receiver).len(), 16);
}

#[test]
fn a_place_whose_first_hearer_has_given_up_is_told_to_the_next() {
    let broker = patient(1);
    let (sender, mut receiver) = (broker.register(id("a")), broker.register(id("b")));
    sender.try_send(&id("b"), numbered(0)).unwrap();
    let [first, mut second] = [1, 2].map(|index| Waiting::on(sender.send(id("b"), numbered(index))));
    receiver.try_receive().unwrap();
    drop(first);
    assert!(second.is_woken() && second.is_sent());
}
