//! One actor per airport, fed with 20,000 real flights; late ones are announced from actor to actor.
//!
//! ```sh
//! cargo run --release --example airports -- --backend auto --repeat 50
//! ```
//! `actors` is what would run on a GPU; `network` is the host's side of it; `check` computes the same figures with a plain
//! loop, and the program fails when a single one differs.

// A command line program talks to its user on standard output.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints what it does")]

mod actors;
#[path = "../common/backend.rs"]
mod backend;
mod check;
mod data;
mod network;
mod report;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use ringkernel::prelude::*;

use backend::BackendChoice;
use data::Dataset;
use network::Network;

/// Any reason why the example ends early.
type Failure = Box<dyn Error + Send + Sync>;

/// Sends 20,000 real flights to one actor per airport and checks what they make of them.
#[derive(Parser)]
struct Options {
    /// Where the actors run.
    #[arg(long, value_enum, default_value_t = BackendChoice::Auto)]
    backend: BackendChoice,
    /// How many times all flights are sent.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// A flight is late from this delay on, in minutes.
    #[arg(long, default_value_t = 15, allow_negative_numbers = true)]
    late_minutes: i32,
    /// Airports with fewer flights in the data are left out of the table.
    #[arg(long, default_value_t = 100)]
    min_flights: u64,
    /// Tasks that send flights at the same time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    tasks: u16,
    /// Worker threads of the CPU backend; 0 means one per core.
    #[arg(long, default_value_t = 0)]
    workers: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("airports: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Failure> {
    let data = Arc::new(Dataset::load()?);
    let builder = RingKernel::builder().backend(options.backend.into());
    let runtime = builder.workers(options.workers).build().await?;
    println!("{}", backend::describe(runtime.selection()));
    let network = Network::open(&runtime, data.clone(), options.late_minutes).await?;
    println!(
        "{} airports opened, {} flights, sent {} time(s)",
        data.airports.len(),
        data.flights.len(),
        options.repeat
    );

    let flights_total = data.flights.len() as u64 * u64::from(options.repeat);
    let progress = progress_bar(flights_total);
    let started = Instant::now();
    let mut reports = Vec::new();
    for pass in 1..=u64::from(options.repeat) {
        network.send_flights(options.tasks.into(), &progress).await?;
        reports = network.settle(pass * data.flights.len() as u64).await?;
    }
    let elapsed = started.elapsed();
    progress.finish_and_clear();

    println!(
        "{}",
        report::worst_airports(&data.airports, &reports, options.min_flights * u64::from(options.repeat))
    );
    println!("{}", report::throughput(flights_total, &reports, elapsed));
    let dead_letters = runtime.take_dead_letters();
    if let Some(first) = dead_letters.first() {
        let (count, reason) = (dead_letters.len(), first.reason);
        return Err(format!("{count} messages were not delivered; the first because {reason}").into());
    }
    let expected = check::fold(&data, options.repeat, options.late_minutes);
    let actual: Vec<_> = reports.iter().map(|report| report.figures).collect();
    let mismatches = check::mismatches(&data.airports, &expected, &actual);
    if !mismatches.is_empty() {
        let lines: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
        return Err(format!("{} figures are wrong:\n{}", lines.len(), lines.join("\n")).into());
    }
    println!(
        "Checked: every figure of {} airports equals a single-threaded fold over the flights",
        actual.len()
    );
    runtime.shutdown().await?;
    Ok(())
}

/// A bar on the terminal; nothing where standard error is no terminal.
fn progress_bar(flights: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} flights, {eta} left")
        .expect("the template is well formed");
    ProgressBar::new(flights).with_style(style)
}
