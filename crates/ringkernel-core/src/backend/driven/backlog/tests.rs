//! Launches that wait, without a device: what they need is a number, and programs are nothing.

use std::time::Instant;

use tokio::sync::oneshot;

use super::*;
use crate::backend::Instance;
use crate::registry::{KernelRegistration, SourceLocation, StateRegistration};
use crate::runtime::{KernelId, LaunchOptions, RuntimeConfig};

type Outcome = oneshot::Receiver<Result<()>>;

/// A runtime without a driver, and its backlog.
fn backlog() -> (Arc<Shared>, Backlog<u32, ()>) {
    let shared = Arc::new(Shared::new(Backend::Wgpu, RuntimeConfig::default()));
    let backlog = Backlog::new(&shared, "compiler");
    (shared, backlog)
}

fn actor(shared: &Arc<Shared>, id: &str) -> Arc<Actor> {
    let kernel = Box::leak(Box::new(KernelRegistration {
        id: "kernel",
        state: StateRegistration::of::<()>(),
        handlers: &[],
        polled: &[],
        subscribes: &[],
        block_size: None,
        grid_size: None,
        backends: &[],
        location: SourceLocation { file: "src/bank.rs", line: 1 },
    }));
    let (id, options) = (KernelId::from(id), LaunchOptions::default());
    let tenancy = options.tenancy;
    let account = shared.open_account(tenancy).expect("nobody in particular has an account");
    let build = |address| {
        let instance = Instance::new(id.clone(), address, kernel, options, account, Instant::now());
        Arc::new(Actor::new(instance, None, shared.clone()))
    };
    shared.add(tenancy.tenant, &id, build).expect("the name is free")
}

fn launch(actor: &Arc<Actor>) -> (Launch, Outcome) {
    let (done, outcome) = oneshot::channel();
    (Launch { actor: actor.clone(), state: Vec::new(), done }, outcome)
}

fn is_exhausted(outcome: &mut Outcome) -> bool {
    matches!(outcome.try_recv(), Ok(Err(RingKernelError::ResourceExhausted { .. })))
}

/// Three launches that need a program each.
fn three_apart(shared: &Arc<Shared>, backlog: &mut Backlog<u32, ()>) -> [Outcome; 3] {
    let outcomes = [1, 2, 3].map(|need| {
        let (launch, outcome) = launch(&actor(shared, &need.to_string()));
        assert!(backlog.set_aside(need, launch));
        outcome
    });
    backlog.set_apart(&[1, 2, 3]);
    outcomes
}

#[test]
fn who_is_set_apart_does_not_wait_for_a_thread_that_is_not_to_be_had() {
    let (shared, mut backlog) = backlog();
    let outcomes = three_apart(&shared, &mut backlog);
    assert!(!backlog.make_on(|_| Err(io::Error::other("none is left")), |_| || Ok(())));
    for mut outcome in outcomes {
        assert!(is_exhausted(&mut outcome), "it is told");
    }
    assert!(shared.directory.is_empty());
}

#[test]
fn who_is_set_apart_behind_one_that_fails_has_its_turn() {
    let (shared, mut backlog) = backlog();
    let [mut first, mut second, mut third] = three_apart(&shared, &mut backlog);
    let mut refused = false;
    let second_time = |work| {
        if std::mem::replace(&mut refused, true) {
            std::thread::Builder::new().spawn(work)
        } else {
            Err(io::Error::other("none is left"))
        }
    };
    assert!(!backlog.make_on(second_time, |_| || Ok(())));
    assert!(is_exhausted(&mut first));
    let (needs, made) = loop {
        match backlog.made() {
            Some(made) => break made,
            None => std::thread::yield_now(),
        }
    };
    assert_eq!((needs, made.is_ok()), (vec![2], true));
    for waiting in [&mut second, &mut third] {
        assert!(waiting.try_recv().is_err(), "it waits");
    }
}

#[test]
fn more_launches_than_may_wait_are_refused() {
    let (shared, mut backlog) = backlog();
    let many = actor(&shared, "many");
    for _ in 0..CAPACITY {
        assert!(backlog.set_aside(1, launch(&many).0));
    }
    let (one_more, mut outcome) = launch(&actor(&shared, "one more"));
    assert!(!backlog.set_aside(2, one_more));
    assert!(is_exhausted(&mut outcome));
    assert!(backlog.is_waiting_for(&[1]) && !backlog.is_waiting_for(&[2]));
    // Who is taken leaves a place.
    assert!(backlog.take(|need| *need == 1).is_some());
    assert!(backlog.set_aside(2, launch(&many).0));
}
