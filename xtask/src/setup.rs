//! `cargo xtask setup`: brings this machine to where every command works, and says what it did and why.
//!
//! Running it again changes nothing. It is a list of parts, each with its own file or a few lines here: components of the
//! toolchain are installed when missing, because `test` fails without them; what only some steps need is installed where
//! that is possible, and otherwise named, because `test` skips those steps and counts them; larger tools are only named.

mod apt;
mod mesa;
mod nvrtc;

use std::process::ExitCode;

use crate::plan::{
    DENY_REMEDY, METAL_TARGET, MIRI_REMEDY, TSAN_REMEDY, TYPOS_REMEDY, miri_probe, tsan_probe,
};
use crate::step::Invocation;

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is there.
    Ready,
    /// It is not there; `test` skips what needs it, and the part has said what to do.
    Skipped,
    /// It is not there, and `test` cannot do without it.
    Missing,
}

/// A part of the set-up, by name. It prints what it does and why.
type Part = (&'static str, fn() -> Outcome);

const PARTS: [Part; 10] = [
    ("rustfmt", || component("rustfmt", "fmt --version")),
    ("clippy", || component("clippy", "clippy --version")),
    ("Mesa", mesa::ensure),
    ("the Metal target", metal_target),
    ("NVRTC", nvrtc::ensure),
    ("g++", || optional("g++", &Invocation::new("g++", "--version"), "CUDA C++ on the CPU", "install g++")),
    ("miri", || optional("miri", &miri_probe(), "undefined behaviour in what threads share", MIRI_REMEDY)),
    ("ThreadSanitizer", || {
        optional("ThreadSanitizer", &tsan_probe(), "data races in the CPU backend", TSAN_REMEDY)
    }),
    ("cargo-deny", || {
        let probe = Invocation::new("cargo", "deny --version");
        optional("cargo-deny", &probe, "licences and sources of dependencies", DENY_REMEDY)
    }),
    ("typos", || optional("typos", &Invocation::new("typos", "--version"), "spelling", TYPOS_REMEDY)),
];

/// Goes through all parts. Fails when one that `test` cannot do without is missing.
pub(crate) fn run() -> ExitCode {
    let outcomes: Vec<_> = PARTS.iter().map(|(name, part)| (*name, part())).collect();
    let names = |outcome| -> Vec<&str> {
        outcomes.iter().filter(|(_, found)| *found == outcome).map(|(name, _)| *name).collect()
    };
    let (missing, skipped) = (names(Outcome::Missing), names(Outcome::Skipped));
    if !missing.is_empty() {
        eprintln!("not ready: {} could not be installed", missing.join(", "));
        return ExitCode::FAILURE;
    }
    match skipped.as_slice() {
        [] => println!("ready: `cargo xtask test` can run, with all of its steps"),
        skipped => println!("ready: `cargo xtask test` can run, without what needs {}", skipped.join(", ")),
    }
    ExitCode::SUCCESS
}

/// Makes sure that a component of the toolchain is there.
fn component(name: &str, probe: &str) -> Outcome {
    let probe = Invocation::new("cargo", probe);
    if probe.succeeds() {
        println!("skip     {name}: already installed");
        return Outcome::Ready;
    }
    println!("install  {name}: `{probe}` does not work");
    let install = Invocation::new("rustup", "component add").arg(name);
    if succeeded(&install) && probe.succeeds() {
        return Outcome::Ready;
    }
    eprintln!("{name}: install it the way this toolchain was installed");
    Outcome::Missing
}

/// Makes sure that code for Apple's systems can be checked.
fn metal_target() -> Outcome {
    let installed = Invocation::new("rustup", "target list --installed").output().unwrap_or_default();
    if installed.lines().any(|target| target == METAL_TARGET) {
        println!("skip     {METAL_TARGET}: already installed");
        return Outcome::Ready;
    }
    println!("install  {METAL_TARGET}: without it, `test` skips the check of the Metal backend");
    if succeeded(&Invocation::new("rustup", "target add").arg(METAL_TARGET)) {
        return Outcome::Ready;
    }
    println!("optional {METAL_TARGET}: add it the way this toolchain was installed");
    Outcome::Skipped
}

fn optional(name: &str, probe: &Invocation, checks: &str, remedy: &str) -> Outcome {
    if probe.succeeds() {
        println!("skip     {name}: already installed");
        return Outcome::Ready;
    }
    println!("optional {name}: missing, so `test` skips the check of {checks}; to get it: {remedy}");
    Outcome::Skipped
}

/// Runs a call for its user to see, and says what went wrong if it fails.
fn succeeded(call: &Invocation) -> bool {
    match call.run() {
        Ok(status) if status.success() => true,
        Ok(status) => {
            eprintln!("`{call}`: {status}");
            false
        }
        Err(error) => {
            eprintln!("`{call}`: {error}");
            false
        }
    }
}
