//! GPU and host memory management abstractions.
//!
//! - `traits`: [`DeviceMemory`], where buffers come from, and [`GpuBuffer`]; implemented by backends
//! - `request`: checking what is asked for
//! - `ledger`: how much memory buffers hold

mod ledger;
mod request;
mod traits;

pub use ledger::{Charge, Ledger};
pub use request::{check_alignment, check_copy};
pub use traits::{DeviceMemory, GpuBuffer, UNKNOWN};
