//! The benchmark table: `cargo bench -p ringkernel-bench`, or `cargo bench` for the whole workspace.
//!
//! - `options`: the command line
//! - `floors`: what the machine allows
//! - `queues`: one thread hands messages to another
//! - `actors`: actors that are asked, that pass tokens on, that start and stop
//! - `k2k`: messages to kernels by name
//! - `pubsub`: one task publishes, several receive
//! - `clocks`: timestamps
//! - `device`: actors in device memory, through WebGPU
//! - `cuda`: actors in device memory, through CUDA
//! - `proof`: the rows of CUDA on a simulated device
//!
//! Everything is measured in one process and one run, in turns, and every sample checks its own result.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a program that prints a table")]

mod actors;
mod clocks;
mod cuda;
mod device;
mod floors;
mod k2k;
mod options;
mod proof;
mod pubsub;
mod queues;

use options::Options;
use ringkernel_bench::comparison::{Comparison, Effort};
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::host::Distance;
use ringkernel_bench::report::{
    Machine, contestants, crossover, floors as floor_table, replace_section, section, targets,
};
use ringkernel_bench::run::Outcome;

/// Crates whose versions belong to the figures.
const PEERS: [&str; 12] = [
    "rtrb",
    "ringbuf",
    "disruptor",
    "kanal",
    "crossbeam-channel",
    "crossbeam-queue",
    "thingbuf",
    "tokio",
    "ractor",
    "kameo",
    "actix",
    "uhlc",
];

fn main() -> std::io::Result<()> {
    // `cargo test --all-targets` runs this program too, to see that it works. Only `cargo bench` asks for figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured; use `cargo bench -p ringkernel-bench`");
        proof::run();
        return Ok(());
    }
    let options = Options::from_command_line();
    if let Some(length) = options.steady_state() {
        actors::steady_state::run(length);
        return Ok(());
    }
    let mut distance = Distance::calibrate();
    let mut outcomes = Vec::new();
    for comparison in comparisons(options.effort()) {
        if !options.selects(comparison.id) {
            continue;
        }
        eprintln!("{} ({})", comparison.title, comparison.id);
        let outcome = Outcome::of(comparison, options.effort(), || distance.is_usual());
        println!("{}", contestants(std::slice::from_ref(&outcome)));
        outcomes.push(outcome);
    }
    let cuda_rows: Vec<_> = cuda::ROWS.into_iter().filter(|(id, _)| options.selects(id)).collect();
    if let Some(card) = card_for(&cuda_rows) {
        for (_, row) in cuda_rows {
            outcomes.push(on_card(row, &card, options.effort(), &mut distance));
        }
    }
    println!("{}\n{}", floor_table(&outcomes), targets(&outcomes));
    let batches = outcomes.iter().filter(|outcome| outcome.comparison.id == cuda::BATCHES);
    let remarks: String = batches.map(crossover).collect();
    println!("{remarks}");
    let text = section(&Machine::here(&PEERS), distance.spread(), &outcomes, &remarks);
    match options.markdown() {
        None => Ok(()),
        Some(path) => {
            let page =
                if path.exists() { std::fs::read_to_string(&path)? } else { "# Measurements\n".into() };
            std::fs::write(&path, replace_section(&page, &text))
        }
    }
}

fn comparisons(effort: Effort) -> Vec<Comparison> {
    let groups = [
        floors::comparisons(effort),
        queues::comparisons(effort),
        actors::comparisons(effort),
        k2k::comparisons(effort),
        pubsub::comparisons(effort),
        clocks::comparisons(effort),
        device::comparisons(effort),
    ];
    groups.into_iter().flatten().collect()
}

/// The device for these rows, or why there is none.
fn card_for<R>(rows: &[R]) -> Option<Card> {
    if rows.is_empty() {
        return None;
    }
    match Card::find() {
        Ok(card) => {
            if card.is_simulated() {
                eprintln!(
                    "SIMULATED: the rows of CUDA run on {card}, once and with small numbers, and give no figures"
                );
            }
            Some(card)
        }
        Err(reason) => {
            eprintln!("LEFT OUT: all {} rows of CUDA. {reason}", rows.len());
            None
        }
    }
}

/// A row on a device: measured, or, where the device is simulated, only proved.
fn on_card(row: cuda::Row, card: &Card, effort: Effort, distance: &mut Distance) -> Outcome {
    let outcome = match card.is_simulated() {
        true => proof::of(row, card),
        false => {
            let comparison = row(effort, card);
            eprintln!("{} ({})", comparison.title, comparison.id);
            Outcome::of(comparison, effort, || distance.is_usual())
        }
    };
    println!("{}", contestants(std::slice::from_ref(&outcome)));
    outcome
}
