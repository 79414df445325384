//! Kernel to kernel when the message cannot get there: refused with the reason, or a dead letter at the target.

use std::time::Duration;

use ringkernel::context::K2KRefusal;
use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;
use ringkernel::runtime::WaitingOn;

use crate::kernels::peers::{
    AskPeer, Asked, Connect, Forward, ForwardByName, ForwardTo, ForwardUnhandled, Forwarded, reason,
};
use crate::kernels::plain::{Doubled, Number};
use crate::kernels::sender::{SendToItself, Sent};
use crate::rig::{Factory, Rig, processed, reachable, receive_all};
use crate::wait::{LIMIT, eventually};

async fn connected(rig: &Rig, target: ActorRef, options: LaunchOptions) -> KernelHandle {
    let peer = rig.launch_as("peer", "testkit.peer", options).await;
    peer.send(Connect { target }).await.unwrap();
    peer
}

/// Asserts that one message is refused for this reason.
async fn refused<M: RingMessage>(peer: &KernelHandle, message: M, refusal: K2KRefusal) {
    let forwarded: Forwarded = peer.call(message, LIMIT).await.unwrap();
    assert_eq!(
        (forwarded.accepted, forwarded.refused, forwarded.reason),
        (0, 1, reason(refusal)),
        "{refusal}"
    );
}

/// Every way in which a message cannot be accepted at once.
pub async fn a_message_that_cannot_be_delivered_is_refused_with_the_reason(factory: Factory) {
    let rig = Rig::start(factory).await;
    let small = reachable().with_max_payload(16);
    let target = rig.launch_as("handles", "testkit.doubler", reachable()).await;
    let closed = rig.launch_as("target", "testkit.doubler", LaunchOptions::default()).await;
    let narrow = rig.launch_as("narrow", "testkit.doubler", small).await;
    let peer = connected(&rig, target.actor_ref(), reachable()).await;
    refused(&peer, ForwardUnhandled, K2KRefusal::Unhandled).await;
    refused(&peer, ForwardByName { value: 1 }, K2KRefusal::TargetNotFound).await;
    let to = |target: ActorRef| ForwardTo { target, value: 1 };
    refused(&peer, to(closed.actor_ref()), K2KRefusal::TargetNotFound).await;
    refused(&peer, to(ActorRef::NONE), K2KRefusal::TargetNotFound).await;
    refused(&peer, to(ActorRef::from_parts(u32::MAX, u32::MAX)), K2KRefusal::TargetNotFound).await;
    // A number with its id has 24 bytes.
    refused(&peer, to(narrow.actor_ref()), K2KRefusal::TooLarge).await;
    closed.terminate().await.unwrap();
    refused(&peer, ForwardByName { value: 1 }, K2KRefusal::TargetNotFound).await;
    let lonely = rig.launch_as("lonely", "testkit.peer", LaunchOptions::default()).await;
    refused(&lonely, to(target.actor_ref()), K2KRefusal::NotEnabled).await;
    lonely.send(Connect { target: target.actor_ref() }).await.unwrap();
    let asked: Asked = lonely.call(AskPeer { value: 1 }, LIMIT).await.unwrap();
    assert!(asked.correlation.is_nil());
    assert_eq!(target.status().messages_processed, 0);
    assert_eq!(rig.metrics().dead_letters, 0, "a refused message is the sender's");
    rig.finish().await;
}

/// The outbox is bounded; what does not fit comes back.
pub async fn a_full_outbox_gives_the_message_back(factory: Factory) {
    const COUNT: u32 = 100_000;
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = LIMIT).await;
    let target = rig.launch_as("target", "testkit.silent", reachable()).await;
    let peer = connected(&rig, target.actor_ref(), reachable()).await;
    let forward = Forward { first: 0, count: COUNT };
    let done: Forwarded = peer.call(forward, LIMIT).await.unwrap();
    assert!(done.accepted > 0 && done.refused > 0, "{done:?}");
    assert_eq!(done.accepted + done.refused, COUNT);
    assert_eq!(done.reason, reason(K2KRefusal::OutboxFull));
    assert_eq!(done.came_back, u64::from(done.accepted), "the first that did not fit");
    processed(&target, u64::from(done.accepted)).await;
    assert_eq!(rig.metrics().dead_letters, 0);
    rig.finish().await;
}

