//! A ring of actors that keeps hopping, so that one can look at the message path alone: with a counter of system calls, or
//! at the allocations that this prints itself.

use std::time::{Duration, Instant};

use super::allocator::Count;
use super::framework::{Course, Framework};
use super::frameworks::Ours;

/// Actors and tokens of the ring.
const ACTORS: usize = 1_000;
const TOKENS: usize = 8;
/// Hops of a token between two looks at the clock.
const LAP: u64 = 100_000;
const WARM_UP_LAPS: usize = 2;

/// Keeps tokens hopping for `length` after a warm-up, and prints what was allocated meanwhile. The marker lines tell a tracer
/// where the steady state begins and ends.
pub(crate) fn run(length: Duration) {
    Ours::run(async move {
        let ours = Ours::start().await;
        let places = ours.places(ACTORS).await;
        let course = Course { actors: ACTORS, tokens: TOKENS, hops: LAP };
        // Every token visits every actor, whose mailbox allocates its slots with the first message.
        for _ in 0..WARM_UP_LAPS {
            ours.race(&places, course).await;
        }
        println!("steady state begins");
        let counting = Count::begin();
        let started = Instant::now();
        let mut laps = 0;
        while started.elapsed() < length {
            ours.race(&places, course).await;
            laps += 1;
        }
        let allocated = counting.so_far();
        println!("steady state ends");
        let hops = laps * course.all_hops();
        println!(
            "{hops} messages from actor to actor in {laps} rounds of {TOKENS} tokens: {} allocations, {} bytes alive more",
            allocated.requests, allocated.live_bytes
        );
        ours.end().await;
    });
}
