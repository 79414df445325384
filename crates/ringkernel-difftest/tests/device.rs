//! A choice of the programs gives the same on a device of CUDA as native Rust: the simulated one, or, where
//! `RINGKERNEL_CUDA_LIBRARIES` or `RINGKERNEL_CUDA_TESTS=device` says so, that of this machine.
//!
//! All of them: `cargo run -p ringkernel-difftest -- --target cuda-device`.

use std::path::Path;

use ringkernel_abi::device::Overflow;
use ringkernel_cuda_sim::Libraries;
use ringkernel_difftest::device::CudaDevice;
use ringkernel_difftest::program::Program;
use ringkernel_difftest::session::Session;
use ringkernel_difftest::{all_programs, random};
use ringkernel_testkit::gate;

/// One of so many programs runs here. The catalogue has most programs once for each of a dozen types; this number has no divisor
/// in common with that, so that all types occur.
const EVERY: usize = 7;

/// Makes the simulated libraries known before the first of them is looked for.
fn prepare() -> Result<(), String> {
    let asked = std::env::var_os("RINGKERNEL_CUDA_LIBRARIES").is_some();
    if asked || std::env::var("RINGKERNEL_CUDA_TESTS").is_ok_and(|value| value == "device") {
        return Ok(());
    }
    Libraries::build().and_then(|libraries| libraries.load()).map_err(|error| error.to_string())
}

#[test]
fn programs_give_the_same_on_a_cuda_device() {
    if let Err(reason) = prepare() {
        return gate::skip("cuda", &reason);
    }
    let device = match CudaDevice::open() {
        Ok(device) => device,
        Err(error) => return gate::skip("cuda", &error),
    };
    let chosen: Vec<Program> = all_programs(random::DEFAULT_SEEDS).into_iter().step_by(EVERY).collect();
    let session = Session::new(chosen, Path::new(env!("CARGO_TARGET_TMPDIR")));
    let session = session.unwrap_or_else(|error| panic!("{error}"));
    let mut report = session.compare(&device, Overflow::Faults);
    report.add(session.compare(&device, Overflow::Wraps));
    assert!(report.is_clean() && report.unsupported.is_empty(), "{report}");
    assert!(report.programs > 200, "{}", report.summary());
}
