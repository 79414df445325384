//! Every kernel of the conformance suite that is not kept on the CPU becomes a program for every device, but for those that
//! need what WebGPU does not have.

use ringkernel::codegen::{CheckError, Refusal, check_registered};
use ringkernel::prelude::*;
// Links the kernels of the suite.
use ringkernel_testkit as _;

/// Kernels that need what WebGPU lacks, and how that is said: see `absence.rs`.
const LACKING: [(&str, &str); 5] = [
    ("testkit.lanes.fence.device", "thread_fence"),
    ("testkit.lanes.fence.system", "thread_fence_system"),
    ("testkit.lanes.grid_sum", "sync_grid"),
    ("testkit.lanes.named_barrier", "named barrier"),
    ("testkit.lanes.wide_atomics", "atomic cells of u64"),
];

#[test]
fn every_kernel_becomes_wgsl_but_for_what_webgpu_lacks() {
    let refused = match check_registered(Backend::Wgpu) {
        Err(CheckError::Kernels(refused)) => refused,
        other => panic!("{other:?}"),
    };
    let report = CheckError::Kernels(refused.clone()).to_string();
    assert_eq!(refused.len(), LACKING.len(), "{report}");
    for (kernel, (id, feature)) in refused.iter().zip(LACKING) {
        assert_eq!(kernel.id, id, "{report}");
        assert!(matches!(&kernel.reason, Refusal::Unsupported(text) if text.contains(feature)), "{report}");
    }
}

#[test]
fn every_kernel_becomes_cuda() {
    check_registered(Backend::Cuda).unwrap_or_else(|error| panic!("{error}"));
}
