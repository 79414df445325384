//! Section 4: everything that a handler can ask of its context, from a scalar handler.

use std::time::Duration;

use ringkernel::prelude::*;

const SOON: Duration = Duration::from_secs(10);

#[derive(RingMessage)]
struct Probe {
    start: i32,
}

/// What the context answered.
#[derive(RingMessage, Debug, PartialEq)]
struct Seen {
    lanes: [u32; 5],
    old: [i32; 4],
    target: i32,
    shuffled: i32,
    ballots: [u32; 2],
    clock_moved: bool,
    merged: bool,
    free_slots: u64,
    to_nowhere: bool,
    from_nowhere: bool,
    termination: [bool; 2],
}

#[derive(RingMessage)]
struct Note {
    text: String,
}

#[ring_kernel(id = "spec_001.probe", polled(Note))]
fn probe(ctx: &mut RingContext, probe: Probe) -> Seen {
    // Thread Identity
    let lanes = [ctx.thread_id(), ctx.block_id(), ctx.warp_id(), ctx.lane_id(), ctx.global_thread_id()];

    // Synchronization Barriers
    ctx.sync_threads();
    ctx.sync_grid();
    ctx.sync_warp(u32::MAX);

    // Temporal Operations (HLC)
    let before: HlcTimestamp = ctx.now();
    ctx.tick();
    let ticked = ctx.now();
    let received = HlcTimestamp::new(ticked.physical(), ticked.logical(), u32::MAX);
    let updated = ctx.update_clock(received).is_ok();

    // Memory Ordering
    ctx.thread_fence();
    ctx.thread_fence_block();
    ctx.thread_fence_system();

    // Atomic Operations
    let mut target = probe.start;
    let old = [
        ctx.atomic_add(&mut target, 2),
        ctx.atomic_cas(&mut target, probe.start + 2, 50),
        ctx.atomic_cas(&mut target, -1, 60),
        ctx.atomic_exch(&mut target, 70),
    ];

    // Warp Primitives
    let shuffled = ctx.warp_shuffle(9, 0, u32::MAX);
    let ballots = [ctx.warp_ballot(true, u32::MAX), ctx.warp_ballot(false, u32::MAX)];

    // Queue Operations
    let free_slots = ctx.output_queue_free_slots() as u64;
    assert!(ctx.enqueue_output(Note { text: "first".into() }));

    // K2K Messaging
    let note = Note { text: "lost".into() };
    let to_nowhere = ctx.send_to_kernel("nowhere", note);
    let from_nowhere = ctx.try_receive_from_kernel::<Note>("nowhere").is_some();

    // Control
    let asked_before = ctx.is_termination_requested();
    ctx.report_error();
    ctx.request_termination();
    Seen {
        lanes,
        old,
        target,
        shuffled,
        ballots,
        clock_moved: ticked > before,
        merged: updated && ctx.now() > received,
        free_slots,
        to_nowhere,
        from_nowhere,
        termination: [asked_before, ctx.is_termination_requested()],
    }
}

#[tokio::test]
async fn every_printed_method_does_what_it_says() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let options = LaunchOptions::default().with_queue_capacity(8).with_k2k(true);
    let kernel = runtime.launch("spec_001.probe", options).await?;
    kernel.send(Probe { start: 5 }).await?;

    assert_eq!(kernel.receive_as::<Note>().await?.text, "first");
    let seen: Seen = kernel.receive_timeout(SOON).await?.decode()?;
    let expected = Seen {
        lanes: [0; 5],
        old: [5, 7, 50, 50],
        target: 70,
        shuffled: 9,
        ballots: [1, 0],
        clock_moved: true,
        merged: true,
        free_slots: 8,
        to_nowhere: false,
        from_nowhere: false,
        termination: [false, true],
    };
    assert_eq!(seen, expected);

    kernel.wait().await?;
    assert!(kernel.is_terminated());
    assert_eq!(kernel.metrics().errors_reported, 1);
    Ok(())
}
