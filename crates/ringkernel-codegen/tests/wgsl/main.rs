//! The WGSL printer: what it prints, that naga accepts it for every target, and that it computes what Rust computes.

#[path = "../support/build.rs"]
mod build;
mod device;
mod dispatch;
#[path = "../support/dispatched.rs"]
mod dispatched;
#[allow(unreachable_pub, reason = "it is public in the crate that it belongs to")]
#[path = "../../../ringkernel-testkit/src/gate.rs"]
mod gate;
mod runtime;

#[path = "../support/scalars.rs"]
mod scalars;

mod floats;
mod lanes;
mod messages;
mod operations;
mod refusals;
mod scalar;
mod source;
