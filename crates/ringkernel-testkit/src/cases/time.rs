//! Hybrid logical time: strictly increasing per kernel, later on receipt, and never far ahead.

use ringkernel::clock;
use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

use crate::kernels::peers::{AskPeer, Connect, Heard};
use crate::kernels::plain::{Burst, Doubled, Number};
use crate::kernels::time::{Merge, Merged, Stamp, Stamps};
use crate::rig::{Factory, Rig, reachable};
use crate::wait::LIMIT;

/// A timestamp `millis` milliseconds ahead of the wall clock, of a node that is no kernel here.
fn ahead(millis: u64) -> HlcTimestamp {
    HlcTimestamp::new(clock::now_ns() + millis * 1_000_000, 0, u32::MAX)
}

/// Every output of a kernel is later than the one before, also within one handler call.
pub async fn timestamps_of_a_kernel_strictly_increase(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_output_queue_capacity(4096);
    let kernel = rig.launch_with("testkit.burst", options).await;
    // The clock is then ahead of the wall clock, which no longer drives it.
    let mut envelope = MessageEnvelope::pack(&mut Burst { count: 1 });
    envelope.header.timestamp = ahead(400);
    kernel.send_envelope(envelope).await.unwrap();
    for _ in 0..20 {
        kernel.send(Burst { count: 100 }).await.unwrap();
    }
    let mut last = HlcTimestamp::zero();
    for _ in 0..2 + 20 * 101 {
        let envelope = kernel.receive_timeout(LIMIT).await.unwrap();
        assert!(envelope.header.timestamp > last, "{} after {last}", envelope.header.timestamp);
        last = envelope.header.timestamp;
    }
    rig.finish().await;
}

/// Sent, then received, then answered, then the next request: each is later.
pub async fn an_answer_is_later_than_its_request_and_earlier_than_the_next(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.timekeeper").await;
    let _: Merged = kernel.call(Merge { timestamp: ahead(400) }, LIMIT).await.unwrap();
    let mut last_answer = HlcTimestamp::zero();
    for _ in 0..200 {
        let envelope = kernel.call_envelope(Stamp, LIMIT).await.unwrap();
        let stamps: Stamps = envelope.decode().unwrap();
        let order = [last_answer, stamps.sent, stamps.now, stamps.tick, envelope.header.timestamp];
        assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
        assert_eq!(stamps.after, stamps.tick, "reading the clock does not advance it");
        last_answer = envelope.header.timestamp;
    }
    rig.finish().await;
}

/// Along a chain of kernels, time only goes forward, and every kernel is a node of its own.
pub async fn time_goes_forward_from_kernel_to_kernel(factory: Factory) {
    let rig = Rig::start(factory).await;
    let asker = rig.launch_with("testkit.peer", reachable()).await;
    let asked = rig.launch_with("testkit.doubler", reachable()).await;
    let connect = Connect { target: asked.actor_ref() };
    asker.send(connect).await.unwrap();
    for value in 0..50 {
        let question = asker.call_envelope(AskPeer { value }, LIMIT).await.unwrap();
        let heard = asker.receive_timeout(LIMIT).await.unwrap();
        assert_eq!(heard.decode::<Heard>().unwrap().value, 2 * value);
        assert!(heard.header.timestamp > question.header.timestamp);
    }
    let own = asked.call_envelope(Number::of(1), LIMIT).await.unwrap();
    let question = asker.call_envelope(AskPeer { value: 1 }, LIMIT).await.unwrap();
    assert_ne!(own.header.timestamp.node_id(), question.header.timestamp.node_id());
    rig.finish().await;
}

/// Receipt merges: a kernel's clock is never behind a message that it has taken.
pub async fn receipt_merges_the_senders_time(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.timekeeper").await;
    let sent = ahead(300);
    let mut envelope = MessageEnvelope::pack(&mut Stamp);
    envelope.header.timestamp = sent;
    kernel.send_envelope(envelope).await.unwrap();
    let stamps: Stamps = kernel.receive_as().await.unwrap();
    assert_eq!(stamps.sent, sent);
    assert!(stamps.now > sent && stamps.tick > sent);
    rig.finish().await;
}

/// A message from too far in the future is a dead letter, and the kernel's clock does not follow it.
pub async fn a_message_from_too_far_ahead_becomes_a_dead_letter(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.timekeeper").await;
    for timestamp in [ahead(3_600_000), HlcTimestamp::new(u64::MAX, u32::MAX, u32::MAX)] {
        let mut envelope = MessageEnvelope::pack(&mut Stamp);
        envelope.header.timestamp = timestamp;
        kernel.send_envelope(envelope).await.unwrap();
    }
    let letters = rig.dead_letters_of(2, &kernel, DeadLetterReason::ClockDrift).await;
    assert!(letters[0].envelope.is::<Stamp>());
    let stamps: Stamps = kernel.call(Stamp, LIMIT).await.unwrap();
    assert!(stamps.tick < ahead(60_000), "{stamps:?}");
    assert_eq!(kernel.status().messages_processed, 1);
    rig.finish().await;
}

/// `update_clock` follows the same rule.
pub async fn a_handler_cannot_merge_a_time_too_far_ahead(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.timekeeper").await;
    let near = ahead(200);
    let merged: Merged = kernel.call(Merge { timestamp: near }, LIMIT).await.unwrap();
    assert!(merged.accepted && merged.after > near && merged.after > merged.before);
    let far = ahead(3_600_000);
    let merged: Merged = kernel.call(Merge { timestamp: far }, LIMIT).await.unwrap();
    assert!(!merged.accepted && merged.after == merged.before);
    rig.finish().await;
}

/// What the host receives, it knows: its next message to any kernel is later.
pub async fn the_hosts_next_message_is_later_than_what_it_received(factory: Factory) {
    let rig = Rig::start(factory).await;
    let first = rig.launch_default("testkit.timekeeper").await;
    let second = rig.launch_as("second", "testkit.timekeeper", LaunchOptions::default()).await;
    let near = ahead(300);
    let heard = first.call_envelope(Merge { timestamp: near }, LIMIT).await.unwrap();
    let stamps: Stamps = second.call(Stamp, LIMIT).await.unwrap();
    assert!(stamps.sent > heard.header.timestamp && heard.header.timestamp > near);
    rig.finish().await;
}

/// Kernels share no timestamp, however many there are.
pub async fn no_two_kernels_share_a_timestamp(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut seen = std::collections::HashSet::new();
    for index in 0..10 {
        let kernel =
            rig.launch_as(&format!("kernel-{index}"), "testkit.doubler", LaunchOptions::default()).await;
        for value in 0..20 {
            kernel.send(Number::of(value)).await.unwrap();
        }
        for _ in 0..20 {
            let envelope = kernel.receive_timeout(LIMIT).await.unwrap();
            envelope.decode::<Doubled>().unwrap();
            assert!(seen.insert(envelope.header.timestamp), "{envelope:?}");
        }
    }
    rig.finish().await;
}
