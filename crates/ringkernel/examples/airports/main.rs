//! One actor per airport, fed with 20,000 real flights; late ones are announced from actor to actor.
//!
//! ```sh
//! cargo run --release --example airports -- --backend auto --repeat 50
//! ```
//! `actors` is what would run on a GPU; `network` is the host's side of it; `check` computes the same figures with a plain
//! loop, and the program fails when a single one differs. With `--tenants 2`, two tenants share the runtime: `tenants` gives each its part
//! of the flights and its own actors, which have the same names, and tries to get from one to the other.

// A command line program talks to its user on standard output.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints what it does")]

mod actors;
#[path = "../common/backend.rs"]
mod backend;
mod check;
mod data;
mod network;
mod report;
mod tenants;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use ringkernel::k2k::tenant::TenantRegistry;
use ringkernel::prelude::*;

use backend::BackendChoice;
use data::Dataset;
use tenants::Tenants;

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
    /// Who shares the runtime: each tenant has its part of the flights, and its own actors of the same names.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    tenants: u16,
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
    let data = Dataset::load()?;
    let registry = Arc::new(TenantRegistry::new());
    let builder = RingKernel::builder().backend(options.backend.into()).tenants(registry.clone());
    let runtime = builder.workers(options.workers).build().await?;
    println!("{}", backend::describe(runtime.selection()));
    let tenants = Tenants::open(&runtime, registry, &data, &options).await?;
    println!(
        "{} airports opened for each of {} tenant(s), {} flights, sent {} time(s)",
        data.airports.len(),
        options.tenants,
        data.flights.len(),
        options.repeat
    );

    let flights_total = data.flights.len() as u64 * u64::from(options.repeat);
    let progress = progress_bar(flights_total);
    let started = Instant::now();
    let reports = tenants.run(&options, &progress).await?;
    let elapsed = started.elapsed();
    progress.finish_and_clear();

    for (tenant, reports) in tenants.iter().zip(&reports) {
        let flights_min = options.min_flights * u64::from(options.repeat) / u64::from(options.tenants);
        println!("{}", tenant.describe(reports, flights_min));
    }
    println!("{}", report::throughput(flights_total, reports.iter().flatten(), elapsed));
    let dead_letters = runtime.take_dead_letters();
    if let Some(first) = dead_letters.first() {
        let (count, reason) = (dead_letters.len(), first.reason);
        return Err(format!("{count} messages were not delivered; the first because {reason}").into());
    }
    for (tenant, reports) in tenants.iter().zip(&reports) {
        tenant.check(reports, &options)?;
    }
    println!(
        "Checked: every figure of {} airports of {} tenant(s) equals a single-threaded fold over the tenant's flights",
        data.airports.len(),
        options.tenants
    );
    if let Some(refused) = tenants.trespass(&runtime).await? {
        println!("Checked: no notice reaches another tenant; {refused} attempts were refused and counted");
    }
    runtime.shutdown().await?;
    Ok(())
}

/// A bar on the terminal; nothing where standard error is no terminal.
fn progress_bar(flights: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} flights, {eta} left")
        .expect("the template is well formed");
    ProgressBar::new(flights).with_style(style)
}
