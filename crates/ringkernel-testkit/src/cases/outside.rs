//! Kernels and what is outside of their runtime, by the names of one broker.

use std::sync::Arc;
use std::time::Duration;

use ringkernel::RingKernelError;
use ringkernel::context::K2KRefusal;
use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::dispatcher::{DispatchError, DispatcherBuilder};
use ringkernel::k2k::tenant::TenantQuota;
use ringkernel::k2k::{DeliveryStatus, K2KBroker, K2KConfig, K2KEndpoint};
use ringkernel::prelude::*;
use ringkernel::runtime::{AuditTag, TenantScope};

use crate::kernels::ledger::{Add, Break, Give, Ignore, Keep, Multiply, Step};
use crate::kernels::order::{Numbered, Taken};
use crate::kernels::peers::{
    AskByName, Asked, ForwardAllByName, ForwardByName, Forwarded, Heard, reason as number_of,
};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, reachable, receive_all};
use crate::wait::{LIMIT, clock_passes, eventually, in_millis};

async fn with_broker(factory: Factory, broker: &Arc<K2KBroker>) -> Rig {
    Rig::start_with(factory, |config| config.k2k_broker = Some(broker.clone())).await
}

async fn status(endpoint: &K2KEndpoint, to: &str, value: u64) -> DeliveryStatus {
    let envelope = MessageEnvelope::pack(&mut Number::of(value));
    endpoint.send(to.into(), envelope).await.expect("it may send").status
}

/// In by name, until the kernel ends; what other kernels cannot reach, nobody outside can.
pub async fn an_endpoint_outside_reaches_kernels_inside(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    let outside = broker.register("outside".into());
    let doubler = rig.launch_as("doubler", "testkit.doubler", reachable()).await;
    let aloof = rig.launch_as("aloof", "testkit.doubler", LaunchOptions::default()).await;
    for value in 1..=20 {
        assert_eq!(status(&outside, "doubler", value).await, DeliveryStatus::Delivered);
    }
    let doubled: Vec<Doubled> = receive_all(&doubler, 20).await;
    assert!(doubled.iter().map(|doubled| doubled.value).eq((1..=20).map(|value| 2 * value)));
    assert_eq!(status(&outside, "aloof", 1).await, DeliveryStatus::NotFound);

    // What it does not handle has arrived, and dies there.
    let unhandled = MessageEnvelope::pack(&mut ForwardByName { value: 1 });
    let receipt = outside.send("doubler".into(), unhandled).await.expect("it may send");
    assert_eq!(receipt.status, DeliveryStatus::Delivered);
    rig.dead_letters_of(1, &doubler, DeadLetterReason::UnhandledMessage).await;

    doubler.terminate().await.expect("it ends");
    assert_eq!(status(&outside, "doubler", 1).await, DeliveryStatus::NotFound);
    assert_eq!(aloof.metrics().messages_received, 0);
    rig.finish().await;
}

/// Out by name, to an endpoint; to nobody once that has left.
pub async fn a_kernel_reaches_an_endpoint_outside(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    let mut target = broker.register("target".into());
    let peer = rig.launch_as("peer", "testkit.peer", reachable()).await;
    for value in 1..=20 {
        let forwarded: Forwarded = peer.call(ForwardByName { value }, LIMIT).await.expect("it answers");
        assert_eq!(forwarded.accepted, 1, "{forwarded:?}");
        let received = tokio::time::timeout(LIMIT, target.receive()).await.expect("it arrives");
        let received = received.expect("the endpoint is registered");
        assert_eq!(received.source.as_str(), "peer");
        assert_eq!(received.decode::<Number>().expect("a number").value, value);
    }
    drop(target);
    refused_outside(&rig, &peer, 1, K2KRefusal::TargetNotFound, DeadLetterReason::TargetNotFound).await;
    broker.registry().register(1, TenantQuota::unlimited()).expect("it is new");
    let foreign = broker.register_tenant(1, AuditTag::unspecified(), "target".into());
    // The endpoint may be on its way back, whoever else has one of its name.
    refused_outside(&rig, &peer, 2, K2KRefusal::TargetNotFound, DeadLetterReason::TargetNotFound).await;
    assert_eq!(broker.stats().cross_tenant_rejections, 0);
    let tenant = rig.as_tenant(5, AuditTag::unspecified());
    let stranger = tenant.launch("stranger", reachable().with_handler("testkit.peer")).await;
    let stranger = stranger.expect("the kernel launches");
    refused_outside(&rig, &stranger, 3, K2KRefusal::TenantMismatch, DeadLetterReason::TenantMismatch).await;
    assert_eq!((broker.stats().cross_tenant_rejections, foreign.pending_count()), (1, 0));
    rig.finish().await;
}

