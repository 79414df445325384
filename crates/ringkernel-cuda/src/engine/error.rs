//! Why the device does not do what was asked.

use std::any::Any;
use std::time::Duration;

use ringkernel_core::RingKernelError;
use ringkernel_core::k2k::tenant::QuotaExceeded;
use ringkernel_core::runtime::Backend;

use crate::driver::DriverError;

/// Why the device does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WorldError {
    #[error(transparent)]
    Driver(#[from] DriverError),
    #[error("{what} take {words} words, and places in device memory are counted with 32 bits")]
    TooMuch { what: &'static str, words: u64 },
    #[error(
        "a cooperative kernel of {blocks} blocks, with {threads} lanes each, needs them all at a time, and the device holds {resident}; \
         launch it with fewer or smaller blocks"
    )]
    TooManyBlocks { blocks: u32, threads: u32, resident: u32 },
    #[error(transparent)]
    QuotaExceeded(#[from] QuotaExceeded),
    #[error("the grid does not stop within {waited:?}: a handler does not return")]
    DoesNotStop { waited: Duration },
    #[error("the grid has ended without being asked to, which is a defect of this backend")]
    EndsByItself,
    #[error("the grid has not started within {waited:?}; does other work fill the device?")]
    DoesNotStart { waited: Duration },
    #[error("the thread that speaks for the device has panicked: {message}")]
    Panicked { message: String },
}

impl WorldError {
    /// The driver's thread has panicked with this.
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Self::Panicked { message: text.unwrap_or("no text").to_owned() }
    }

    /// Whether the device does not go on after this.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Self::Driver(error) => {
                !matches!(error, DriverError::OutOfMemory { .. } | DriverError::TooManyBlocks { .. })
            }
            Self::TooMuch { .. } | Self::TooManyBlocks { .. } | Self::QuotaExceeded(_) => false,
            Self::DoesNotStop { .. }
            | Self::DoesNotStart { .. }
            | Self::EndsByItself
            | Self::Panicked { .. } => true,
        }
    }
}

impl From<WorldError> for RingKernelError {
    fn from(error: WorldError) -> Self {
        let reason = error.to_string();
        match error {
            WorldError::Driver(error) => error.into(),
            WorldError::TooMuch { what, words } => {
                Self::ResourceExhausted { what: format!("{words} words of device memory for {what}"), reason }
            }
            WorldError::TooManyBlocks { blocks, .. } => {
                Self::ResourceExhausted { what: format!("a grid of {blocks} blocks"), reason }
            }
            WorldError::QuotaExceeded(exceeded) => exceeded.into(),
            WorldError::DoesNotStop { .. }
            | WorldError::DoesNotStart { .. }
            | WorldError::EndsByItself
            | WorldError::Panicked { .. } => Self::DeviceLost { backend: Backend::Cuda, reason },
        }
    }
}
