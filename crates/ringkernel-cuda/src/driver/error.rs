//! What can go wrong between this crate and the driver.

use std::fmt;
use std::time::Duration;

use ringkernel_core::RingKernelError;
use ringkernel_core::runtime::Backend;

use super::sys::Status;

/// What the driver answered instead of "done".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The function that was called.
    pub operation: &'static str,
    /// The number of the error.
    pub code: i32,
    /// Its name, such as `CUDA_ERROR_OUT_OF_MEMORY`.
    pub name: String,
    /// What the driver says to it.
    pub description: String,
}

/// An operation of the driver that did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// There is no driver on this machine.
    #[error(
        "no CUDA driver could be loaded, looked for as {} ({reason}); install the driver of your NVIDIA GPU",
        searched.join(", ")
    )]
    NoLibrary {
        /// The names and paths that were tried, in this order.
        searched: Vec<String>,
        /// What the system says to the last one.
        reason: String,
    },
    /// The driver is too old, or is none.
    #[error("the CUDA driver {library} has no function `{function}`; install a newer one")]
    MissingFunction {
        /// What it lacks.
        function: &'static str,
        /// The library.
        library: String,
    },
    /// The driver is there and does not start.
    #[error("the CUDA driver does not start: {0}")]
    NotUsable(Failure),
    /// There is no device to open.
    #[error("{reason}")]
    NoDevice {
        /// Why not, device by device.
        reason: String,
    },
    /// The context can no longer be used: a program in it broke a rule of the device, or the device is gone.
    #[error("the device is lost: {0}")]
    Lost(Failure),
    /// The context has been ended.
    #[error("the context has been ended")]
    Ended,
    /// The call would wait for the running grid.
    #[error("{operation} is not possible while a grid runs; stop it first")]
    Busy {
        /// What was to be done.
        operation: &'static str,
    },
    /// There is not as much memory.
    #[error("could not get {requested} bytes of {what}: {reason}")]
    OutOfMemory {
        /// Which memory.
        what: &'static str,
        /// How much, in bytes.
        requested: usize,
        /// What is in the way.
        reason: String,
    },
    /// Bytes outside of a buffer.
    #[error("bytes {at} to {} of a buffer of {size} bytes", at.saturating_add(*bytes))]
    OutOfBounds {
        /// The first byte.
        at: usize,
        /// How many.
        bytes: usize,
        /// The size of the buffer in bytes.
        size: usize,
    },
    /// A copy to where a part of its source lies.
    #[error("{bytes} bytes from byte {from} on are not copied to byte {to}: they overlap")]
    Overlapping {
        /// The first byte of the source.
        from: usize,
        /// The first byte of the copy.
        to: usize,
        /// How many.
        bytes: usize,
    },
    /// Not all blocks of the grid would run at the same time.
    #[error("{blocks} blocks of {threads} threads do not fit on the device at once; at most {at_most} do")]
    TooManyBlocks {
        /// Blocks of the grid.
        blocks: u32,
        /// Threads of each.
        threads: u32,
        /// How many of them fit.
        at_most: u32,
    },
    /// A program has no such function.
    #[error("the program has no function `{name}`")]
    NoFunction {
        /// Its name.
        name: String,
    },
    /// Two things that belong to different contexts.
    #[error("{what} belongs to another context")]
    Foreign {
        /// What does not belong.
        what: &'static str,
    },
    /// The device did not finish in time.
    #[error("the device did not finish {operation} within {after:?}")]
    Timeout {
        /// What was waited for.
        operation: &'static str,
        /// The time allowed.
        after: Duration,
    },
    /// The driver refused anything else.
    #[error("the CUDA driver refuses: {0}")]
    Refused(Failure),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} gives {} ({}): {}", self.operation, self.name, self.code, self.description)
    }
}

/// The statuses that this crate tells apart; NVIDIA's names without `CUDA_ERROR_`.
pub(super) mod status {
    use super::Status;

    pub(in crate::driver) const SUCCESS: Status = 0;
    pub(in crate::driver) const OUT_OF_MEMORY: Status = 2;
    pub(in crate::driver) const NO_DEVICE: Status = 100;
    pub(in crate::driver) const NOT_FOUND: Status = 500;
    pub(in crate::driver) const NOT_READY: Status = 600;
    pub(in crate::driver) const COOPERATIVE_LAUNCH_TOO_LARGE: Status = 720;
}

/// Whether a status means that everything in the context is gone: after it, every call gives the same.
pub(super) fn is_loss(code: Status) -> bool {
    // DEINITIALIZED; ECC_UNCORRECTABLE; NVLINK_UNCORRECTABLE; CONTAINED; ILLEGAL_ADDRESS; LAUNCH_TIMEOUT;
    // CONTEXT_IS_DESTROYED; ASSERT; HARDWARE_STACK_ERROR to LAUNCH_FAILED; TENSOR_MEMORY_LEAK; MPS_CLIENT_TERMINATED;
    // EXTERNAL_DEVICE.
    matches!(code, 4 | 214 | 220 | 226 | 700 | 702 | 709 | 710 | 714..=719 | 721 | 810 | 911)
}

impl From<Failure> for DriverError {
    fn from(failure: Failure) -> Self {
        if is_loss(failure.code) { Self::Lost(failure) } else { Self::Refused(failure) }
    }
}

impl From<DriverError> for RingKernelError {
    fn from(error: DriverError) -> Self {
        let backend = Backend::Cuda;
        let reason = error.to_string();
        match error {
            DriverError::NoLibrary { .. }
            | DriverError::MissingFunction { .. }
            | DriverError::NotUsable(_)
            | DriverError::NoDevice { .. } => Self::BackendUnavailable { backend, reason },
            DriverError::Lost(_) | DriverError::Ended => Self::DeviceLost { backend, reason },
            DriverError::OutOfMemory { what, requested, reason } => {
                Self::ResourceExhausted { what: format!("{requested} bytes of {what}"), reason }
            }
            DriverError::TooManyBlocks { blocks, threads, .. } => {
                Self::ResourceExhausted { what: format!("{blocks} blocks of {threads} threads"), reason }
            }
            DriverError::Timeout { operation, after } => {
                Self::Timeout { operation: format!("the {backend} device: {operation}"), after }
            }
            DriverError::Busy { .. }
            | DriverError::OutOfBounds { .. }
            | DriverError::Overlapping { .. }
            | DriverError::NoFunction { .. }
            | DriverError::Foreign { .. }
            | DriverError::Refused(_) => Self::DeviceRefused { backend, reason },
        }
    }
}
