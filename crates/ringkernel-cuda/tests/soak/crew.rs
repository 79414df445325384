//! Who keeps the actors busy: senders of tokens, callers, and operators, which break, suspend, end and launch again the
//! actors that are theirs, while everybody else goes on.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::runtime::{FaultKind, RingKernelRuntime};
use ringkernel_testkit::kernels::soak::{Answered, BROKEN, Break, Link, Places, Question, RINGS};
use ringkernel_testkit::random::Random;
use ringkernel_testkit::rig::reachable;
use ringkernel_testkit::wait::eventually;
use tokio::task::JoinHandle;

use crate::Soak;
use crate::ledger::{Asked, Ledger, Posted};
use crate::rings::salt;

/// Restarts of an actor, of which there are fewer in the time of a run.
const OFTEN: RestartPolicy = RestartPolicy::limited(4096, Duration::from_secs(3600));

/// Messages of a host that an actor has at a time; together with the tokens of its rings, fewer than its mailbox holds.
const BURST: u64 = 24;
const MAILBOX: usize = 128;

/// A pause of somebody who finds nothing to do, or no room.
pub(crate) const PAUSE: Duration = Duration::from_millis(1);

/// An actor as it is known to its operator.
pub(crate) struct Operated {
    number: usize,
    handle: KernelHandle,
    restarts: bool,
    outputs: JoinHandle<()>,
}

/// Launches an actor, and takes its outputs until it has ended.
pub(crate) async fn launch(soak: &Arc<Soak>, number: usize, random: &mut Random) -> Operated {
    let restarts = random.below(4) > 0;
    let options = reachable().with_handler("testkit.soak").with_state(Places::of(salt(number)));
    let options = options.with_queue_capacity(MAILBOX);
    let options = if restarts { options.with_restart(OFTEN) } else { options };
    let handle = soak.runtime.launch(&format!("soak-{number}"), options).await.expect("it launches");
    soak.ledger().began(number, handle.clone());
    let outputs = tokio::spawn({
        let (soak, handle) = (soak.clone(), handle.clone());
        async move {
            while let Ok(envelope) = handle.receive().await {
                soak.ledger().output(number, &envelope);
            }
        }
    });
    Operated { number, handle, restarts, outputs }
}

/// Has the places before an actor send to it.
pub(crate) async fn link_previous(soak: &Soak, number: usize) {
    for ring in 0..RINGS as u32 {
        let previous = soak.ledger().neighbour(number, ring, -1);
        link(soak, previous, ring).await;
    }
}

/// Has an actor send to the places after it.
pub(crate) async fn link_next(soak: &Soak, number: usize) {
    for ring in 0..RINGS as u32 {
        link(soak, number, ring).await;
    }
}

async fn link(soak: &Soak, number: usize, ring: u32) {
    soak.post(|ledger| {
        // Seen together with the number of the link, so that the largest number has the newest address.
        let next = ledger.neighbour(number, ring, 1);
        let Some(next) = ledger.actors[next].handle.as_ref().map(KernelHandle::actor_ref) else {
            return Posted::Gone;
        };
        let (value, link) = (ledger.number(), ledger.number());
        ledger.ask(number, Asked { value, breaks: false }, Link { value, ring, link, next })
    })
    .await;
}

/// Asks an actor something so many times, and gives the number of the first question; later ones have larger numbers.
async fn ask(soak: &Soak, number: usize, count: u64) -> u64 {
    let first = soak.ledger().number();
    for _ in 0..count {
        soak.post(|ledger| {
            let value = ledger.number();
            ledger.ask(number, Asked { value, breaks: false }, Question { value })
        })
        .await;
    }
    first
}

/// Does so many things to the actors, which are handed back.
pub(crate) async fn operate(
    soak: Arc<Soak>,
    mut actors: Vec<Operated>,
    things: u32,
    seed: u64,
) -> Vec<Operated> {
    let mut random = Random::new(seed);
    for _ in 0..things {
        let index = random.below(actors.len() as u64) as usize;
        let burst = 1 + random.below(BURST);
        match random.below(20) {
            0..3 => {
                let actor = actors.swap_remove(index);
                actors.push(relaunch(&soak, actor, burst, &mut random).await);
            }
            3..7 => {
                let actor = actors.swap_remove(index);
                actors.push(break_off(&soak, actor, burst, &mut random).await);
            }
            7..11 => suspend(&soak, &actors[index], burst).await,
            _ => drop(ask(&soak, actors[index].number, burst).await),
        }
    }
    actors
}

/// Ends an actor while others send to it, and launches it again.
async fn relaunch(soak: &Arc<Soak>, actor: Operated, burst: u64, random: &mut Random) -> Operated {
    if random.below(2) == 0 {
        // So that it has messages that it does not come to.
        actor.handle.suspend().await.expect("it is active");
    }
    ask(soak, actor.number, burst).await;
    replace(soak, actor, random).await
}

