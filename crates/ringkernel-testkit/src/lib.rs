//! The conformance suite: what every backend of RingKernel does, case by case.
//!
//! A backend is conformant when `conformance_suite!(its_factory)` passes. What it lacks, and may lack, it names there. Nothing here knows a backend: the cases see
//! a [`BackendFactory`](ringkernel::runtime::BackendFactory) and the traits of the host model.
//!
//! - `suite`: the macro that turns the cases into tests
//! - `cases`: the cases, by topic; `cases::host_only` needs handlers that only a CPU can run
//! - `beside`: what goes on while a device's program is made
//! - `kernels`: what the cases launch, and its messages
//! - `absence`: what a backend may lack, and how that shows
//! - `rig`: a runtime under test; `wait`: waiting for events; `random`: reproducible random numbers
//! - `record`: what tenants were refused
//! - `allocations`: an allocator that counts
//! - `gate`: skipping tests that need what is not there
//! - `process`: threads, memory and processor time of the test itself
//! - `quiet`: keeps panics that a case asks for out of the output

pub mod absence;
pub mod allocations;
pub mod beside;
pub mod cases;
pub mod gate;
pub mod kernels;
pub mod process;
pub mod quiet;
pub mod random;
pub mod record;
pub mod rig;
mod suite;
pub mod wait;

#[doc(hidden)]
pub use rig::Factory as __Factory;
pub use suite::run_case;
