//! The bounded ring of messages that could not be delivered or handled.

use ringkernel::dead_letter::{DeadLetter, DeadLetterReason};
use ringkernel::prelude::*;

use crate::kernels::plain::Number;
use crate::rig::{Factory, Rig, inactive};

/// Terminates a kernel in whose mailbox the numbers in `values` wait.
async fn bury(rig: &Rig, values: std::ops::Range<u64>) {
    let kernel = rig.launch_with("testkit.silent", inactive()).await;
    for value in values {
        kernel.send(Number::of(value)).await.unwrap();
    }
    kernel.terminate().await.unwrap();
}

fn values(letters: &[DeadLetter]) -> Vec<u64> {
    letters.iter().map(|letter| letter.envelope.decode::<Number>().unwrap().value).collect()
}

/// The newest are kept, and those that gave way are counted.
pub async fn the_oldest_dead_letters_give_way_and_are_counted(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.dead_letter_capacity = 4).await;
    bury(&rig, 0..10).await;
    let metrics = rig.metrics();
    assert_eq!((metrics.dead_letters, metrics.dead_letters_evicted), (10, 6));
    assert_eq!(values(&rig.take_dead_letters()), [6, 7, 8, 9]);
    bury(&rig, 10..13).await;
    let metrics = rig.metrics();
    assert_eq!((metrics.dead_letters, metrics.dead_letters_evicted), (13, 6));
    assert_eq!(values(&rig.take_dead_letters()), [10, 11, 12]);
    rig.finish().await;
}

/// Each is read once.
pub async fn taking_dead_letters_empties_the_ring(factory: Factory) {
    let rig = Rig::start(factory).await;
    assert!(rig.take_dead_letters().is_empty());
    bury(&rig, 0..3).await;
    assert_eq!(values(&rig.take_dead_letters()), [0, 1, 2]);
    assert!(rig.take_dead_letters().is_empty());
    assert_eq!(rig.metrics().dead_letters, 3, "the count stays");
    rig.finish().await;
}

/// A dead letter says what, for whom, why and when, and can be sent again.
pub async fn a_dead_letter_can_be_sent_again(factory: Factory) {
    let rig = Rig::start(factory).await;
    let before = ringkernel::clock::now_ns();
    bury(&rig, 7..8).await;
    let letter = rig.take_dead_letters().remove(0);
    assert_eq!(letter.reason, DeadLetterReason::KernelTerminated);
    assert_eq!(letter.kernel, Some(KernelId::from("testkit.silent")));
    assert!(letter.at_ns >= before && letter.at_ns <= ringkernel::clock::now_ns());
    assert!(letter.envelope.header.validate().is_ok());
    let shown = format!("{:?}", letter.envelope);
    assert!(shown.contains("Number") && shown.contains("value: 7"), "{shown}");
    let kernel = rig.launch_default("testkit.silent").await;
    kernel.send_envelope(letter.envelope).await.unwrap();
    crate::rig::processed(&kernel, 1).await;
    rig.finish().await;
}

/// Dead letters are still there when the runtime has been shut down.
pub async fn dead_letters_survive_shutdown(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.silent", inactive()).await;
    kernel.send(Number::of(1)).await.unwrap();
    let runtime = rig.runtime();
    rig.finish().await;
    assert_eq!(values(&runtime.take_dead_letters()), [1]);
}
