//! Whether a device still works. The driver reports a loss and stray errors from whatever thread it likes; here they wait
//! until the engine looks.

use std::fmt;
use std::sync::OnceLock;

use ringkernel_core::sync::atomic::{AtomicU64, Ordering};

/// Why a device is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// The driver or the hardware gave it up.
    Driver {
        /// What the driver says.
        message: String,
    },
    /// It was destroyed on purpose: a test simulates a loss, or the runtime has ended.
    Destroyed,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver { message } => write!(f, "the driver lost it: {message}"),
            Self::Destroyed => f.write_str("it was destroyed"),
        }
    }
}

/// What a device has reported by itself.
#[derive(Debug, Default)]
pub struct Health {
    loss: OnceLock<Loss>,
    first_error: OnceLock<String>,
    errors: AtomicU64,
}

impl Health {
    /// Why the device is gone, if it is.
    pub fn lost(&self) -> Option<&Loss> {
        self.loss.get()
    }

    /// The first error that no operation was there to receive. It means that this crate has told the device something
    /// impossible; the operation did not happen.
    pub fn first_stray_error(&self) -> Option<&str> {
        self.first_error.get().map(String::as_str)
    }

    /// How many such errors there were.
    pub fn stray_errors(&self) -> u64 {
        // Relaxed: a figure; the first text is published by its own cell.
        self.errors.load(Ordering::Relaxed)
    }

    /// Notes the first loss.
    pub(crate) fn lose(&self, loss: Loss) {
        if self.loss.set(loss.clone()).is_ok() && loss != Loss::Destroyed {
            tracing::error!(%loss, "a device was lost");
        }
    }

    pub(crate) fn note(&self, error: &wgpu::Error) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%error, "a device reported an error");
        // Later ones are counted only: the first is the one that the others follow from.
        let _ = self.first_error.set(error.to_string());
    }
}
