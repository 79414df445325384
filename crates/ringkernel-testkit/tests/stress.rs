//! 1,000 actors, millions of messages, small mailboxes, slow and fast consumers: every answer is checked, nothing is
//! lost, memory does not grow, and afterwards the runtime sleeps.
//!
//! 10 million messages in a release build, a million in a debug build; or, with `STRESS_MINUTES` set, as many as that time
//! allows, with figures once a minute (`cargo xtask soak`). One test in a binary of its own, so that nothing else uses
//! memory or processor time meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use ringkernel::prelude::*;
use ringkernel_cpu::CpuFactory;
use ringkernel_testkit::allocations::CountingAllocator;
use ringkernel_testkit::kernels::load::{Done, Load, Tell, Totals, Travel, Work, result};
use ringkernel_testkit::process;
use ringkernel_testkit::random::Random;
use ringkernel_testkit::rig::{Rig, reachable};
use ringkernel_testkit::wait::eventually;
use tokio::task::JoinHandle;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// What the system's allocator may add for itself: it keeps arenas per thread, and makes one more when threads meet.
const ARENAS_KIB: u64 = 4 * 1024;

const ACTORS: usize = 1000;
const DRIVERS: u64 = 8;
/// Messages until memory is first measured: enough for every queue of every actor to have been in use.
const WARM_UP: u64 = if cfg!(debug_assertions) { 500_000 } else { 1_000_000 };
/// Messages in all.
const TOTAL: u64 = if cfg!(debug_assertions) { 1_000_000 } else { 10_000_000 };
/// How long anything may wait on a machine that is busy with this.
const PATIENCE: Duration = Duration::from_secs(300);

/// Messages with a value: how many, and the wrapping sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Tally {
    count: u64,
    sum: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
    }

    fn note(&mut self, value: u64) {
        self.add(Self { count: 1, sum: value });
    }
}

/// What an actor has to have done when everything is over.
#[derive(Debug, Clone, Copy, Default)]
struct Expected {
    /// Answers in its output queue.
    outputs: Tally,
    /// Messages that end their way at it.
    arrivals: Tally,
    /// Messages that it handles.
    handled: u64,
}

fn salt(actor: usize) -> u64 {
    actor as u64 * 0x1234_5678_9ABC
}

/// Sends messages at random until it has caused `share` of them. Returns what is expected of each actor. The values of
/// one driver grow from part to part.
async fn drive(driver: u64, part: u64, share: u64, actors: Vec<KernelHandle>) -> Vec<Expected> {
    let mut random = Random::new(part << 8 | driver);
    let mut expected = vec![Expected::default(); actors.len()];
    let mut caused = 0;
    while caused < share {
        let value = driver << 48 | part << 32 | caused;
        let actor = random.below(actors.len() as u64) as usize;
        let kind = random.below(100);
        if kind < 60 {
            let priority = [32, 128, 160, 224][random.below(4) as usize];
            actors[actor].send_timeout(Work { value, priority }, PATIENCE).await.expect("there will be room");
            expected[actor].outputs.note(value);
            expected[actor].handled += 1;
            caused += 1;
        } else if kind < 70 {
            let done: Done =
                actors[actor].call(Work { value, priority: 0 }, PATIENCE).await.expect("an answer");
            assert_eq!((done.value, done.result), (value, result(value, salt(actor))));
            expected[actor].handled += 1;
            caused += 1;
        } else {
            caused += travel(&actors, actor, value, &mut random, &mut expected).await;
        }
    }
    expected
}

/// Sends a message along up to three further actors of ever higher numbers, so that routes have no cycle. Returns how
/// many messages that makes.
async fn travel(
    actors: &[KernelHandle],
    start: usize,
    value: u64,
    random: &mut Random,
    expected: &mut [Expected],
) -> u64 {
    let mut stops = vec![start];
    let wanted = 1 + random.below(3);
    while (stops.len() as u64) <= wanted {
        let last = stops[stops.len() - 1];
        let further = (actors.len() - last - 1) as u64;
        if further == 0 {
            break;
        }
        stops.push(last + 1 + random.below(further) as usize);
    }
    let hops = stops.len() - 1;
    let mut route = [ActorRef::NONE; 3];
    for (place, stop) in route.iter_mut().zip(stops[1..].iter().rev()) {
        *place = actors[*stop].actor_ref();
    }
    let travel = Travel { value, hops: hops as u32, route };
    actors[start].send_timeout(travel, PATIENCE).await.expect("there will be room");
    stops.iter().for_each(|stop| expected[*stop].handled += 1);
    expected[stops[hops]].arrivals.note(value);
    stops.len() as u64
}

