//! RingKernel, through what a user depends on. Every message is encoded, identified, stamped and counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ringkernel::prelude::*;

use super::super::framework::{Arrival, Course, Doubler, Framework};
use super::super::{CAPACITY, WORKERS};

/// How long anything may take before the benchmark gives up.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(RingMessage)]
struct Number {
    value: u64,
}

#[derive(RingMessage)]
struct Doubled {
    value: u64,
}

#[ring_kernel(id = "bench.doubler")]
fn doubler(_ctx: &mut RingContext, number: Number) -> Doubled {
    Doubled { value: 2 * number.value }
}

#[derive(RingMessage)]
struct Connect {
    next: ActorRef,
}

#[derive(RingMessage)]
struct Token {
    token: u64,
    hops_left: u64,
}

#[derive(RingMessage)]
struct Arrived {
    token: u64,
}

/// An actor of a ring.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
struct Place {
    next: ActorRef,
}

#[ring_kernel(id = "bench.place")]
impl Place {
    #[handler]
    fn connect(&mut self, _ctx: &mut RingContext, message: Connect) {
        self.next = message.next;
    }

    #[handler]
    fn pass_on(&mut self, ctx: &mut RingContext, message: Token) -> Option<Arrived> {
        let Some(hops_left) = message.hops_left.checked_sub(1) else {
            return Some(Arrived { token: message.token });
        };
        assert!(
            ctx.send_to_kernel(self.next, Token { token: message.token, hops_left }),
            "a token was refused"
        );
        None
    }
}

/// A runtime on the CPU.
pub(crate) struct Ours {
    runtime: RingKernel,
    launched: AtomicU64,
}

impl Ours {
    async fn launch(&self, kernel: &str, options: LaunchOptions) -> KernelHandle {
        let id = format!("{kernel}.{}", self.launched.fetch_add(1, Ordering::Relaxed));
        self.runtime.launch(&id, options.with_handler(kernel)).await.expect("the kernel is registered")
    }

    /// The actors of a ring, connected.
    pub(crate) async fn places(&self, count: usize) -> Vec<KernelHandle> {
        let mut places = Vec::with_capacity(count);
        for _ in 0..count {
            let options = LaunchOptions::default().with_queue_capacity(CAPACITY).with_k2k(true);
            places.push(self.launch("bench.place", options).await);
        }
        for (place, handle) in places.iter().enumerate() {
            let next = places[(place + 1) % count].actor_ref();
            handle.send(Connect { next }).await.expect("it is running");
        }
        places
    }

    /// Sends tokens around connected places.
    pub(crate) async fn race(&self, places: &[KernelHandle], course: Course) -> Duration {
        let started = Instant::now();
        for token in 0..course.tokens {
            let message = Token { token: token as u64, hops_left: course.hops };
            places[course.start_of(token)].send(message).await.expect("it is running");
        }
        let mut arrived = Vec::with_capacity(course.tokens);
        for token in 0..course.tokens {
            let place = course.end_of(token);
            let arrival: Arrived = places[place].receive_as().await.expect("a token arrives");
            arrived.push(Arrival { token: arrival.token as usize, place });
        }
        let elapsed = started.elapsed();
        course.check(arrived);
        elapsed
    }
}

impl Framework for Ours {
    type Doubler = KernelHandle;

    async fn start() -> Self {
        let runtime = RingKernel::builder().backend(Backend::Cpu).workers(WORKERS).build().await;
        Ours { runtime: runtime.expect("the CPU is always there"), launched: AtomicU64::new(0) }
    }

    async fn doubler(&self, capacity: usize) -> KernelHandle {
        self.launch("bench.doubler", LaunchOptions::default().with_queue_capacity(capacity)).await
    }

    async fn ring(&self, course: Course) -> Duration {
        let places = self.places(course.actors).await;
        self.race(&places, course.first_lap()).await;
        self.race(&places, course).await
    }

    async fn end(self) {
        self.runtime.shutdown().await.expect("every handler returns");
    }
}

impl Doubler for KernelHandle {
    async fn ask(&self, value: u64) -> u64 {
        let answer: Doubled = self.call(Number { value }, LIMIT).await.expect("an answer");
        answer.value
    }

    async fn stop(self) {
        self.terminate().await.expect("it was running");
    }
}

/// Asks from a thread that belongs to no runtime.
pub(crate) fn ask_from_a_thread(doubler: &KernelHandle, value: u64) -> u64 {
    let answer: Doubled = doubler.call_blocking(Number { value }, LIMIT).expect("an answer");
    answer.value
}
