//! A long run whose every message is accounted for: rings of actors, callers, faults and restarts, actors that are suspended, ended
//! and launched again, and a grid that stops for another program, more places and memory in the middle of all this.
//!
//! `RINGKERNEL_CUDA_SOAK_SECONDS` says how long (some seconds if it does not), `RINGKERNEL_CUDA_SOAK_ACTORS` how many actors there
//! are, `RINGKERNEL_CUDA_SOAK_SEED` what the random numbers begin with. A line at the end says how much of each was done.
//!
//! - `rings`: who follows whom, and what becomes of a token on its way
//! - `ledger`: what was sent; `ends`: what has come of it
//! - `crew`: who keeps the actors busy; `still`: what the grid stops for

#[path = "../machine/mod.rs"]
mod machine;
#[path = "../machine/simulated.rs"]
mod simulated;

mod crew;
mod ends;
mod ledger;
mod rings;
mod still;

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig, RuntimeMetrics};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::allocations::CountingAllocator;
use ringkernel_testkit::gate;
use ringkernel_testkit::random::Random;

use crew::{Operated, PAUSE};
use ledger::Ledger;
use still::Besides;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// Rounds until memory is first measured: by then every queue has been in use.
const WARM_UP: u64 = 5;

/// Fewest rounds of a run, so that what each leaves behind shows.
const FEWEST: u64 = WARM_UP + 3;

/// Tokens of each ring. An actor is part of four rings, so that all of theirs find room in a mailbox.
const TOKENS: usize = 3;

/// How long a round may take to come to its end once nothing new is sent, and how long an answer may.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is soaked, for everybody who takes part.
pub(crate) struct Soak {
    pub(crate) runtime: CudaRuntime,
    pub(crate) patience: Duration,
    ledger: Mutex<Ledger>,
    phase: Mutex<Phase>,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// Something new is sent.
    Round,
    /// What was sent comes to its end.
    Settling,
    Over,
}

impl Soak {
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Who panics while having it has said why.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn goes_on(&self) -> bool {
        self.phase() == Phase::Round
    }

    pub(crate) fn is_over(&self) -> bool {
        self.phase() == Phase::Over
    }

