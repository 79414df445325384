//! Many senders at once, on real threads.

use std::collections::HashMap;
use std::thread;

use super::*;

const SENDERS: u64 = 4;
const EACH: u64 = if cfg!(miri) { 50 } else { 5_000 };

/// Every message arrives once, and those of one sender and band in order, through an inbox that is mostly full.
#[test]
fn nothing_is_lost_doubled_or_reordered_between_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap();
    runtime.block_on(async {
        let broker = K2KBuilder::new().max_pending_messages(7).delivery_timeout_ms(60_000).build();
        let mut receiver = broker.register(id("b"));
        let mut sending = Vec::new();
        for sender in 0..SENDERS {
            let endpoint = broker.register(id(&format!("sender {sender}")));
            sending.push(tokio::spawn(async move {
                for message in 0..EACH {
                    let envelope = numbered(message).with_priority((message % 2 * 100 + 60) as u8);
                    let receipt = endpoint.send(id("b"), envelope).await.unwrap();
                    assert_eq!(receipt.status, DeliveryStatus::Delivered);
                }
            }));
        }
        let mut next = HashMap::new();
        for _ in 0..SENDERS * EACH {
            let message = receiver.receive().await.unwrap();
            let number = number(&message.envelope);
            let expected = next.entry((message.source, message.priority)).or_insert(number % 2);
            assert_eq!(number, *expected);
            *expected += 2;
        }
        for task in sending {
            task.await.unwrap();
        }
        assert_eq!((receiver.try_receive(), receiver.pending_count()), (None, 0));
        assert_eq!(broker.stats().messages_delivered, SENDERS * EACH);
    });
}

/// What was accepted is taken or reported, however an endpoint's end and a send meet.
#[test]
fn an_endpoint_that_leaves_under_fire_loses_nothing() {
    let broker = K2KBuilder::new().max_pending_messages(1 << 10).delivery_timeout_ms(0).build();
    for round in 0..if cfg!(miri) { 3 } else { 200 } {
        let mut receiver = broker.register(id("b"));
        let threads: Vec<_> = (0..3)
            .map(|thread| {
                let sender = broker.register(id(&format!("{round} {thread}")));
                thread::spawn(move || {
                    let sends = (0..100).map(|message| sender.try_send(&id("b"), numbered(message)));
                    sends.filter(Result::is_ok).count()
                })
            })
            .collect();
        let mut taken = 0;
        while taken < round && receiver.try_receive().is_some() {
            taken += 1;
        }
        drop(receiver);
        let accepted: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!(accepted, taken + broker.take_dead_letters().len());
    }
}

/// Several tasks may send through one endpoint, and register, route and look meanwhile.
#[test]
fn one_endpoint_sends_for_many_threads_while_names_change() {
    let broker = K2KBuilder::new().max_pending_messages(1 << 16).build();
    let mut receiver = broker.register(id("b"));
    let sender = broker.register(id("a"));
    thread::scope(|scope| {
        for _ in 0..3 {
            let (sender, broker) = (sender.sender().clone(), broker.clone());
            scope.spawn(move || {
                for message in 0..EACH / 5 {
                    sender.try_send(&id("b"), numbered(message)).unwrap();
                    if message % 50 == 0 {
                        drop(broker.register(id("passing")));
                        broker.add_route(id("x"), id("b")).unwrap();
                        broker.stats();
                    }
                }
            });
        }
    });
    assert_eq!(numbers(&mut receiver).len() as u64, 3 * (EACH / 5));
}

/// A sender remembers the ways to fewer names than these, so that its threads take the places of each other's.
#[test]
fn threads_of_one_sender_with_more_names_than_it_remembers_all_get_on() {
    const NAMES: u64 = 64;
    let broker = K2KBuilder::new().max_pending_messages(1 << 16).build();
    let names: Vec<_> = (0..NAMES).map(|name| id(&format!("receiver {name}"))).collect();
    let mut receivers: Vec<_> = names.iter().map(|name| broker.register(name.clone())).collect();
    let sender = broker.register(id("a"));
    thread::scope(|scope| {
        for first in 0..3 {
            let (sender, names) = (sender.sender().clone(), &names);
            scope.spawn(move || {
                for message in 0..EACH {
                    let name = &names[((first * 21 + message) % NAMES) as usize];
                    let receipt = sender.try_send(name, numbered(message)).unwrap();
                    assert_eq!(receipt.status, DeliveryStatus::Delivered);
                }
            });
        }
    });
    let received: usize = receivers.iter_mut().map(|receiver| numbers(receiver).len()).sum();
    assert_eq!(received as u64, 3 * EACH);
}
