//! The WebGPU backend passes the conformance suite, but for what WebGPU has no means to do.

use std::sync::OnceLock;

use ringkernel_testkit::absence::Absence;
use ringkernel_wgpu::device::{Adapters, ApiSet, Capabilities, Device};

ringkernel_testkit::conformance_suite!(
    ringkernel_wgpu::WgpuFactory,
    lacks [GridBarrier, MeetingInBranch, NamedBarrier, WideAtomics, DeviceFence, SystemFence, LaneSchedule],
    here missing
);

/// What the first device lacks and others have.
fn missing(absence: Absence) -> bool {
    static FIRST: OnceLock<Option<Capabilities>> = OnceLock::new();
    let first = FIRST.get_or_init(|| {
        let adapters = Adapters::find(ApiSet::Any).ok()?;
        Some(Device::open(adapters.usable().first()?).ok()?.capabilities().clone())
    });
    let Some(device) = first else { return false };
    match absence {
        Absence::Doubles => !device.float64,
        Absence::LargeBlocks => device.workgroup_lanes_max < 1024,
        _ => false,
    }
}
