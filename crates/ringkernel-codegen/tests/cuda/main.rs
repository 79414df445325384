//! The CUDA printer: what it prints, that NVRTC accepts it without a warning, and that it computes what Rust computes.

#[path = "../support/build.rs"]
mod build;
#[path = "../support/dispatched.rs"]
mod dispatched;
#[path = "../support/examples.rs"]
mod examples;
#[allow(unreachable_pub, reason = "it is public in the crate that it belongs to")]
#[path = "../../../ringkernel-testkit/src/gate.rs"]
mod gate;
#[path = "../support/layouts.rs"]
mod layouts;
#[path = "../support/operations.rs"]
mod operations;
#[path = "../support/scalars.rs"]
mod scalars;

mod target;

mod arithmetic;
mod dispatch;
mod meetings;
mod scalar;
mod texts;