/// A target without room holds the sender up, visibly, until there is room.
pub async fn a_full_target_holds_the_sender_up(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = LIMIT).await;
    let options = reachable().with_input_queue_capacity(2).without_auto_activate();
    let target = rig.launch_as("target", "testkit.doubler", options).await;
    let peer = connected(&rig, target.actor_ref(), reachable()).await;
    peer.send(Forward { first: 0, count: 7 }).await.unwrap();
    eventually("the sender waits on its outbox", || peer.status().waiting_on == Some(WaitingOn::Outbox))
        .await;
    peer.send(Forward { first: 7, count: 1 }).await.unwrap();
    // A turn of the target that had begun before may show an older number for a moment.
    eventually("the target is full", || target.status().input_queue_depth == 2).await;
    // What waits may be seen before the host has heard what was handled.
    processed(&peer, 2).await;
    target.activate().await.unwrap();
    let values = receive_all::<Doubled>(&target, 8).await;
    assert!(values.iter().map(|doubled| doubled.value / 2).eq(0..8));
    eventually("nothing holds the sender up", || peer.status().waiting_on.is_none()).await;
    rig.finish().await;
}

/// What the target does not take in time is a dead letter at that target, and the sender goes on.
pub async fn what_a_full_target_does_not_take_in_time_is_dead_lettered(factory: Factory) {
    let rig = Rig::start_with(factory, |config| {
        config.k2k_timeout = Duration::from_millis(50);
    })
    .await;
    let options = reachable().with_input_queue_capacity(2).without_auto_activate();
    let target = rig.launch_as("target", "testkit.doubler", options).await;
    let peer = connected(&rig, target.actor_ref(), reachable()).await;
    let done: Forwarded = peer.call(Forward { first: 0, count: 5 }, LIMIT).await.unwrap();
    assert_eq!(done.accepted, 5);
    let letters = rig.dead_letters_of(3, &target, DeadLetterReason::QueueFull).await;
    let values: Vec<u64> =
        letters.iter().map(|letter| letter.envelope.decode::<Number>().unwrap().value).collect();
    assert_eq!(values, [2, 3, 4]);
    for letter in &letters {
        assert_eq!(letter.envelope.header.source, peer.actor_ref());
        assert_eq!(letter.envelope.header.destination, target.actor_ref());
    }
    let done: Forwarded = peer.call(Forward { first: 9, count: 0 }, LIMIT).await.unwrap();
    assert_eq!(done, Forwarded::default());
    target.activate().await.unwrap();
    assert_eq!(receive_all::<Doubled>(&target, 2).await[1].value, 2);
    rig.finish().await;
}

/// A sender that ends while its target is full leaves dead letters, not silence.
pub async fn a_sender_that_ends_accounts_for_its_outbox(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = LIMIT).await;
    let options = reachable().with_input_queue_capacity(2).without_auto_activate();
    let target = rig.launch_as("target", "testkit.doubler", options).await;
    let peer = connected(&rig, target.actor_ref(), reachable()).await;
    peer.send(Forward { first: 0, count: 6 }).await.unwrap();
    eventually("the sender waits on its outbox", || peer.status().waiting_on == Some(WaitingOn::Outbox))
        .await;
    peer.terminate().await.unwrap();
    rig.dead_letters_of(4, &target, DeadLetterReason::QueueFull).await;
    rig.finish().await;
}

