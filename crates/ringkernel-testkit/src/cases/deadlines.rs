//! Deadlines are checked when a message is taken; late answers are accounted for.

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

use crate::kernels::later::{Hold, Late, Release, Released};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, inactive, receive_all};
use crate::wait::{LIMIT, clock_passes, eventually, in_millis};

/// A message whose deadline passes in the mailbox is not handled.
pub async fn an_expired_message_becomes_a_dead_letter(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    let deadline = in_millis(20);
    let envelope = MessageEnvelope::pack(&mut Number::of(1)).with_deadline_ns(deadline);
    let id = envelope.header.message_id;
    kernel.send_envelope(envelope).await.unwrap();
    let later = MessageEnvelope::pack(&mut Number::of(2)).with_deadline_ns(in_millis(3_600_000));
    kernel.send_envelope(later).await.unwrap();
    kernel.send_envelope(MessageEnvelope::pack(&mut Number::of(3))).await.unwrap();
    clock_passes(deadline).await;
    kernel.activate().await.unwrap();
    let answers = receive_all::<Doubled>(&kernel, 2).await;
    assert_eq!(answers, [4, 6].map(|value| Doubled { value }), "only the expired one is left out");
    let letters = rig.dead_letters_of(1, &kernel, DeadLetterReason::Expired).await;
    assert_eq!(letters[0].envelope.header.message_id, id);
    assert!(letters[0].at_ns > deadline);
    assert_eq!(kernel.telemetry().dropped(), 1);
    rig.finish().await;
}

/// The timeout of a call is its message's deadline: what nobody waits for is not handled.
pub async fn a_call_times_out_and_its_message_is_not_handled(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    let timeout = Duration::from_millis(30);
    let heard = kernel.call::<_, Doubled>(Number::of(1), timeout).await;
    assert!(
        matches!(&heard, Err(error @ RingKernelError::Timeout { after, .. })
            if *after == timeout && error.is_recoverable()),
        "{heard:?}"
    );
    clock_passes(in_millis(0)).await;
    kernel.activate().await.unwrap();
    rig.dead_letters_of(1, &kernel, DeadLetterReason::Expired).await;
    assert_eq!(kernel.status().messages_processed, 0);
    rig.finish().await;
}

/// An answer that nobody waits for any longer is kept as a dead letter, and the answerer is told.
pub async fn a_late_answer_becomes_a_dead_letter(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.keeper").await;
    let heard = kernel.call::<_, Late>(Hold { slot: 0 }, Duration::from_millis(100)).await;
    assert!(matches!(&heard, Err(RingKernelError::Timeout { .. })), "{heard:?}");
    eventually("the request was taken", || kernel.status().input_queue_depth == 0).await;
    if kernel.status().messages_processed == 0 {
        // On a machine so slow that the request expired before it was taken, there is no late answer to see.
        rig.dead_letters_of(1, &kernel, DeadLetterReason::Expired).await;
        return rig.finish().await;
    }
    let released: Released = kernel.call(Release { slot: 0, value: 7 }, LIMIT).await.unwrap();
    assert!(!released.taken);
    let letters = rig.dead_letters_of(1, &kernel, DeadLetterReason::LateReply).await;
    let answer = &letters[0].envelope;
    assert_eq!(answer.decode::<Late>().unwrap().value, 7);
    assert!(!answer.header.correlation_id.is_nil());
    rig.finish().await;
}

/// A timeout beyond every clock is no overflow.
pub async fn the_longest_timeout_is_not_too_long(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    let answer: Doubled = kernel.call(Number::of(1), Duration::MAX).await.unwrap();
    assert_eq!(answer.value, 2);
    kernel.send_timeout(Number::of(2), Duration::MAX).await.unwrap();
    let output = kernel.receive_timeout(Duration::MAX).await.unwrap();
    assert_eq!(output.decode::<Doubled>().unwrap().value, 4);
    rig.finish().await;
}

/// Waiting for an output ends with its timeout.
pub async fn receiving_times_out(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    for timeout in [Duration::ZERO, Duration::from_millis(10)] {
        let received = kernel.receive_timeout(timeout).await;
        assert!(
            matches!(&received, Err(RingKernelError::Timeout { after, .. }) if *after == timeout),
            "{received:?}"
        );
    }
    rig.finish().await;
}
