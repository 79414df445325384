//! Threads that run no executor, and kernels that have been quick so often that a backend may run them where they are called.

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::runtime::KernelState;

use crate::kernels::faulty::{DivideBy, Outcome};
use crate::kernels::plain::{Doubled, Number};
use crate::rig::{Factory, Rig, inactive, processed};
use crate::wait::LIMIT;

/// Runs `work` on a thread of its own.
async fn on_a_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    tokio::task::spawn_blocking(work).await.expect("the thread found no fault")
}

/// A thread calls, sends and receives without an executor, and waits for room and for answers.
pub async fn a_thread_without_an_executor_calls_sends_and_receives(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", LaunchOptions::default().with_queue_capacity(2)).await;
    let remote = kernel.clone();
    on_a_thread(move || {
        for value in 0..100 {
            let answer: Doubled = remote.call_blocking(Number::of(value), LIMIT).unwrap();
            assert_eq!(answer.value, 2 * value);
        }
        let sender = remote.clone();
        let sending = std::thread::spawn(move || {
            for value in 0..100 {
                sender.send_blocking(Number::of(value)).unwrap();
            }
        });
        for value in 0..100 {
            let output: Doubled = remote.receive_blocking(LIMIT).unwrap().decode().unwrap();
            assert_eq!(output.value, 2 * value);
        }
        sending.join().unwrap();
        let nothing = remote.receive_blocking(Duration::from_millis(5)).unwrap_err();
        assert!(matches!(nothing, RingKernelError::Timeout { .. }), "{nothing}");
    })
    .await;
    rig.finish().await;
}

/// A blocking call to a kernel that takes nothing ends at its deadline, and at once when the kernel is gone.
pub async fn a_blocking_call_ends_at_its_deadline(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    let remote = kernel.clone();
    on_a_thread(move || {
        let late = remote.call_blocking::<_, Doubled>(Number::of(1), Duration::from_millis(5)).unwrap_err();
        assert!(matches!(late, RingKernelError::Timeout { .. }), "{late}");
    })
    .await;
    kernel.terminate().await.unwrap();
    let gone = kernel.call_blocking::<_, Doubled>(Number::of(1), LIMIT).unwrap_err();
    assert!(matches!(gone, RingKernelError::KernelTerminated { .. }), "{gone}");
    rig.finish().await;
}

/// Many threads and tasks call one quick kernel at once: each gets its own answer, and all are counted.
pub async fn callers_of_a_quick_kernel_do_not_get_in_each_others_way(factory: Factory) {
    const CALLERS: u64 = 8;
    const CALLS: u64 = 500;
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.doubler").await;
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let kernel = kernel.clone();
            tokio::spawn(async move {
                for call in 0..CALLS {
                    let value = caller << 32 | call;
                    let answer: Doubled = if caller % 2 == 0 {
                        kernel.call(Number::of(value), LIMIT).await.unwrap()
                    } else {
                        let kernel = kernel.clone();
                        on_a_thread(move || kernel.call_blocking(Number::of(value), LIMIT).unwrap()).await
                    };
                    assert_eq!(answer.value, 2 * value);
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    processed(&kernel, CALLERS * CALLS).await;
    rig.finish().await;
}

/// A fault in a kernel that has been quick is the kernel's: its caller hears of it and goes on.
pub async fn a_fault_of_a_quick_kernel_is_not_its_callers(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.faulty").await;
    for _ in 0..100 {
        kernel.call::<_, Outcome>(DivideBy { divisor: 2 }, LIMIT).await.unwrap();
    }
    let fault = kernel.call::<_, Outcome>(DivideBy { divisor: 0 }, LIMIT).await.unwrap_err();
    assert!(matches!(fault, RingKernelError::HandlerFault { .. }), "{fault}");
    assert_eq!(kernel.state(), KernelState::Failed);
    let other = rig.launch_default("testkit.doubler").await;
    let answer: Doubled = other.call(Number::of(4), LIMIT).await.unwrap();
    assert_eq!(answer.value, 8);
    rig.finish().await;
}
