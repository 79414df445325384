//! `cargo xtask setup`: brings this machine to where every command works, and says what it did and why.
//!
//! Running it again changes nothing. Components of the toolchain are installed when missing, because `test` fails without
//! them; larger optional tools are only named, because `test` skips their steps and counts them.

use std::process::ExitCode;

use crate::plan::{DENY_REMEDY, MIRI_REMEDY, TSAN_REMEDY, TYPOS_REMEDY, miri_probe, tsan_probe};
use crate::step::Invocation;

/// A component of the toolchain that `cargo xtask test` cannot do without.
struct Component {
    name: &'static str,
    probe: &'static str,
}

const COMPONENTS: [Component; 2] = [
    Component { name: "rustfmt", probe: "fmt --version" },
    Component { name: "clippy", probe: "clippy --version" },
];

/// Installs missing components and reports optional tools. Fails when a component cannot be installed.
pub(crate) fn run() -> ExitCode {
    let missing: Vec<&str> =
        COMPONENTS.iter().filter(|component| !ensure(component)).map(|component| component.name).collect();
    report_optional("miri", &miri_probe(), "undefined behaviour in what threads share", MIRI_REMEDY);
    report_optional("ThreadSanitizer", &tsan_probe(), "data races in the CPU backend", TSAN_REMEDY);
    let deny = Invocation::new("cargo", "deny --version");
    report_optional("cargo-deny", &deny, "licences and sources of dependencies", DENY_REMEDY);
    report_optional("typos", &Invocation::new("typos", "--version"), "spelling", TYPOS_REMEDY);
    if missing.is_empty() {
        println!("ready: `cargo xtask test` can run");
        ExitCode::SUCCESS
    } else {
        eprintln!("not ready: {} could not be installed", missing.join(", "));
        ExitCode::FAILURE
    }
}

/// Makes sure that a component is there; false when it is missing and cannot be installed.
fn ensure(component: &Component) -> bool {
    let probe = Invocation::new("cargo", component.probe);
    if probe.succeeds() {
        println!("skip     {}: already installed", component.name);
        return true;
    }
    println!("install  {}: `{probe}` does not work", component.name);
    let install = Invocation::new("rustup", "component add").arg(component.name);
    match install.run() {
        Ok(status) if status.success() => probe.succeeds(),
        Ok(status) => {
            eprintln!("`{install}`: {status}");
            false
        }
        Err(error) => {
            eprintln!(
                "`{install}`: {error}; install {} the way this toolchain was installed",
                component.name
            );
            false
        }
    }
}

fn report_optional(name: &str, probe: &Invocation, checks: &str, remedy: &str) {
    if probe.succeeds() {
        println!("skip     {name}: already installed");
    } else {
        println!("optional {name}: missing, so `test` skips the check of {checks}; to get it: {remedy}");
    }
}