/// A kernel sends to "target", which takes nothing, for the `nth` time: it is refused at once, or accepted on a device and a dead
/// letter then.
async fn refused_outside(
    rig: &Rig,
    peer: &KernelHandle,
    nth: u64,
    refusal: K2KRefusal,
    reason: DeadLetterReason,
) {
    let forwarded: Forwarded = peer.call(ForwardByName { value: nth }, LIMIT).await.expect("it answers");
    if forwarded.accepted == 0 {
        assert_eq!(forwarded.reason, number_of(refusal));
        return;
    }
    let letters = rig.dead_letters(nth).await;
    assert_eq!((letters[0].kernel.as_ref(), letters[0].reason), (Some(&"target".into()), reason));
    assert_eq!(letters[0].envelope.decode::<Number>().expect("a number").value, nth);
}

/// Two runtimes with one broker, and tenants that are kept apart across them.
pub async fn kernels_of_two_runtimes_reach_each_other(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let [here, there] = [with_broker(factory, &broker).await, with_broker(factory, &broker).await];
    let peer = here.launch_as("peer", "testkit.peer", reachable()).await;
    let target = there.launch_as("target", "testkit.doubler", reachable()).await;
    let forwarded: Forwarded = peer.call(ForwardByName { value: 21 }, LIMIT).await.expect("it answers");
    assert_eq!(forwarded.accepted, 1, "{forwarded:?}");
    let doubled: Vec<Doubled> = receive_all(&target, 1).await;
    assert_eq!(doubled[0].value, 42);

    let tenant = here.as_tenant(5, AuditTag::unspecified());
    let options = |name| reachable().with_handler(name);
    let foreign = tenant.launch("foreign", options("testkit.peer")).await.expect("the kernel launches");
    let _: Forwarded = foreign.call(ForwardByName { value: 1 }, LIMIT).await.expect("it answers");
    eventually("it is refused", || broker.stats().cross_tenant_rejections == 1).await;

    // Whoever has the name here, one's own kernel is found there. And a name has one kernel, wherever that is.
    tenant.launch("target", options("testkit.doubler")).await.expect("the kernel launches");
    let forwarded: Forwarded = peer.call(ForwardByName { value: 4 }, LIMIT).await.expect("it answers");
    assert_eq!(forwarded.accepted, 1, "{forwarded:?}");
    let doubled: Vec<Doubled> = receive_all(&target, 1).await;
    assert_eq!(doubled[0].value, 8);
    let again = here.launch("target", options("testkit.doubler")).await;
    assert!(matches!(again, Err(RingKernelError::KernelAlreadyLaunched { .. })), "{again:?}");
    assert_eq!(target.metrics().messages_received, 2);
    assert_eq!(here.metrics().cross_tenant_rejections, 0, "the broker has refused it, and counts that");
    here.finish().await;
    there.finish().await;
}

fn dispatcher(broker: &Arc<K2KBroker>) -> DispatcherBuilder {
    // No test waits as long: who is not told hangs.
    DispatcherBuilder::new(broker.clone()).with_timeout(Duration::from_secs(3600))
}

