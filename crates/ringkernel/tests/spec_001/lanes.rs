//! Section 4 again, from all lanes of a cooperative handler: what the printed methods mean where there is more than one.

use std::time::Duration;

use ringkernel::prelude::*;

const SOON: Duration = Duration::from_secs(10);

/// Two blocks of a warp and a half.
const LANES: u32 = 48;
const BLOCKS: u32 = 2;
const TOTAL: usize = (LANES * BLOCKS) as usize;

#[derive(RingMessage)]
struct Probe {
    start: i32,
}

/// One number from each lane, in the order of the grid.
#[derive(RingMessage, Debug, PartialEq)]
struct Lanes {
    numbers: Vec<u32>,
}

/// A number of each lane, and what all of them change.
#[derive(Default)]
struct State {
    numbers: SharedArray<u32, TOTAL>,
    sum: AtomicCell<i32>,
}

impl State {
    /// Gives every lane's number to the host.
    fn collect(&self, ctx: &RingContext<'_>, number: u32) -> Lanes {
        self.numbers.set(ctx.global_thread_id() as usize, number);
        ctx.sync_grid();
        Lanes { numbers: (0..TOTAL).map(|lane| self.numbers.get(lane)).collect() }
    }
}

/// Launches `id` and asks it.
async fn ask(id: &str) -> Result<Vec<u32>> {
    let runtime = RingKernel::builder().debug(true).build().await?;
    let kernel = runtime.launch(id, LaunchOptions::default()).await?;
    let lanes: Lanes = kernel.call(Probe { start: 5 }, SOON).await?;
    Ok(lanes.numbers)
}

/// The number that each lane should give, from its place in the block and its block.
fn expected(number: impl Fn(u32, u32) -> u32) -> Vec<u32> {
    (0..BLOCKS * LANES).map(|lane| number(lane % LANES, lane / LANES)).collect()
}

#[ring_kernel(id = "spec_001.identity", block_size = 48, grid_size = 2, backends(cpu))]
fn identity(ctx: &mut RingContext, state: &Shared<State>, _probe: &Probe) -> Lanes {
    assert_eq!(ctx.warp_id() * 32 + ctx.lane_id(), ctx.thread_id());
    assert_eq!(ctx.global_thread_id(), ctx.block_id() * ctx.block_dim() + ctx.thread_id());
    state.collect(ctx, ctx.thread_id() + 1000 * ctx.block_id() + 10_000 * ctx.warp_id())
}

#[tokio::test]
async fn every_lane_knows_its_place() -> Result<()> {
    let places = expected(|thread, block| thread + 1000 * block + 10_000 * (thread / 32));
    assert_eq!(ask("spec_001.identity").await?, places);
    Ok(())
}

#[ring_kernel(id = "spec_001.barriers", block_size = 48, grid_size = 2, backends(cpu))]
fn barriers(ctx: &mut RingContext, state: &Shared<State>, _probe: &Probe) -> Lanes {
    let lane = ctx.thread_id() as usize;
    let values = ctx.shared_array::<u32>(LANES as usize);
    values.set(lane, ctx.thread_id());
    ctx.sync_threads();
    let opposite = values.get(LANES as usize - 1 - lane);
    ctx.named_barrier("read");
    values.set(lane, opposite + 1);
    // The warp is enough for what its own lanes have set.
    ctx.sync_warp(u32::MAX);
    let neighbour = values.get(lane - lane % 32);
    ctx.sync_grid();
    state.collect(ctx, neighbour)
}

#[tokio::test]
async fn barriers_order_what_lanes_set() -> Result<()> {
    // The first lane of each warp: 0 and 32, whose opposites are 47 and 15.
    assert_eq!(ask("spec_001.barriers").await?, expected(|thread, _| if thread < 32 { 48 } else { 16 }));
    Ok(())
}

#[ring_kernel(id = "spec_001.clocks", block_size = 48, grid_size = 2, backends(cpu))]
fn clocks(ctx: &mut RingContext, state: &Shared<State>, _probe: &Probe) -> Lanes {
    let before: HlcTimestamp = ctx.now();
    let ticked = ctx.tick();
    ctx.sync_grid();
    let merged = ctx.update_clock(ticked).is_ok_and(|merged| merged > ticked);
    let later = before < ticked && ticked < ctx.now() && ctx.message_timestamp() < before;
    state.collect(ctx, u32::from(merged && later))
}

#[tokio::test]
async fn lanes_share_the_clock_of_their_kernel() -> Result<()> {
    assert_eq!(ask("spec_001.clocks").await?, expected(|_, _| 1));
    Ok(())
}

