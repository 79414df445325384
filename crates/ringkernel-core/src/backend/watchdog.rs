//! The thread that looks for handlers that do not return.

use std::sync::Arc;
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use crate::error::{Result, RingKernelError};
use crate::sync::atomic::{AtomicBool, Ordering};

/// How often it looks, unless the limit itself is shorter.
const INTERVAL: Duration = Duration::from_millis(100);

/// A thread that looks at what runs from time to time.
pub struct Watchdog {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watchdog {
    /// Starts a thread that calls `look` often enough to notice what has been running for longer than `limit`.
    ///
    /// # Errors
    /// [`RingKernelError::ResourceExhausted`] when there is no thread.
    pub fn start(limit: Duration, mut look: impl FnMut() + Send + 'static) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::Builder::new()
            .name("ringkernel-watchdog".into())
            .spawn(move || {
                let interval = (limit / 2).clamp(Duration::from_millis(1), INTERVAL);
                while !stopped.load(Ordering::Acquire) {
                    look();
                    std::thread::park_timeout(interval);
                }
            })
            .map_err(|error| RingKernelError::ResourceExhausted {
                what: "the watchdog thread".into(),
                reason: error.to_string(),
            })?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread and waits for it.
    pub fn stop(self) {
        // Release pairs with the Acquire in the loop.
        self.stop.store(true, Ordering::Release);
        Thread::unpark(self.thread.thread());
        // The watchdog runs no user code; a panic of its own has printed itself.
        let _ = self.thread.join();
    }
}
