//! How much is done in a submission, and that nothing is submitted for nothing.

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel_testkit::kernels::peers::{Arrived, Connect, Token};
use ringkernel_testkit::kernels::plain::{Doubled, Number};
use ringkernel_testkit::rig::{inactive, reachable, receive_all};
use ringkernel_testkit::wait::LIMIT;
use ringkernel_wgpu::WgpuRuntime;

use crate::support::{launch_many, on_a_device};

/// What is submitted while nobody does anything.
async fn submitted_when_left_alone(runtime: &WgpuRuntime) -> u64 {
    // What has been asked for may still be under way.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let before = runtime.figures().submissions;
    tokio::time::sleep(Duration::from_millis(500)).await;
    runtime.figures().submissions - before
}

#[test]
fn an_idle_runtime_submits_nothing() {
    on_a_device(|runtime| async move {
        assert_eq!(submitted_when_left_alone(&runtime).await, 0, "nothing was launched");
        let busy = launch_many(&runtime, "testkit.doubler", 32, reachable()).await;
        for kernel in &busy {
            let answer: Doubled = kernel.call(Number::of(4), LIMIT).await.expect("an answer");
            assert_eq!(answer.value, 8);
        }
        assert!(runtime.figures().submissions > 0);
        assert_eq!(submitted_when_left_alone(&runtime).await, 0, "all were answered");
        let paused = launch_many(&runtime, "testkit.silent", 4, inactive()).await;
        for kernel in &paused {
            kernel.send(Number::of(1)).await.expect("room");
        }
        assert_eq!(submitted_when_left_alone(&runtime).await, 0, "paused kernels take nothing");
        let full = LaunchOptions::default().with_handler("testkit.doubler").with_output_queue_capacity(1);
        let full = runtime.launch("full", full).await.expect("it launches");
        for value in 0..4 {
            full.send(Number::of(value)).await.expect("room");
        }
        assert_eq!(submitted_when_left_alone(&runtime).await, 0, "nobody receives");
        assert_eq!(receive_all::<Doubled>(&full, 4).await.len(), 4);
    });
}

#[test]
fn a_submission_takes_messages_of_many_actors() {
    const ACTORS: usize = 256;
    const EACH: u64 = 16;
    on_a_device(|runtime| async move {
        let kernels = launch_many(&runtime, "testkit.doubler", ACTORS, inactive()).await;
        for (number, kernel) in (0..).zip(&kernels) {
            for value in 0..EACH {
                kernel.try_send(Number::of(number << 32 | value)).expect("room");
            }
        }
        let before = runtime.figures().submissions;
        let activations: Vec<_> = kernels
            .iter()
            .cloned()
            .map(|kernel| tokio::spawn(async move { kernel.activate().await }))
            .collect();
        for activation in activations {
            activation.await.expect("no panic").expect("it activates");
        }
        for (number, kernel) in (0..).zip(&kernels) {
            let answers = receive_all::<Doubled>(kernel, EACH as usize).await;
            let expected = (0..EACH).map(|value| Doubled { value: 2 * (number << 32 | value) });
            assert!(answers.into_iter().eq(expected), "{}", kernel.id());
        }
        let submissions = runtime.figures().submissions - before;
        let messages = ACTORS as u64 * EACH;
        assert!(submissions * 8 <= messages, "{messages} messages took {submissions} submissions");
    });
}

#[test]
fn a_submission_has_many_generations_of_messages_between_kernels() {
    const PLACES: usize = 16;
    const HOPS: u32 = 4_000;
    on_a_device(|runtime| async move {
        let places = launch_many(&runtime, "testkit.place", PLACES, reachable()).await;
        for (index, place) in places.iter().enumerate() {
            let target = places[(index + 1) % PLACES].actor_ref();
            place.send(Connect { target }).await.expect("room");
        }
        let before = runtime.figures();
        places[0].send(Token { number: 7, hops_left: HOPS }).await.expect("room");
        let last = &places[HOPS as usize % PLACES];
        assert_eq!(receive_all::<Arrived>(last, 1).await, [Arrived { number: 7 }]);
        let after = runtime.figures();
        let submissions = after.submissions - before.submissions;
        assert!(submissions * 16 <= u64::from(HOPS), "{HOPS} hops took {submissions} submissions");
        assert!(after.turns - before.turns >= u64::from(HOPS), "a hop is a turn");
    });
}