#[ring_kernel(id = "spec_001.memory", block_size = 48, grid_size = 2, backends(cpu))]
fn memory(ctx: &mut RingContext, state: &Shared<State>, probe: &Probe) -> Lanes {
    // What a lane has alone.
    let mut own = probe.start;
    assert_eq!(ctx.atomic_add(&mut own, 2), probe.start);
    assert_eq!((ctx.atomic_cas(&mut own, 7, 50), ctx.atomic_cas(&mut own, -1, 60)), (7, 50));
    assert_eq!((ctx.atomic_exch(&mut own, 70), own), (50, 70));
    // What all of them share.
    ctx.thread_fence_block();
    state.sum.fetch_add(probe.start);
    ctx.thread_fence();
    ctx.thread_fence_system();
    ctx.sync_grid();
    state.collect(ctx, state.sum.load() as u32)
}

#[tokio::test]
async fn atomics_lose_nothing() -> Result<()> {
    assert_eq!(ask("spec_001.memory").await?, expected(|_, _| 5 * TOTAL as u32));
    Ok(())
}

#[ring_kernel(id = "spec_001.left_out", block_size = 48, backends(cpu))]
fn left_out(ctx: &mut RingContext, state: &Shared<State>, _probe: &Probe) -> Lanes {
    let odd = if ctx.thread_id() % 2 == 1 { ctx.warp_ballot(true, 0xaaaa) } else { 0 };
    state.collect(ctx, odd)
}

#[tokio::test]
async fn warps_exchange_values() -> Result<()> {
    let error = ask("spec_001.left_out").await.expect_err("lanes from 17 on are not in the mask 0xaaaa");
    assert!(error.to_string().contains("leaves out the calling lane 17"), "{error}");
    assert_eq!(
        ask("spec_001.masked").await?,
        expected(|thread, _| {
            let (start, lanes) = if thread < 32 { (0, 32) } else { (32, 16) };
            let odd = if thread % 2 == 1 {
                (start..start + lanes).filter(|lane| lane % 2 == 1 && *lane > 3).count()
            } else {
                0
            };
            start + 3 + 100 * (lanes / 4) + 10_000 * odd as u32
        })
    );
    Ok(())
}

#[ring_kernel(id = "spec_001.masked", block_size = 48, grid_size = 2, backends(cpu))]
fn masked(ctx: &mut RingContext, state: &Shared<State>, _probe: &Probe) -> Lanes {
    let thread = ctx.thread_id();
    let shuffled = ctx.warp_shuffle(thread as i32, 3, u32::MAX) as u32;
    let ballot = ctx.warp_ballot(thread & 3 == 0, u32::MAX);
    let mask = if thread < 32 { 0xaaaa_aaaa } else { 0xaaaa };
    let odd = if thread % 2 == 1 { ctx.warp_ballot(thread > 3, mask) } else { 0 };
    state.collect(ctx, shuffled + 100 * ballot.count_ones() + 10_000 * odd.count_ones())
}

#[ring_kernel(id = "spec_001.one_of_many", block_size = 48, grid_size = 2, polled(Probe), backends(cpu))]
fn one_of_many(ctx: &mut RingContext, state: &Shared<State>, _lanes: &Lanes) -> Lanes {
    // One lane speaks for all; what every lane does, happens as often as there are lanes.
    if ctx.global_thread_id() == 7 {
        assert!(ctx.enqueue_output(Lanes { numbers: vec![7] }));
        assert!(ctx.send_to_kernel("spec_001.one_of_many", Probe { start: 3 }));
        assert_eq!(
            ctx.try_receive_from_kernel::<Probe>("spec_001.one_of_many").map(|probe| probe.start),
            Some(3)
        );
        assert!(!ctx.is_termination_requested());
        ctx.request_termination();
    }
    ctx.report_error();
    ctx.sync_grid();
    assert!(ctx.is_termination_requested() && ctx.output_queue_free_slots() == 7);
    state.collect(ctx, 1)
}

#[tokio::test]
async fn lanes_share_the_queues_and_the_control_of_their_kernel() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let options = LaunchOptions::default().with_queue_capacity(8).with_k2k(true);
    let kernel = runtime.launch("spec_001.one_of_many", options).await?;
    let answer: Lanes = kernel.call(Lanes { numbers: vec![] }, SOON).await?;
    assert_eq!(answer.numbers, expected(|_, _| 1));
    assert_eq!(kernel.receive_as::<Lanes>().await?.numbers, [7]);
    kernel.wait().await?;
    assert_eq!(kernel.metrics().errors_reported, TOTAL as u64);
    Ok(())
}
