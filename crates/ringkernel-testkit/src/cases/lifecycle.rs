//! Launch, activation, deactivation, termination: what is legal, what is not, and what becomes of messages.

use std::future::poll_fn;
use std::task::Poll;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

use crate::kernels::account::{Account, Add, Total};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, inactive, receive_all};
use crate::wait::{LIMIT, eventually};

fn refused_transition(outcome: Result<()>, from: KernelState, to: KernelState) {
    match outcome {
        Err(RingKernelError::InvalidStateTransition { kernel, from: was, to: wanted }) => {
            assert_eq!((kernel.as_str(), was, wanted), ("testkit.doubler", from, to))
        }
        other => panic!("{from} to {to}: {other:?}"),
    }
}

/// Auto-activation is the default, and activating twice is no mistake.
pub async fn activating_an_active_kernel_changes_nothing(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    assert_eq!(kernel.state(), KernelState::Active);
    assert!(kernel.is_active() && !kernel.is_terminated());
    kernel.activate().await.unwrap();
    kernel.resume().await.unwrap();
    assert_eq!(kernel.state(), KernelState::Active);
    let answer: Doubled = kernel.call(Number::of(4), LIMIT).await.unwrap();
    assert_eq!(answer.value, 8);
    rig.finish().await;
}

/// Launched: messages wait in the mailbox.
pub async fn a_launched_kernel_queues_and_processes_nothing(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    assert_eq!(kernel.state(), KernelState::Launched);
    for value in 0..3 {
        kernel.send(Number::of(value)).await.unwrap();
    }
    // A neighbour that was launched later answers, so there was time to process.
    let neighbour = rig.launch_as("neighbour", "testkit.doubler", LaunchOptions::default()).await;
    let _: Doubled = neighbour.call(Number::of(1), LIMIT).await.unwrap();
    let status = kernel.status();
    assert_eq!((status.input_queue_depth, status.messages_processed), (3, 0), "{status:?}");
    assert!(matches!(kernel.try_receive(), Err(RingKernelError::QueueEmpty)));
    kernel.activate().await.unwrap();
    let answers = receive_all::<Doubled>(&kernel, 3).await;
    assert_eq!(answers, [0, 2, 4].map(|value| Doubled { value }));
    rig.finish().await;
}

/// Deactivated: the state stays, messages wait.
pub async fn a_deactivated_kernel_keeps_its_state_and_its_messages(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.account").await;
    let _: Total = kernel.call(Add { amount: 5 }, LIMIT).await.unwrap();
    kernel.deactivate().await.unwrap();
    assert_eq!(kernel.state(), KernelState::Deactivated);
    kernel.send(Add { amount: 6 }).await.unwrap();
    kernel.send(Add { amount: 7 }).await.unwrap();
    let neighbour = rig.launch_as("neighbour", "testkit.doubler", LaunchOptions::default()).await;
    let _: Doubled = neighbour.call(Number::of(1), LIMIT).await.unwrap();
    assert_eq!(kernel.status().input_queue_depth, 2);
    assert_eq!(kernel.status().messages_processed, 1);
    // Twice is no mistake, and so are the other names of the calls.
    kernel.deactivate().await.unwrap();
    kernel.suspend().await.unwrap();
    kernel.resume().await.unwrap();
    let totals = receive_all::<Total>(&kernel, 2).await;
    assert_eq!(totals[1], Total { sum: 18, count: 3 });
    rig.finish().await;
}

/// What cannot be done says from where to where.
pub async fn illegal_transitions_name_both_states(factory: Factory) {
    use KernelState::{Active, Deactivated, Launched, Terminated, Terminating};
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    refused_transition(kernel.deactivate().await, Launched, Deactivated);
    assert_eq!(kernel.state(), Launched, "a refused call changes nothing");
    kernel.terminate().await.unwrap();
    assert!(kernel.is_terminated());
    refused_transition(kernel.activate().await, Terminated, Active);
    refused_transition(kernel.deactivate().await, Terminated, Deactivated);
    refused_transition(kernel.terminate().await, Terminated, Terminating);
    rig.finish().await;
}

/// Every state from which `terminate` is legal.
pub async fn a_kernel_terminates_from_every_state_it_can_be_in(factory: Factory) {
    let rig = Rig::start(factory).await;
    for state in [KernelState::Launched, KernelState::Active, KernelState::Deactivated] {
        let kernel = rig.launch_with("testkit.doubler", inactive()).await;
        if state != KernelState::Launched {
            kernel.activate().await.unwrap();
        }
        if state == KernelState::Deactivated {
            kernel.deactivate().await.unwrap();
        }
        assert_eq!(kernel.state(), state);
        kernel.terminate().await.unwrap();
        kernel.wait().await.unwrap();
        assert_eq!(kernel.state(), KernelState::Terminated);
    }
    rig.finish().await;
}

/// Messages that were queued are accounted for, and their callers hear.
pub async fn terminating_dead_letters_what_is_queued_and_tells_callers(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    for value in 0..5 {
        kernel.send(Number::of(value)).await.unwrap();
    }
    let caller = tokio::spawn({
        let kernel = kernel.clone();
        async move { kernel.call::<_, Doubled>(Number::of(5), LIMIT).await }
    });
    eventually("the call is queued", || kernel.status().input_queue_depth == 6).await;
    kernel.terminate().await.unwrap();
    let heard = caller.await.unwrap();
    assert!(
        matches!(&heard, Err(RingKernelError::KernelTerminated { kernel }) if kernel == "testkit.doubler"),
        "{heard:?}"
    );
    let letters = rig.dead_letters_of(6, &kernel, DeadLetterReason::KernelTerminated).await;
    let values: Vec<u64> =
        letters.iter().map(|letter| letter.envelope.decode::<Number>().unwrap().value).collect();
    assert_eq!(values, [0, 1, 2, 3, 4, 5]);
    rig.finish().await;
}

