//! The steps for backends that need more than a processor.
//!
//! What needs a device is tested with everything else, in the step `tests`, by tests that skip themselves where the device is
//! missing and say so. The steps here find out whether it was there, so that what was skipped is counted; and they run the
//! examples on it. In continuous integration nothing of it may be skipped.

use super::{METAL_TARGET, WHOLE, cargo, target_folder};
use crate::step::{Invocation, Place, Step};

/// What builds the simulated CUDA driver, and what ends in its absence.
const CUDA_REMEDY: &str = "install g++, with which the simulated CUDA driver is built";
const WGPU_REMEDY: &str = "`cargo xtask setup` installs a software GPU (Mesa 23 or newer), or says how";
const METAL_REMEDY: &str = "rustup target add aarch64-apple-darwin";

/// Names to tests what they must not skip.
const REQUIRED: &str = "RINGKERNEL_REQUIRED";

/// The same tests, which in continuous integration must not skip what needs a device.
pub(super) fn all_devices(tests: Invocation, place: Place) -> Invocation {
    // Mesa's software GPU spends most of the time of these tests on optimising programs that then run for a moment.
    let tests = tests.env("GALLIVM_PERF", "nopt");
    match place {
        Place::Developer => tests,
        // A line for each of so many tests would push the one that matters out of what is kept of the output.
        Place::ContinuousIntegration => tests.env(REQUIRED, "wgpu,cuda").arg("--quiet"),
    }
}

/// The examples through WebGPU, from the build of the tests: another one would take longer than they do.
pub(super) fn wgpu() -> [Step; 3] {
    let build = cargo("build --workspace --examples --locked").words(WHOLE);
    let example = |name: &str, words: &str| {
        Invocation::new(&target_folder(&format!("debug/examples/{name}")), words).words("--backend wgpu")
    };
    [
        Step::new("examples", build),
        Step::new("quickstart on WebGPU", example("quickstart", ""))
            .needs_tool_in_ci(wgpu_probe(), WGPU_REMEDY),
        Step::new("airports on WebGPU", example("airports", "--tenants 2"))
            .needs_tool_in_ci(wgpu_probe(), WGPU_REMEDY),
    ]
}

/// The examples on a simulated CUDA driver, from the same build. Each checks its own result and fails when it is wrong.
pub(super) fn cuda() -> [Step; 3] {
    let example = |name: &str, words: &str| {
        Invocation::new(&target_folder("debug/ringkernel-cuda-sim"), "")
            .arg(target_folder(&format!("debug/examples/{name}")))
            .words("--backend cuda")
            .words(words)
    };
    [
        ("quickstart on CUDA", "quickstart", ""),
        ("histogram on CUDA", "histogram", ""),
        ("airports on CUDA", "airports", "--tenants 2"),
    ]
    .map(|(step, name, words)| {
        Step::new(step, example(name, words)).needs_tool_in_ci(cuda_probe(), CUDA_REMEDY)
    })
}

/// Builds the simulated driver; fails where there is no compiler for it.
fn cuda_probe() -> Invocation {
    cargo("run --quiet --locked --package ringkernel-cuda-sim")
}

/// Opens a device as the tests do; fails where there is none.
fn wgpu_probe() -> Invocation {
    cargo("test --workspace --locked").words(WHOLE).words("--test device -- choice::").env(REQUIRED, "wgpu")
}

/// The Metal backend, as far as it can be built without Apple's tools.
pub(super) fn metal() -> Step {
    let check =
        cargo("check --package ringkernel --features wgpu,metal --lib --locked --target").arg(METAL_TARGET);
    let probe = Invocation::new("rustup", "target add").arg(METAL_TARGET);
    Step::new("metal", check)
        .needs_tool(probe, METAL_REMEDY)
        .leaves_out("linking and running: they need an Apple system")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ci_must_not_skip_what_needs_a_device() {
        let tests = || Invocation::new("cargo", "test");
        assert_eq!(all_devices(tests(), Place::Developer), tests().env("GALLIVM_PERF", "nopt"));
        let in_ci = all_devices(tests(), Place::ContinuousIntegration);
        assert_eq!(
            in_ci.to_string(),
            "GALLIVM_PERF='nopt' RINGKERNEL_REQUIRED='wgpu,cuda' cargo test --quiet"
        );
    }

    #[test]
    fn the_examples_run_from_the_build_of_the_tests() {
        let [build, quickstart, _] = wgpu();
        assert!(build.invocation.to_string().contains(WHOLE), "{}", build.invocation);
        let text = quickstart.invocation.to_string();
        assert!(text.ends_with("debug/examples/quickstart --backend wgpu"), "{text}");
        let [quickstart, ..] = cuda();
        let text = quickstart.invocation.to_string();
        assert!(text.contains("debug/ringkernel-cuda-sim "), "{text}");
        assert!(text.ends_with("debug/examples/quickstart --backend cuda"), "{text}");
    }
}
