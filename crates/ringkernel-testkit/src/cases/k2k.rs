//! Kernel to kernel: by name and by address, one-way and with an answer, polled, and in a cycle.

use ringkernel::prelude::*;

use crate::kernels::peers::{
    Arrived, AskPeer, Asked, Connect, Forward, ForwardByName, ForwardTo, Forwarded, Heard, Noise, Poll,
    Polled, Token,
};
use crate::kernels::plain::{Doubled, Number};
use crate::kernels::sender::{SendTicks, Sent, Tick};
use crate::rig::{Factory, Rig, processed, reachable, receive_all};
use crate::wait::LIMIT;

/// A peer that is connected to `target`.
async fn connected(rig: &Rig, id: &str, target: &KernelHandle, options: LaunchOptions) -> KernelHandle {
    let peer = rig.launch_as(id, "testkit.peer", options).await;
    let connect = Connect { target: target.actor_ref() };
    peer.send(connect).await.unwrap();
    peer
}

fn one_accepted() -> Forwarded {
    Forwarded { accepted: 1, ..Forwarded::default() }
}

/// A kernel reaches another by its id, by an address in a message, and by an address in its state.
pub async fn a_kernel_is_reached_by_name_and_by_address(factory: Factory) {
    let rig = Rig::start(factory).await;
    let target = rig.launch_as("target", "testkit.doubler", reachable()).await;
    let peer = connected(&rig, "peer", &target, reachable()).await;
    let by_state: Forwarded = peer.call(Forward { first: 1, count: 1 }, LIMIT).await.unwrap();
    let by_message = ForwardTo { target: target.actor_ref(), value: 2 };
    let by_message: Forwarded = peer.call(by_message, LIMIT).await.unwrap();
    let by_name: Forwarded = peer.call(ForwardByName { value: 3 }, LIMIT).await.unwrap();
    assert_eq!([by_state, by_message, by_name], [one_accepted(); 3]);
    let values: Vec<u64> =
        receive_all::<Doubled>(&target, 3).await.iter().map(|doubled| doubled.value).collect();
    assert_eq!(values, [2, 4, 6]);
    rig.finish().await;
}

/// What a handler returns for a one-way message is an output of its own kernel.
pub async fn a_one_way_answer_goes_to_the_answerers_own_output(factory: Factory) {
    let rig = Rig::start(factory).await;
    let target = rig.launch_as("target", "testkit.doubler", reachable()).await;
    let peer = connected(&rig, "peer", &target, reachable()).await;
    let _: Forwarded = peer.call(Forward { first: 10, count: 3 }, LIMIT).await.unwrap();
    let envelope = target.receive_timeout(LIMIT).await.unwrap();
    assert_eq!(envelope.decode::<Doubled>().unwrap().value, 20);
    assert_eq!(envelope.header.source, target.actor_ref());
    receive_all::<Doubled>(&target, 2).await;
    // The peer has a handler for that type, and nothing came to it.
    assert_eq!(peer.status().messages_processed, 2);
    assert!(peer.try_receive().is_err());
    rig.finish().await;
}

/// The answer to a request arrives at the asker's handler for its type and names the request.
pub async fn the_answer_to_a_request_arrives_at_the_asker(factory: Factory) {
    let rig = Rig::start(factory).await;
    let target = rig.launch_as("target", "testkit.doubler", reachable()).await;
    let peer = connected(&rig, "peer", &target, reachable()).await;
    let mut asked = Vec::new();
    for value in 0..100 {
        let question: Asked = peer.call(AskPeer { value }, LIMIT).await.unwrap();
        assert!(!question.correlation.is_nil());
        asked.push(question.correlation);
    }
    let heard = receive_all::<Heard>(&peer, 100).await;
    for (value, heard) in (0..).zip(heard) {
        let expected =
            Heard { value: 2 * value, correlation: asked[value as usize], sender: target.actor_ref() };
        assert_eq!(heard, expected);
    }
    assert!(target.try_receive().is_err(), "the answers are not outputs as well");
    rig.finish().await;
}

/// Polled messages wait, apart from the mailbox, until a handler asks for their type and sender.
pub async fn polled_messages_are_taken_by_their_sender(factory: Factory) {
    let rig = Rig::start(factory).await;
    let poller = rig.launch_with("testkit.poller", reachable()).await;
    let first = connected(&rig, "first", &poller, reachable()).await;
    let second = connected(&rig, "second", &poller, reachable()).await;
    let _: Forwarded = first.call(Forward { first: 100, count: 2 }, LIMIT).await.unwrap();
    let _: Forwarded = second.call(Forward { first: 200, count: 2 }, LIMIT).await.unwrap();
    crate::wait::eventually("all messages wait", || poller.status().input_queue_depth == 4).await;
    assert_eq!(poller.status().messages_processed, 0);
    let poll = async |source: &KernelHandle| -> Option<u64> {
        let source = source.actor_ref();
        let polled: Polled = poller.call(Poll { source }, LIMIT).await.unwrap();
        polled.found.then_some(polled.value)
    };
    assert_eq!(poll(&second).await, Some(200));
    assert_eq!(poll(&first).await, Some(100));
    assert_eq!(poll(&first).await, Some(101));
    assert_eq!(poll(&first).await, None);
    assert_eq!(poll(&second).await, Some(201));
    assert_eq!(poll(&second).await, None);
    assert_eq!(poller.status().input_queue_depth, 0);
    // The host's messages of that type are not polled, so they have no way in.
    let refused = poller.try_send(Number::of(1)).unwrap_err().error;
    assert!(matches!(refused, RingKernelError::UnhandledMessage { .. }), "{refused}");
    rig.finish().await;
}