/// However a kernel ends, those who wait for its end wake.
pub async fn waiting_always_wakes(factory: Factory) {
    for end in 0..3 {
        let rig = Rig::start(factory).await;
        let kernel = rig.launch_default("testkit.doubler").await;
        let waiters: Vec<_> = (0..4)
            .map(|_| {
                let kernel = kernel.clone();
                tokio::spawn(async move { kernel.wait().await })
            })
            .collect();
        let receiver = tokio::spawn({
            let kernel = kernel.clone();
            async move { kernel.receive().await }
        });
        match end {
            0 => kernel.terminate().await.unwrap(),
            1 => rig.shutdown().await.unwrap(),
            _ => {}
        }
        drop(rig);
        for waiter in waiters {
            waiter.await.unwrap().unwrap();
        }
        let received = receiver.await.unwrap();
        assert!(matches!(received, Err(RingKernelError::KernelTerminated { .. })), "{received:?}");
    }
}

/// The id names a new actor with a new address and a fresh state.
pub async fn an_id_can_be_used_again_after_termination(factory: Factory) {
    let rig = Rig::start(factory).await;
    let first = rig.launch_default("testkit.account").await;
    let _: Total = first.call(Add { amount: 5 }, LIMIT).await.unwrap();
    first.terminate().await.unwrap();
    assert!(rig.get_kernel(first.id()).is_none());
    let second = rig.launch_default("testkit.account").await;
    assert_ne!(first.actor_ref(), second.actor_ref());
    let total: Total = second.call(Add { amount: 6 }, LIMIT).await.unwrap();
    assert_eq!(total, Total { sum: 6, count: 1 });
    assert!(first.is_terminated(), "the old handle names the old kernel");
    assert!(matches!(
        first.try_send(Add { amount: 1 }).unwrap_err().error,
        RingKernelError::KernelTerminated { .. }
    ));
    rig.finish().await;
}

/// An id names one running kernel.
pub async fn a_duplicate_id_is_refused(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    for options in [LaunchOptions::default(), LaunchOptions::default().with_handler("testkit.account")] {
        let refused = rig.launch("testkit.doubler", options).await;
        assert!(
            matches!(&refused, Err(RingKernelError::KernelAlreadyLaunched { id }) if id == "testkit.doubler"),
            "{refused:?}"
        );
    }
    let answer: Doubled = kernel.call(Number::of(1), LIMIT).await.unwrap();
    assert_eq!(answer.value, 2, "the first is not disturbed");
    rig.finish().await;
}

/// The error is enough to correct the mistake.
pub async fn an_unknown_kernel_lists_what_is_registered(factory: Factory) {
    let rig = Rig::start(factory).await;
    let by_id = rig.launch("testkit.dubler", LaunchOptions::default()).await;
    let by_handler = rig.launch("anything", LaunchOptions::default().with_handler("testkit.dubler")).await;
    for refused in [by_id, by_handler] {
        let Err(RingKernelError::KernelNotFound { id, available, nearest }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(id, "testkit.dubler");
        assert_eq!(nearest.as_deref(), Some("testkit.doubler"));
        assert!(available.iter().any(|name| name == "testkit.account"));
        assert!(available.is_sorted());
    }
    let far = rig.launch("nothing like it", LaunchOptions::default()).await;
    assert!(matches!(&far, Err(RingKernelError::KernelNotFound { nearest: None, .. })), "{far:?}");
    assert_eq!(rig.metrics().total_launched, 0);
    rig.finish().await;
}

/// One registered kernel, many instances, each with a state of its own.
pub async fn instances_of_one_kernel_have_states_of_their_own(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut kernels = Vec::new();
    for index in 0..20u64 {
        let options = LaunchOptions::default().with_state(Account { sum: index * 100, count: 0 });
        kernels.push(rig.launch_as(&format!("account-{index:02}"), "testkit.account", options).await);
    }
    for (index, kernel) in kernels.iter().enumerate() {
        let total: Total = kernel.call(Add { amount: 1 }, LIMIT).await.unwrap();
        assert_eq!(total.sum, index as u64 * 100 + 1);
        assert_eq!(kernel.status().handler, "testkit.account");
    }
    let listed = rig.list_kernels();
    assert!(listed.len() == 20 && listed.is_sorted(), "{listed:?}");
    let found = rig.get_kernel(&"account-07".into()).unwrap();
    assert_eq!(found.actor_ref(), kernels[7].actor_ref());
    assert!(rig.get_kernel(&"account-77".into()).is_none());
    rig.finish().await;
}

/// Whoever launches may stop waiting for it, also while the program of the kernel is compiled.
pub async fn a_launch_that_is_given_up_leaves_no_kernel(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = || LaunchOptions::default().with_handler("testkit.doubler");
    let mut launch = rig.launch("kernel", options());
    let polled = poll_fn(|context| Poll::Ready(launch.as_mut().poll(context))).await;
    drop(launch);
    if let Poll::Ready(launched) = polled {
        // Where nothing is to be waited for, it was over at once.
        launched.unwrap().terminate().await.unwrap();
    }
    eventually("it is gone", || rig.list_kernels().is_empty()).await;
    let kernel = rig.launch_with("kernel", options()).await;
    let answer: Doubled = kernel.call(Number::of(4), LIMIT).await.unwrap();
    assert_eq!(answer.value, 8);
    rig.finish().await;
}