/// Ends an actor, and launches it again as a part of its rings.
async fn replace(soak: &Arc<Soak>, actor: Operated, random: &mut Random) -> Operated {
    let number = actor.number;
    end(soak, actor).await;
    let actor = launch(soak, number, random).await;
    soak.ledger().tally.relaunches += 1;
    link_next(soak, number).await;
    link_previous(soak, number).await;
    actor
}

/// Ends an actor, and waits until all that it was sent has come to its end.
pub(crate) async fn end(soak: &Soak, actor: Operated) {
    actor.handle.terminate().await.expect("it terminates");
    actor.outputs.await.expect("its outputs are taken");
    let is_settled = || soak.ledger().actors[actor.number].is_settled();
    if !soak.eventually(is_settled).await {
        let unsettled = soak.ledger().unsettled();
        panic!("actor {} has ended, and this has no end: {unsettled}", actor.number);
    }
    soak.ledger().actors[actor.number].handle = None;
}

/// Has a handler fault among other messages. The actor starts again, or, if it must not, is launched again.
async fn break_off(soak: &Arc<Soak>, actor: Operated, burst: u64, random: &mut Random) -> Operated {
    let before = actor.handle.status().restarts;
    let kind = random.below(3) as u32;
    ask(soak, actor.number, burst / 2).await;
    soak.post(|ledger| {
        let value = ledger.number();
        ledger.ask(actor.number, Asked { value, breaks: true }, Break { value, kind })
    })
    .await;
    ask(soak, actor.number, burst / 2).await;
    if !actor.restarts {
        eventually("it fails", || actor.handle.state() == KernelState::Failed).await;
        check_fault(soak, &actor, kind);
        return replace(soak, actor, random).await;
    }
    eventually("it starts again", || actor.handle.status().restarts == before + 1).await;
    check_fault(soak, &actor, kind);
    soak.ledger().tally.restarts += 1;
    link_next(soak, actor.number).await;
    actor
}

fn check_fault(soak: &Soak, actor: &Operated, kind: u32) {
    let fault = actor.handle.status().last_fault;
    let expected = match kind {
        0 => FaultKind::Failed,
        1 => FaultKind::IndexOutOfBounds,
        _ => FaultKind::DivisionByZero,
    };
    let as_expected =
        fault.as_ref().is_some_and(|fault| fault.kind == expected && (kind != 0 || fault.code == BROKEN));
    if !as_expected {
        soak.ledger()
            .wrong(format!("actor {} was to fault by {expected:?}, and not: {fault:?}", actor.number));
    }
}

/// Suspends an actor for a moment, in which it handles nothing.
async fn suspend(soak: &Soak, actor: &Operated, burst: u64) {
    actor.handle.suspend().await.expect("it is active");
    let first = ask(soak, actor.number, burst).await;
    tokio::time::sleep(PAUSE).await;
    // What is counted of the actor may be older than its suspension; its answers are not.
    let waiting = soak.ledger().waiting_since(actor.number, first);
    if waiting < burst as usize {
        soak.ledger().wrong(format!(
            "actor {} is suspended, and answers {burst} questions but {waiting}",
            actor.number
        ));
    }
    actor.handle.resume().await.expect("it goes on");
    soak.ledger().tally.suspensions += 1;
}

/// Calls actors at random for as long as the round lasts.
pub(crate) async fn call(soak: Arc<Soak>, seed: u64) {
    let mut random = Random::new(seed);
    while soak.goes_on() {
        let (number, handle, value) = {
            let mut ledger = soak.ledger();
            let number = random.below(ledger.actors.len() as u64) as usize;
            let Some(handle) = ledger.actors[number].handle.clone() else { continue };
            (number, handle, ledger.called())
        };
        let mut call = pin!(handle.call(Question { value }, soak.patience));
        // The first poll submits it: where there is room and nothing is said at once, it is accepted.
        let at_once = poll_fn(|context| {
            let mut ledger = soak.ledger();
            let at_once = call.as_mut().poll(context);
            if at_once.is_pending() && ledger.actors[number].asked.len() <= MAILBOX / 2 {
                ledger.accepted_calls.insert(value);
            }
            Poll::Ready(at_once)
        });
        let heard: Result<Answered> = match at_once.await {
            Poll::Ready(heard) => heard,
            Poll::Pending => call.await,
        };
        soak.ledger().heard(number, value, heard);
        tokio::task::yield_now().await;
    }
}

/// Sends every token that has come back on another journey, for as long as the round lasts.
pub(crate) async fn release(soak: Arc<Soak>) {
    while soak.goes_on() {
        match soak.ledger().release() {
            Some(Posted::Accepted) => continue,
            Some(Posted::Full | Posted::Gone) | None => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes the dead letters until everything is over.
pub(crate) async fn take_letters(soak: Arc<Soak>) {
    while !soak.is_over() {
        for letter in soak.runtime.take_dead_letters() {
            soak.ledger().letter(&letter);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Soak {
    /// Sends a message, waiting for room, unless its actor has ended.
    async fn post(&self, mut send: impl FnMut(&mut Ledger) -> Posted) {
        if !self.eventually(|| send(&mut self.ledger()) != Posted::Full).await {
            panic!("an actor has no room: {}", self.ledger().unsettled());
        }
    }
}
