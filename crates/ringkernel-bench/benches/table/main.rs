//! The benchmark table: `cargo bench -p ringkernel-bench`, or `cargo bench` for the whole workspace.
//!
//! - `options`: the command line
//! - `floors`: what the machine allows
//! - `queues`: one thread hands messages to another
//! - `actors`: actors that are asked, that pass tokens on, that start and stop
//! - `clocks`: timestamps
//! - `device`: actors in device memory, through WebGPU
//!
//! Everything is measured in one process and one run, in turns, and every sample checks its own result.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a program that prints a table")]

mod actors;
mod clocks;
mod device;
mod floors;
mod options;
mod queues;

use options::Options;
use ringkernel_bench::comparison::{Comparison, Effort};
use ringkernel_bench::host::Distance;
use ringkernel_bench::report::{
    Machine, contestants, floors as floor_table, replace_section, section, targets,
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
    // `cargo test --all-targets` runs this program too, to see that it starts. Only `cargo bench` asks for figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured; use `cargo bench -p ringkernel-bench`");
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
    println!("{}\n{}", floor_table(&outcomes), targets(&outcomes));
    let text = section(&Machine::here(&PEERS), distance.spread(), &outcomes);
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
        clocks::comparisons(effort),
        device::comparisons(effort),
    ];
    groups.into_iter().flatten().collect()
}
