//! The restart policy: the initial state again, and the queued messages.

use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

use crate::kernels::account::{Account, Add, FailAfterAdding, Total};
use crate::kernels::later::{Hold, HoldAndFail, Late, Release, Released};
use crate::rig::{Factory, Rig, inactive, receive_all};
use crate::wait::{LIMIT, clock_passes, eventually, in_millis};

const HOUR: Duration = Duration::from_secs(3600);

fn fail(code: u32) -> FailAfterAdding {
    FailAfterAdding { code, amount: 1000 }
}

/// Default state or that of `with_state`: never what the faulting handler left.
pub async fn a_restart_restores_the_initial_state(factory: Factory) {
    let rig = Rig::start(factory).await;
    for initial in [0, 500] {
        let mut options = LaunchOptions::default().with_restart(RestartPolicy::limited(3, HOUR));
        if initial != 0 {
            options = options.with_state(Account { sum: initial, count: 0 });
        }
        let kernel = rig.launch_with("testkit.account", options).await;
        let _: Total = kernel.call(Add { amount: 7 }, LIMIT).await.unwrap();
        let heard = kernel.call::<_, Total>(fail(5), LIMIT).await;
        assert!(
            matches!(&heard, Err(RingKernelError::HandlerFault { fault, .. }) if fault.code == 5),
            "{heard:?}"
        );
        let total: Total = kernel.call(Add { amount: 1 }, LIMIT).await.unwrap();
        assert_eq!(total, Total { sum: initial + 1, count: 1 });
        let status = kernel.status();
        assert_eq!((status.state, status.restarts), (KernelState::Active, 1));
        assert_eq!(status.last_fault.map(|fault| fault.code), Some(5));
        assert_eq!((kernel.metrics().faults, kernel.metrics().restarts), (1, 1));
        kernel.terminate().await.unwrap();
        kernel.wait().await.unwrap();
    }
    rig.finish().await;
}

/// Only the message in hand is lost to the handler, and it is a dead letter.
pub async fn queued_messages_survive_a_restart(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = inactive().with_restart(RestartPolicy::limited(3, HOUR));
    let kernel = rig.launch_with("testkit.account", options).await;
    kernel.send(Add { amount: 100 }).await.unwrap();
    kernel.send(fail(6)).await.unwrap();
    kernel.send(Add { amount: 1 }).await.unwrap();
    kernel.send(fail(7)).await.unwrap();
    kernel.send(Add { amount: 2 }).await.unwrap();
    kernel.send(Add { amount: 3 }).await.unwrap();
    kernel.activate().await.unwrap();
    let sums: Vec<u64> = receive_all::<Total>(&kernel, 4).await.iter().map(|total| total.sum).collect();
    assert_eq!(sums, [100, 1, 2, 5]);
    let letters = rig.dead_letters_of(2, &kernel, DeadLetterReason::HandlerFault).await;
    let codes: Vec<u32> =
        letters.iter().map(|letter| letter.envelope.decode::<FailAfterAdding>().unwrap().code).collect();
    assert_eq!(codes, [6, 7]);
    rig.finish().await;
}

/// One fault too many within the window, and the kernel stays failed.
pub async fn a_kernel_that_faults_too_often_stays_failed(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = inactive().with_restart(RestartPolicy::limited(2, HOUR));
    let kernel = rig.launch_with("testkit.account", options).await;
    for code in 1..=4 {
        kernel.send(fail(code)).await.unwrap();
    }
    kernel.send(Add { amount: 1 }).await.unwrap();
    kernel.activate().await.unwrap();
    assert!(kernel.wait().await.is_err());
    let status = kernel.status();
    assert_eq!((status.state, status.restarts), (KernelState::Failed, 2));
    assert_eq!(status.last_fault.map(|fault| fault.code), Some(3));
    let letters = rig.dead_letters(5).await;
    let faults = letters.iter().filter(|letter| letter.reason == DeadLetterReason::HandlerFault);
    assert_eq!(faults.count(), 3);
    rig.finish().await;
}

/// The window slides: old restarts do not count.
pub async fn restarts_outside_of_the_window_do_not_count(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_restart(RestartPolicy::limited(1, Duration::from_millis(1)));
    let kernel = rig.launch_with("testkit.account", options).await;
    for round in 1..=4 {
        assert!(kernel.call::<_, Total>(fail(1), LIMIT).await.is_err());
        eventually("the kernel restarts", || kernel.status().restarts == round).await;
        clock_passes(in_millis(5)).await;
    }
    let total: Total = kernel.call(Add { amount: 1 }, LIMIT).await.unwrap();
    assert_eq!(total.sum, 1);
    rig.finish().await;
}

/// A policy of no restarts is no restart.
pub async fn a_limit_of_zero_restarts_is_never(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_restart(RestartPolicy::limited(0, HOUR));
    let kernel = rig.launch_with("testkit.account", options).await;
    assert!(kernel.call::<_, Total>(fail(1), LIMIT).await.is_err());
    assert!(kernel.wait().await.is_err());
    assert_eq!(kernel.status().restarts, 0);
    rig.finish().await;
}

/// Those who waited for a deferred answer hear of the fault; their right does not outlive the state.
pub async fn a_restart_ends_the_rights_to_answer(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_restart(RestartPolicy::limited(3, HOUR));
    let kernel = rig.launch_with("testkit.keeper", options).await;
    let held = tokio::spawn({
        let kernel = kernel.clone();
        async move { kernel.call::<_, Late>(Hold { slot: 1 }, HOUR).await }
    });
    crate::rig::processed(&kernel, 1).await;
    let in_hand = kernel.call::<_, Late>(HoldAndFail { code: 8 }, HOUR).await;
    for heard in [in_hand, held.await.unwrap()] {
        assert!(
            matches!(&heard, Err(RingKernelError::HandlerFault { fault, .. }) if fault.code == 8),
            "{heard:?}"
        );
    }
    let released: Released = kernel.call(Release { slot: 1, value: 1 }, LIMIT).await.unwrap();
    assert!(!released.taken);
    rig.finish().await;
}
