//! What comes of one message.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::field::{Field, Visit};

use super::*;
use crate::dead_letter::DeadLetterReason;
use crate::message::Priority;
use crate::timer;

#[tokio::test]
async fn a_message_arrives_with_its_way_and_what_the_broker_knows() {
    let broker = broker();
    let tag = AuditTag::new(3, 4);
    let sender = broker.register_tenant(7, tag, id("a"));
    let mut receiver = broker.register_tenant(7, AuditTag::unspecified(), id("b"));
    let mut envelope = numbered(1).with_priority(200);
    // What a sender claims does not count.
    (envelope.header.tenant_id, envelope.header.audit_tag) = (99, AuditTag::new(9, 9));
    let receipt = sender.send(id("b"), envelope).await.unwrap();
    assert_eq!(
        (receipt.status, &receipt.source, &receipt.destination),
        (DeliveryStatus::Delivered, &id("a"), &id("b"))
    );
    assert!(receipt.status.is_accepted());
    assert_eq!(receiver.pending_count(), 1);
    let message = receiver.receive().await.unwrap();
    assert_eq!((message.id, message.sent_at), (receipt.message_id, receipt.timestamp));
    assert_eq!((&message.source, &message.destination), (&id("a"), &id("b")));
    assert_eq!((message.hops, message.priority, number(&message.envelope)), (0, 200, 1));
    assert_eq!((message.tenant_id(), message.audit_tag()), (7, tag));
    assert_eq!(message.envelope.header.message_id, message.id);
    assert!(!message.id.is_nil());
    assert_eq!(broker.get_receipt(&receipt.message_id), Some(receipt));
    assert_eq!(receiver.pending_count(), 0);
}

#[tokio::test]
async fn an_id_that_a_message_has_is_kept() {
    let broker = broker();
    let mut endpoint = broker.register(id("self"));
    let mut envelope = numbered(1);
    envelope.header.message_id = MessageId::from_parts(5, 6);
    let receipt = endpoint.send(id("self"), envelope).await.unwrap();
    assert_eq!(receipt.message_id, MessageId::from_parts(5, 6));
    assert_eq!(endpoint.try_receive().unwrap().id, receipt.message_id);
}

