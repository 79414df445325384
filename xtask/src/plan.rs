//! The plans: which steps each command runs, in order.
//!
//! The number of distinct builds is kept low, because building is what takes the time: lints and docs share one set of
//! metadata, all tests and the examples on devices share one development build, the stress run and the examples on the CPU
//! share one release build. Calls without `-p` select the default members, so that their dependencies get the same features
//! each time.
//!
//! - `devices`: the steps for backends that need more than a processor

mod devices;

use std::path::PathBuf;

use crate::step::{Invocation, Place, Step};

/// How to get the optional tools; `cargo xtask setup` prints the same lines.
pub(crate) const MIRI_REMEDY: &str = "rustup toolchain install nightly --component miri,rust-src";
pub(crate) const TSAN_REMEDY: &str = "rustup toolchain install nightly --component rust-src (on Linux)";
pub(crate) const DENY_REMEDY: &str = "cargo install --locked cargo-deny";
pub(crate) const TYPOS_REMEDY: &str = "cargo install --locked typos-cli";

/// The system for which the Metal backend is checked; linking for it needs Apple's tools.
pub(crate) const METAL_TARGET: &str = "aarch64-apple-darwin";

/// All backends and tools of the workspace.
const WHOLE: &str = "--features ringkernel/cuda,ringkernel/wgpu,ringkernel/metal,ringkernel-codegen/naga,ringkernel-codegen/nvrtc,ringkernel-codegen/host";

/// Everything that continuous integration runs.
pub(crate) fn test() -> Vec<Step> {
    let mut steps = vec![format(), clippy(), docs()];
    let tests = cargo("test --workspace --all-targets --locked").words(WHOLE);
    steps.push(Step::new("tests", devices::all_devices(tests, Place::here())));
    steps.push(Step::new("doctests", cargo("test --workspace --doc --locked").words(WHOLE)));
    steps.extend(devices::wgpu());
    steps.extend(devices::cuda());
    steps.push(devices::metal());
    steps.push(loom());
    steps.push(Step::new("stress", cargo("test --release --locked --test stress -- --nocapture")));
    steps.extend(demo("cpu", 1));
    steps.extend([miri(), tsan(), tsan_of_lanes(), deny(), typos()]);
    steps
}

/// The fast part, for every save.
pub(crate) fn check() -> Vec<Step> {
    // Clippy runs the compiler's own checks as well, so there is no separate `cargo check`.
    vec![format(), clippy(), Step::new("tidy", cargo("test --package xtask --locked")), typos()]
}

/// The stress load for a while, with memory watched.
pub(crate) fn soak(minutes: u32) -> Vec<Step> {
    let test = cargo("test --release --locked --test stress -- --nocapture")
        .env("STRESS_MINUTES", &minutes.to_string());
    vec![Step::new("soak", test)]
}

/// Both examples, built for speed. Each checks its own result and fails when it is wrong.
pub(crate) fn demo(backend: &str, repeat: u32) -> Vec<Step> {
    // The other backends are in a build that asks for them.
    let features = match backend {
        "cuda" | "wgpu" | "metal" => format!("--features ringkernel/{backend}"),
        _ => String::new(),
    };
    let example = |name: &str| {
        cargo("run --release --locked --example")
            .arg(name)
            .words(&features)
            .words("-- --backend")
            .arg(backend)
    };
    let airports = example("airports").arg("--repeat").arg(repeat.to_string());
    vec![Step::new("quickstart", example("quickstart")), Step::new("airports", airports)]
}

fn format() -> Step {
    Step::new("format", cargo("fmt --all --check"))
}

fn clippy() -> Step {
    let lints = cargo("clippy --workspace --all-targets --locked").words(WHOLE).words("-- -D warnings");
    Step::new("clippy", lints)
}

fn docs() -> Step {
    let doc = cargo("doc --workspace --no-deps --locked").words(WHOLE).env("RUSTDOCFLAGS", "-D warnings");
    Step::new("docs", doc)
}

/// The atomics are replaced by loom's with a compiler flag, so this build has a folder of its own: the flag in the shared
/// one would rebuild everything twice.
fn loom() -> Step {
    let test = cargo(
        "test --package ringkernel-core --package ringkernel-cpu --release --lib --locked --target-dir",
    )
    .arg(target_folder("loom"))
    .arg("loom")
    .env("RUSTFLAGS", "--cfg loom");
    Step::new("loom", test)
}

