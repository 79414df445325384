//! Every queue is bounded: senders wait or get their message back, receivers hold up the kernel, nothing is lost.

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::runtime::WaitingOn;

use crate::kernels::order::Numbered;
use crate::kernels::peers::{Arrived, Connect, Token};
use crate::kernels::plain::{Burst, BurstDone, Doubled, Number};
use crate::kernels::sender::{Echo, Emit, Sent};
use crate::rig::{Factory, Rig, inactive, processed, reachable, receive_all};
use crate::wait::{LIMIT, eventually};

/// Whether a refusal is that of a full queue of this capacity.
fn is_full(error: &RingKernelError, capacity: usize) -> bool {
    error.is_recoverable()
        && matches!(error, RingKernelError::QueueFull { queue, capacity: found }
            if *found == capacity && !queue.is_empty())
}

/// `try_send` never waits.
pub async fn a_full_mailbox_hands_the_message_back(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive().with_input_queue_capacity(4)).await;
    for value in 0..4 {
        kernel.try_send(Number::of(value)).unwrap();
    }
    let refused = kernel.try_send(Number::of(99)).unwrap_err();
    assert!(is_full(&refused.error, 4), "{refused}");
    let again = refused.into_message();
    assert_eq!(again.value, 99);
    assert_eq!(kernel.status().input_queue_depth, 4);
    kernel.activate().await.unwrap();
    processed(&kernel, 4).await;
    kernel.try_send(again).unwrap();
    let values: Vec<u64> =
        receive_all::<Doubled>(&kernel, 5).await.iter().map(|doubled| doubled.value).collect();
    assert_eq!(values, [0, 2, 4, 6, 198]);
    assert_eq!(rig.metrics().dead_letters, 0, "what is handed back is no dead letter");
    rig.finish().await;
}

/// The capacity is the total, not that of each band.
pub async fn the_bands_share_the_capacity(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.recorder", inactive().with_input_queue_capacity(4)).await;
    let numbered = |priority| Numbered { sender: 0, sequence: 0, priority };
    for priority in [32, 128, 160, 224] {
        kernel.try_send(numbered(priority)).unwrap();
    }
    for priority in [32, 128, 160, 224] {
        assert!(is_full(&kernel.try_send(numbered(priority)).unwrap_err().error, 4));
    }
    rig.finish().await;
}

/// Whoever waits is told when messages from kernels have gone, although nothing else is to be told of them.
pub async fn a_send_waits_for_room_that_messages_from_kernels_have_taken(factory: Factory) {
    // What the last one and the second one have room for, and the one that waits in between.
    const TOKENS: u32 = 4 + 1 + 4;
    let rig = Rig::start(factory).await;
    let small = || reachable().with_input_queue_capacity(4);
    let first = rig.launch_as("first", "testkit.place", reachable()).await;
    let second = rig.launch_as("second", "testkit.place", small()).await;
    let last = rig.launch_as("last", "testkit.place", small().without_auto_activate()).await;
    for (place, target) in [(&first, &second), (&second, &last)] {
        place.send(Connect { target: target.actor_ref() }).await.unwrap();
        processed(place, 1).await;
    }
    for number in 0..TOKENS {
        first.send(Token { number, hops_left: 2 }).await.unwrap();
    }
    eventually("it is full", || second.status().input_queue_depth == 4).await;
    let sender = tokio::spawn({
        let second = second.clone();
        async move { second.send_timeout(Token { number: TOKENS, hops_left: 1 }, LIMIT).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!sender.is_finished());
    last.activate().await.unwrap();
    sender.await.unwrap().unwrap();
    let arrived = receive_all::<Arrived>(&last, TOKENS as usize + 1).await;
    let mut numbers: Vec<u32> = arrived.iter().map(|arrived| arrived.number).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..=TOKENS));
    rig.finish().await;
}

