//! Compares programs with their generated code: the tests' programs, a choice of them, or those of other seeds.
//!
//! ```text
//! cargo run -p ringkernel-difftest -- --seeds 1000..2000 --target wgsl
//! cargo run -p ringkernel-difftest -- --only add_i8,compare_
//! cargo run -p ringkernel-difftest -- --target cuda-device --every 10 --report differences.txt
//! ```
//!
//! The last line that it writes says how many runs were equal. It ends with 0 when all were, with 1 when one was not or a
//! program was refused, and with 2 when nothing could be compared.

use std::io::Write;
use std::num::NonZero;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use ringkernel_abi::device::Overflow;
use ringkernel_difftest::program::Program;
use ringkernel_difftest::report::Report;
use ringkernel_difftest::session::{Machine, Patience, Session};
use ringkernel_difftest::{all_programs, device, random};

/// Compares programs as native Rust with the device code that is generated from the same text.
#[derive(Debug, Parser)]
struct Arguments {
    /// Seeds of random programs, such as 1000..2000.
    #[arg(long, value_parser = random::parse_seeds)]
    seeds: Option<Range<u64>>,
    /// Programs whose names start with one of these only, separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Of these programs the first and each one that is so many further on.
    #[arg(long, default_value = "1")]
    every: NonZero<usize>,
    /// What runs the generated code; WGSL and the host's compiler if this is not given.
    #[arg(long)]
    target: Option<TargetName>,
    /// Stops at the first batch of programs with a difference.
    #[arg(long)]
    fail_fast: bool,
    /// A file for what was found; without one, it is written to standard output.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Compares nothing, but puts what `--target cuda-device` needs into this folder, for a machine without compilers. There,
    /// name the folder in RINGKERNEL_CUDA_PROGRAMS and with `--folder`, and choose the same programs.
    #[arg(long, value_name = "FOLDER")]
    compile_to: Option<PathBuf>,
    /// What `--compile-to` compiles for.
    #[arg(long = "for", value_delimiter = ',', default_value = "sm_80,sm_90,compute_80")]
    targets: Vec<ringkernel_cuda::ahead::Target>,
    /// Where executables are kept, those of native Rust among them. What lies there is not compiled again.
    #[arg(long, default_value = "target/difftest")]
    folder: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TargetName {
    /// WGSL on the first adapter.
    Wgsl,
    /// CUDA C++ on the host.
    Cuda,
    /// CUDA C++ on the first device of the CUDA driver.
    CudaDevice,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&error);
            ExitCode::from(2)
        }
    }
}

/// Says what was found; whether everything was equal.
fn tell(arguments: &Arguments, report: &Report) -> Result<bool, Box<dyn std::error::Error>> {
    match &arguments.report {
        Some(path) => {
            std::fs::write(path, format!("{report}\n"))
                .map_err(|error| format!("{}: {error}", path.display()))?;
            say(&report.summary());
        }
        None => say(report),
    }
    Ok(report.is_clean())
}

/// Does what is asked for; whether everything was equal.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn std::error::Error>> {
    let chosen = |program: &Program| {
        arguments.only.is_empty() || arguments.only.iter().any(|start| program.name.starts_with(start))
    };
    let seeds = arguments.seeds.clone().unwrap_or(random::DEFAULT_SEEDS);
    let programs: Vec<Program> =
        all_programs(seeds).into_iter().filter(chosen).step_by(arguments.every.get()).collect();
    if programs.is_empty() {
        return Err("no program has such a name".into());
    }
    if let Some(folder) = &arguments.compile_to {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let ready = device::make_ready(&programs, &arguments.targets, folder, threads)?;
        say(&format!("{} programs in {} texts are in {}", ready.programs, ready.texts, folder.display()));
        return Ok(true);
    }
    tell(arguments, &compare(arguments, programs)?)
}

fn compare(arguments: &Arguments, programs: Vec<Program>) -> Result<Report, Box<dyn std::error::Error>> {
    let session = Session::new(programs, &arguments.folder)?;
    let mut report = Report::default();
    let patience = if arguments.fail_fast { Patience::FirstDifference } else { Patience::AllPrograms };
    for machine in machines(arguments)? {
        for overflow in [Overflow::Faults, Overflow::Wraps] {
            if report.is_clean() || patience == Patience::AllPrograms {
                report.add(session.compare_with(&*machine, overflow, patience));
            }
        }
    }
    Ok(report)
}

fn machines(arguments: &Arguments) -> Result<Vec<Box<dyn Machine>>, Box<dyn std::error::Error>> {
    let wanted = |name| arguments.target.is_none_or(|target| target == name);
    if arguments.target == Some(TargetName::CudaDevice) {
        let device = device::CudaDevice::open()?;
        say(device.description());
        return Ok(vec![Box::new(device)]);
    }
    let mut machines: Vec<Box<dyn Machine>> = Vec::new();
    if wanted(TargetName::Wgsl) {
        machines.push(Box::new(device::WgslMachine::open()?));
    }
    if wanted(TargetName::Cuda) {
        machines.push(Box::new(device::CudaMachine::new(&arguments.folder)?));
    }
    Ok(machines)
}

fn say(what: &dyn std::fmt::Display) {
    let mut out = std::io::stdout();
    // Nobody is left to tell when this fails.
    let _ = writeln!(out, "{what}");
}