#[tokio::test]
async fn what_is_sent_after_something_was_received_is_later_by_every_clock() {
    let broker = broker();
    let (mut left, mut right) = (broker.register(id("left")), broker.register(id("right")));
    let mut last = crate::HlcTimestamp::zero();
    for round in 0..1000 {
        left.send(id("right"), numbered(round)).await.unwrap();
        let there = right.receive().await.unwrap().sent_at;
        right.send(id("left"), numbered(round)).await.unwrap();
        let back = left.receive().await.unwrap().sent_at;
        assert!(last < there && there < back, "{last} {there} {back}");
        last = back;
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_not_found() {
    let broker = broker();
    let sender = broker.register(id("a"));
    let receipt = sender.send(id("nobody"), numbered(1)).await.unwrap();
    assert_eq!(receipt.status, DeliveryStatus::NotFound);
    assert_eq!(status_of(&broker, &receipt.message_id), Some(DeliveryStatus::NotFound));
    let refusal = sender.try_send(&id("nobody"), numbered(2)).unwrap_err();
    assert_eq!(number(&refusal.envelope), 2);
    assert!(
        matches!(refusal.reason, RefusalReason::Undelivered(receipt) if receipt.status == DeliveryStatus::NotFound)
    );
    assert_eq!(broker.stats().messages_delivered, 0);
}

#[tokio::test]
async fn a_full_inbox_is_full_at_exactly_its_bound() {
    for bound in [0, 1, 3, 4, 100] {
        let broker = impatient(bound);
        let mut receiver = broker.register(id("b"));
        let sender = broker.register(id("a"));
        for message in 0..bound as u64 {
            let envelope = numbered(message).with_priority((message * 37) as u8);
            assert_eq!(sender.send(id("b"), envelope).await.unwrap().status, DeliveryStatus::Delivered);
        }
        let receipt = sender.send(id("b"), numbered(0)).await.unwrap();
        assert_eq!(receipt.status, DeliveryStatus::QueueFull, "{bound}");
        assert_eq!(status_of(&broker, &receipt.message_id), Some(DeliveryStatus::QueueFull));
        if receiver.try_receive().is_some() {
            assert_eq!(sender.send(id("b"), numbered(0)).await.unwrap().status, DeliveryStatus::Delivered);
            assert_eq!(sender.send(id("b"), numbered(0)).await.unwrap().status, DeliveryStatus::QueueFull);
        }
        assert_eq!(receiver.pending_count(), bound);
    }
}

#[tokio::test]
async fn a_sender_waits_for_room_and_gives_up_at_the_timeout() {
    let broker = K2KBuilder::new().max_pending_messages(1).delivery_timeout_ms(20).build();
    let mut receiver = broker.register(id("b"));
    let sender = broker.register(id("a"));
    sender.send(id("b"), numbered(1)).await.unwrap();
    let receipt = sender.send(id("b"), numbered(2)).await.unwrap();
    assert_eq!(receipt.status, DeliveryStatus::Timeout);
    assert_eq!(status_of(&broker, &receipt.message_id), Some(DeliveryStatus::Timeout));
    assert_eq!(numbers(&mut receiver), [1]);
}

#[tokio::test]
async fn a_sender_that_waits_goes_on_as_soon_as_there_is_room() {
    let broker = K2KBuilder::new().max_pending_messages(1).delivery_timeout_ms(60_000).build();
    let mut receiver = broker.register(id("b"));
    let sender = broker.register(id("a"));
    let sending = tokio::spawn(async move {
        for message in 0..1000 {
            let receipt = sender.send(id("b"), numbered(message)).await.unwrap();
            assert_eq!(receipt.status, DeliveryStatus::Delivered);
        }
    });
    for message in 0..1000 {
        assert_eq!(number(&receiver.receive().await.unwrap().envelope), message);
    }
    sending.await.unwrap();
}

#[tokio::test]
async fn a_waiting_sender_hears_when_its_destination_leaves() {
    let broker = K2KBuilder::new().max_pending_messages(1).delivery_timeout_ms(60_000).build();
    let receiver = broker.register(id("b"));
    let sender = broker.register(id("a"));
    sender.send(id("b"), numbered(1)).await.unwrap();
    let sending = tokio::spawn(async move { sender.send(id("b"), numbered(2)).await.unwrap().status });
    timer::sleep(Duration::from_millis(5)).await;
    drop(receiver);
    assert_eq!(sending.await.unwrap(), DeliveryStatus::NotFound);
}

#[tokio::test]
async fn a_waiting_sender_goes_on_with_whoever_takes_the_name_over() {
    let broker = K2KBuilder::new().max_pending_messages(1).delivery_timeout_ms(60_000).build();
    let _first = broker.register(id("b"));
    let sender = broker.register(id("a"));
    sender.send(id("b"), numbered(1)).await.unwrap();
    let sending = tokio::spawn(async move { sender.send(id("b"), numbered(2)).await.unwrap().status });
    timer::sleep(Duration::from_millis(5)).await;
    let mut second = broker.register(id("b"));
    assert_eq!(sending.await.unwrap(), DeliveryStatus::Delivered);
    assert_eq!(numbers(&mut second), [2]);
}

#[tokio::test]
async fn higher_bands_are_taken_first_and_each_in_its_order() {
    let broker = broker();
    let mut receiver = broker.register(id("b"));
    let sender = broker.register(id("a"));
    for (number, level) in [(1, Priority::Normal), (2, Priority::Low), (3, Priority::Critical)] {
        sender.send_priority(id("b"), numbered(number), level.as_u8()).await.unwrap();
    }
    assert_eq!(number(&receiver.receive().await.unwrap().envelope), 3);
    for (number, level) in
        [(4, Priority::High), (5, Priority::Critical), (6, Priority::Normal), (7, Priority::Low)]
    {
        broker.send_priority(id("a"), id("b"), numbered(number), level.as_u8()).await.unwrap();
    }
    assert_eq!(numbers(&mut receiver), [5, 4, 1, 6, 2, 7]);
    sender.send(id("b"), numbered(8)).await.unwrap();
    assert_eq!(numbers(&mut receiver), [8]);
}

#[tokio::test]
async fn a_message_is_not_given_out_after_its_deadline() {
    let broker = broker();
    let mut receiver = broker.register(id("b"));
    let sender = broker.register(id("a"));
    let late = sender.send(id("b"), numbered(1).with_deadline_ns(1)).await.unwrap();
    let in_an_hour = crate::clock::now_ns() + 3_600_000_000_000;
    sender.send(id("b"), numbered(2).with_deadline_ns(in_an_hour)).await.unwrap();
    assert_eq!(late.status, DeliveryStatus::Delivered);
    assert_eq!(number(&receiver.receive().await.unwrap().envelope), 2);
    assert_eq!(status_of(&broker, &late.message_id), Some(DeliveryStatus::Timeout));
    let letters = broker.take_dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].reason, letters[0].kernel.clone()), (DeadLetterReason::Expired, Some(id("b"))));
    assert_eq!(number(&letters[0].envelope), 1);
}

