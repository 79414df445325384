//! A message finds the handler whose id its type names, whatever ids there are and in whatever order.

use ringkernel::RingKernelError;
use ringkernel::persistent_message::{DispatchTable, DispatchTableError, HandlerId};
use ringkernel::prelude::*;

use crate::kernels::ledger::{Add, Forget, Multiply, Relay, Relayed, Set, Step, Subtract, Toggle, handlers};
use crate::random::Random;
use crate::rig::{Factory, Rig, reachable, receive_all};
use crate::wait::LIMIT;

/// What a ledger does, in the words of the host.
#[derive(Default)]
struct Model {
    total: u32,
}

impl Model {
    fn step(&mut self, handler: u32, value: u32) -> Step {
        self.total = match handler {
            handlers::ADD => self.total.wrapping_add(value),
            handlers::MULTIPLY => self.total.wrapping_mul(value),
            handlers::TOGGLE => self.total ^ value,
            handlers::SET => value,
            handlers::SUBTRACT => self.total.wrapping_sub(value),
            other => panic!("no handler {other}"),
        };
        Step { handler, total: self.total }
    }
}

/// A random handler of the ledger and a random value, seldom one that forgets the past.
fn draw(random: &mut Random) -> (u32, u32) {
    let handler = random.below(5) as u32;
    let handler = if handler == handlers::SET && random.below(4) > 0 { handlers::ADD } else { handler };
    (handler, random.draw() as u32 | 1)
}

async fn send(kernel: &KernelHandle, handler: u32, value: u32) -> Result<(), RingKernelError> {
    let envelope = match handler {
        handlers::ADD => MessageEnvelope::new(&Add { value }),
        handlers::MULTIPLY => MessageEnvelope::new(&Multiply { value }),
        handlers::TOGGLE => MessageEnvelope::new(&Toggle { value }),
        handlers::SET => MessageEnvelope::new(&Set { value }),
        handlers::SUBTRACT => MessageEnvelope::new(&Subtract { value }),
        _ => MessageEnvelope::new(&Forget { value }),
    };
    kernel.send_envelope(envelope).await.map_err(|refused| refused.error)
}

/// Messages with ids out of order and far apart, and such without, from a host.
pub async fn a_mix_of_messages_finds_the_handlers_of_their_ids(factory: Factory) {
    let rig = Rig::start(factory).await;
    let ledger = rig.launch_default("testkit.ledger").await;
    let (mut random, mut model) = (Random::new(7), Model::default());
    for _ in 0..8 {
        let mut expected = Vec::new();
        for _ in 0..50 {
            let (handler, value) = draw(&mut random);
            send(&ledger, handler, value).await.expect("it is handled");
            expected.push(model.step(handler, value));
        }
        assert_eq!(receive_all::<Step>(&ledger, 50).await, expected);
    }
    // Answers to calls come by the same way.
    let step: Step = ledger.call(Toggle { value: 5 }, LIMIT).await.expect("it answers");
    assert_eq!(step, model.step(handlers::TOGGLE, 5));
    rig.finish().await;
}

/// The same between kernels, where it is the device that says whom a message is for.
pub async fn kernels_find_the_handlers_of_each_other_by_id(factory: Factory) {
    let rig = Rig::start(factory).await;
    let ledger = rig.launch_as("ledger", "testkit.ledger", reachable()).await;
    let relay = rig.launch_as("relay", "testkit.relay", reachable()).await;
    let target = ledger.actor_ref();
    let (mut random, mut model, mut expected) = (Random::new(9), Model::default(), Vec::new());
    for _ in 0..100 {
        let (handler, value) = draw(&mut random);
        let relayed: Relayed = relay.call(Relay { target, handler, value }, LIMIT).await.expect("it answers");
        assert!(relayed.accepted, "{handler}: {relayed:?}");
        expected.push(model.step(handler, value));
    }
    assert_eq!(receive_all::<Step>(&ledger, 100).await, expected);

    let forgotten = Relay { target, handler: handlers::FORGET, value: 1 };
    let relayed: Relayed = relay.call(forgotten, LIMIT).await.expect("it answers");
    assert_eq!(relayed, Relayed { accepted: false, unhandled: true });
    rig.finish().await;
}

/// An id is the type's, and what is done is the kernel's: two kernels may handle one type, and a response may have the id of a request.
pub async fn the_same_id_is_another_handler_in_another_kernel(factory: Factory) {
    let rig = Rig::start(factory).await;
    let auditor = rig.launch_default("testkit.auditor").await;
    let ledger = rig.launch_default("testkit.ledger").await;
    let added: Step = ledger.call(Add { value: 6 }, LIMIT).await.expect("it answers");
    assert_eq!(added, Step { handler: handlers::ADD, total: 6 });
    let audited: Step = auditor.call(added, LIMIT).await.expect("it answers");
    assert_eq!(audited, Step { handler: handlers::ADD + 100, total: 1 });
    let multiplied: Step = ledger.call(Multiply { value: 7 }, LIMIT).await.expect("it answers");
    assert_eq!(multiplied, Step { handler: handlers::MULTIPLY, total: 42 });
    let audited: Step = auditor.call(Multiply { value: 7 }, LIMIT).await.expect("it answers");
    assert_eq!(audited, Step { handler: handlers::MULTIPLY + 100, total: 8 });
    // The type with the right id is still another type.
    let refused = auditor.send(Add { value: 1 }).await.expect_err("it has no handler for this type");
    assert!(matches!(refused.error, RingKernelError::UnhandledMessage { .. }), "{refused:?}");
    rig.finish().await;
}

/// Refused where it is sent, by names; and the table of the kernel says which ids there are.
pub async fn an_id_without_a_handler_is_refused_by_name(factory: Factory) {
    let rig = Rig::start(factory).await;
    let ledger = rig.launch_default("testkit.ledger").await;
    let refused = send(&ledger, handlers::FORGET, 1).await.expect_err("nobody handles it");
    let RingKernelError::UnhandledMessage { kernel, message, handled } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((kernel.as_str(), handled.len()), ("testkit.ledger", 5));
    assert!(message.ends_with("Forget"), "{message}");

    let table = DispatchTable::of_kernel("testkit.ledger").expect("it is registered");
    let ids: Vec<u32> = table.handlers().map(|handler| handler.handler_id.0).collect();
    assert_eq!(ids, [0, 1, 7, 4_000_000_000], "the message without an id is in no table");
    let refused = table.dispatch_message(&Forget { value: 1 }).expect_err("nobody handles it");
    let registered = [0, 1, 7, 4_000_000_000].map(HandlerId).to_vec();
    assert_eq!(refused, DispatchTableError::UnknownHandler { id: HandlerId(2), registered });
    let refused = table.dispatch_message(&Add { value: 1 }).expect_err("it runs in the kernel");
    assert!(matches!(refused, DispatchTableError::InKernel { .. }), "{refused:?}");
    rig.finish().await;
}