/// By name and by type; what a call is answered with goes to the caller and nowhere else.
pub async fn a_call_from_outside_has_its_own_answer(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    let options = reachable().with_queue_capacity(64).with_output_queue_capacity(2);
    let clerk = rig.launch_as("clerk", "testkit.clerk", options).await;
    let dispatcher = Arc::new(dispatcher(&broker).route::<Add>("clerk").build());
    let calls: Vec<_> = (0..20)
        .map(|value| {
            let dispatcher = dispatcher.clone();
            tokio::spawn(async move { dispatcher.call_message(&Add { value }).await.map(|step| step.total) })
        })
        .collect();
    for (value, call) in (0..).zip(calls) {
        assert_eq!(call.await.expect("the call ends").expect("it is answered"), value + 1);
    }

    // An answer that comes later is the caller's, too.
    let (later, given) = tokio::join!(dispatcher.call("clerk".into(), Keep), async {
        eventually("it is kept", || clerk.status().messages_processed == 21).await;
        // A message without a response of its own is answered by being handled.
        dispatcher.call("clerk".into(), Give { total: 77 }).await
    });
    let () = given.expect("it is handled");
    assert_eq!(later.expect("it is answered").total, 77);
    assert!(clerk.try_receive().is_err(), "nothing is left for whoever receives");
    assert!(dispatcher.metrics().answers == 22 && dispatcher.metrics().late_answers == 0);

    // Who only dispatches waits for nothing: the answer is an output, as for every host that sends.
    dispatcher.dispatch("clerk".into(), Add { value: 4 }).await.expect("it is delivered");
    assert_eq!(receive_all::<Step>(&clerk, 1).await[0].total, 5);
    rig.finish().await;
}

/// At once, whatever the timeout: when there is no answer, no handler, a fault, an end.
pub async fn a_caller_outside_hears_why_there_is_no_answer(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    rig.launch_as("clerk", "testkit.clerk", reachable()).await;
    let idle = rig.launch_as("idle", "testkit.clerk", reachable().without_auto_activate()).await;
    let calls = dispatcher(&broker).build();
    let why = |unanswered: Result<Step, DispatchError>| match unanswered {
        Err(DispatchError::Unanswered { error, .. }) => *error,
        other => panic!("{other:?}"),
    };
    let ignored = why(calls.call("clerk".into(), Ignore).await);
    assert!(matches!(ignored, RingKernelError::NoReply { .. }), "{ignored:?}");
    let unhandled = calls.call("clerk".into(), Multiply { value: 1 }).await;
    let unhandled = why(unhandled);
    assert!(matches!(unhandled, RingKernelError::UnhandledMessage { .. }), "{unhandled:?}");
    let broken = why(calls.call("clerk".into(), Break).await);
    assert!(matches!(broken, RingKernelError::HandlerFault { .. }), "{broken:?}");

    let (ended, ()) = tokio::join!(calls.call("idle".into(), Add { value: 1 }), async {
        eventually("it waits", || idle.status().input_queue_depth == 1).await;
        idle.terminate().await.expect("it ends");
    });
    let ended = why(ended);
    assert!(matches!(ended, RingKernelError::KernelTerminated { .. }), "{ended:?}");
    assert!(calls.metrics().errors == 4 && calls.metrics().answers == 0);
    rig.finish().await;
}

/// A call that nobody waits for any longer is not handled.
pub async fn a_call_from_outside_has_a_deadline(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    let clerk = rig.launch_as("clerk", "testkit.clerk", reachable().without_auto_activate()).await;
    let calls = DispatcherBuilder::new(broker.clone()).with_timeout(Duration::from_millis(20)).build();
    let unanswered = calls.call("clerk".into(), Add { value: 1 }).await;
    assert!(matches!(unanswered, Err(DispatchError::NoAnswer { .. })), "{unanswered:?}");
    clock_passes(in_millis(1)).await;
    clerk.activate().await.expect("it starts");
    rig.dead_letters_of(1, &clerk, DeadLetterReason::Expired).await;
    assert_eq!(clerk.status().messages_processed, 0);
    rig.finish().await;
}