/// A ring of kernels with the smallest mailboxes, a message on the way from each to the next, and hosts that keep
/// every mailbox full: it goes round, without losing a message.
pub async fn a_full_cycle_makes_progress_under_host_load(factory: Factory) {
    const PLACES: usize = 3;
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = LIMIT).await;
    // A processor makes many hops in the time in which a device makes one.
    let hops = if rig.backend() == Backend::Cpu { 60_000 } else { 3_000 };
    let options = || reachable().with_input_queue_capacity(2).without_auto_activate();
    let mut places = Vec::new();
    for index in 0..PLACES {
        places.push(rig.launch_as(&format!("place-{index}"), "testkit.place", options()).await);
    }
    for (index, place) in places.iter().enumerate() {
        let target = places[(index + 1) % PLACES].actor_ref();
        place.send(Connect { target }).await.unwrap();
        place.activate().await.unwrap();
        processed(place, 1).await;
        place.deactivate().await.unwrap();
    }
    for (number, place) in (0..).zip(&places) {
        place.send(Token { number, hops_left: hops }).await.unwrap();
    }
    // Each takes every slot that it can get, as soon as it is free.
    let noise: Vec<_> = places
        .iter()
        .cloned()
        .flat_map(|place| [place.clone(), place])
        .map(|place| {
            tokio::spawn(async move {
                while !place.is_terminated() {
                    while place.try_send(Noise).is_ok() {}
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for place in &places {
        place.activate().await.unwrap();
    }
    // Each token ends where it began, as the number of hops is a multiple of the number of places.
    for (number, place) in (0..).zip(&places) {
        assert_eq!(receive_all::<Arrived>(place, 1).await, [Arrived { number }]);
    }
    assert_eq!(rig.take_dead_letters().len(), 0);
    for place in &places {
        place.terminate().await.unwrap();
    }
    for sender in noise {
        sender.await.unwrap();
    }
    rig.finish().await;
}

/// A share of the mailbox is kept for kernels: hosts cannot fill it.
pub async fn hosts_leave_room_for_kernels(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = reachable().with_input_queue_capacity(8).without_auto_activate();
    let target = rig.launch_as("target", "testkit.doubler", options).await;
    let peer = connected(&rig, "peer", &target, reachable()).await;
    let mut from_host = 0;
    while target.try_send(Number::of(from_host)).is_ok() {
        from_host += 1;
    }
    assert!((1..8).contains(&from_host), "{from_host} of 8");
    let count = 8 - from_host as u32;
    let sent: Forwarded = peer.call(Forward { first: 100, count }, LIMIT).await.unwrap();
    assert_eq!(sent.accepted, count);
    crate::wait::eventually("the kernel's messages are in", || target.status().input_queue_depth == 8).await;
    target.activate().await.unwrap();
    assert_eq!(receive_all::<Doubled>(&target, 8).await.len(), 8);
    rig.finish().await;
}

/// Order between two kernels is kept, whatever the size of the mailbox.
pub async fn messages_between_two_kernels_stay_in_order(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = LIMIT).await;
    let options = reachable().with_queue_capacity(4);
    let target = rig.launch_as("target", "testkit.doubler", options).await;
    let peer = connected(&rig, "peer", &target, reachable()).await;
    for batch in 0..20u64 {
        peer.send(Forward { first: batch * 50, count: 50 }).await.unwrap();
    }
    let values = receive_all::<Doubled>(&target, 1000).await;
    assert!(values.iter().map(|doubled| doubled.value / 2).eq(0..1000));
    rig.finish().await;
}

/// A full ring of polled messages holds up polled messages only, also those of one sender to one kernel.
pub async fn a_full_ring_of_polled_messages_holds_nothing_else_up(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = 10 * LIMIT).await;
    let worker = rig.launch_with("testkit.worker", reachable().with_input_queue_capacity(4)).await;
    let full = rig.launch_as("full", "testkit.sender", reachable()).await;
    let late = rig.launch_as("late", "testkit.sender", reachable()).await;
    let send = |ticks, work| SendTicks { target: worker.actor_ref(), ticks, work };
    // Four fill the ring; a fifth waits for room that nobody makes, and what is behind it is delivered.
    let sent: Sent = full.call(send(5, 3), LIMIT).await.unwrap();
    assert_eq!(sent, Sent { accepted: 8, refused: 0 });
    processed(&worker, 3).await;
    // Room in the mailbox goes to who waits for that, and not to who waits for the ring.
    worker.deactivate().await.unwrap();
    let sent: Sent = late.call(send(0, 6), LIMIT).await.unwrap();
    assert_eq!(sent, Sent { accepted: 6, refused: 0 });
    worker.activate().await.unwrap();
    processed(&worker, 9).await;
    worker.terminate().await.unwrap();
    let letters = rig.dead_letters(5).await;
    assert!(letters.iter().all(|letter| letter.envelope.is::<Tick>()), "{letters:?}");
    rig.finish().await;
}
