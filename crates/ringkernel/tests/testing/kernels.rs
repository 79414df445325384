//! Kernels under test.

use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::timer;

#[derive(Debug, Clone, PartialEq, RingMessage)]
pub(crate) struct Add {
    pub(crate) amount: u64,
}

#[derive(Debug, PartialEq, RingMessage)]
pub(crate) struct Sum {
    pub(crate) total: u64,
}

#[derive(Debug, RingMessage)]
pub(crate) struct Get {}

#[derive(Debug, PartialEq, RingMessage)]
pub(crate) struct Now {
    pub(crate) clock_ns: u64,
    pub(crate) hlc_ns: u64,
}

pub(crate) fn k2k() -> LaunchOptions {
    LaunchOptions::default().with_k2k(true)
}

/// Adds, tells `printer`, and answers.
#[derive(DeviceState, Default, Clone)]
pub(crate) struct Counter {
    pub(crate) total: u64,
}

#[ring_kernel(id = "kit.counter")]
impl Counter {
    #[handler]
    fn add(&mut self, ctx: &mut RingContext, add: Add) {
        self.total += add.amount;
        ctx.send_to_kernel("printer", Sum { total: self.total });
    }

    #[handler]
    fn get(&mut self, _ctx: &mut RingContext, _: Get) -> Sum {
        Sum { total: self.total }
    }
}

/// Sends what it is sent on to the kernel that its state names.
#[derive(Default, Clone)]
pub(crate) struct Relay {
    pub(crate) to: String,
}

#[ring_kernel(id = "kit.relay", backends(cpu))]
fn relay(ctx: &mut RingContext, relay: &mut Relay, add: Add) {
    ctx.send_to_kernel(relay.to.as_str(), add);
}

/// Answers a query with what `store` says, which it asks for.
#[derive(DeviceState, Default)]
pub(crate) struct Front {
    waiting: Option<ReplyTo>,
}

#[ring_kernel(id = "kit.front")]
impl Front {
    #[handler]
    fn query(&mut self, ctx: &mut RingContext, _: Get) {
        self.waiting = Some(ctx.defer());
        ctx.request_kernel("store", Add { amount: 20 }).expect("the store takes it");
    }

    #[handler]
    fn found(&mut self, ctx: &mut RingContext, sum: Sum) {
        if let Some(waiting) = self.waiting.take() {
            ctx.reply(waiting, sum);
        }
    }
}

/// Says what time it is, by the clock of the program and by its own.
#[ring_kernel(id = "kit.watch", backends(cpu))]
fn watch(ctx: &mut RingContext, _: Get) -> Now {
    Now { clock_ns: ringkernel::clock::now_ns(), hlc_ns: ctx.tick().physical() }
}

/// Answers after ten seconds.
#[ring_kernel(id = "kit.sleeper")]
async fn sleeper(_ctx: &mut RingContext<'_>, _: Get) -> Sum {
    timer::sleep(Duration::from_secs(10)).await;
    Sum { total: 10 }
}

/// Sleeps with tokio's own timer.
#[ring_kernel(id = "kit.tokio_sleeper")]
async fn tokio_sleeper(_ctx: &mut RingContext<'_>, _: Get) -> Sum {
    tokio::time::sleep(Duration::from_millis(1)).await;
    Sum { total: 10 }
}

/// Sends itself the next message for ever.
#[ring_kernel(id = "kit.restless")]
fn restless(ctx: &mut RingContext, add: Add) {
    let myself = ctx.actor_ref();
    ctx.send_to_kernel(myself, add);
}

/// Waits by asking to be polled again and again.
#[ring_kernel(id = "kit.impatient")]
async fn impatient(_ctx: &mut RingContext<'_>, _: Get) {
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        std::task::Poll::<()>::Pending
    })
    .await;
}

/// Which lane came first, second and so on.
#[derive(DeviceState, Debug, Default)]
pub(crate) struct Arrivals {
    places: AtomicArray<u32, 8>,
    next: AtomicArray<u32, 1>,
}

#[derive(Debug, PartialEq, RingMessage)]
pub(crate) struct Order {
    pub(crate) lanes: Vec<u32>,
}

#[ring_kernel(id = "kit.race", block_size = 8)]
fn race(ctx: &mut RingContext, state: &Shared<Arrivals>, _: &Get) -> Order {
    let place = state.next.fetch_add(0, 1) as usize;
    state.places.store(place % 8, ctx.thread_id());
    ctx.sync_threads();
    let mut lanes = Vec::new();
    for place in 0..8 {
        lanes.push(state.places.load(place));
    }
    Order { lanes }
}