fn miri() -> Step {
    let test =
        cargo("+nightly miri test --package ringkernel-core --package ringkernel-cpu --lib --locked --")
            .words("queue:: cooperative:: telemetry::recorder pubsub::shared protocol:: engine::");
    Step::new("miri", test)
        .needs_tool(miri_probe(), MIRI_REMEDY)
        .leaves_out("lanes: Miri can not switch their stacks")
}

/// Everything that threads do is watched, the standard library included, which is therefore built anew. Programs offer the
/// sanitizer to the libraries that they load.
fn watched() -> Invocation {
    cargo("+nightly test -Zbuild-std --locked --target")
        .arg(host())
        .arg("--target-dir")
        .arg(target_folder("tsan"))
        .env("RUSTFLAGS", "-Zsanitizer=thread -Clink-args=-rdynamic")
        // A test asks for more memory than there is; the sanitizer would end the process instead of refusing.
        .env("TSAN_OPTIONS", "allocator_may_return_null=1")
}

fn tsan() -> Step {
    let test = watched()
        .words("--package ringkernel-core --package ringkernel-cpu --package ringkernel-testkit")
        .words("--lib --test conformance_cpu --")
        .words(
            "--skip absences:: --skip lanes:: --skip lane_faults:: --skip divergence:: --skip cooperative::",
        );
    Step::new("tsan", test).needs_tool(tsan_probe(), TSAN_REMEDY).leaves_out(
        "the cases of cooperative kernels: ThreadSanitizer does not follow lanes from stack to stack",
    )
}

/// The lanes of device code, between each other and with the host, on the simulated driver.
fn tsan_of_lanes() -> Step {
    let test = watched()
        .words("--package ringkernel-cuda-sim --package ringkernel-cuda")
        .words("--test simulator --test stress");
    Step::new("tsan of lanes", test)
        .needs_tool(tsan_probe(), TSAN_REMEDY)
        .leaves_out("lanes that never make way: they cannot be interrupted where the sanitizer watches")
}

/// Fetches what the standard library is built of; this fails where its sources are missing.
pub(crate) fn tsan_probe() -> Invocation {
    cargo("+nightly fetch -Zbuild-std --locked --target").arg(host())
}

/// The name of this machine's target, of those for which ThreadSanitizer exists.
fn host() -> String {
    format!("{}-unknown-{}-gnu", std::env::consts::ARCH, std::env::consts::OS)
}

/// A folder beside the other build outputs.
pub(crate) fn target_folder(name: &str) -> String {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    target.join(name).to_string_lossy().into_owned()
}

/// Prepares Miri's standard library; this fails where Miri or the library's sources are missing.
pub(crate) fn miri_probe() -> Invocation {
    cargo("+nightly miri setup")
}

fn deny() -> Step {
    // Advisories change by the day and need the network; they are not part of a test of this tree.
    Step::new("deny", cargo("deny check bans licenses sources"))
        .needs_tool(cargo("deny --version"), DENY_REMEDY)
}

fn typos() -> Step {
    Step::new("typos", Invocation::new("typos", ""))
        .needs_tool(Invocation::new("typos", "--version"), TYPOS_REMEDY)
}

fn cargo(words: &str) -> Invocation {
    Invocation::new("cargo", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_hands_its_options_to_the_examples() {
        let lines: Vec<String> = demo("wgpu", 3).iter().map(|step| step.invocation.to_string()).collect();
        assert_eq!(
            lines,
            [
                "cargo run --release --locked --example quickstart --features ringkernel/wgpu -- --backend wgpu",
                "cargo run --release --locked --example airports --features ringkernel/wgpu -- --backend wgpu --repeat 3",
            ]
        );
        let quickstart = demo("cpu", 1)[0].invocation.to_string();
        assert_eq!(quickstart, "cargo run --release --locked --example quickstart -- --backend cpu");
    }

    #[test]
    fn the_test_plan_holds_every_step_of_the_check_plan() {
        let test: Vec<_> = test().into_iter().map(|step| step.name).collect();
        // The tidy rules are tests of this crate, so the whole test run has them already.
        for name in check().into_iter().map(|step| step.name).filter(|name| *name != "tidy") {
            assert!(test.contains(&name), "{name} is missing from {test:?}");
        }
    }

    #[test]
    fn step_names_are_unique() {
        let mut names: Vec<_> = test().into_iter().map(|step| step.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
