//! A device that goes away: everybody hears, what was lost is told, and a new runtime starts afresh.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel_testkit::kernels::account::{Account, Add, Total};
use ringkernel_testkit::kernels::later::{Hold, Late};
use ringkernel_testkit::rig::{inactive, processed};
use ringkernel_testkit::wait::{LIMIT, eventually};

use crate::support::{on_a_device, start};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_lost_device_is_told_to_everybody_who_waits() {
    on_a_device(|runtime| async move {
        let launch = |id: &'static str, options: LaunchOptions| runtime.launch(id, options);
        let account = launch("testkit.account", LaunchOptions::default()).await.expect("it launches");
        let keeper = launch("testkit.keeper", LaunchOptions::default()).await.expect("it launches");
        let paused = launch("paused", inactive().with_handler("testkit.account")).await.expect("it launches");
        let total: Total = account.call(Add { amount: 3 }, LIMIT).await.expect("an answer");
        assert_eq!(total.sum, 3);
        for amount in 0..5 {
            paused.send(Add { amount }).await.expect("room");
        }
        let held = tokio::spawn({
            let keeper = keeper.clone();
            async move { keeper.call::<_, Late>(Hold { slot: 0 }, HOUR).await.map(drop) }
        });
        processed(&keeper, 1).await;
        let queued = tokio::spawn({
            let paused = paused.clone();
            async move { paused.call::<_, Total>(Add { amount: 9 }, HOUR).await.map(drop) }
        });
        eventually("the call is queued", || paused.status().input_queue_depth == 6).await;
        let receiving = tokio::spawn({
            let account = account.clone();
            async move { account.receive().await.map(drop) }
        });

        runtime.device().simulate_loss();
        // The loss is found when the device is asked for something, at the latest.
        let found = account.call::<_, Total>(Add { amount: 1 }, LIMIT).await.map(drop);
        for heard in [found, held.await.expect("no panic"), queued.await.expect("no panic")] {
            assert!(matches!(heard, Err(RingKernelError::DeviceLost { .. })), "{heard:?}");
        }
        let received = receiving.await.expect("no panic");
        assert!(received.is_err(), "an output that cannot come any more");
        for kernel in [&account, &keeper, &paused] {
            let ended = tokio::time::timeout(LIMIT, kernel.wait()).await.expect("waiting ends");
            assert!(ended.is_err(), "nobody has asked for this end: {ended:?}");
            assert!(kernel.try_send(Add { amount: 1 }).is_err());
        }
        // What hosts have sent and no handler has taken is still there.
        let letters = runtime.take_dead_letters();
        let of_paused = letters.iter().filter(|letter| letter.kernel.as_ref() == Some(paused.id()));
        let amounts: Vec<u64> =
            of_paused.map(|letter| letter.envelope.decode::<Add>().expect("an amount").amount).collect();
        assert_eq!(amounts, [0, 1, 2, 3, 4, 9]);
        let launched =
            runtime.launch("another", LaunchOptions::default().with_handler("testkit.account")).await;
        assert!(matches!(launched, Err(RingKernelError::DeviceLost { .. })), "{launched:?}");
        runtime.shutdown().await.expect("there is nothing left to wait for");

        let rebuilt = start();
        let options = LaunchOptions::default().with_state(Account { sum: total.sum, count: total.count });
        let account = rebuilt.launch("testkit.account", options).await.expect("it launches");
        for letter in letters.into_iter().filter(|letter| letter.kernel.as_ref() == Some(paused.id())) {
            account.send_envelope(letter.envelope).await.expect("room");
        }
        processed(&account, 6).await;
        let total: Total = account.call(Add { amount: 0 }, LIMIT).await.expect("an answer");
        assert_eq!(total, Total { sum: 3 + 10 + 9, count: 8 }, "what was not lost was sent again");
    });
}

#[test]
fn launches_that_wait_behind_one_that_meets_the_loss_hear_of_it() {
    on_a_device(|runtime| async move {
        let account = LaunchOptions::default().with_handler("testkit.account");
        let launch = |id: &'static str| runtime.launch(id, account.clone());
        let first = async {
            let doubler = runtime.launch("testkit.doubler", LaunchOptions::default());
            doubler.await.expect("it launches");
            // The next is being compiled.
            runtime.device().simulate_loss();
        };
        let [second, third, fourth] = ["second", "third", "fourth"].map(launch);
        let ((), second, third, fourth) = tokio::join!(first, second, third, fourth);
        for launched in [second, third, fourth] {
            // One that was there before hears it as everybody does.
            let heard = match launched {
                Ok(kernel) => kernel.call::<_, Total>(Add { amount: 1 }, LIMIT).await.map(drop),
                Err(error) => Err(error),
            };
            assert!(matches!(heard, Err(RingKernelError::DeviceLost { .. })), "{heard:?}");
        }
    });
}

