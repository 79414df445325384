//! Calls about graphs, which a driver may not have.

use crate::driver::DriverError;
use crate::driver::context::Current;
use crate::driver::sys::{CAPTURE_RELAXED, GraphHandle, Handle, InstanceHandle, StreamHandle};

/// The function of this name, or what to say where the driver lacks it.
macro_rules! optional {
    ($current:expr, $name:ident) => {
        $current.driver().$name.ok_or(DriverError::MissingFunction {
            function: stringify!($name),
            library: "of this machine".into(),
        })
    };
}

impl Current<'_> {
    /// What the stream is given from now on is captured instead of done.
    ///
    /// # Safety
    /// The stream is alive, of this context, and nobody else's until the capture has ended.
    pub(in crate::driver) unsafe fn begin_capture(&self, stream: StreamHandle) -> Result<(), DriverError> {
        let begin = optional!(self, cuStreamBeginCapture_v2)?;
        // SAFETY: The caller's.
        let code = unsafe { begin(stream.0, CAPTURE_RELAXED) };
        self.checked("cuStreamBeginCapture", code)
    }

    /// What was captured.
    ///
    /// # Safety
    /// A capture of the stream has begun and not ended.
    pub(in crate::driver) unsafe fn end_capture(
        &self,
        stream: StreamHandle,
    ) -> Result<GraphHandle, DriverError> {
        let end = optional!(self, cuStreamEndCapture)?;
        let mut graph = std::ptr::null_mut();
        // SAFETY: The caller's; the graph is written to a local.
        let code = unsafe { end(stream.0, &raw mut graph) };
        self.checked("cuStreamEndCapture", code).map(|()| Handle(graph))
    }

    /// # Safety
    /// The graph has not been destroyed.
    pub(in crate::driver) unsafe fn instantiate(
        &self,
        graph: GraphHandle,
    ) -> Result<InstanceHandle, DriverError> {
        let instantiate = optional!(self, cuGraphInstantiateWithFlags)?;
        let mut instance = std::ptr::null_mut();
        // SAFETY: The caller's; the instance is written to a local.
        let code = unsafe { instantiate(&raw mut instance, graph.0, 0) };
        self.checked("cuGraphInstantiateWithFlags", code).map(|()| Handle(instance))
    }

    /// # Safety
    /// The instance and the stream are alive and of this context, and what was captured is still sound to do.
    pub(in crate::driver) unsafe fn launch_instance(
        &self,
        instance: InstanceHandle,
        stream: StreamHandle,
    ) -> Result<(), DriverError> {
        let launch = optional!(self, cuGraphLaunch)?;
        // SAFETY: The caller's.
        let code = unsafe { launch(instance.0, stream.0) };
        self.checked("cuGraphLaunch", code)
    }

    /// # Safety
    /// The graph has not been destroyed; instances of it are things of their own.
    pub(in crate::driver) unsafe fn destroy_graph(&self, graph: GraphHandle) -> Result<(), DriverError> {
        let destroy = optional!(self, cuGraphDestroy)?;
        // SAFETY: The caller's.
        let code = unsafe { destroy(graph.0) };
        self.checked("cuGraphDestroy", code)
    }

    /// # Safety
    /// The instance has not been destroyed, and it does not run.
    pub(in crate::driver) unsafe fn destroy_instance(
        &self,
        instance: InstanceHandle,
    ) -> Result<(), DriverError> {
        let destroy = optional!(self, cuGraphExecDestroy)?;
        // SAFETY: The caller's.
        let code = unsafe { destroy(instance.0) };
        self.checked("cuGraphExecDestroy", code)
    }
}
