//! Figures about a running kernel.
//!
//! | part | what it is |
//! |---|---|
//! | [`TelemetryRecorder`] | the live counters, written by the actor while it runs |
//! | [`TelemetrySnapshot`] | a reading of them |
//! | [`TelemetryBuffer`] | the counters in the 64 bytes that a device shares |
//! | [`LatencyHistogram`] | how latencies are distributed |

mod histogram;
mod recorder;
mod snapshot;

pub use histogram::LatencyHistogram;
pub use recorder::TelemetryRecorder;
pub use ringkernel_abi::TelemetryBuffer;
pub use snapshot::TelemetrySnapshot;
