//! Answers: to the right caller, at once or later, or none; and the output queue.

use std::collections::HashSet;
use std::thread;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

use crate::kernels::account::Total;
use crate::kernels::later::{Hold, Late, Release, ReleaseForeign, Released, Right, Which};
use crate::kernels::plain::{Correlated, Doubled, Maybe, Number};
use crate::rig::{Factory, Rig, inactive, processed, receive_all};
use crate::wait::LIMIT;

/// Eight threads call one kernel; each gets the answers to its own questions.
pub async fn answers_go_to_their_own_callers(factory: Factory) {
    const CALLS: u64 = 500;
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_queue_capacity(4);
    let kernel = rig.launch_with("testkit.doubler", options).await;
    let handle = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking({
        let kernel = kernel.clone();
        move || {
            thread::scope(|scope| {
                for caller in 0..8u64 {
                    let (kernel, handle) = (&kernel, &handle);
                    scope.spawn(move || {
                        for call in 0..CALLS {
                            let value = caller * 1_000_000 + call;
                            let answer: Doubled =
                                handle.block_on(kernel.call(Number::of(value), LIMIT)).unwrap();
                            assert_eq!(answer.value, 2 * value);
                        }
                    });
                }
            });
        }
    })
    .await
    .unwrap();
    assert_eq!(kernel.status().messages_processed, 8 * CALLS);
    assert!(
        matches!(kernel.try_receive(), Err(RingKernelError::QueueEmpty)),
        "answers to calls do not pass through the output queue"
    );
    rig.finish().await;
}

/// A handler that returns nothing, or `None`, ends a call at once.
pub async fn no_answer_is_heard_at_once(factory: Factory) {
    let rig = Rig::start(factory).await;
    let silent = rig.launch_default("testkit.silent").await;
    let doubler = rig.launch_default("testkit.doubler").await;
    let nothing = silent.call::<_, Doubled>(Number::of(1), LIMIT).await;
    let none = doubler.call::<_, Doubled>(Maybe { answer: false }, LIMIT).await;
    let some: Doubled = doubler.call(Maybe { answer: true }, LIMIT).await.unwrap();
    assert_eq!(some.value, 1);
    for (heard, kernel) in [(nothing, &silent), (none, &doubler)] {
        assert!(
            matches!(&heard, Err(RingKernelError::NoReply { kernel: id }) if id == kernel.id().as_str()),
            "{heard:?}"
        );
    }
    silent.call::<_, ()>(Number::of(2), LIMIT).await.expect("who returns nothing says that it is done");
    doubler.send(Maybe { answer: false }).await.unwrap();
    doubler.send(Maybe { answer: true }).await.unwrap();
    receive_all::<Doubled>(&doubler, 1).await;
    assert!(doubler.try_receive().is_err(), "`None` is no output");
    assert_eq!(rig.metrics().dead_letters, 0);
    rig.finish().await;
}

/// Rights to answer, kept in the state, used in another order than they were given.
pub async fn a_deferred_answer_reaches_its_caller_later(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.keeper").await;
    let mut callers = Vec::new();
    for slot in 0..8u32 {
        let kernel = kernel.clone();
        callers.push(tokio::spawn(async move { kernel.call::<_, Late>(Hold { slot }, LIMIT).await }));
    }
    processed(&kernel, 8).await;
    for slot in (0..8u32).rev() {
        let released: Released =
            kernel.call(Release { slot, value: 100 + u64::from(slot) }, LIMIT).await.unwrap();
        assert!(released.taken);
    }
    for (slot, caller) in (0u64..).zip(callers) {
        assert_eq!(caller.await.unwrap().unwrap().value, 100 + slot);
    }
    rig.finish().await;
}

/// A right is good for one answer.
pub async fn a_right_to_answer_is_used_up(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.keeper").await;
    kernel.send(Hold { slot: 2 }).await.unwrap();
    let release = || Release { slot: 2, value: 4 };
    let first: Released = kernel.call(release(), LIMIT).await.unwrap();
    let second: Released = kernel.call(release(), LIMIT).await.unwrap();
    let never_given: Released = kernel.call(Release { slot: 5, value: 4 }, LIMIT).await.unwrap();
    assert_eq!([first.taken, second.taken, never_given.taken], [true, false, false]);
    rig.dead_letters_of(2, &kernel, DeadLetterReason::LateReply).await;
    let late = receive_all::<Late>(&kernel, 1).await;
    assert_eq!(late[0].value, 4, "the answer to a `send` is an output");
    rig.finish().await;
}

/// A right names a request of the kernel that it was given to.
pub async fn a_right_to_answer_is_no_use_to_another_kernel(factory: Factory) {
    let rig = Rig::start(factory).await;
    let owner = rig.launch_default("testkit.keeper").await;
    let other = rig.launch_as("other", "testkit.keeper", LaunchOptions::default()).await;
    owner.send(Hold { slot: 0 }).await.unwrap();
    other.send(Hold { slot: 0 }).await.unwrap();
    let right: Right = owner.call(Which { slot: 0 }, LIMIT).await.unwrap();
    assert!(!right.right.is_none());
    let foreign = ReleaseForeign { right: right.right };
    let released: Released = other.call(foreign, LIMIT).await.unwrap();
    assert!(!released.taken);
    let own: Released = owner.call(Release { slot: 0, value: 3 }, LIMIT).await.unwrap();
    assert!(own.taken);
    rig.finish().await;
}

