//! What must not happen while a grid runs, and what waits for its end.
//!
//! The driver frees, allocates and loads only when the device is idle, so that under a grid that never ends such a call never
//! returns. [`Still`] is the proof that no grid runs: it holds the lock under which grids are launched. What is dropped while
//! a grid runs is [`Retired`]: kept here, and freed as soon as somebody sees that no grid runs any more.

use std::ops::Deref;
use std::sync::MutexGuard;

use ringkernel_core::memory::Pages;

use super::DriverError;
use super::context::{Context, Current};
use super::error::status::NOT_READY;
use super::sys::{CUdeviceptr, InstanceHandle, ModuleHandle, StreamHandle};

/// What nobody uses any more, to be freed.
#[derive(Debug)]
pub(super) enum Retired {
    Memory(CUdeviceptr),
    Pages(Pages),
    Module(ModuleHandle),
    Graph(InstanceHandle),
    Stream(StreamHandle),
}

/// The grids that may be running, and what waits for their end.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// The streams on which grids were launched that have not been seen to end.
    running: Vec<StreamHandle>,
    retired: Vec<Retired>,
}

/// A context in which no grid runs, for as long as this is held.
pub(super) struct Still<'a> {
    // The lock goes first.
    pending: MutexGuard<'a, Pending>,
    current: Current<'a>,
}

impl Pending {
    /// Whether a grid runs. Frees what has waited if none does.
    pub(super) fn is_running(&mut self, current: &Current<'_>) -> bool {
        // SAFETY: Streams are destroyed below, when none of them is in this list any more. A grid that has failed does not
        // run either.
        self.running.retain(|stream| unsafe { current.query_stream(*stream) } == NOT_READY);
        if !self.running.is_empty() {
            return true;
        }
        for retired in std::mem::take(&mut self.retired) {
            self.retired.extend(retired.free(current));
        }
        false
    }

    /// Whether the grid on this stream is one that may be running.
    pub(super) fn has_grid(&self, stream: StreamHandle) -> bool {
        self.running.contains(&stream)
    }

    /// Counts what has been launched on a stream.
    pub(super) fn launched(&mut self, stream: StreamHandle) {
        if !self.has_grid(stream) {
            self.running.push(stream);
        }
    }

    pub(super) fn retire(&mut self, retired: Retired, current: &Current<'_>) {
        self.retired.push(retired);
        self.is_running(current);
    }

    /// The pages, which outlive the context that everything else goes with.
    pub(super) fn into_pages(self) -> Vec<Pages> {
        self.retired.into_iter().filter_map(Retired::into_pages).collect()
    }
}

impl Retired {
    /// Gives back what the device may still use, which is freed when the context is gone.
    fn free(self, current: &Current<'_>) -> Option<Self> {
        // A failure means that the context is lost, with everything that is in it.
        match self {
            Self::Memory(address) => {
                // SAFETY: The owner of the memory has retired it, and no grid runs that could use it.
                let _ = unsafe { current.free(address) };
            }
            Self::Module(module) => {
                // SAFETY: The owner of the module has retired it, functions included, and no grid of it runs.
                let _ = unsafe { current.unload_module(module) };
            }
            Self::Graph(instance) => {
                // SAFETY: The owner of the graph has retired it, and nothing runs that was launched by it.
                let _ = unsafe { current.destroy_instance(instance) };
            }
            Self::Stream(stream) => {
                // SAFETY: The owner of the stream has retired it, and it is not among the running ones.
                let _ = unsafe { current.destroy_stream(stream) };
            }
            Self::Pages(pages) => {
                // SAFETY: The pages were locked in this context, and no grid runs that could use them.
                if unsafe { current.unlock_pages(pages.address().as_ptr().cast()) }.is_err() {
                    return Some(Self::Pages(pages));
                }
            }
        }
        None
    }

    pub(super) fn into_pages(self) -> Option<Pages> {
        match self {
            Self::Pages(pages) => Some(pages),
            Self::Memory(_) | Self::Module(_) | Self::Graph(_) | Self::Stream(_) => None,
        }
    }
}

impl Context {
    /// Enters the context at a moment when no grid runs in it, and keeps it so.
    ///
    /// # Errors
    /// [`DriverError::Busy`] while a grid runs; [`DriverError::Ended`].
    pub(super) fn still(&self, operation: &'static str) -> Result<Still<'_>, DriverError> {
        let current = self.enter()?;
        let mut pending = self.pending();
        if pending.is_running(&current) {
            Err(DriverError::Busy { operation })
        } else {
            Ok(Still { pending, current })
        }
    }
}

impl Still<'_> {
    /// Counts a grid that has been launched on the stream.
    pub(super) fn launched(mut self, stream: StreamHandle) {
        self.pending.launched(stream);
    }
}

impl<'a> Deref for Still<'a> {
    type Target = Current<'a>;

    fn deref(&self) -> &Current<'a> {
        &self.current
    }
}
