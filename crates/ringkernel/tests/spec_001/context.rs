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

#[derive(RingMessage, Debug)]
struct Note {
    text: String,
}

#[ring_kernel(id = "spec_001.probe", polled(Note), backends(cpu))]
fn probe(ctx: &mut RingContext, probe: Probe) -> Seen {
    // Thread Identity
    let lanes = [ctx.thread_id(), ctx.block_id(), ctx.warp_id(), ctx.lane_id(), ctx.global_thread_id()];

    // Synchronization Barriers
    ctx.sync_threads();
    ctx.sync_grid();
    ctx.sync_warp(u32::MAX);
    ctx.named_barrier("of one lane");

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

/// Sends itself notes, through the outbox and through its own output queue.
#[derive(RingMessage)]
struct Echo {
    count: u32,
}

/// What became of an [`Echo`].
#[derive(RingMessage, Debug, PartialEq)]
struct Echoed {
    sent: u32,
    put_out: u32,
    free_slots: u64,
}

#[ring_kernel(id = "spec_001.echo", polled(Note), backends(cpu))]
fn echo(ctx: &mut RingContext, echo: Echo) -> Echoed {
    let (mut sent, mut put_out) = (0, 0);
    for number in 0..echo.count {
        let note = || Note { text: number.to_string() };
        sent += u32::from(ctx.send_to_kernel("spec_001.echo", note()));
        put_out += u32::from(ctx.enqueue_output(note()));
    }
    Echoed { sent, put_out, free_slots: ctx.output_queue_free_slots() as u64 }
}

#[derive(RingMessage)]
struct Collect;

#[ring_kernel(id = "spec_001.collector", polled(Note), backends(cpu))]
fn collect(ctx: &mut RingContext, _collect: Collect) -> Note {
    let mut text = String::new();
    while let Some(note) = ctx.try_receive_from_kernel::<Note>("spec_001.teller") {
        text += &note.text;
    }
    Note { text }
}

#[derive(RingMessage)]
struct Tell {
    text: String,
}

#[ring_kernel(id = "spec_001.teller", backends(cpu))]
fn tell(ctx: &mut RingContext, tell: Tell) {
    assert!(ctx.send_to_kernel("spec_001.collector", Note { text: tell.text }));
}

#[tokio::test]
async fn queues_take_what_they_have_room_for() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let options = LaunchOptions::default().with_queue_capacity(4).with_k2k(true);
    let kernel = runtime.launch("spec_001.echo", options).await?;
    let echoed: Echoed = kernel.call(Echo { count: 9 }, SOON).await?;
    assert_eq!(echoed, Echoed { sent: 4, put_out: 4, free_slots: 0 });
    assert_eq!(kernel.receive_as::<Note>().await?.text, "0");
    Ok(())
}

#[tokio::test]
async fn one_kernel_receives_what_another_sends() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let reachable = || LaunchOptions::default().with_k2k(true);
    let collector = runtime.launch("spec_001.collector", reachable()).await?;
    let teller = runtime.launch("spec_001.teller", reachable()).await?;
    for text in ["a", "b"] {
        // The handler has returned nothing; its messages have left before its next one.
        let told = teller.call::<_, Note>(Tell { text: text.into() }, SOON).await;
        assert!(matches!(told, Err(RingKernelError::NoReply { .. })), "{told:?}");
    }
    let mut collected = String::new();
    while collected.len() < 2 {
        collected += &collector.call::<_, Note>(Collect, SOON).await?.text;
    }
    assert_eq!(collected, "ab");
    Ok(())
}

/// Asks for lanes that a scalar handler does not have.
#[derive(RingMessage)]
struct Lonely {
    what: u32,
}

#[ring_kernel(id = "spec_001.lonely", backends(cpu))]
fn lonely(ctx: &mut RingContext, lonely: Lonely) {
    match lonely.what {
        0 => ctx.sync_warp(0b10),
        1 => ctx.sync_warp(0b11),
        2 => drop(ctx.warp_shuffle(1, 1, u32::MAX)),
        _ => drop(ctx.warp_ballot(true, 0)),
    }
}

#[tokio::test]
async fn lanes_that_there_are_not_are_a_fault() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let texts = [
        "sync_warp with mask 0x2, which leaves out the calling lane 0",
        "sync_warp with mask 0x3 names lanes that are not active",
        "warp_shuffle reads lane 1, which is not among the lanes 0x1 that take part",
        "warp_ballot with mask 0x0, which leaves out the calling lane 0",
    ];
    for (what, text) in (0..).zip(texts) {
        let options = LaunchOptions::default().with_handler("spec_001.lonely");
        let kernel = runtime.launch(&format!("lonely-{what}"), options).await?;
        let heard = kernel.call::<_, Note>(Lonely { what }, SOON).await.expect_err("a fault");
        assert!(heard.to_string().contains(text), "{heard}");
    }
    Ok(())
}
