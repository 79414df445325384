//! Programs of many kinds, many actors of one kind, and several runtimes.

use ringkernel::prelude::*;
use ringkernel_testkit::kernels::account::{Account, Add, Total};
use ringkernel_testkit::kernels::faulty::{DivideBy, Outcome};
use ringkernel_testkit::kernels::lanes::{Numbers, Reduced};
use ringkernel_testkit::kernels::load::{Done, Load, Work, result};
use ringkernel_testkit::kernels::order::{Numbered, Taken};
use ringkernel_testkit::kernels::plain::{Doubled, Number};
use ringkernel_testkit::kernels::vectors::{Descend, Way};
use ringkernel_testkit::rig::inactive;
use ringkernel_testkit::wait::LIMIT;

use crate::support::{launch_many, on_a_device, start};

/// The answer of one kernel among many that work at the same time.
async fn ask<M: RingMessage, A: RingMessage>(kernel: KernelHandle, message: M) -> A {
    kernel.call(message, LIMIT).await.expect("an answer")
}

#[test]
fn kernels_of_many_kinds_run_side_by_side() {
    const EACH: usize = 8;
    on_a_device(|runtime| async move {
        let options = LaunchOptions::default;
        let doublers = launch_many(&runtime, "testkit.doubler", EACH, options()).await;
        let accounts = launch_many(&runtime, "testkit.account", EACH, options()).await;
        let recorders = launch_many(&runtime, "testkit.recorder", EACH, options()).await;
        let faulty = launch_many(&runtime, "testkit.faulty", EACH, options()).await;
        let climbers = launch_many(&runtime, "testkit.vectors.descend", EACH, options()).await;
        let reducers = launch_many(&runtime, "testkit.lanes.reduce", EACH, options()).await;
        for round in 0..3u64 {
            let mut asked = Vec::new();
            for index in 0..EACH {
                let number = round * 100 + index as u64;
                let (doubler, account) = (doublers[index].clone(), accounts[index].clone());
                let (recorder, faulty) = (recorders[index].clone(), faulty[index].clone());
                let (climber, reducer) = (climbers[index].clone(), reducers[index].clone());
                asked.push(tokio::spawn(async move {
                    let numbered = Numbered { sender: 1, sequence: round as u32, priority: 0 };
                    let numbers = Numbers { values: (0..50 + index as u32).collect() };
                    let (doubled, total, taken, outcome, way, reduced) = tokio::join!(
                        ask::<_, Doubled>(doubler, Number::of(number)),
                        ask::<_, Total>(account, Add { amount: number }),
                        ask::<_, Taken>(recorder, numbered),
                        ask::<_, Outcome>(faulty, DivideBy { divisor: 1 + index as u32 }),
                        ask::<_, Way>(climber, Descend { from: 8 }),
                        ask::<_, Reduced>(reducer, numbers),
                    );
                    assert_eq!(doubled.value, 2 * number);
                    assert_eq!(total.count, round + 1);
                    assert_eq!((taken.before, taken.sequence), (round, round as u32));
                    assert_eq!(outcome.value, 100 / (1 + index as u32));
                    assert_eq!(way, Way { even: vec![8, 4, 2], odd: vec![1] });
                    assert_eq!(reduced.max, 49 + index as u32);
                }));
            }
            for asked in asked {
                asked.await.expect("the answers are right");
            }
        }
    });
}

#[test]
fn a_thousand_actors_of_a_kind_have_states_of_their_own() {
    const ACTORS: usize = 1000;
    on_a_device(|runtime| async move {
        let options = LaunchOptions::default().with_queue_capacity(16);
        let mut kernels = Vec::new();
        for index in 0..ACTORS as u64 {
            let options = options.clone().with_handler("testkit.load");
            let options = options.with_state(Load { salt: index * index, sum: 0, count: 0 });
            kernels.push(runtime.launch(&format!("load-{index}"), options).await.expect("it launches"));
        }
        let asked: Vec<_> = kernels
            .iter()
            .cloned()
            .map(|kernel| tokio::spawn(ask::<_, Done>(kernel, Work { value: 12345, priority: 0 })))
            .collect();
        for (index, asked) in (0u64..).zip(asked) {
            let done = asked.await.expect("an answer");
            assert_eq!(done.result, result(12345, index * index), "actor {index}");
        }
        assert_eq!(runtime.metrics().messages_processed, ACTORS as u64);
        for kernel in kernels {
            kernel.terminate().await.expect("it terminates");
        }
        assert!(runtime.list_kernels().is_empty());
    });
}

#[test]
fn places_of_actors_that_are_gone_are_used_again() {
    on_a_device(|runtime| async move {
        let mut in_use = Vec::new();
        for round in 0..5u64 {
            let options = inactive().with_state(Account { sum: round, count: 0 });
            let kernels = launch_many(&runtime, "testkit.account", 40, options).await;
            for kernel in &kernels {
                kernel.activate().await.expect("it activates");
                let total: Total = kernel.call(Add { amount: 1 }, LIMIT).await.expect("an answer");
                assert_eq!(
                    total,
                    Total { sum: round + 1, count: 1 },
                    "nothing is left of who was there before"
                );
            }
            in_use.push(runtime.metrics().gpu_memory_used);
            for kernel in kernels {
                kernel.terminate().await.expect("it terminates");
            }
        }
        assert!(in_use.iter().all(|bytes| *bytes == in_use[0]), "{in_use:?}");
    });
}

#[test]
fn runtimes_on_one_device_know_nothing_of_each_other() {
    on_a_device(|first| async move {
        let second = start();
        for runtime in [&first, &second] {
            launch_many(runtime, "testkit.account", 1, LaunchOptions::default()).await;
        }
        let id = "testkit.account-0".into();
        let accounts = [&first, &second].map(|runtime| runtime.get_kernel(&id).expect("it is running"));
        let tasks = accounts.clone().map(|account| {
            tokio::spawn(async move {
                for count in 1..=50 {
                    let total: Total = account.call(Add { amount: 2 }, LIMIT).await.expect("an answer");
                    assert_eq!(total, Total { sum: 2 * count, count });
                }
            })
        });
        for task in tasks {
            task.await.expect("the totals are right");
        }
        drop(first);
        let total: Total = accounts[1].call(Add { amount: 2 }, LIMIT).await.expect("the other goes on");
        assert_eq!(total.count, 51);
    });
}