    fn phase(&self) -> Phase {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Whether the condition holds before patience ends.
    pub(crate) async fn eventually(&self, mut condition: impl FnMut() -> bool) -> bool {
        let began = Instant::now();
        while !condition() {
            self.ledger().check();
            if began.elapsed() > self.patience {
                return false;
            }
            tokio::time::sleep(PAUSE).await;
        }
        true
    }

    /// Notes a result that is not as expected.
    pub(crate) fn expect<T: Debug + PartialEq>(&self, what: &str, is: T, expected: T) {
        if is != expected {
            self.ledger().wrong(format!("{what}: {is:?}, and not {expected:?}"));
        }
    }
}

/// A whole number that the environment gives.
fn asked(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is {value:?}, and has to be a whole number")))
}

fn start() -> Result<CudaRuntime, RingKernelError> {
    let mut config = RuntimeConfig::default();
    config.dead_letter_capacity = 1 << 16;
    config.k2k_timeout = PATIENCE;
    // A machine that is busy with this runs no lane for a while.
    config.watchdog = PATIENCE;
    config.shutdown_timeout = PATIENCE;
    machine::prepare().and_then(|()| CudaRuntime::start(config))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_message_is_accounted_for_whatever_happens_to_actors_and_grid() {
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let is_simulated = simulated::is_simulated();
    let seconds = asked("RINGKERNEL_CUDA_SOAK_SECONDS").unwrap_or(if is_simulated { 4 } else { 20 });
    let actors =
        asked("RINGKERNEL_CUDA_SOAK_ACTORS").unwrap_or(if is_simulated { 48 } else { 1_000 }).max(8) as usize;
    let seed = asked("RINGKERNEL_CUDA_SOAK_SEED").unwrap_or(1);
    say(&format!("SOAK begins: {seconds} s, {actors} actors, RINGKERNEL_CUDA_SOAK_SEED={seed}"));
    let ledger = Mutex::new(Ledger::new(actors, TOKENS, Random::new(seed)));
    let soak = Arc::new(Soak { runtime, patience: PATIENCE, ledger, phase: Mutex::new(Phase::Settling) });
    let letters = tokio::spawn(crew::take_letters(soak.clone()));
    let mut random = Random::new(!seed);
    let before = soak.runtime.metrics();
    let began = Instant::now();
    let mut crews = launch_all(&soak, actors, &mut random).await;
    let mut besides = Besides::default();
    let (mut rounds, mut warm) = (0, 0);
    while rounds < FEWEST || began.elapsed() < Duration::from_secs(seconds) {
        crews = round(&soak, crews, rounds, &mut random, &mut besides).await;
        settle(&soak, &before, &besides).await;
        rounds += 1;
        if rounds == WARM_UP {
            warm = ALLOCATOR.live_bytes();
        }
    }
    let live = ALLOCATOR.live_bytes();
    // What is lost with each message, or each launch, is more than this before long.
    assert!(live <= warm + warm / 4 + (4 << 20), "{live} bytes are alive, after {warm} in round {WARM_UP}");
    for actor in crews.into_iter().flatten() {
        crew::end(&soak, actor).await;
    }
    settle(&soak, &before, &besides).await;
    let after = soak.runtime.metrics();
    assert_eq!(after.gpu_memory_used, before.gpu_memory_used, "actors give their memory back");
    assert_eq!(after.host_memory_used, before.host_memory_used, "queues give their memory back");
    soak.enter(Phase::Over);
    letters.await.expect("dead letters are taken");
    soak.runtime.shutdown().await.expect("everything ends");
    let tally = soak.ledger().tally;
    tally.check();
    let launches = soak.runtime.grid_launches();
    assert!(launches > rounds, "the grid was launched {launches} times in {rounds} rounds");
    say(&format!(
        "SOAK {:.0} s: {rounds} rounds, {} actors launched, {} answers, {} hops, {} tokens landed ({} at the end of their way), {} faults, {} restarts, {} relaunches, \
         {} suspensions, {} dead letters, {launches} grid launches ({} buffers, {} kinds, {} blocks, {} crowds), {} KiB alive, seed {seed}",
        began.elapsed().as_secs_f64(),
        tally.launched + besides.launched,
        tally.answers + besides.answered,
        tally.hops,
        tally.landed,
        tally.arrived,
        tally.faults,
        tally.restarts,
        tally.relaunches,
        tally.suspensions,
        tally.letters,
        besides.buffers,
        besides.kinds,
        besides.blocks,
        besides.crowds,
        live >> 10,
    ));
}

/// Writes a line that the test harness does not keep for itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Launches all actors and has them follow each other, as crews of whom each will have an operator.
async fn launch_all(soak: &Arc<Soak>, actors: usize, random: &mut Random) -> Vec<Vec<Operated>> {
    let operators = actors.isqrt().clamp(2, 16);
    let mut crews: Vec<Vec<Operated>> = (0..operators).map(|_| Vec::new()).collect();
    for number in 0..actors {
        crews[number % operators].push(crew::launch(soak, number, random).await);
    }
    for number in 0..actors {
        crew::link_next(soak, number).await;
    }
    crews
}

/// Everything at once, for as long as the operators have something to do.
async fn round(
    soak: &Arc<Soak>,
    crews: Vec<Vec<Operated>>,
    number: u64,
    random: &mut Random,
    besides: &mut Besides,
) -> Vec<Vec<Operated>> {
    soak.enter(Phase::Round);
    let mut others = vec![tokio::spawn(crew::release(soak.clone()))];
    others.extend((0..crews.len()).map(|_| tokio::spawn(crew::call(soak.clone(), random.draw()))));
    let mut operators = Vec::new();
    for crew in crews {
        let things = 10 + crew.len() as u32;
        operators.push(tokio::spawn(crew::operate(soak.clone(), crew, things, random.draw())));
    }
    besides.add(still::shake(soak, number).await);
    let mut crews = Vec::new();
    for operator in operators {
        crews.push(
            operator
                .await
                .unwrap_or_else(|error| panic!("an operator: {error}; {}", soak.ledger().unsettled())),
        );
    }
    soak.enter(Phase::Settling);
    for other in others {
        other.await.expect("callers and senders end");
    }
    crews
}

/// Waits until every message has come to its end, and compares what the runtime says with what was counted.
async fn settle(soak: &Soak, before: &RuntimeMetrics, besides: &Besides) {
    if !soak.eventually(|| soak.ledger().is_settled()).await {
        panic!("this has no end: {}", soak.ledger().unsettled());
    }
    soak.ledger().check_tokens();
    let figures = || {
        let tally = soak.ledger().tally;
        let answers = tally.answers + besides.answered;
        let expected = [
            ("launched", tally.launched + besides.launched),
            ("processed", answers + tally.taken),
            ("sent", answers + tally.hops + tally.landed),
            ("dead letters", tally.letters),
            ("evicted", 0),
            ("faults", tally.faults),
            ("stuck", 0),
        ];
        let is = soak.runtime.metrics();
        let told = [
            is.total_launched - before.total_launched,
            is.messages_processed - before.messages_processed,
            is.messages_sent - before.messages_sent,
            is.dead_letters - before.dead_letters,
            is.dead_letters_evicted,
            is.faults - before.faults,
            is.stuck_handlers,
        ];
        let differ = expected.into_iter().zip(told).filter(|((_, expected), told)| expected != told);
        let differ: Vec<_> =
            differ.map(|((what, expected), told)| format!("{what}: {told}, counted {expected}")).collect();
        // What was taken into a mailbox was handled, or is a dead letter; of kernels' letters, some came too late for that.
        let ends = is.messages_processed + is.dead_letters;
        let received = is.messages_received;
        let conserved = (ends - tally.letters_of_kernels..=ends).contains(&received);
        (differ, conserved, received, ends)
    };
    // Letters are counted when they are made, and taken a little later.
    soak.eventually(|| matches!(figures(), (differ, true, ..) if differ.is_empty())).await;
    let (differ, conserved, received, ends) = figures();
    assert!(differ.is_empty(), "the runtime's figures are not those that were counted: {differ:?}");
    assert!(conserved, "{received} messages were received, and {ends} have come to an end");
    soak.ledger().check();
}
