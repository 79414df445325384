//! Programs on a device.

use std::ffi::CString;
use std::sync::Arc;

use super::context::Context;
use super::error::status::NOT_FOUND;
use super::still::Retired;
use super::sys::{CUfunction_attribute as Attribute, FunctionHandle, ModuleHandle};
use super::{DriverError, Failure};

/// A program that a context has loaded. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Module(Arc<Loaded>);

/// An entry of a program, ready to be launched. It keeps the program loaded.
#[derive(Debug, Clone)]
pub struct Function {
    module: Module,
    handle: FunctionHandle,
}

#[derive(Debug)]
struct Loaded {
    context: Context,
    handle: ModuleHandle,
}

impl Context {
    /// Loads a program.
    ///
    /// # Safety
    /// The image is a whole file (cubin or fatbin) that a compiler for CUDA has made: the driver reads as much of it as it says
    /// that it is long.
    ///
    /// # Errors
    /// [`DriverError::Busy`] while a grid runs; [`DriverError::Refused`], for example of a program for another device.
    pub unsafe fn load(&self, image: &[u8]) -> Result<Module, DriverError> {
        let still = self.still("loading a program")?;
        // SAFETY: The caller's.
        let handle = unsafe { still.load_module(image.as_ptr().cast()) }?;
        Ok(Module(Arc::new(Loaded { context: self.clone(), handle })))
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        self.context.retire(Retired::Module(self.handle));
    }
}

impl Module {
    /// The entry of this name, on the device: a driver that loads entries when they are first launched is made to do it now,
    /// because it would wait for a running grid then.
    ///
    /// # Errors
    /// [`DriverError::NoFunction`]; [`DriverError::Busy`] while a grid runs.
    pub fn function(&self, name: &str) -> Result<Function, DriverError> {
        let absent = || DriverError::NoFunction { name: name.into() };
        let name = CString::new(name).map_err(|_| absent())?;
        let still = self.context().still("loading a function")?;
        // SAFETY: The module is loaded for as long as this one is there.
        let handle = unsafe { still.find_function(self.0.handle, &name) }
            .map_err(|failure: Failure| if failure.code == NOT_FOUND { absent() } else { failure.into() })?;
        // SAFETY: As above; the function is the module's.
        unsafe { still.load_function(handle) }?;
        Ok(Function { module: self.clone(), handle })
    }

    pub(super) fn context(&self) -> &Context {
        &self.0.context
    }
}

impl Function {
    /// Registers of each thread.
    ///
    /// # Errors
    /// [`DriverError::Lost`] and [`DriverError::Ended`], as in all calls.
    pub fn registers(&self) -> Result<u32, DriverError> {
        self.attribute(Attribute::CU_FUNC_ATTRIBUTE_NUM_REGS)
    }

    /// Bytes of each thread in the memory of the device: arrays, and what did not fit into registers.
    ///
    /// # Errors
    /// As [`registers`](Self::registers).
    pub fn local_bytes(&self) -> Result<u32, DriverError> {
        self.attribute(Attribute::CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES)
    }

    /// Threads that a block of it can have.
    ///
    /// # Errors
    /// As [`registers`](Self::registers).
    pub fn max_threads(&self) -> Result<u32, DriverError> {
        self.attribute(Attribute::CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK)
    }

    /// Lets launches ask for as much shared memory for a block, in bytes. More than
    /// [`shared_memory_per_block`](super::DeviceDescription::shared_memory_per_block) has to be allowed before.
    ///
    /// # Errors
    /// [`DriverError::Busy`] while a grid runs; [`DriverError::Refused`] when the device has not as much.
    pub fn allow_shared_memory(&self, bytes: u32) -> Result<(), DriverError> {
        let still = self.context().still("changing a function")?;
        let attribute = Attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        // SAFETY: The function's module is loaded for as long as this is there.
        unsafe {
            still.set_function_attribute(self.handle, attribute, i32::try_from(bytes).unwrap_or(i32::MAX))
        }
    }

    /// How many blocks with so many threads and so much shared memory, in bytes, the whole device can run at the same time.
    ///
    /// # Errors
    /// As [`registers`](Self::registers).
    pub fn max_resident_blocks(&self, threads: u32, shared_bytes: u32) -> Result<u32, DriverError> {
        let context = self.context();
        let current = context.enter()?;
        let threads = i32::try_from(threads).unwrap_or(i32::MAX);
        // SAFETY: The function's module is loaded for as long as this is there.
        let each = unsafe { current.occupancy(self.handle, threads, shared_bytes as usize) }?;
        Ok(u32::try_from(each).unwrap_or(0).saturating_mul(context.description().multiprocessors))
    }

    fn attribute(&self, attribute: Attribute) -> Result<u32, DriverError> {
        let current = self.context().enter()?;
        // SAFETY: The function's module is loaded for as long as this is there.
        let value = unsafe { current.function_attribute(self.handle, attribute) }?;
        Ok(u32::try_from(value).unwrap_or(0))
    }

    /// Where it is loaded.
    pub(crate) fn context(&self) -> &Context {
        self.module.context()
    }

    pub(super) fn handle(&self) -> FunctionHandle {
        self.handle
    }
}
