//! Names that come, go and move, with messages on their way.

use super::*;
use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;

const NOBODY: AuditTag = AuditTag::unspecified();

#[tokio::test]
async fn a_dropped_endpoint_frees_its_name_and_reports_what_it_had() {
    let broker = broker();
    let sender = broker.register(id("a"));
    let receiver = broker.register(id("b"));
    let sent = sender.send(id("b"), numbered(1)).await.unwrap();
    sender.send_priority(id("b"), numbered(2), 255).await.unwrap();
    drop(receiver);
    assert!(!broker.is_registered(&id("b")));
    assert_eq!(sender.send(id("b"), numbered(3)).await.unwrap().status, DeliveryStatus::NotFound);
    assert_eq!(status_of(&broker, &sent.message_id), Some(DeliveryStatus::NotFound));
    let letters = broker.take_dead_letters();
    let kept: Vec<_> = letters.iter().map(|letter| (number(&letter.envelope), letter.reason)).collect();
    assert_eq!(kept, [(2, DeadLetterReason::KernelTerminated), (1, DeadLetterReason::KernelTerminated)]);
    let mut again = broker.register(id("b"));
    sender.send(id("b"), numbered(4)).await.unwrap();
    assert_eq!(numbers(&mut again), [4]);
}

#[tokio::test]
async fn a_replaced_endpoint_gives_out_what_it_has_and_then_ends() {
    let broker = broker();
    let sender = broker.register(id("a"));
    let mut first = broker.register(id("b"));
    sender.send(id("b"), numbered(1)).await.unwrap();
    let mut second = broker.register(id("b"));
    sender.send(id("b"), numbered(2)).await.unwrap();
    assert_eq!(number(&first.receive().await.unwrap().envelope), 1);
    assert_eq!(first.receive().await, None);
    let error = first.send(id("a"), numbered(3)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::KernelTerminated { .. }));
    drop(first);
    assert!(broker.is_registered(&id("b")), "the name is the other's");
    assert_eq!(numbers(&mut second), [2]);
    assert_eq!(broker.stats().registered_endpoints, 2);
}

#[tokio::test]
async fn a_receiver_that_waits_hears_when_its_name_is_taken_away() {
    let broker = broker();
    let mut endpoint = broker.register(id("b"));
    let receiving = tokio::spawn(async move { endpoint.receive().await });
    tokio::task::yield_now().await;
    assert!(broker.unregister(&id("b")) && !broker.unregister(&id("b")));
    assert_eq!(receiving.await.unwrap(), None);
}

#[tokio::test]
async fn a_kernel_that_moves_leaves_its_tenant_with_nothing_of_it() {
    let broker = broker();
    let old_friend = broker.register_tenant(1, NOBODY, id("old friend"));
    let mut new_friend = broker.register_tenant(2, NOBODY, id("new friend"));
    let kernel = broker.register_tenant(1, AuditTag::new(1, 1), id("kernel"));
    old_friend.send(id("kernel"), numbered(1)).await.unwrap();
    let waiting = old_friend.send(id("kernel"), numbered(2)).await.unwrap();
    let old_sender = kernel.sender().clone();
    let kernel = super::broker().move_kernel(kernel, 2, NOBODY).expect_err("another broker has no say in it");
    assert_eq!(
        (broker.tenant_of(&id("kernel")), kernel.tenant_id(), kernel.pending_count()),
        (Some(1), 1, 2)
    );
    let mut kernel = broker.move_kernel(kernel, 2, AuditTag::new(2, 2)).unwrap();
    assert_eq!((broker.tenant_of(&id("kernel")), kernel.tenant_id()), (Some(2), 2));
    assert_eq!(broker.registered_kernels_for(1), [id("old friend")]);
    assert_eq!(broker.registered_kernels_for(2), [id("kernel"), id("new friend")]);
    assert!(kernel.try_receive().is_none());
    assert_eq!(broker.take_dead_letters().len(), 2);
    assert_eq!(status_of(&broker, &waiting.message_id), Some(DeliveryStatus::TenantMismatch));

    let error = old_friend.send(id("kernel"), numbered(3)).await.unwrap_err();
    assert!(matches!(error, RingKernelError::TenantMismatch { from: 1, to: 2 }));
    assert!(old_sender.send(id("old friend"), numbered(4)).await.is_err());
    kernel.send(id("new friend"), numbered(5)).await.unwrap();
    new_friend.send(id("kernel"), numbered(6)).await.unwrap();
    assert_eq!(new_friend.receive().await.unwrap().audit_tag(), AuditTag::new(2, 2));
    assert_eq!(numbers(&mut kernel), [6]);
    drop(kernel);
    assert!(!broker.is_registered(&id("kernel")));
}

#[tokio::test]
async fn receipts_outlive_their_sender() {
    let broker = broker();
    let mut receiver = broker.register(id("b"));
    let sender = broker.register(id("a"));
    let receipt = sender.send(id("b"), numbered(1)).await.unwrap();
    let late = sender.send(id("b"), numbered(1).with_deadline_ns(1)).await.unwrap();
    drop(sender);
    assert_eq!(broker.get_receipt(&receipt.message_id), Some(receipt));
    assert_eq!(numbers(&mut receiver), [1]);
    assert_eq!(status_of(&broker, &late.message_id), Some(DeliveryStatus::Timeout));
}

#[tokio::test]
async fn members_that_know_each_other_do_not_keep_each_other() {
    let broker = broker();
    let (left, right) = (broker.register(id("left")), broker.register(id("right")));
    left.send(id("right"), numbered(1)).await.unwrap();
    right.send(id("left"), numbered(1)).await.unwrap();
    let weak =
        [id("left"), id("right")].map(|name| Arc::downgrade(&broker.names.get(0, name.as_str()).unwrap()));
    drop((left, right));
    assert_eq!(weak.map(|member| member.strong_count()), [0, 0]);
}

#[tokio::test]
async fn names_are_listed_in_order() {
    let broker = broker();
    let _endpoints = ["c", "a", "b"].map(|name| broker.register(id(name)));
    assert_eq!(broker.registered_kernels(), [id("a"), id("b"), id("c")]);
    assert_eq!(broker.tenant_count(), 1);
    assert_eq!(broker.config(), &K2KConfig::default());
}