/// Receives and checks everything that an actor puts out. One in ten takes its time.
async fn consume(actor: usize, kernel: KernelHandle) -> Tally {
    let mut tally = Tally::default();
    let mut last: HashMap<(u64, Priority), u64> = HashMap::new();
    loop {
        let envelope = match kernel.receive().await {
            Ok(envelope) => envelope,
            Err(RingKernelError::KernelTerminated { .. }) => return tally,
            Err(other) => panic!("{other}"),
        };
        let done: Done = envelope.decode().expect("an answer");
        assert_eq!(done.result, result(done.value, salt(actor)), "an answer of another actor");
        let before = last.insert((done.value >> 48, Priority::from_u8(done.priority)), done.value);
        assert!(
            before < Some(done.value),
            "the answers of one sender and band are in order, and none comes twice"
        );
        tally.note(done.value);
        let slow = match actor % 10 {
            0 => tally.count % 64 == 0,
            _ => tally.count % 4096 == 0,
        };
        if slow {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Sends `messages` in all, waits until they are handled, and adds to what is expected.
async fn load(rig: &Rig, actors: &[KernelHandle], messages: u64, part: u64, expected: &mut [Expected]) {
    let drivers: Vec<_> = (0..DRIVERS)
        .map(|driver| tokio::spawn(drive(driver, part, messages / DRIVERS, actors.to_vec())))
        .collect();
    for driver in drivers {
        let caused = driver.await.expect("a driver that found no fault");
        for (expected, caused) in expected.iter_mut().zip(caused) {
            expected.outputs.add(caused.outputs);
            expected.arrivals.add(caused.arrivals);
            expected.handled += caused.handled;
        }
    }
    let handled: u64 = expected.iter().map(|expected| expected.handled).sum();
    eventually("everything is handled and received", || {
        rig.metrics().messages_processed == handled
            && actors.iter().all(|actor| actor.status().output_queue_depth == 0)
    })
    .await;
}

/// All messages of a run that is not timed.
async fn load_messages(rig: &Rig, actors: &[KernelHandle], expected: &mut [Expected]) {
    load(rig, actors, WARM_UP, 0, expected).await;
    let warm = Memory::now();
    say(&format!("{WARM_UP} messages: {warm}"));
    for part in 1..10 {
        load(rig, actors, (TOTAL - WARM_UP) / 9, part, expected).await;
    }
    let now = Memory::now();
    say(&format!("{} messages: {now}", handled(expected)));
    assert!(handled(expected) >= TOTAL);
    now.check_growth(&warm);
}

/// Messages for as long as `time`. Memory must not grow after the first tenth.
async fn load_for(time: Duration, rig: &Rig, actors: &[KernelHandle], expected: &mut [Expected]) {
    const MINUTE: Duration = Duration::from_secs(60);
    let started = Instant::now();
    let (mut told, mut told_messages) = (Duration::ZERO, 0);
    let mut warm = None;
    for part in 0.. {
        load(rig, actors, WARM_UP, part, expected).await;
        let (elapsed, now) = (started.elapsed(), Memory::now());
        if elapsed >= time / 10 && warm.is_none() {
            say(&format!("after a tenth of the time: {now}"));
            warm = Some(now);
        } else if let Some(warm) = &warm {
            now.check_growth(warm);
        }
        if elapsed >= told + MINUTE || elapsed >= time {
            let messages = handled(expected);
            let minutes = elapsed.as_secs_f64() / 60.0;
            say(&format!("minute {minutes:.1}: {} messages more; {now}", messages - told_messages));
            (told, told_messages) = (elapsed, messages);
        }
        if elapsed >= time {
            return;
        }
    }
}

/// The time that the load is to take, if the caller has set one.
fn soak_time() -> Option<Duration> {
    let minutes = std::env::var("STRESS_MINUTES").ok()?;
    let minutes: u32 = minutes.parse().expect("STRESS_MINUTES is a whole number of minutes");
    Some(Duration::from_secs(60) * minutes)
}

/// Messages handled by all actors.
fn handled(expected: &[Expected]) -> u64 {
    expected.iter().map(|expected| expected.handled).sum()
}

/// What this process uses while nothing is under way, in KiB.
#[derive(Clone, Copy)]
struct Memory {
    allocated: u64,
    resident: Option<u64>,
}

impl Memory {
    fn now() -> Self {
        Self { allocated: ALLOCATOR.live_bytes() / 1024, resident: process::resident_kib() }
    }

    /// At most 5 % more than `before`.
    fn check_growth(&self, before: &Self) {
        assert!(
            self.allocated * 100 <= before.allocated * 105,
            "allocated memory grew: {before}, then {self}"
        );
        match (before.resident, self.resident) {
            (Some(before_kib), Some(kib)) => assert!(
                kib * 100 <= before_kib * 105 + ARENAS_KIB * 100,
                "resident memory grew: {before}, then {self}"
            ),
            _ => process::skipped("the growth of memory"),
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB allocated", self.allocated)?;
        self.resident.map_or(Ok(()), |kib| write!(f, ", {kib} KiB resident"))
    }
}

/// Compares each actor with what is expected of it, and all of them with the figures of the runtime.
async fn check(rig: &Rig, actors: &[KernelHandle], expected: &[Expected], consumers: Vec<JoinHandle<Tally>>) {
    let metrics = rig.metrics();
    assert_eq!((metrics.dead_letters, metrics.faults), (0, 0), "{:?}", rig.take_dead_letters());
    assert_eq!(metrics.messages_received, metrics.messages_processed);
    for (actor, expected) in actors.iter().zip(expected) {
        assert_eq!(actor.status().messages_processed, expected.handled);
        assert_eq!(actor.telemetry().histogram.total(), expected.handled);
        let totals: Totals = actor.call(Tell, PATIENCE).await.expect("the totals");
        assert_eq!(totals, Totals { sum: expected.arrivals.sum, count: expected.arrivals.count });
        actor.terminate().await.expect("it was running");
    }
    for (consumer, expected) in consumers.into_iter().zip(expected) {
        assert_eq!(consumer.await.expect("a consumer that found no fault"), expected.outputs);
    }
}

/// An idle runtime with all its actors uses under 1 % of a core.
async fn check_idle() {
    let Some(before) = process::processor_time() else {
        return process::skipped("the processor time of an idle runtime");
    };
    let started = Instant::now();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let used = process::processor_time().expect("it was there before") - before;
    let share = used.as_secs_f64() / started.elapsed().as_secs_f64();
    say(&format!("idle: {:.2} % of a core", share * 100.0));
    assert!(share < 0.01, "an idle runtime used {used:?} of processor time in 5 s");
}

fn say(text: &str) {
    #[allow(clippy::print_stderr, reason = "the figures of a long run are what it is for")]
    {
        eprintln!("{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_actors_under_random_load() {
    let rig = Rig::start_with(&CpuFactory, |config| config.k2k_timeout = PATIENCE).await;
    let mut actors = Vec::new();
    for index in 0..ACTORS {
        let options =
            reachable().with_queue_capacity(16).with_state(Load { salt: salt(index), ..Load::default() });
        actors.push(rig.launch_as(&format!("actor-{index:04}"), "testkit.load", options).await);
    }
    let consumers: Vec<_> =
        actors.iter().enumerate().map(|(index, actor)| tokio::spawn(consume(index, actor.clone()))).collect();
    let mut expected = vec![Expected::default(); ACTORS];

    let started = Instant::now();
    match soak_time() {
        None => load_messages(&rig, &actors, &mut expected).await,
        Some(time) => load_for(time, &rig, &actors, &mut expected).await,
    }
    let seconds = started.elapsed().as_secs_f64();
    let handled = handled(&expected);
    say(&format!("{handled} messages in {seconds:.1} s, {:.0} per second", handled as f64 / seconds));
    check_idle().await;
    check(&rig, &actors, &expected, consumers).await;
    rig.finish().await;
}