/// Between kernels of two runtimes, the answer is a message to the kernel that has asked.
pub async fn a_kernel_asks_a_kernel_of_another_runtime(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let [here, there] = [with_broker(factory, &broker).await, with_broker(factory, &broker).await];
    let peer = here.launch_as("peer", "testkit.peer", reachable()).await;
    let target = there.launch_as("target", "testkit.doubler", reachable()).await;
    let asked: Asked = peer.call(AskByName { value: 21 }, LIMIT).await.expect("it answers");
    let heard: Vec<Heard> = receive_all(&peer, 1).await;
    assert_eq!((heard[0].value, heard[0].correlation), (42, asked.correlation));
    assert!(target.try_receive().is_err(), "the answer is the asker's");
    here.finish().await;
    there.finish().await;
}

/// What was delivered to a kernel and is not taken by it is no longer said to be delivered.
pub async fn receipts_say_what_a_kernel_did_not_take(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    let outside = broker.register("outside".into());
    let doubler = rig.launch_as("doubler", "testkit.doubler", reachable()).await;
    let send =
        async |envelope| outside.send("doubler".into(), envelope).await.expect("it may send").message_id;
    let status_of = |id| broker.get_receipt(&id).map(|receipt| receipt.status);
    let taken = send(MessageEnvelope::pack(&mut Number::of(1))).await;
    let _: Vec<Doubled> = receive_all(&doubler, 1).await;
    let unhandled = send(MessageEnvelope::pack(&mut ForwardByName { value: 1 })).await;
    doubler.deactivate().await.expect("it pauses");
    let mut expired = Vec::new();
    for value in 0..2 {
        let late = MessageEnvelope::pack(&mut Number::of(value)).with_deadline_ns(in_millis(5));
        expired.push(send(late).await);
    }
    clock_passes(in_millis(6)).await;
    doubler.activate().await.expect("it goes on");
    rig.dead_letters(3).await;
    doubler.deactivate().await.expect("it pauses");
    let mut left = Vec::new();
    for value in 0..5 {
        left.push(send(MessageEnvelope::pack(&mut Number::of(value))).await);
    }
    assert_eq!(status_of(left[0]), Some(DeliveryStatus::Delivered), "it waits there");
    doubler.terminate().await.expect("it ends");
    rig.dead_letters(8).await;
    assert_eq!(status_of(taken), Some(DeliveryStatus::Delivered));
    assert_eq!(status_of(unhandled), Some(DeliveryStatus::NotFound));
    assert!(expired.into_iter().all(|id| status_of(id) == Some(DeliveryStatus::Timeout)));
    assert!(left.into_iter().all(|id| status_of(id) == Some(DeliveryStatus::NotFound)));
    rig.finish().await;
}

/// A full inbox outside holds the sender up, and loses nothing.
pub async fn what_leaves_waits_for_room_outside(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig { max_pending_messages: 2, ..K2KConfig::default() });
    let rig = with_broker(factory, &broker).await;
    let mut target = broker.register("target".into());
    let peer = rig.launch_as("peer", "testkit.peer", reachable()).await;
    for first in [0, 50] {
        peer.send(ForwardAllByName { first, count: 50 }).await.expect("it is sent");
    }
    for expected in 0..100 {
        let received = tokio::time::timeout(LIMIT, target.receive()).await.expect("it arrives");
        let number: Number = received.expect("it is registered").decode().expect("a number");
        assert_eq!(number.value, expected, "in the order of sending");
    }
    let forwarded: Vec<Forwarded> = receive_all(&peer, 2).await;
    assert!(forwarded.iter().all(|forwarded| forwarded.accepted == 50), "{forwarded:?}");
    assert_eq!(rig.metrics().dead_letters, 0);
    rig.finish().await;
}

