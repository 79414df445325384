//! Stopping a runtime: once, in bounded time, without blocking an executor.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Result, RingKernelError};

/// How stopping went, once it is over.
#[derive(Debug, Default)]
pub struct Shutdown {
    outcome: Mutex<Option<Result<()>>>,
}

impl Shutdown {
    /// Runs `stop`, unless that was done. A second caller waits for the first, and hears the same.
    ///
    /// # Errors
    /// Those of `stop`.
    pub fn once(&self, stop: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.get_or_insert_with(stop).clone()
    }
}

/// Runs `stop`, which waits for threads and so blocks, on a thread of its own.
///
/// # Errors
/// Those of `stop`.
pub async fn stop_on_thread<R: Send + Sync + 'static>(
    runtime: Arc<R>,
    stop: fn(&R) -> Result<()>,
) -> Result<()> {
    let (done, outcome) = oneshot::channel();
    let stopped = runtime.clone();
    let thread = std::thread::Builder::new()
        .name("ringkernel-shutdown".into())
        .spawn(move || drop(done.send(stop(&stopped))));
    match thread {
        Ok(_) => outcome.await.unwrap_or(Err(RingKernelError::RuntimeShutDown)),
        Err(_) => stop(&runtime),
    }
}
