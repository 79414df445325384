//! The same programs as native Rust and as generated code give the same results.
//!
//! `RINGKERNEL_DIFF_SEEDS=1000..2000` takes other random programs.

use std::path::Path;
use std::sync::OnceLock;

use ringkernel_abi::device::Overflow;
use ringkernel_difftest::device::{CudaMachine, WgslMachine};
use ringkernel_difftest::report::Report;
use ringkernel_difftest::session::{Machine, Session};
use ringkernel_difftest::{all_programs, random};
use ringkernel_testkit::gate;

/// The native results, which both tests compare with: two processes that write the same files would be in each other's way.
fn session() -> &'static Session {
    static SESSION: OnceLock<Session> = OnceLock::new();
    SESSION.get_or_init(make_session)
}

fn make_session() -> Session {
    let programs = all_programs(random::seeds_of_run().unwrap_or_else(|error| panic!("{error}")));
    Session::new(programs, Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap_or_else(|error| panic!("{error}"))
}

fn compare(machine: &dyn Machine) -> Report {
    let session = session();
    let mut report = session.compare(machine, Overflow::Faults);
    report.add(session.compare(machine, Overflow::Wraps));
    report
}

#[test]
fn programs_give_the_same_as_wgsl() {
    let machine = match WgslMachine::open() {
        Ok(machine) => machine,
        Err(error) => return gate::skip("wgpu", &error),
    };
    let report = compare(&machine);
    assert!(report.is_clean(), "{report}");
    for (program, lacks) in &report.unsupported {
        assert!(lacks.starts_with("f64::"), "{program} is not supported: {lacks}");
    }
}

#[test]
fn programs_give_the_same_as_cuda_on_the_host() {
    let machine = match CudaMachine::new(Path::new(env!("CARGO_TARGET_TMPDIR"))) {
        Ok(machine) => machine,
        Err(error) => return gate::skip("g++", &error),
    };
    let report = compare(&machine);
    assert!(report.is_clean(), "{report}");
    assert!(report.unsupported.is_empty(), "{:?}", report.unsupported);
}
