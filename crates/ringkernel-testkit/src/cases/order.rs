//! FIFO per sender, receiver and band; higher bands first.

use std::collections::HashMap;

use ringkernel::prelude::*;

use crate::kernels::order::{Numbered, Taken};
use crate::kernels::plain::{Doubled, Number};
use crate::random::Random;
use crate::rig::{Factory, Rig, inactive, receive_all};
use crate::wait::LIMIT;

/// Several senders, all bands, a mailbox that is often full.
pub async fn messages_of_one_sender_and_band_stay_in_order(factory: Factory) {
    const SENDERS: u32 = 4;
    const EACH: u32 = 1500;
    let rig = Rig::start(factory).await;
    let options = LaunchOptions::default().with_queue_capacity(32);
    let kernel = rig.launch_with("testkit.recorder", options).await;
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let kernel = kernel.clone();
            tokio::spawn(async move {
                let mut random = Random::new(sender.into());
                for sequence in 0..EACH {
                    let priority = [1, 128, 160, 224][random.below(4) as usize];
                    kernel.send_timeout(Numbered { sender, sequence, priority }, LIMIT).await.unwrap();
                }
            })
        })
        .collect();
    let taken = receive_all::<Taken>(&kernel, (SENDERS * EACH) as usize).await;
    for sender in senders {
        sender.await.unwrap();
    }
    let mut last: HashMap<(u32, Priority), u32> = HashMap::new();
    for (position, taken) in taken.iter().enumerate() {
        assert_eq!(taken.before, position as u64, "outputs come in the order in which they were produced");
        let before = last.insert((taken.sender, Priority::from_u8(taken.priority)), taken.sequence);
        assert!(before < Some(taken.sequence), "{taken:?} came after {before:?}");
    }
    rig.finish().await;
}

/// What waits is taken by band, and within a band in the order of sending, whatever the numbers within the band are.
pub async fn a_waiting_message_of_a_higher_band_is_taken_first(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.recorder", inactive()).await;
    let priorities = [32, 64, 0, 160, 128, 255, 129, 63, 1, 192, 191, 224];
    for (sequence, priority) in (0..).zip(priorities) {
        let message = Numbered { sender: 0, sequence, priority };
        kernel.send(message).await.unwrap();
    }
    kernel.activate().await.unwrap();
    let taken: Vec<u8> =
        receive_all::<Taken>(&kernel, priorities.len()).await.iter().map(|taken| taken.priority).collect();
    // A field of 0 stands for the default, which is Normal.
    assert_eq!(taken, [255, 192, 224, 160, 129, 191, 64, 0, 128, 32, 63, 1]);
    rig.finish().await;
}

/// The header decides, also about priority 0.
pub async fn the_band_of_an_envelope_is_that_of_its_header(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_with("testkit.doubler", inactive()).await;
    for (value, priority) in [(1, 0), (2, 64), (3, 129), (4, 192), (5, 63), (6, 128), (7, 191)] {
        let envelope = MessageEnvelope::pack(&mut Number::of(value)).with_priority(priority);
        kernel.send_envelope(envelope).await.unwrap();
    }
    kernel.activate().await.unwrap();
    let order: Vec<u64> =
        receive_all::<Doubled>(&kernel, 7).await.iter().map(|doubled| doubled.value / 2).collect();
    assert_eq!(order, [4, 3, 7, 2, 6, 1, 5]);
    rig.finish().await;
}

/// Pausing in between does not disturb the order.
pub async fn order_survives_deactivation(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.recorder").await;
    let sender = tokio::spawn({
        let kernel = kernel.clone();
        async move {
            for sequence in 0..500 {
                let message = Numbered { sender: 0, sequence, priority: 0 };
                kernel.send(message).await.unwrap();
                if sequence % 50 == 0 {
                    kernel.deactivate().await.unwrap();
                    kernel.activate().await.unwrap();
                }
            }
        }
    });
    let taken = receive_all::<Taken>(&kernel, 500).await;
    sender.await.unwrap();
    assert!(taken.iter().map(|taken| taken.sequence).eq(0..500));
    rig.finish().await;
}