/// A task that panics when it is woken, on the thread that wakes it.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a task that was woken");
    }
}

#[test]
fn panics_of_all_who_are_woken_leave_nobody_waiting() {
    on_a_device(|runtime| async move {
        const QUEUED: u64 = 40;
        const HELD: u64 = 8;
        let launch = |id: &'static str, options: LaunchOptions| runtime.launch(id, options);
        let paused = launch("paused", inactive().with_handler("testkit.account")).await.expect("it launches");
        let keeper = launch("testkit.keeper", LaunchOptions::default()).await.expect("it launches");
        let panics = Waker::from(Arc::new(Panics));
        let mut panics = Context::from_waker(&panics);
        let (mut queued, mut held) = (Vec::new(), Vec::new());
        for amount in 0..QUEUED {
            let mut call = Box::pin(paused.call::<_, Total>(Add { amount }, HOUR));
            assert!(call.as_mut().poll(&mut panics).is_pending());
            queued.push(call);
        }
        for slot in 0..HELD as u32 {
            let mut call = Box::pin(keeper.call::<_, Late>(Hold { slot }, HOUR));
            assert!(call.as_mut().poll(&mut panics).is_pending());
            held.push(call);
        }
        processed(&keeper, HELD).await;
        runtime.device().simulate_loss();
        // It asks the device for something.
        let found = keeper.call::<_, Late>(Hold { slot: 0 }, LIMIT).await.map(drop);
        assert!(matches!(found, Err(RingKernelError::DeviceLost { .. })), "{found:?}");
        for kernel in [&paused, &keeper] {
            tokio::time::timeout(LIMIT, kernel.wait()).await.expect("it ends").expect_err("not by itself");
        }
        for call in queued {
            let heard = tokio::time::timeout(LIMIT, call).await.expect("it ends");
            assert!(matches!(heard, Err(RingKernelError::DeviceLost { .. })), "{heard:?}");
        }
        for call in held {
            let heard = tokio::time::timeout(LIMIT, call).await.expect("it ends");
            assert!(matches!(heard, Err(RingKernelError::DeviceLost { .. })), "{heard:?}");
        }
        let letters = runtime.take_dead_letters();
        let of_paused = letters.iter().filter(|letter| letter.kernel.as_ref() == Some(paused.id()));
        let amounts: Vec<u64> =
            of_paused.map(|letter| letter.envelope.decode::<Add>().expect("an amount").amount).collect();
        assert_eq!(amounts, Vec::from_iter(0..QUEUED));
        runtime.shutdown().await.expect("there is nothing left to wait for");
    });
}

#[test]
fn a_panic_of_who_is_woken_leaves_nobody_waiting() {
    on_a_device(|runtime| async move {
        let launch = |id: &'static str, options: LaunchOptions| runtime.launch(id, options);
        let account = launch("testkit.account", inactive()).await.expect("it launches");
        let keeper = launch("testkit.keeper", LaunchOptions::default()).await.expect("it launches");
        let held: Vec<_> = (0..3)
            .map(|slot| {
                let keeper = keeper.clone();
                tokio::spawn(async move { keeper.call::<_, Late>(Hold { slot }, HOUR).await.map(drop) })
            })
            .collect();
        processed(&keeper, 3).await;
        let mut call = Box::pin(account.call::<_, Total>(Add { amount: 1 }, HOUR));
        let panics = Waker::from(Arc::new(Panics));
        assert!(call.as_mut().poll(&mut Context::from_waker(&panics)).is_pending());
        let next = tokio::spawn({
            let account = account.clone();
            async move { account.call::<_, Total>(Add { amount: 2 }, HOUR).await.map(drop) }
        });
        eventually("both calls are queued", || account.status().input_queue_depth == 2).await;
        // Whoever activates may hear of that, or of the loss.
        let _ = account.activate().await;
        for waiting in held.into_iter().chain([next]) {
            let heard = tokio::time::timeout(LIMIT, waiting).await.expect("it ends").expect("no panic");
            assert!(matches!(heard, Err(RingKernelError::DeviceLost { .. })), "{heard:?}");
        }
        let total = tokio::time::timeout(LIMIT, call).await.expect("it ends").expect("it was answered");
        assert_eq!(total.count, 1);
        let another = LaunchOptions::default().with_handler("testkit.account");
        let launched = runtime.launch("another", another).await;
        assert!(matches!(launched, Err(RingKernelError::DeviceLost { .. })), "{launched:?}");
        runtime.shutdown().await.expect("there is nothing left to wait for");
    });
}
