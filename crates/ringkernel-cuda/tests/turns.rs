//! Who takes the turn of an actor that another one has woken, that nobody waits for ever behind those who do not stop, and that no
//! turn is lost when the grid stops. And how often the host hears of what actors do among themselves.

mod machine;

use std::time::{Duration, Instant};

use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaRuntime;
use ringkernel_testkit::gate;
use ringkernel_testkit::kernels::peers::{Arrived, Connect, Token};
use ringkernel_testkit::rig::{processed, reachable};
use ringkernel_testkit::wait::eventually;

/// More than the simulated device has workers.
const MANY: u32 = 64;

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default, RingMessage)]
struct Number {
    #[message(id)]
    id: MessageId,
    value: u64,
}

#[ring_kernel(id = "turns.echo")]
fn echo(_ctx: &mut RingContext, number: Number) -> Number {
    Number { id: MessageId::default(), value: number.value }
}

#[ring_kernel(id = "turns.other")]
fn other(_ctx: &mut RingContext, number: Number) -> Number {
    Number { id: MessageId::default(), value: number.value + 1 }
}

/// Never runs out of messages.
#[ring_kernel(id = "turns.restless")]
fn restless(ctx: &mut RingContext, number: Number) {
    let again = Number { id: MessageId::default(), value: number.value + 1 };
    if ctx.try_send_to_kernel(ctx.actor_ref(), again).is_err() {
        ctx.request_termination();
    }
}

fn start() -> Result<CudaRuntime, RingKernelError> {
    machine::prepare().and_then(|()| CudaRuntime::start(RuntimeConfig::default()))
}

