//! `codegen::check_registered`: which kernels of a program can become programs for a device, and why others cannot.
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![allow(clippy::needless_pass_by_value, reason = "handlers own their messages")]
#![forbid(unsafe_code)]

use std::time::Duration;

use ringkernel::codegen::{CheckError, Refusal, RefusedKernel, check_registered};
use ringkernel::prelude::*;

#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
struct Point {
    x: f32,
    y: f32,
}

#[device_fn]
impl Point {
    fn squared(self) -> f32 {
        self.x * self.x + self.y * self.y
    }
}

impl Point {
    fn sum(self) -> f32 {
        self.x + self.y
    }
}

#[derive(RingMessage)]
struct Place {
    at: Point,
}

#[derive(RingMessage)]
struct Distance {
    squared: f32,
}

#[derive(Default)]
struct Log {
    lines: u32,
}

const WAIT: Duration = Duration::from_secs(3);

// The type of the field is not named here.
#[ring_kernel(id = "check.runs")]
fn runs(_ctx: &mut RingContext, place: Place) -> Distance {
    Distance { squared: place.at.squared() }
}

#[ring_kernel(id = "check.cpu", backends(cpu))]
fn cpu(_ctx: &mut RingContext, log: &mut Log, place: Place) -> Distance {
    log.lines += u32::try_from(format!("{:?}", place.at).len()).unwrap_or(u32::MAX);
    Distance { squared: place.at.sum() }
}

#[ring_kernel(id = "check.state")]
fn state(_ctx: &mut RingContext, log: &mut Log, _place: Place) {
    log.lines += 1;
}

#[ring_kernel(id = "check.constant")]
fn constant(_ctx: &mut RingContext, _place: Place) -> Distance {
    let wait = WAIT;
    Distance { squared: wait.as_secs_f32() }
}

#[ring_kernel(id = "check.method")]
fn method(_ctx: &mut RingContext, place: Place) -> Distance {
    Distance { squared: place.at.sum() }
}

#[ring_kernel(id = "check.fence", block_size = 32)]
fn fence(ctx: &mut RingContext, place: &Place) -> Distance {
    ctx.thread_fence();
    Distance { squared: place.at.squared() }
}

fn refused(target: Backend) -> Vec<RefusedKernel> {
    match check_registered(target) {
        Err(CheckError::Kernels(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kernel_that_cannot_run_is_reported_with_the_reason() {
    let refused = refused(Backend::Wgpu);
    let ids: Vec<_> = refused.iter().map(|kernel| kernel.id).collect();
    assert_eq!(ids, ["check.constant", "check.fence", "check.method", "check.state"]);
    let reason = |index: usize| &refused[index].reason;
    let Refusal::Link(constant) = reason(0) else { panic!("{:?}", reason(0)) };
    assert!(constant.message.contains("WAIT") && constant.message.contains("Duration"), "{constant}");
    assert_eq!((constant.file.as_str(), constant.line), (file!(), refused[0].location.line + 1));
    let Refusal::Unsupported(fence) = reason(1) else { panic!("{:?}", reason(1)) };
    assert!(fence.contains("thread_fence"), "{fence}");
    let Refusal::Link(method) = reason(2) else { panic!("{:?}", reason(2)) };
    assert!(method.message.contains("sum") && method.message.contains("Point"), "{method}");
    let Refusal::Registration(state) = reason(3) else { panic!("{:?}", reason(3)) };
    assert!(state.to_string().contains("device_check::Log"), "{state}");
    let report = CheckError::Kernels(refused.clone()).to_string();
    let first = format!("\n  `check.constant` ({}:{}) on WebGPU: ", file!(), refused[0].location.line);
    assert!(report.contains(&first), "{report}");
    assert_eq!(report.lines().count(), 5, "{report}");
}

#[test]
fn what_a_target_has_is_no_reason() {
    let ids: Vec<_> = refused(Backend::Cuda).iter().map(|kernel| kernel.id).collect();
    assert_eq!(ids, ["check.constant", "check.method", "check.state"]);
}

#[test]
fn the_cpu_runs_everything_and_auto_means_every_device() {
    check_registered(Backend::Cpu).expect("the CPU runs every kernel");
    let targets: Vec<_> = refused(Backend::Auto).iter().map(|kernel| kernel.target).collect();
    assert_eq!(targets[..3], [Backend::Cuda; 3]);
    assert_eq!(targets[3..7], [Backend::Metal; 4]);
    assert_eq!(targets[7..], [Backend::Wgpu; 4]);
}