/// `send` waits for room.
pub async fn a_send_waits_for_room(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive().with_input_queue_capacity(1)).await;
    kernel.try_send(Number::of(0)).unwrap();
    let senders: Vec<_> = (1..9)
        .map(|value| {
            let kernel = kernel.clone();
            tokio::spawn(async move { kernel.send_timeout(Number::of(value), LIMIT).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(senders.iter().all(|sender| !sender.is_finished()));
    kernel.activate().await.unwrap();
    for sender in senders {
        sender.await.unwrap().unwrap();
    }
    let mut values: Vec<u64> =
        receive_all::<Doubled>(&kernel, 9).await.iter().map(|doubled| doubled.value / 2).collect();
    values.sort_unstable();
    assert!(values.into_iter().eq(0..9));
    rig.finish().await;
}

/// A send that has waited long enough gives the message back, unchanged.
pub async fn a_send_that_waited_long_enough_hands_the_message_back(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive().with_input_queue_capacity(1)).await;
    kernel.try_send(Number::of(0)).unwrap();
    let id = MessageId::generate();
    let message = Number { id, value: 5 };
    let refused = kernel.send_timeout(message.clone(), Duration::from_millis(30)).await.unwrap_err();
    assert!(is_full(&refused.error, 1), "{refused}");
    assert_eq!(refused.message, message);
    let call = kernel.call::<_, Doubled>(Number::of(1), Duration::from_millis(30)).await;
    assert!(is_full(call.as_ref().unwrap_err(), 1), "{call:?}");
    assert_eq!(kernel.status().input_queue_depth, 1);
    rig.finish().await;
}

/// Tiny queues, a fast sender, a consumer that takes its time.
pub async fn nothing_is_lost_with_a_slow_consumer(factory: Factory) {
    const MESSAGES: u64 = 2000;
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", LaunchOptions::default().with_queue_capacity(4)).await;
    let sender = tokio::spawn({
        let kernel = kernel.clone();
        async move {
            for value in 0..MESSAGES {
                kernel.send_timeout(Number::of(value), LIMIT).await.unwrap();
            }
        }
    });
    for value in 0..MESSAGES {
        let status = kernel.status();
        assert!(status.input_queue_depth <= 4 && status.output_queue_depth <= 4);
        if value % 100 == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let doubled = receive_all::<Doubled>(&kernel, 1).await[0];
        assert_eq!(doubled.value, 2 * value);
    }
    sender.await.unwrap();
    assert_eq!(kernel.telemetry().dropped(), 0);
    rig.finish().await;
}

/// Nobody receives: the kernel stops taking messages, visibly, and goes on when somebody does.
pub async fn a_full_output_queue_holds_the_kernel_up(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_output_queue_capacity(2);
    let kernel = rig.launch_with("testkit.doubler", options).await;
    for value in 0..10 {
        kernel.send(Number::of(value)).await.unwrap();
    }
    eventually("the kernel waits on its output", || kernel.status().waiting_on == Some(WaitingOn::Output))
        .await;
    let status = kernel.status();
    assert_eq!(
        (status.messages_processed, status.input_queue_depth, status.output_queue_depth),
        (2, 8, 2),
        "{status:?}"
    );
    assert_eq!(status.state, KernelState::Active);
    let first = receive_all::<Doubled>(&kernel, 1).await;
    assert_eq!(first[0].value, 0);
    processed(&kernel, 3).await;
    let rest = receive_all::<Doubled>(&kernel, 9).await;
    assert_eq!(rest.last(), Some(&Doubled { value: 18 }));
    eventually("nothing holds the kernel up", || kernel.status().waiting_on.is_none()).await;
    let answer: Doubled = kernel.call(Number::of(21), LIMIT).await.unwrap();
    assert_eq!(answer.value, 42);
    rig.finish().await;
}

/// A kernel that nobody receives from can still be paused and terminated.
pub async fn a_kernel_that_waits_on_its_output_can_be_stopped(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_output_queue_capacity(1);
    let kernel = rig.launch_with("testkit.doubler", options).await;
    for value in 0..4 {
        kernel.send(Number::of(value)).await.unwrap();
    }
    eventually("the kernel waits on its output", || kernel.status().waiting_on == Some(WaitingOn::Output))
        .await;
    kernel.deactivate().await.unwrap();
    kernel.activate().await.unwrap();
    kernel.terminate().await.unwrap();
    assert_eq!(rig.dead_letters(3).await.len(), 3);
    assert_eq!(
        receive_all::<Doubled>(&kernel, 1).await,
        [Doubled { value: 0 }],
        "what was produced can be drained"
    );
    assert!(matches!(kernel.try_receive(), Err(RingKernelError::KernelTerminated { .. })));
    rig.finish().await;
}

/// `enqueue_output` tells whether there was room, and `output_queue_free_slots` for how much.
pub async fn a_handler_sees_how_much_output_room_there_is(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_output_queue_capacity(8);
    let kernel = rig.launch_with("testkit.burst", options).await;
    let done: BurstDone = kernel.call(Burst { count: 5 }, LIMIT).await.unwrap();
    assert_eq!(done, BurstDone { free_before: 8, accepted: 5, refused: 0 });
    let done: BurstDone = kernel.call(Burst { count: 5 }, LIMIT).await.unwrap();
    assert_eq!(done, BurstDone { free_before: 3, accepted: 3, refused: 2 });
    assert_eq!(kernel.telemetry().dropped(), 2, "what found no room is counted");
    let values: Vec<u64> =
        receive_all::<Doubled>(&kernel, 8).await.iter().map(|doubled| doubled.value).collect();
    assert_eq!(values, [0, 1, 2, 3, 4, 0, 1, 2]);
    rig.finish().await;
}

/// An answer to `send` that finds the output full is not lost: it waits, and the kernel with it.
pub async fn an_answer_behind_a_full_output_queue_is_not_lost(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_output_queue_capacity(4);
    let kernel = rig.launch_with("testkit.burst", options).await;
    kernel.send(Burst { count: 9 }).await.unwrap();
    eventually("the kernel waits on its output", || kernel.status().waiting_on == Some(WaitingOn::Output))
        .await;
    receive_all::<Doubled>(&kernel, 4).await;
    let done = receive_all::<BurstDone>(&kernel, 1).await;
    assert_eq!((done[0].accepted, done[0].refused), (4, 5));
    rig.finish().await;
}

/// An output that finds no room comes back to the handler.
pub async fn an_output_that_finds_no_room_comes_back(factory: Factory) {
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_output_queue_capacity(4);
    let kernel = rig.launch_with("testkit.sender", options).await;
    let sent: Sent = kernel.call(Emit { count: 6 }, LIMIT).await.unwrap();
    assert_eq!(sent, Sent { accepted: 4, refused: 2 });
    let numbers: Vec<u32> = receive_all::<Echo>(&kernel, 4).await.iter().map(|echo| echo.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    rig.finish().await;
}
