//! What can go wrong on a device.

use std::any::Any;
use std::time::Duration;

use ringkernel_core::RingKernelError;
use ringkernel_core::k2k::tenant::QuotaExceeded;
use ringkernel_core::runtime::Backend;

use super::Loss;

/// An operation on a device that did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The device is gone, with everything in its memory.
    #[error("the device is gone: {0}")]
    Lost(Loss),
    /// There is no device to open.
    #[error("{reason}")]
    NoAdapter {
        /// Why not, adapter by adapter.
        reason: String,
    },
    /// The driver did not open the device.
    #[error("{device} cannot be opened: {message}")]
    Refused {
        /// The device.
        device: String,
        /// What the driver says.
        message: String,
    },
    /// There is not as much memory, or not in one piece.
    #[error("could not get {requested} bytes of {what}: {reason}")]
    Exhausted {
        /// What was asked for.
        what: String,
        /// Its size in bytes.
        requested: u64,
        /// What is in the way.
        reason: String,
    },
    /// A tenant would have more memory than it may.
    #[error(transparent)]
    QuotaExceeded(#[from] QuotaExceeded),
    /// The compiler refused a program.
    #[error("the program `{program}` was refused:\n{message}")]
    Program {
        /// The program.
        program: String,
        /// What the compiler says.
        message: String,
    },
    /// Bytes outside of a buffer.
    #[error("bytes {offset} to {} of `{buffer}`, which has {size} bytes", offset.saturating_add(*bytes))]
    OutOfBounds {
        /// The buffer.
        buffer: String,
        /// The first byte.
        offset: u64,
        /// How many.
        bytes: u64,
        /// The size of the buffer in bytes.
        size: u64,
    },
    /// Devices copy whole words of four bytes.
    #[error("{bytes} bytes from byte {offset} of `{buffer}` are not whole words of 4 bytes")]
    Unaligned {
        /// The buffer.
        buffer: String,
        /// The first byte.
        offset: u64,
        /// How many.
        bytes: u64,
    },
    /// All staging buffers are still under way.
    #[error("all {count} staging buffers are in use; read or drop what was read back")]
    StagingBusy {
        /// How many there are.
        count: usize,
    },
    /// The device did not finish in time.
    #[error("the device did not finish within {after:?}")]
    Timeout {
        /// The time allowed.
        after: Duration,
    },
    /// The thread that speaks for the device has panicked: a defect, here or in what users' code does when it is woken or told.
    #[error("the thread that speaks for the device has panicked: {message}")]
    Panicked {
        /// The panic's text.
        message: String,
    },
    /// The device refused what this crate told it to do.
    #[error("{operation}: {message}")]
    Invalid {
        /// What was to be done.
        operation: String,
        /// What the device says.
        message: String,
    },
}

impl DeviceError {
    /// The thread that speaks for the device has panicked with this.
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Self::Panicked { message: text.unwrap_or("no text").to_owned() }
    }

    /// The error as users of `backend` see it.
    pub fn of(self, backend: Backend) -> RingKernelError {
        match self {
            Self::Lost(loss) => RingKernelError::DeviceLost { backend, reason: loss.to_string() },
            Self::Panicked { .. } => RingKernelError::DeviceLost { backend, reason: self.to_string() },
            Self::NoAdapter { reason } => RingKernelError::BackendUnavailable { backend, reason },
            Self::Refused { .. } => RingKernelError::BackendUnavailable { backend, reason: self.to_string() },
            Self::Exhausted { what, requested, reason } => {
                RingKernelError::ResourceExhausted { what: format!("{requested} bytes of {what}"), reason }
            }
            Self::QuotaExceeded(exceeded) => exceeded.into(),
            Self::Program { program, message } => {
                RingKernelError::ProgramRefused { backend, program, message }
            }
            Self::Timeout { after } => {
                RingKernelError::Timeout { operation: format!("the {backend} device"), after }
            }
            Self::StagingBusy { .. } => RingKernelError::ResourceExhausted {
                what: "a staging buffer".into(),
                reason: self.to_string(),
            },
            Self::OutOfBounds { .. } | Self::Unaligned { .. } | Self::Invalid { .. } => {
                RingKernelError::DeviceRefused { backend, reason: self.to_string() }
            }
        }
    }
}
