//! The project's one command: `cargo xtask <setup|test|check|soak|mutants|demo|gpu-bundle>`.
//!
//! A command is a list of [`step::Step`]s, which are data: [`plan`] says what runs, [`runner`] runs it and adds up,
//! [`setup`] looks at the tools on this machine. Nothing here knows how the library works.

// A command line program talks to its user on standard output.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "xtask is a command line program")]

mod bundle;
mod mutants;
mod plan;
mod runner;
mod setup;
mod step;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tests, checks, tools and the demonstration of the project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what the other commands need and name the optional tools that are missing.
    Setup,
    /// Run everything that continuous integration runs.
    Test,
    /// Run the fast part: format, lints, tidy rules.
    Check,
    /// Run the stress load for a while: every answer is checked, and memory must not grow.
    Soak {
        /// How long.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
        minutes: u32,
    },
    /// Show that the differential tests notice wrong changes of the code generator, one at a time. Takes a while.
    Mutants {
        /// Only those whose names contain this.
        #[arg(default_value = "")]
        name: String,
    },
    /// Run the quick start and the airports example, built for speed.
    Demo {
        /// The backend that both examples ask for.
        #[arg(long, default_value = "auto")]
        backend: String,
        /// How many times the airports example sends all flights.
        #[arg(long, default_value_t = 1)]
        repeat: u32,
    },
    /// Make an archive that runs the CUDA tests, examples and benchmarks on a machine with an NVIDIA driver and no Rust.
    GpuBundle {
        /// The archive; `gpu-bundle/ringkernel-gpu.tar.gz` in the folder of build outputs if not given.
        #[arg(long)]
        out: Option<PathBuf>,
        /// What programs are compiled for: `sm_90` for code, `compute_80` for PTX.
        #[arg(long, value_delimiter = ',', default_values = bundle::TARGETS)]
        targets: Vec<String>,
        /// Which differential programs: the first, and each one that is so many further on.
        #[arg(long, default_value = "1")]
        every: NonZero<usize>,
        /// Unpack it elsewhere afterwards and run it on the simulated driver: these parts, or all.
        #[arg(long = "try", value_name = "PART", num_args = 0..)]
        try_it: Option<Vec<String>>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Steps name paths from the root of the repository, wherever the user stands.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
    if let Err(error) = std::env::set_current_dir(root) {
        eprintln!("cannot enter {}: {error}", root.display());
        return ExitCode::FAILURE;
    }
    match cli.command {
        Task::GpuBundle { out, targets, every, try_it } => {
            bundle::run(bundle::Wanted { out, targets, every, try_it })
        }
        Task::Setup => setup::run(),
        Task::Test => runner::run(&plan::test()),
        Task::Check => runner::run(&plan::check()),
        Task::Soak { minutes } => runner::run(&plan::soak(minutes)),
        Task::Mutants { name } => mutants::run(root, &name),
        Task::Demo { backend, repeat } => runner::run(&plan::demo(&backend, repeat)),
    }
}
