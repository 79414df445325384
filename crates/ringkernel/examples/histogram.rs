//! A histogram of random numbers, counted by all lanes of a grid, and drawn as bars. The sums of many dice are a bell.
//!
//! ```sh
//! cargo run --release --example histogram -- --backend auto
//! cargo run --release --example histogram -- --backend cpu --careless
//! ```
//!
//! With `--careless`, a kernel runs that some lanes leave before a barrier. Written in CUDA, it would hang; here it is a
//! fault. That of the CPU says which lanes wait, on which line, and which have gone.

// A command line program talks to its user on standard output.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints what it does")]

#[path = "common/backend.rs"]
mod backend;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use ringkernel::prelude::*;

use backend::BackendChoice;

/// Sums of four dice of 16 sides run from 0 to 60.
const CLASSES: usize = 64;

/// The longest bar, in characters.
const WIDTH: u32 = 60;

#[derive(RingMessage)]
struct Samples {
    #[message(id)]
    id: MessageId,
    values: Vec<u32>,
}

#[derive(RingMessage)]
struct Ask;

#[derive(RingMessage, Debug)]
struct Counts {
    counts: Vec<u32>,
}

/// Counts of all samples so far. The lanes of the grid add to them at the same time.
#[derive(DeviceState, Default)]
struct Histogram {
    counts: AtomicArray<u32, CLASSES>,
}

#[ring_kernel(id = "histogram", block_size = 128, grid_size = 4)]
impl Histogram {
    /// Counts the samples, each lane its share. The blocks do not meet, which not every device can: whoever asks for the
    /// counts asks with the next message.
    #[handler]
    fn count(&self, ctx: &mut RingContext, samples: &Samples) {
        let lanes = (ctx.block_dim() * ctx.grid_dim()) as usize;
        let mut index = ctx.global_thread_id() as usize;
        while index < samples.values.len() {
            self.counts.fetch_add(samples.values[index] as usize % CLASSES, 1);
            index += lanes;
        }
    }

    /// The answer is that of lane 0 of block 0.
    #[handler]
    fn tell(&self, ctx: &mut RingContext, _ask: &Ask) -> Counts {
        let mut counts = Vec::new();
        if ctx.global_thread_id() == 0 {
            for class in 0..CLASSES {
                counts.push(self.counts.load(class));
            }
        }
        Counts { counts }
    }
}

/// The same mistake as in many a first GPU kernel: lanes without work return, and the others wait for them.
#[ring_kernel(id = "careless", block_size = 128)]
fn careless(ctx: &mut RingContext, samples: &Samples) -> Counts {
    let lane = ctx.thread_id() as usize;
    if lane >= samples.values.len() {
        return Counts { counts: Vec::new() };
    }
    let values = ctx.shared_array::<u32>(128);
    values.set(lane, samples.values[lane]);
    ctx.sync_threads();
    Counts { counts: vec![values.get(0)] }
}

/// Counts random samples with all lanes of a grid.
#[derive(Parser)]
struct Options {
    /// Where the kernel runs.
    #[arg(long, value_enum, default_value_t = BackendChoice::Auto)]
    backend: BackendChoice,
    /// Samples, sent in messages of 10,000.
    #[arg(long, default_value_t = 100_000)]
    samples: usize,
    /// Lanes of a block, 1 to 1,024.
    #[arg(long, default_value_t = 128)]
    lanes: u32,
    /// Runs the kernel with the mistake instead.
    #[arg(long)]
    careless: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("histogram: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let runtime = RingKernel::builder().backend(options.backend.into()).build().await?;
    println!("{}", backend::describe(runtime.selection()));
    if options.careless {
        show_the_mistake(&runtime).await?;
    } else {
        count(&runtime, &options).await?;
    }
    runtime.shutdown().await
}

async fn count(runtime: &RingKernel, options: &Options) -> Result<()> {
    let launch = LaunchOptions::default().with_block_size(options.lanes).with_max_payload(1 << 16);
    let kernel = runtime.launch("histogram", launch).await?;
    let mut state = 1u64;
    let samples: Vec<u32> = (0..options.samples).map(|_| four_dice(&mut state)).collect();
    for part in samples.chunks(10_000) {
        kernel.send(Samples { id: MessageId::generate(), values: part.to_vec() }).await?;
    }
    let Counts { counts } = kernel.call(Ask, Duration::from_secs(30)).await?;
    let mut expected = vec![0; CLASSES];
    samples.iter().for_each(|value| expected[*value as usize] += 1);
    assert_eq!(counts, expected, "the lanes lose no sample");
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    for (value, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        println!(
            "{value:3} {:WIDTH$} {count}",
            "#".repeat((count * WIDTH / most) as usize),
            WIDTH = WIDTH as usize
        );
    }
    println!("{} samples, each counted once", options.samples);
    kernel.terminate().await
}

/// The sum of four dice with the sides 0 to 15.
fn four_dice(state: &mut u64) -> u32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let bits = (*state >> 40) as u32;
    (0..4).map(|die| bits >> (4 * die) & 15).sum()
}

async fn show_the_mistake(runtime: &RingKernel) -> Result<()> {
    let kernel = runtime.launch("careless", LaunchOptions::default()).await?;
    let message = Samples { id: MessageId::generate(), values: vec![7; 100] };
    match kernel.call::<_, Counts>(message, Duration::from_secs(30)).await {
        Err(RingKernelError::HandlerFault { fault, .. }) => println!("{fault}"),
        other => println!("This backend has not noticed: {other:?}"),
    }
    kernel.terminate().await
}