/// As many rights as the mailbox has slots; the oldest gives way, and its caller hears.
pub async fn the_oldest_right_to_answer_gives_way(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_input_queue_capacity(2);
    let kernel = rig.launch_with("testkit.keeper", options).await;
    let mut callers = Vec::new();
    for slot in 0..3u32 {
        let caller = kernel.clone();
        callers.push(tokio::spawn(async move { caller.call::<_, Late>(Hold { slot }, LIMIT).await }));
        processed(&kernel, u64::from(slot) + 1).await;
    }
    let evicted = callers.remove(0).await.unwrap();
    assert!(matches!(&evicted, Err(RingKernelError::AnswerDisplaced { .. })), "{evicted:?}");
    for (slot, caller) in (1..).zip(callers) {
        let released: Released = kernel.call(Release { slot, value: 9 }, LIMIT).await.unwrap();
        assert!(released.taken);
        assert_eq!(caller.await.unwrap().unwrap().value, 9);
    }
    rig.finish().await;
}

/// The answer to a `send` is an output that names its request.
pub async fn outputs_name_the_requests_that_they_answer(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    let ids: Vec<MessageId> = (0..50).map(|_| MessageId::generate()).collect();
    for (value, id) in (0..).zip(&ids) {
        kernel.send(Number { id: *id, value }).await.unwrap();
    }
    for (value, id) in (0..).zip(&ids) {
        let envelope = kernel.receive_timeout(LIMIT).await.unwrap();
        let answer: Doubled = envelope.decode().unwrap();
        assert_eq!(answer.value, 2 * value);
        assert_eq!(envelope.header.correlation_id, CorrelationId::from(*id));
        assert_eq!(envelope.header.source, kernel.actor_ref());
        assert_ne!(envelope.header.message_id, *id, "the answer has an id of its own");
        assert!(!envelope.header.message_id.is_nil());
    }
    let correlation = CorrelationId::from_parts(7, 8);
    kernel.send(Correlated { correlation }).await.unwrap();
    let envelope = kernel.receive_timeout(LIMIT).await.unwrap();
    assert_eq!(envelope.header.correlation_id, correlation, "the request's own correlation is kept");
    rig.finish().await;
}

/// Clones of a handle share the output: each output goes to one of them.
pub async fn clones_compete_for_the_output(factory: Factory) {
    const MESSAGES: u64 = 3000;
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_queue_capacity(16);
    let kernel = rig.launch_with("testkit.doubler", options).await;
    let receivers: Vec<_> = (0..4)
        .map(|index| {
            let kernel = kernel.clone();
            tokio::spawn(async move {
                let mut values = Vec::new();
                loop {
                    let received = match index % 2 {
                        0 => kernel.receive().await,
                        _ => kernel.receive_timeout(LIMIT).await,
                    };
                    match received {
                        Ok(envelope) => values.push(envelope.decode::<Doubled>().unwrap().value / 2),
                        Err(RingKernelError::KernelTerminated { .. }) => return values,
                        Err(other) => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
    for value in 0..MESSAGES {
        kernel.send_timeout(Number::of(value), LIMIT).await.unwrap();
    }
    processed(&kernel, MESSAGES).await;
    kernel.terminate().await.unwrap();
    let mut all = Vec::new();
    for receiver in receivers {
        let values = receiver.await.unwrap();
        assert!(values.is_sorted(), "each sees its part in order");
        all.extend(values);
    }
    let distinct: HashSet<u64> = all.iter().copied().collect();
    assert_eq!((all.len(), distinct.len()), (MESSAGES as usize, MESSAGES as usize));
    rig.finish().await;
}

/// After termination the output drains, then errs.
pub async fn the_output_drains_after_termination(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    for value in 0..5 {
        kernel.send(Number::of(value)).await.unwrap();
    }
    processed(&kernel, 5).await;
    kernel.terminate().await.unwrap();
    assert_eq!(kernel.receive_as::<Doubled>().await.unwrap().value, 0);
    assert_eq!(kernel.try_receive().unwrap().decode::<Doubled>().unwrap().value, 2);
    receive_all::<Doubled>(&kernel, 3).await;
    for error in [
        kernel.try_receive().unwrap_err(),
        kernel.receive().await.unwrap_err(),
        kernel.receive_timeout(LIMIT).await.unwrap_err(),
    ] {
        assert!(matches!(error, RingKernelError::KernelTerminated { .. }), "{error}");
    }
    rig.finish().await;
}

/// Asking for the wrong answer type names both.
pub async fn an_answer_of_another_type_is_a_typed_error(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    let called = kernel.call::<_, Total>(Number::of(1), LIMIT).await.map(drop);
    kernel.send(Number::of(1)).await.unwrap();
    let received = kernel.receive_as::<Total>().await.map(drop);
    for heard in [called, received] {
        assert!(
            matches!(&heard, Err(RingKernelError::UnexpectedMessageType { expected, actual })
                if expected.ends_with("::Total") && actual.ends_with("::Doubled")),
            "{heard:?}"
        );
    }
    rig.finish().await;
}

/// Callers whose answer is deferred hear when the kernel ends.
pub async fn a_deferred_caller_hears_of_the_kernels_end(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.keeper", inactive()).await;
    let caller = tokio::spawn({
        let kernel = kernel.clone();
        async move { kernel.call::<_, Late>(Hold { slot: 0 }, LIMIT).await }
    });
    kernel.activate().await.unwrap();
    processed(&kernel, 1).await;
    kernel.terminate().await.unwrap();
    let heard = caller.await.unwrap();
    assert!(matches!(&heard, Err(RingKernelError::KernelTerminated { .. })), "{heard:?}");
    rig.finish().await;
}