#[tokio::test]
async fn the_receipts_of_a_sender_are_bounded_and_can_be_none() {
    for kept in [0, 5] {
        let broker = K2KBuilder::new().receipts_kept(kept).build();
        let mut receiver = broker.register(id("b"));
        let sender = broker.register(id("a"));
        let mut sent = Vec::new();
        for message in 0..20 {
            sent.push(sender.send(id("b"), numbered(message)).await.unwrap());
            receiver.try_receive().unwrap();
        }
        let known = sent.iter().filter(|receipt| broker.get_receipt(&receipt.message_id).is_some()).count();
        assert_eq!(known, kept);
        assert_eq!(broker.get_receipt(&MessageId::from_parts(1, 1)), None);
    }
}

/// A port that holds what it takes while it is open.
#[derive(Default)]
struct Held {
    open: AtomicBool,
    messages: Mutex<Vec<K2KMessage>>,
}

impl K2KPort for Held {
    fn deliver(&self, message: K2KMessage) -> Result<(), (K2KMessage, DeliveryStatus)> {
        if !self.open.load(Ordering::SeqCst) {
            return Err((message, DeliveryStatus::QueueFull));
        }
        self.messages.lock().unwrap().push(message);
        Ok(())
    }
}

#[tokio::test]
async fn a_port_takes_messages_and_a_sender_waits_until_it_does() {
    let broker = broker();
    let port = Arc::new(Held::default());
    let attachment = broker.attach(7, AuditTag::new(1, 2), id("port"), port.clone());
    let sender = broker.register_tenant(7, AuditTag::new(5, 6), id("a"));
    assert!(matches!(
        sender.try_send(&id("port"), numbered(1)).unwrap_err().reason,
        RefusalReason::Undelivered(receipt) if receipt.status == DeliveryStatus::QueueFull
    ));
    let sending = tokio::spawn(async move {
        let receipt = sender.send(id("port"), numbered(2)).await.unwrap();
        (sender, receipt)
    });
    timer::sleep(Duration::from_millis(5)).await;
    port.open.store(true, Ordering::SeqCst);
    let (mut sender, receipt) = sending.await.unwrap();
    assert_eq!(receipt.status, DeliveryStatus::Delivered);
    let message = port.messages.lock().unwrap().remove(0);
    assert_eq!((number(&message.envelope), &message.source, message.tenant_id()), (2, &id("a"), 7));
    assert_eq!(message.audit_tag(), AuditTag::new(5, 6));

    // It sends, too, and what it cannot handle after all is reported.
    attachment.sender().send(id("a"), numbered(3)).await.unwrap();
    assert_eq!(numbers(&mut sender), [3]);
    broker.report_undelivered(message, DeliveryStatus::Timeout, DeadLetterReason::HandlerFault);
    assert_eq!(status_of(&broker, &receipt.message_id), Some(DeliveryStatus::Timeout));
    assert_eq!(broker.take_dead_letters()[0].reason, DeadLetterReason::HandlerFault);

    drop(attachment);
    assert_eq!(sender.send(id("port"), numbered(4)).await.unwrap().status, DeliveryStatus::NotFound);
    assert!(port.messages.lock().unwrap().is_empty());
}

/// Collects the fields of events of the broker.
#[derive(Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!("{}={value:?} ", field.name()));
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "ringkernel::k2k"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = String::new();
        event.record(&mut Fields(&mut line));
        self.0.lock().unwrap().push(line);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn with_tracing_every_message_is_logged_and_without_none() {
    let lines = |enabled| {
        let log = Log::default();
        let lines = log.0.clone();
        tracing::subscriber::with_default(log, || {
            let broker = K2KBuilder::new().enable_tracing(enabled).build();
            let sender = broker.register_tenant(7, AuditTag::unspecified(), id("a"));
            sender.try_send(&id("a"), numbered(1)).unwrap();
            sender.try_send(&id("b"), numbered(2)).unwrap_err();
        });
        let lines = lines.lock().unwrap();
        lines.clone()
    };
    assert!(lines(false).is_empty());
    let [accepted, refused] = <[String; 2]>::try_from(lines(true)).unwrap();
    for part in ["source=a ", "destination=a ", "tenant=7 ", "hops=0 ", "status=Delivered "] {
        assert!(accepted.contains(part), "{accepted}");
    }
    assert!(refused.contains("destination=b ") && refused.contains("status=NotFound "), "{refused}");
}
