//! Calls about programs, streams and launches.

use std::ffi::{CStr, c_int, c_uint, c_void};

use crate::driver::context::Current;
use crate::driver::sys::{
    CUfunction_attribute, FunctionHandle, Handle, ModuleHandle, NON_BLOCKING, Status, StreamHandle,
};
use crate::driver::{DriverError, Failure};

impl Current<'_> {
    /// # Safety
    /// The image is all of what a compiler for CUDA devices has made.
    pub(in crate::driver) unsafe fn load_module(
        &self,
        image: *const c_void,
    ) -> Result<ModuleHandle, DriverError> {
        let mut module = std::ptr::null_mut();
        // SAFETY: The caller's; the driver knows from the image how long it is, and copies what it needs.
        let code = unsafe { (self.driver().cuModuleLoadData)(&raw mut module, image) };
        self.checked("cuModuleLoadData", code).map(|()| Handle(module))
    }

    /// # Safety
    /// The module is of this context, and nothing uses it or what belongs to it any more.
    pub(in crate::driver) unsafe fn unload_module(&self, module: ModuleHandle) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuModuleUnload)(module.0) };
        self.checked("cuModuleUnload", code)
    }

    /// # Safety
    /// The module is alive and of this context.
    pub(in crate::driver) unsafe fn find_function(
        &self,
        module: ModuleHandle,
        name: &CStr,
    ) -> Result<FunctionHandle, Failure> {
        let mut function = std::ptr::null_mut();
        // SAFETY: The caller's; the name is a text that ends.
        let code = unsafe { (self.driver().cuModuleGetFunction)(&raw mut function, module.0, name.as_ptr()) };
        self.driver().check("cuModuleGetFunction", code).map(|()| Handle(function))
    }

    /// Puts the function on the device now instead of at its first launch, where the driver knows how.
    ///
    /// # Safety
    /// The function is of a module that is alive and of this context.
    pub(in crate::driver) unsafe fn load_function(
        &self,
        function: FunctionHandle,
    ) -> Result<(), DriverError> {
        let Some(load) = self.driver().cuFuncLoad else { return Ok(()) };
        // SAFETY: The caller's.
        let code = unsafe { load(function.0) };
        self.checked("cuFuncLoad", code)
    }

    /// # Safety
    /// As [`load_function`](Self::load_function).
    pub(in crate::driver) unsafe fn function_attribute(
        &self,
        function: FunctionHandle,
        attribute: CUfunction_attribute,
    ) -> Result<c_int, DriverError> {
        let mut value = 0;
        // SAFETY: The caller's; the value is written to a local.
        let code = unsafe { (self.driver().cuFuncGetAttribute)(&raw mut value, attribute, function.0) };
        self.checked("cuFuncGetAttribute", code).map(|()| value)
    }

    /// # Safety
    /// As [`load_function`](Self::load_function).
    pub(in crate::driver) unsafe fn set_function_attribute(
        &self,
        function: FunctionHandle,
        attribute: CUfunction_attribute,
        value: c_int,
    ) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuFuncSetAttribute)(function.0, attribute, value) };
        self.checked("cuFuncSetAttribute", code)
    }

    /// How many blocks of the function a multiprocessor can hold at a time.
    ///
    /// # Safety
    /// As [`load_function`](Self::load_function).
    pub(in crate::driver) unsafe fn occupancy(
        &self,
        function: FunctionHandle,
        threads: c_int,
        shared_bytes: usize,
    ) -> Result<c_int, DriverError> {
        let mut blocks = 0;
        let get = self.driver().cuOccupancyMaxActiveBlocksPerMultiprocessor;
        // SAFETY: The caller's; the count is written to a local.
        let code = unsafe { get(&raw mut blocks, function.0, threads, shared_bytes) };
        self.checked("cuOccupancyMaxActiveBlocksPerMultiprocessor", code).map(|()| blocks)
    }

    /// A stream that waits for no other.
    pub(in crate::driver) fn create_stream(&self) -> Result<StreamHandle, DriverError> {
        let mut stream = std::ptr::null_mut();
        // SAFETY: A context is current; the stream is written to a local.
        let code = unsafe { (self.driver().cuStreamCreate)(&raw mut stream, NON_BLOCKING) };
        self.checked("cuStreamCreate", code).map(|()| Handle(stream))
    }

    /// # Safety
    /// The stream is of this context and is used by nothing any more.
    pub(in crate::driver) unsafe fn destroy_stream(&self, stream: StreamHandle) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuStreamDestroy_v2)(stream.0) };
        self.checked("cuStreamDestroy", code)
    }

    /// What the driver says about the stream's work: done, not ready, or an error.
    ///
    /// # Safety
    /// The stream is alive and of this context.
    pub(in crate::driver) unsafe fn query_stream(&self, stream: StreamHandle) -> Status {
        // SAFETY: The caller's.
        unsafe { (self.driver().cuStreamQuery)(stream.0) }
    }

    /// # Safety
    /// The function takes one address, which stays valid for as long as the grid runs, and everything that it does with
    /// memory is sound; it and the stream are alive and of this context.
    pub(in crate::driver) unsafe fn launch(
        &self,
        function: FunctionHandle,
        [blocks, threads, shared_bytes]: [c_uint; 3],
        stream: StreamHandle,
        mut argument: u64,
    ) -> Result<(), Failure> {
        // The driver copies the argument before it returns.
        let mut arguments = [(&raw mut argument).cast::<c_void>()];
        let launch = self.driver().cuLaunchCooperativeKernel;
        let arguments = arguments.as_mut_ptr();
        // SAFETY: The caller's; the arguments are one, as the function wants.
        let code =
            unsafe { launch(function.0, blocks, 1, 1, threads, 1, 1, shared_bytes, stream.0, arguments) };
        self.driver().check("cuLaunchCooperativeKernel", code)
    }

    /// A launch whose blocks need not all run at the same time.
    ///
    /// # Safety
    /// As [`launch`](Self::launch).
    pub(in crate::driver) unsafe fn launch_in_turn(
        &self,
        function: FunctionHandle,
        [blocks, threads, shared_bytes]: [c_uint; 3],
        stream: StreamHandle,
        mut argument: u64,
    ) -> Result<(), DriverError> {
        // The driver copies the argument before it returns.
        let mut arguments = [(&raw mut argument).cast::<c_void>()];
        let launch = self.driver().cuLaunchKernel;
        let (arguments, none) = (arguments.as_mut_ptr(), std::ptr::null_mut());
        // SAFETY: The caller's; the arguments are one, as the function wants.
        let code = unsafe {
            launch(function.0, blocks, 1, 1, threads, 1, 1, shared_bytes, stream.0, arguments, none)
        };
        self.checked("cuLaunchKernel", code)
    }
}
