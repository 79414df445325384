//! Doing what must not happen while a grid runs.

use std::sync::mpsc;

use ringkernel_core::runtime::Backend;
use ringkernel_core::{Result, RingKernelError};

use crate::driver::Context;

/// What can have its grid stop for a moment.
pub trait Still: Send + Sync {
    /// Calls `work` once, with the context, at a moment when no grid runs in it, and returns after that.
    ///
    /// # Errors
    /// When no such moment can be had, for example because the runtime has been shut down; `work` is not called then.
    fn while_still(&self, work: Box<dyn FnOnce(&Context) + Send>) -> Result<()>;
}

/// For a context in which no grid runs, or whose user waits for its end. While one runs, the work finds
/// [`DriverError::Busy`](crate::driver::DriverError::Busy).
impl Still for Context {
    fn while_still(&self, work: Box<dyn FnOnce(&Context) + Send>) -> Result<()> {
        work(self);
        Ok(())
    }
}

/// As [`Still::while_still`], with what the work gives.
pub(crate) fn while_still<T: Send + 'static>(
    still: &dyn Still,
    work: impl FnOnce(&Context) -> T + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    still.while_still(Box::new(move |context| {
        // The receiver is there until the call returns.
        let _ = sender.send(work(context));
    }))?;
    receiver.recv().map_err(|_| RingKernelError::DeviceLost {
        backend: Backend::Cuda,
        reason: "the work that needs the device still was given up".into(),
    })
}