/// What finds no room in time, and what waits when its sender ends, is a dead letter for where it was to go.
pub async fn what_leaves_does_not_wait_without_end(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig { max_pending_messages: 2, ..K2KConfig::default() });
    let rig = Rig::start_with(factory, |config| {
        config.k2k_broker = Some(broker.clone());
        config.k2k_timeout = Duration::from_millis(30);
    })
    .await;
    let mut target = broker.register("target".into());
    let peer = rig.launch_as("peer", "testkit.peer", reachable()).await;
    peer.send(ForwardAllByName { first: 0, count: 10 }).await.expect("it is sent");
    let letters = rig.dead_letters(8).await;
    let values = letters.iter().map(|letter| {
        assert_eq!((letter.kernel.as_ref(), letter.reason), (Some(target.id()), DeadLetterReason::QueueFull));
        letter.envelope.decode::<Number>().expect("a number").value
    });
    assert!(values.eq(2..10));
    let received = [target.try_receive(), target.try_receive(), target.try_receive()];
    let values =
        received.map(|message| message.map(|message| message.decode::<Number>().expect("a number").value));
    assert_eq!(values, [Some(0), Some(1), None]);
    rig.finish().await;

    let patient = with_broker(factory, &broker).await;
    let peer = patient.launch_as("peer", "testkit.peer", reachable()).await;
    peer.send(ForwardAllByName { first: 0, count: 10 }).await.expect("it is sent");
    eventually("the inbox is full", || target.pending_count() == 2).await;
    let _: Vec<Forwarded> = receive_all(&peer, 1).await;
    peer.terminate().await.expect("it ends");
    let letters = patient.dead_letters(8).await;
    assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::QueueFull), "{letters:?}");
    patient.finish().await;
}

/// Through the broker, too: a full mailbox holds a kernel of another runtime up, and order is kept.
pub async fn a_full_kernel_of_another_runtime_holds_the_sender_up(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let [here, there] = [with_broker(factory, &broker).await, with_broker(factory, &broker).await];
    let peer = here.launch_as("peer", "testkit.peer", reachable()).await;
    let options = reachable().with_queue_capacity(8).without_auto_activate();
    let target = there.launch_as("target", "testkit.doubler", options).await;
    peer.send(ForwardAllByName { first: 0, count: 40 }).await.expect("it is sent");
    eventually("it is full", || target.metrics().messages_received > 0).await;
    let _: Vec<Forwarded> = receive_all(&peer, 1).await;
    assert!(target.metrics().messages_received <= 8);
    target.activate().await.expect("it starts");
    let doubled: Vec<Doubled> = receive_all(&target, 40).await;
    assert!(doubled.iter().map(|doubled| doubled.value).eq((0..40).map(|value| 2 * value)));
    assert_eq!((here.metrics().dead_letters, there.metrics().dead_letters), (0, 0));
    here.finish().await;
    there.finish().await;
}

/// Bands order what waits in a kernel, whoever has sent it, and within a band the order of sending does.
pub async fn priorities_order_what_comes_from_outside(factory: Factory) {
    let broker = K2KBroker::new(K2KConfig::default());
    let rig = with_broker(factory, &broker).await;
    let outside = broker.register("outside".into());
    let recorder = rig.launch_as("recorder", "testkit.recorder", reachable().without_auto_activate()).await;
    let priorities = [32, 64, 160, 128, 255, 129, 63, 1, 192, 191, 224];
    for (sequence, priority) in (0..).zip(priorities) {
        let envelope = MessageEnvelope::new(&Numbered { sender: 0, sequence, priority });
        outside.send("recorder".into(), envelope).await.expect("it may send");
    }
    recorder.activate().await.expect("it starts");
    let taken: Vec<Taken> = receive_all(&recorder, priorities.len()).await;
    let taken: Vec<u8> = taken.iter().map(|taken| taken.priority).collect();
    assert_eq!(taken, [255, 192, 224, 160, 129, 191, 64, 128, 32, 63, 1]);
    rig.finish().await;
}
