//! The message path of a running actor asks for no memory: not to take a message, not to handle it, not to send it on, not
//! to wake the next actor.
//!
//! One test in a binary of its own, so that nothing else allocates meanwhile.

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel_cpu::CpuFactory;
use ringkernel_testkit::allocations::CountingAllocator;
use ringkernel_testkit::rig::{Rig, reachable};
use ringkernel_testkit::wait::eventually;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

const ACTORS: usize = 64;
const TOKENS: usize = 8;
const MEASURED_HOPS: u64 = 100_000;

#[derive(RingMessage, Debug)]
struct Connect {
    next: ActorRef,
}

/// Goes round until somebody says stop.
#[derive(RingMessage, Debug)]
struct Token {
    hops: u64,
}

#[derive(RingMessage, Debug)]
struct Stop;

#[derive(DeviceState, Default, Clone)]
struct Place {
    next: ActorRef,
    stopped: bool,
}

#[ring_kernel(id = "allocations.place")]
impl Place {
    #[handler]
    fn connect(&mut self, _ctx: &mut RingContext, message: Connect) {
        self.next = message.next;
    }

    #[handler]
    fn pass_on(&mut self, ctx: &mut RingContext, token: Token) -> Option<Token> {
        if self.stopped {
            return Some(token);
        }
        assert!(ctx.send_to_kernel(self.next, Token { hops: token.hops + 1 }));
        None
    }

    #[handler]
    fn stop(&mut self, _ctx: &mut RingContext, _message: Stop) {
        self.stopped = true;
    }
}

#[tokio::test]
async fn a_running_actor_asks_for_no_memory() {
    let rig = Rig::start(&CpuFactory).await;
    let mut places = Vec::new();
    for index in 0..ACTORS {
        places.push(rig.launch_as(&format!("place-{index}"), "allocations.place", reachable()).await);
    }
    for (index, place) in places.iter().enumerate() {
        let next = places[(index + 1) % ACTORS].actor_ref();
        place.send(Connect { next }).await.expect("it is running");
    }
    for token in 0..TOKENS {
        places[token * ACTORS / TOKENS].send(Token { hops: 0 }).await.expect("it is running");
    }
    let handled = |places: &[KernelHandle]| places[0].telemetry().buffer.messages_processed;
    // Slots are allocated when they are first used, so every place has to have used all of its own.
    let capacity = LaunchOptions::default().input_queue_capacity as u64;
    eventually("every slot was used", || handled(&places) > 3 * capacity).await;
    // The watchdog has looked at running actors, for which it needs some memory once.
    std::thread::sleep(Duration::from_millis(300));

    // This thread asks for nothing either: it looks at counters and sleeps.
    let (before, first) = (ALLOCATOR.requests(), handled(&places));
    while handled(&places) - first < MEASURED_HOPS / ACTORS as u64 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let asked = ALLOCATOR.requests() - before;
    // None, but that a worker that happens to sleep for the first time in its life makes a place to sleep.
    assert!(asked < 10, "{asked} allocations in at least {MEASURED_HOPS} hops");

    places[0].send(Stop).await.expect("it is running");
    let mut hops = 0;
    for _ in 0..TOKENS {
        let token: Token = places[0].receive_as().await.expect("a token");
        hops += token.hops;
    }
    assert!(hops >= MEASURED_HOPS, "the tokens have gone {hops} hops");
    rig.finish().await;
}