/// A target that ends while its sender waits for room takes the messages as its own dead letters.
pub async fn a_target_that_ends_while_the_sender_waits_accounts_for_the_messages(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = LIMIT).await;
    let options = reachable().with_input_queue_capacity(2).without_auto_activate();
    let target = rig.launch_as("target", "testkit.doubler", options).await;
    let peer = connected(&rig, target.actor_ref(), reachable()).await;
    peer.send(Forward { first: 0, count: 6 }).await.unwrap();
    eventually("the sender waits on its outbox", || peer.status().waiting_on == Some(WaitingOn::Outbox))
        .await;
    target.terminate().await.unwrap();
    rig.dead_letters_of(6, &target, DeadLetterReason::KernelTerminated).await;
    let done: Forwarded = peer.call(Forward { first: 0, count: 1 }, LIMIT).await.unwrap();
    assert_eq!(done.reason, reason(K2KRefusal::TargetNotFound));
    rig.finish().await;
}

/// An address names one actor for ever, also when its slot and its id are used again.
pub async fn a_stale_address_never_reaches_a_new_actor(factory: Factory) {
    let rig = Rig::start(factory).await;
    let first = rig.launch_as("target", "testkit.doubler", reachable()).await;
    let peer = connected(&rig, first.actor_ref(), reachable()).await;
    let done: Forwarded = peer.call(Forward { first: 1, count: 1 }, LIMIT).await.unwrap();
    assert_eq!(done.accepted, 1);
    let by_name: Forwarded = peer.call(ForwardByName { value: 2 }, LIMIT).await.unwrap();
    assert_eq!(by_name.accepted, 1);
    receive_all::<Doubled>(&first, 2).await;
    first.terminate().await.unwrap();
    let second = rig.launch_as("target", "testkit.doubler", reachable()).await;
    refused(&peer, Forward { first: 3, count: 1 }, K2KRefusal::TargetNotFound).await;
    let by_name: Forwarded = peer.call(ForwardByName { value: 4 }, LIMIT).await.unwrap();
    assert_eq!(by_name.accepted, 1, "the name is that of the new one");
    assert_eq!(receive_all::<Doubled>(&second, 1).await, [Doubled { value: 8 }]);
    assert_eq!(second.status().messages_processed, 1);
    rig.finish().await;
}

/// An answer to an asker that is gone is a dead letter.
pub async fn an_answer_to_an_asker_that_is_gone_is_dead_lettered(factory: Factory) {
    let rig = Rig::start(factory).await;
    let target = rig.launch_as("target", "testkit.doubler", reachable().without_auto_activate()).await;
    let peer = connected(&rig, target.actor_ref(), reachable()).await;
    let asked: Asked = peer.call(AskPeer { value: 4 }, LIMIT).await.unwrap();
    eventually("the question has arrived", || target.status().input_queue_depth == 1).await;
    peer.terminate().await.unwrap();
    target.activate().await.unwrap();
    let letters = rig.dead_letters_of(1, &target, DeadLetterReason::LateReply).await;
    assert_eq!(letters[0].envelope.header.correlation_id, asked.correlation);
    assert_eq!(letters[0].envelope.decode::<Doubled>().unwrap().value, 8);
    rig.finish().await;
}

/// Addresses of another runtime mean nothing here.
pub async fn an_address_of_another_runtime_reaches_nobody(factory: Factory) {
    let rig = Rig::start(factory).await;
    let elsewhere = Rig::start(factory).await;
    let target = elsewhere.launch_as("target", "testkit.doubler", reachable()).await;
    let _same_slot = rig.launch_as("target", "testkit.doubler", reachable()).await;
    let peer = connected(&rig, target.actor_ref(), reachable()).await;
    refused(&peer, Forward { first: 1, count: 1 }, K2KRefusal::TargetNotFound).await;
    assert_eq!(target.status().messages_processed, 0);
    elsewhere.finish().await;
    rig.finish().await;
}

/// A kernel's message to itself is in its mailbox at once, or comes back: nobody but the kernel could make room.
pub async fn a_message_to_itself_is_taken_or_comes_back(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = 10 * LIMIT).await;
    let kernel = rig.launch_with("testkit.sender", reachable().with_input_queue_capacity(4)).await;
    for round in 1..4 {
        let sent: Sent = kernel.call(SendToItself { count: 10 }, LIMIT).await.unwrap();
        assert_eq!(sent, Sent { accepted: 4, refused: 6 });
        processed(&kernel, 5 * round).await;
    }
    rig.finish().await;
}
