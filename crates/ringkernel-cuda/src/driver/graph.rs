//! A launch that the driver has prepared, so that repeating it costs less than launching anew.
//!
//! The engine needs none of this: its grid is launched once. It is what a program without a persistent grid would use, so that
//! the two can be compared.

use super::context::Context;
use super::still::Retired;
use super::sys::InstanceHandle;
use super::{DriverError, Function, Stream};

/// A launch that is ready to be repeated. It keeps the function's program loaded.
#[derive(Debug)]
pub struct Graph {
    context: Context,
    instance: InstanceHandle,
    _function: Function,
}

impl Stream {
    /// Prepares a launch as that of [`launch`](Self::launch) by having the stream capture it. Nothing runs yet.
    ///
    /// # Safety
    /// That of [`launch`](Self::launch), for each time that the graph is launched; nobody else gives the stream work
    /// meanwhile.
    ///
    /// # Errors
    /// [`DriverError::MissingFunction`] where the driver has no graphs; [`DriverError::Busy`] while a grid runs;
    /// [`DriverError::Foreign`].
    pub unsafe fn prepare(
        &self,
        function: &Function,
        blocks: u32,
        threads: u32,
        shared_bytes: u32,
        argument: u64,
    ) -> Result<Graph, DriverError> {
        self.check_own(function)?;
        let still = self.context().still("preparing a launch")?;
        let shape = [blocks, threads, shared_bytes];
        // SAFETY: The stream is alive and of the context; the caller says that nobody else uses it.
        unsafe { still.begin_capture(self.handle()) }?;
        // SAFETY: The caller's; the function and the stream are alive and of this context.
        let captured = unsafe { still.launch_in_turn(function.handle(), shape, self.handle(), argument) };
        // SAFETY: The capture has begun above, and has to end also when what was to be captured was refused.
        let graph = unsafe { still.end_capture(self.handle()) };
        captured?;
        let graph = graph?;
        // SAFETY: The graph was made above.
        let instance = unsafe { still.instantiate(graph) };
        // SAFETY: As above; nobody else has it, and the instance does not need it.
        let destroyed = unsafe { still.destroy_graph(graph) };
        let graph =
            Graph { context: self.context().clone(), instance: instance?, _function: function.clone() };
        // Dropping the graph takes the same locks.
        drop(still);
        destroyed.map(|()| graph)
    }

    /// Repeats a launch that was prepared, on this stream. It returns at once.
    ///
    /// # Safety
    /// That of [`launch`](Self::launch).
    ///
    /// # Errors
    /// [`DriverError::Foreign`]; those of the driver.
    pub unsafe fn launch_graph(&self, graph: &Graph) -> Result<(), DriverError> {
        if !graph.context.is(self.context()) {
            return Err(DriverError::Foreign { what: "the graph" });
        }
        let current = self.context().enter()?;
        let mut pending = self.context().pending();
        // SAFETY: The caller's; both are alive and of this context.
        unsafe { current.launch_instance(graph.instance, self.handle()) }?;
        pending.launched(self.handle());
        Ok(())
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        self.context.retire(Retired::Graph(self.instance));
    }
}
