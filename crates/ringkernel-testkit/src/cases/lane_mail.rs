//! Messages for kernels of many lanes: each is handled by all lanes, once, from whomever it comes and however many wait.

use ringkernel::prelude::*;

use crate::kernels::lanes::{Numbers, Tell};
use crate::kernels::peers::{AskPeer, Asked, Connect, Forward, Forwarded, Heard};
use crate::kernels::plain::{Doubled, Number};
use crate::kernels::topics::News;
use crate::rig::{Factory, Rig, inactive, processed, reachable, receive_all};
use crate::wait::LIMIT;

const BLOCKS: u32 = 2;
const LANES: u32 = 32;

/// More messages than a device may take from one kernel at once.
const MANY: u64 = 40;

async fn launch_lanes(rig: &Rig, options: LaunchOptions) -> KernelHandle {
    rig.launch_as("lanes", "testkit.lanes.double", options.with_grid_size(BLOCKS)).await
}

async fn connected(rig: &Rig, lanes: &KernelHandle) -> KernelHandle {
    let peer = rig.launch_as("peer", "testkit.peer", reachable()).await;
    peer.send(Connect { target: lanes.actor_ref() }).await.expect("room");
    peer
}

/// Checks that every lane has run once for each of so many messages.
async fn all_ran(lanes: &KernelHandle, messages: u64) {
    let ran: Numbers = lanes.call(Tell, LIMIT).await.expect("an answer");
    assert_eq!(ran.values, [messages as u32 * BLOCKS * LANES], "runs of lanes for {messages} messages");
    processed(lanes, messages + 1).await;
}

/// Callers that all wait when the kernel begins hear their own answers.
pub async fn what_waits_for_lanes_is_handled_once(factory: Factory) {
    let rig = Rig::start(factory).await;
    let lanes = launch_lanes(&rig, inactive()).await;
    let calls: Vec<_> = (0..MANY)
        .map(|value| {
            let lanes = lanes.clone();
            tokio::spawn(async move { lanes.call::<_, Doubled>(Number::of(value), LIMIT).await })
        })
        .collect();
    let depth = || lanes.status().input_queue_depth;
    crate::wait::eventually("all calls wait", || depth() == MANY as usize).await;
    lanes.activate().await.expect("it activates");
    for (value, call) in (0..).zip(calls) {
        let doubled = call.await.expect("no panic").expect("an answer");
        assert_eq!(doubled.value, 2 * value);
    }
    all_ran(&lanes, MANY).await;
    rig.finish().await;
}

/// What a kernel of one lane sends, one by one and many at once.
pub async fn lanes_handle_once_what_kernels_send(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = LIMIT).await;
    let lanes = launch_lanes(&rig, reachable()).await;
    let peer = connected(&rig, &lanes).await;
    let mut sent = 0;
    for count in [1, 1, 2, 3, 1, MANY as u32, 5] {
        let forwarded: Forwarded = peer.call(Forward { first: sent, count }, LIMIT).await.expect("an answer");
        assert_eq!(forwarded, Forwarded { accepted: count, ..Forwarded::default() });
        let doubled = receive_all::<Doubled>(&lanes, count as usize).await;
        assert!(
            doubled.iter().map(|doubled| doubled.value / 2).eq(sent..sent + u64::from(count)),
            "{doubled:?}"
        );
        sent += u64::from(count);
    }
    all_ran(&lanes, sent).await;
    rig.finish().await;
}

/// Questions of a kernel, each of which is asked when the one before is answered.
pub async fn lanes_answer_kernels(factory: Factory) {
    let rig = Rig::start(factory).await;
    let lanes = launch_lanes(&rig, reachable()).await;
    let peer = connected(&rig, &lanes).await;
    for value in 0..MANY {
        let asked: Asked = peer.call(AskPeer { value }, LIMIT).await.expect("an answer");
        let heard = receive_all::<Heard>(&peer, 1).await;
        let expected = Heard { value: 2 * value, correlation: asked.correlation, sender: lanes.actor_ref() };
        assert_eq!(heard, [expected]);
    }
    all_ran(&lanes, MANY).await;
    rig.finish().await;
}

/// Messages of hosts and of a kernel that wait beside each other.
pub async fn lanes_take_hosts_and_kernels_messages_in_turns(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.k2k_timeout = LIMIT).await;
    let lanes = launch_lanes(&rig, reachable().without_auto_activate()).await;
    let peer = connected(&rig, &lanes).await;
    let forward = Forward { first: 1000, count: MANY as u32 };
    let _: Forwarded = peer.call(forward, LIMIT).await.expect("an answer");
    for value in 0..MANY {
        lanes.send(Number::of(value)).await.expect("room");
    }
    let depth = || lanes.status().input_queue_depth;
    crate::wait::eventually("all messages wait", || depth() == 2 * MANY as usize).await;
    lanes.activate().await.expect("it activates");
    let doubled = receive_all::<Doubled>(&lanes, 2 * MANY as usize).await;
    let (kernels, hosts): (Vec<u64>, Vec<u64>) =
        doubled.iter().map(|doubled| doubled.value / 2).partition(|value| *value >= 1000);
    assert!(kernels.into_iter().eq(1000..1000 + MANY), "{doubled:?}");
    assert!(hosts.into_iter().eq(0..MANY), "{doubled:?}");
    all_ran(&lanes, 2 * MANY).await;
    rig.finish().await;
}

/// A kernel that no other one is launched beside.
pub async fn hosts_get_what_lanes_publish(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut subscription = rig.pubsub().subscribe("host", "news/*").expect("there is room");
    let options = LaunchOptions::default().with_grid_size(BLOCKS);
    let lanes = rig.launch_with("testkit.lanes.publisher", options).await;
    for value in 1..=MANY {
        let doubled: Doubled = lanes.call(Number::of(value), LIMIT).await.expect("an answer");
        assert_eq!(doubled.value, 2 * value, "it was accepted");
        let delivery = tokio::time::timeout(LIMIT, subscription.receive()).await.expect("it arrives");
        let delivery = delivery.expect("no publication is missed");
        assert_eq!(delivery.envelope.decode::<News>().expect("news").number, value);
        assert_eq!((delivery.topic.name(), delivery.sequence), ("news/sports", value));
    }
    rig.finish().await;
}