/// Rings of two places each, of which each sends to the other.
async fn pairs(runtime: &CudaRuntime, count: u32) -> Vec<[KernelHandle; 2]> {
    let mut pairs = Vec::new();
    for pair in 0..count {
        let options = reachable().with_handler("testkit.place").with_queue_capacity(16);
        let first = runtime.launch(&format!("first-{pair}"), options.clone()).await.expect("it launches");
        let second = runtime.launch(&format!("second-{pair}"), options).await.expect("it launches");
        for (one, other) in [(&first, &second), (&second, &first)] {
            one.send(Connect { target: other.actor_ref() }).await.expect("there is room");
            processed(one, 1).await;
        }
        pairs.push([first, second]);
    }
    pairs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_runs_the_actor_that_it_has_woken() {
    const HOPS: u32 = 2_000;
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let pairs = pairs(&runtime, 1).await;
    let before = runtime.turns();
    pairs[0][0].send(Token { number: 7, hops_left: HOPS }).await.expect("there is room");
    let arrived: Arrived = pairs[0][0].receive_as().await.expect("the token comes back");
    assert_eq!(arrived, Arrived { number: 7 });
    eventually("all turns are counted", || runtime.turns().kept + runtime.turns().drawn >= u64::from(HOPS))
        .await;
    let turns = runtime.turns();
    // Now and then the queue comes first.
    let (kept, drawn) = (turns.kept - before.kept, turns.drawn - before.drawn);
    assert!(kept > u64::from(HOPS) * 9 / 10 && drawn > 1, "{turns:?} after {before:?}");
    runtime.shutdown().await.expect("everything ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_hears_of_messages_between_kernels_in_sums() {
    const HOPS: u32 = 20_000;
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let [first, second] = pairs(&runtime, 1).await.remove(0);
    let (packets, began) = (runtime.packets(), Instant::now());
    first.send(Token { number: 7, hops_left: HOPS }).await.expect("there is room");
    let arrived: Arrived = first.receive_as().await.expect("the token comes back");
    assert_eq!(arrived, Arrived { number: 7 });
    // Each has got one message from the host before, to know the other.
    let (half, handled) = (u64::from(HOPS) / 2, |place: &KernelHandle| place.status().messages_processed);
    eventually("all hops are counted", || handled(&first) == half + 2 && handled(&second) == half + 1).await;
    // And what the last one gives to the host.
    assert_eq!(first.metrics().messages_sent + second.metrics().messages_sent, u64::from(HOPS) + 1);
    for place in [&first, &second] {
        let snapshot = place.telemetry();
        assert_eq!(snapshot.histogram.total(), snapshot.processed());
        let mean = snapshot.latency_ns_mean().expect("it has handled some");
        let (least, most) = (snapshot.latency_ns_min().unwrap(), snapshot.latency_ns_max().unwrap());
        assert!(least as f64 <= mean && mean <= most as f64 && most < 60_000_000_000, "{snapshot:?}");
    }
    // Each tells its sums at most once in two milliseconds by itself, and once in each that it is asked to.
    let packets = runtime.packets() - packets;
    let limit = 20 + 3 * began.elapsed().as_millis() as u64;
    assert!(packets <= limit, "{packets} packets for {HOPS} hops, and at most {limit} for so long");
    runtime.shutdown().await.expect("everything ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actors_that_send_to_each_other_without_end_hold_no_worker_for_ever() {
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let echo = runtime.launch("turns.echo", LaunchOptions::default()).await.expect("it launches");
    let pairs = pairs(&runtime, MANY).await;
    for [first, _] in &pairs {
        first.send(Token { number: 0, hops_left: u32::MAX }).await.expect("there is room");
    }
    for value in 0..20 {
        let number = Number { value, ..Number::default() };
        let answer: Number = echo.call(number, PATIENCE).await.expect("an answer");
        assert_eq!(answer.value, value);
    }
    // Another program stops the grid in the middle of all this, although there is always an actor with a message.
    let other = runtime.launch("turns.other", LaunchOptions::default()).await.expect("it launches");
    let answer: Number = other.call(Number::default(), PATIENCE).await.expect("an answer");
    assert_eq!(answer.value, 1);
    // No pair was left lying.
    for [first, second] in &pairs {
        for place in [first, second] {
            let before = place.status().messages_processed;
            eventually("it goes on", || place.status().messages_processed > before).await;
        }
    }
    runtime.shutdown().await.expect("everything ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grid_stops_where_more_actors_have_messages_than_there_are_workers() {
    // More than an actor handles in a turn, so that each turn handles as many as one can.
    const EACH: u32 = 100;
    let runtime = match start() {
        Ok(runtime) => runtime,
        Err(error) => return gate::skip("cuda", &error),
    };
    let mut actors = Vec::new();
    for number in 0..MANY {
        let options = reachable().with_handler("turns.restless").without_auto_activate();
        let actor = runtime.launch(&format!("restless-{number}"), options).await.expect("it launches");
        for _ in 0..EACH {
            actor.send(Number::default()).await.expect("there is room");
        }
        actors.push(actor);
    }
    for actor in &actors {
        actor.activate().await.expect("it activates");
    }
    for actor in &actors {
        eventually("all are with the grid", || actor.status().messages_processed > u64::from(EACH)).await;
    }
    let turns_taken = || runtime.turns().kept + runtime.turns().drawn;
    let handled = || runtime.metrics().messages_processed;
    let before = (runtime.grid_launches(), turns_taken(), handled());
    let other = runtime.launch("turns.other", LaunchOptions::default()).await.expect("it launches");
    let answer: Number = other.call(Number::default(), PATIENCE).await.expect("an answer");
    assert_eq!((answer.value, runtime.grid_launches()), (1, before.0 + 1));
    for actor in &actors {
        let before = actor.status().messages_processed;
        eventually("it goes on", || actor.status().messages_processed > before).await;
    }
    // Workers that took turns of a grid that stops, in which nothing is handled, would leave it late, by chance.
    let (turns, handled) = (turns_taken() - before.1, handled() - before.2);
    assert!(turns * 16 < handled, "{turns} turns for {handled} messages");
    runtime.shutdown().await.expect("everything ends");
}
