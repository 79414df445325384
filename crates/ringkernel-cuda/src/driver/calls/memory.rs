//! Calls about memory: of the device, page-locked, and copies between them.

use std::ffi::c_void;

use crate::driver::context::Current;
use crate::driver::sys::{CUdeviceptr, HOST_MAPPED, HOST_PORTABLE, StreamHandle};
use crate::driver::{DriverError, Failure};

impl Current<'_> {
    /// Device memory; what is in it is not known.
    pub(in crate::driver) fn allocate(&self, bytes: usize) -> Result<CUdeviceptr, Failure> {
        let mut address = 0;
        // SAFETY: A context is current; the address is written to a local.
        let code = unsafe { (self.driver().cuMemAlloc_v2)(&raw mut address, bytes) };
        self.driver().check("cuMemAlloc", code).map(|()| address)
    }

    /// # Safety
    /// The memory comes from [`allocate`](Self::allocate) of this context and is used by nothing any more.
    pub(in crate::driver) unsafe fn free(&self, address: CUdeviceptr) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuMemFree_v2)(address) };
        self.checked("cuMemFree", code)
    }

    /// The free and the total memory of the device, in bytes.
    pub(in crate::driver) fn memory(&self) -> Result<(usize, usize), DriverError> {
        let (mut free, mut total) = (0, 0);
        // SAFETY: A context is current; both sizes are written to locals.
        let code = unsafe { (self.driver().cuMemGetInfo_v2)(&raw mut free, &raw mut total) };
        self.checked("cuMemGetInfo", code).map(|()| (free, total))
    }

    /// # Safety
    /// As many bytes from there on are memory of the context, and the stream is alive and of it.
    pub(in crate::driver) unsafe fn fill_zero(
        &self,
        address: CUdeviceptr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuMemsetD8Async)(address, 0, bytes, stream.0) };
        self.checked("cuMemsetD8Async", code)
    }

    /// # Safety
    /// Both sides have as many bytes, the host's side is page-locked and neither freed nor written to before the stream has
    /// done this; the stream is alive and of this context.
    pub(in crate::driver) unsafe fn copy_to_device(
        &self,
        to: CUdeviceptr,
        from: *const c_void,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuMemcpyHtoDAsync_v2)(to, from, bytes, stream.0) };
        self.checked("cuMemcpyHtoDAsync", code)
    }

    /// # Safety
    /// As [`copy_to_device`](Self::copy_to_device); the host's side is not even read before.
    pub(in crate::driver) unsafe fn copy_to_host(
        &self,
        to: *mut c_void,
        from: CUdeviceptr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuMemcpyDtoHAsync_v2)(to, from, bytes, stream.0) };
        self.checked("cuMemcpyDtoHAsync", code)
    }

    /// # Safety
    /// Both sides are memory of the context with as many bytes, and the stream is alive and of it.
    pub(in crate::driver) unsafe fn copy_on_device(
        &self,
        to: CUdeviceptr,
        from: CUdeviceptr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuMemcpyDtoDAsync_v2)(to, from, bytes, stream.0) };
        self.checked("cuMemcpyDtoDAsync", code)
    }

    /// # Safety
    /// As many bytes from there on are memory of the host that stays allocated until it is unlocked or the context is
    /// destroyed.
    pub(in crate::driver) unsafe fn lock_pages(
        &self,
        address: *mut c_void,
        bytes: usize,
    ) -> Result<(), Failure> {
        let flags = HOST_PORTABLE | HOST_MAPPED;
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuMemHostRegister_v2)(address, bytes, flags) };
        self.driver().check("cuMemHostRegister", code)
    }

    /// # Safety
    /// The memory was locked in this context, and nothing on the device uses it any more.
    pub(in crate::driver) unsafe fn unlock_pages(&self, address: *mut c_void) -> Result<(), DriverError> {
        // SAFETY: The caller's.
        let code = unsafe { (self.driver().cuMemHostUnregister)(address) };
        self.checked("cuMemHostUnregister", code)
    }

    /// # Safety
    /// The memory was locked in this context.
    pub(in crate::driver) unsafe fn address_on_device(
        &self,
        address: *mut c_void,
    ) -> Result<CUdeviceptr, DriverError> {
        let mut on_device = 0;
        // SAFETY: The caller's; the address is written to a local.
        let code = unsafe { (self.driver().cuMemHostGetDevicePointer_v2)(&raw mut on_device, address, 0) };
        self.checked("cuMemHostGetDevicePointer", code).map(|()| on_device)
    }
}
