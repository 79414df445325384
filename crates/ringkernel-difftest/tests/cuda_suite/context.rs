//! What handlers ask of the context, as printed text asks it of a runtime.

use std::fmt::Debug;

use ringkernel::prelude::*;
use ringkernel_codegen::cuda::host::{Polled, Shape};
use ringkernel_testkit::kernels::later::{Hold, Late, Release, Released};
use ringkernel_testkit::kernels::peers::{
    AskPeer, Asked, Connect, Forward, ForwardByName, Forwarded, Heard, Poll, Polled as Found,
};
use ringkernel_testkit::kernels::plain::{Doubled, Number, Quit};
use ringkernel_testkit::kernels::time::{Merge, Merged, Stamp, Stamps};

use super::suite::{Actor, suite};

fn launch(id: &str) -> Option<Actor> {
    Actor::launch(id, Shape::default())
}

/// The answer of a handler that gives one.
fn ask<Resp: RingMessage>(actor: &mut Actor, message: &(impl RingMessage + Debug)) -> Resp {
    let answer = actor.call(message).expect("no fault").expect("an answer");
    Resp::deserialize(&answer).unwrap_or_else(|error| panic!("{message:?}: {error}"))
}

const TARGET: ActorRef = ActorRef::from_parts(3, 9);

#[test]
fn messages_to_an_actor_carry_its_address_and_their_id() {
    let Some(mut peer) = launch("testkit.peer") else { return };
    assert_eq!(peer.call(&Connect { target: TARGET }), Ok(None));
    let forwarded: Forwarded = ask(&mut peer, &Forward { first: 40, count: 2 });
    assert_eq!((forwarded.accepted, forwarded.refused), (2, 0));
    let sent: Vec<_> = peer.services.sent.iter().filter(|sent| sent.op == 2).collect();
    assert_eq!(sent.len(), 2);
    for (sent, value) in sent.into_iter().zip([40, 41]) {
        assert_eq!((sent.target, sent.priority), ([3, 9], 128));
        let number = Number::deserialize(&sent.payload).expect("it is a number");
        // A message without an id is given one, in its payload as well.
        assert_eq!((number.value, [number.id.hi(), number.id.lo()]), (value, sent.id));
        assert!(!number.id.is_nil());
    }
}

#[test]
fn a_refusal_comes_with_its_reason_and_the_message() {
    let Some(mut peer) = launch("testkit.peer") else { return };
    // `TargetNotFound`, which the kernel counts as its second.
    peer.services.refusal = 2;
    let forwarded: Forwarded = ask(&mut peer, &Forward { first: 7, count: 3 });
    assert_eq!(forwarded, Forwarded { accepted: 0, refused: 3, reason: 2, came_back: 7 });
}

#[test]
fn names_and_requests_are_told_apart() {
    let Some(mut peer) = launch("testkit.peer") else { return };
    let _: Forwarded = ask(&mut peer, &ForwardByName { value: 1 });
    let by_name = peer.services.sent.iter().find(|sent| sent.op == 3).expect("it was sent by name");
    assert_eq!(suite().module.names[by_name.target[0] as usize], "target");

    let asked: Asked = ask(&mut peer, &AskPeer { value: 5 });
    let request = peer.services.sent.iter().find(|sent| sent.op == 4).expect("it asks");
    // The answer arrives by the id of a request that belongs to nothing.
    assert_eq!([asked.correlation.hi(), asked.correlation.lo()], request.id);

    peer.services.sender = TARGET.to_bits();
    peer.services.origin[1] = [4, 5];
    let heard: Heard = ask(&mut peer, &Doubled { value: 10 });
    assert_eq!(heard, Heard { value: 10, correlation: CorrelationId::from_parts(4, 5), sender: TARGET });
}

#[test]
fn polled_messages_come_once_and_from_whom_they_are_asked_of() {
    let Some(mut poller) = launch("testkit.poller") else { return };
    let number = Number { id: MessageId::from_parts(1, 2), value: 77 };
    let message = suite().module.messages.iter().position(|message| message.type_id == Number::TYPE_ID);
    poller.services.polled.push_back(Polled {
        by_name: 0,
        source: [3, 9],
        message: message.expect("the suite has numbers") as u32,
        payload: number.serialize(),
    });
    let nothing = Found { found: false, value: 0 };
    assert_eq!(ask::<Found>(&mut poller, &Poll { source: ActorRef::from_parts(3, 8) }), nothing);
    assert_eq!(ask::<Found>(&mut poller, &Poll { source: TARGET }), Found { found: true, value: 77 });
    assert_eq!(ask::<Found>(&mut poller, &Poll { source: TARGET }), nothing);
}

#[test]
fn a_deferred_answer_goes_by_the_right_in_the_state() {
    let Some(mut keeper) = launch("testkit.keeper") else { return };
    keeper.services.given_out = 41;
    assert_eq!(keeper.call(&Hold { slot: 3 }), Ok(None));
    assert_eq!(ask::<Released>(&mut keeper, &Release { slot: 3, value: 8 }), Released { taken: true });
    let late = keeper.services.sent.iter().find(|sent| sent.op == 6).expect("it was answered");
    assert_eq!((late.target, late.payload.clone()), ([42, 0], Late { value: 8 }.serialize()));
    assert!(matches!(keeper.call(&Hold { slot: 8 }), Err(fault) if fault.kind == 2));
}

#[test]
fn time_is_that_of_the_runtime() {
    let Some(mut keeper) = launch("testkit.timekeeper") else { return };
    let stamp = |words: [u64; 2]| HlcTimestamp::new(words[0], words[1] as u32, (words[1] >> 32) as u32);
    keeper.services.clock = [1_000, 5];
    keeper.services.origin[2] = [900, 1];
    let stamps: Stamps = ask(&mut keeper, &Stamp);
    let (sent, now, tick) = (stamp([900, 1]), stamp([1_000, 5]), stamp([1_000, 6]));
    assert_eq!(stamps, Stamps { sent, now, tick, after: tick });
    let merged: Merged = ask(&mut keeper, &Merge { timestamp: stamp([1_500, 0]) });
    assert_eq!(merged, Merged { accepted: true, before: tick, after: stamp([1_500, 1]) });
    let merged: Merged = ask(&mut keeper, &Merge { timestamp: stamp([9_000, 0]) });
    assert!(!merged.accepted && merged.after == merged.before);
}

#[test]
fn a_handler_can_end_its_actor() {
    let Some(mut doubler) = launch("testkit.doubler") else { return };
    assert_eq!(ask::<Doubled>(&mut doubler, &Quit), Doubled { value: 1 });
    assert!(doubler.services.termination);
}
