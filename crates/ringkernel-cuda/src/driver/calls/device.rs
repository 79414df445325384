//! Calls about devices and contexts, and what the driver says of errors.

use std::ffi::{CStr, c_char, c_int};

use crate::driver::context::Current;
use crate::driver::error::status::SUCCESS;
use crate::driver::sys::{CUdevice, CUdevice_attribute, ContextHandle, Functions, Handle, MAP_HOST, Status};
use crate::driver::{DriverError, Failure};

impl Functions {
    pub(in crate::driver) fn check(&self, operation: &'static str, code: Status) -> Result<(), Failure> {
        if code == SUCCESS { Ok(()) } else { Err(self.failure(operation, code)) }
    }

    /// An error in the driver's own words.
    pub(in crate::driver) fn failure(&self, operation: &'static str, code: Status) -> Failure {
        let text = |get: unsafe extern "C" fn(Status, *mut *const c_char) -> Status| {
            let mut text = std::ptr::null();
            // SAFETY: Any number may be asked for; the address of a text is written to a local.
            let found = unsafe { get(code, &raw mut text) };
            (found == SUCCESS && !text.is_null()).then(|| {
                // SAFETY: It is a text of the driver, which stays loaded.
                unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
            })
        };
        Failure {
            operation,
            code,
            name: text(self.cuGetErrorName).unwrap_or_else(|| "an error without a name".into()),
            description: text(self.cuGetErrorString).unwrap_or_else(|| "the driver does not know it".into()),
        }
    }

    pub(in crate::driver) fn init(&self) -> Result<(), Failure> {
        // SAFETY: 0 are the only flags that there are; it may be called any number of times.
        let code = unsafe { (self.cuInit)(0) };
        self.check("cuInit", code)
    }

    /// The version of CUDA that the driver is made for: 1000 times the major plus 10 times the minor.
    pub(in crate::driver) fn version(&self) -> Result<c_int, Failure> {
        let mut version = 0;
        // SAFETY: The version is written to a local.
        let code = unsafe { (self.cuDriverGetVersion)(&raw mut version) };
        self.check("cuDriverGetVersion", code).map(|()| version)
    }

    pub(in crate::driver) fn device_count(&self) -> Result<c_int, Failure> {
        let mut count = 0;
        // SAFETY: The count is written to a local.
        let code = unsafe { (self.cuDeviceGetCount)(&raw mut count) };
        self.check("cuDeviceGetCount", code).map(|()| count)
    }

    pub(in crate::driver) fn device(&self, ordinal: c_int) -> Result<CUdevice, Failure> {
        let mut device = 0;
        // SAFETY: The device is written to a local; an ordinal without one is an error.
        let code = unsafe { (self.cuDeviceGet)(&raw mut device, ordinal) };
        self.check("cuDeviceGet", code).map(|()| device)
    }

    pub(in crate::driver) fn device_name(&self, device: CUdevice) -> Result<String, Failure> {
        const CAPACITY: usize = 256;
        let mut name: [c_char; CAPACITY] = [0; CAPACITY];
        // SAFETY: At most as many bytes are written as the local has; a number that is no device is an error.
        let code = unsafe { (self.cuDeviceGetName)(name.as_mut_ptr(), CAPACITY as c_int, device) };
        self.check("cuDeviceGetName", code)?;
        let bytes: Vec<u8> =
            name.into_iter().map(c_char::cast_unsigned).take_while(|byte| *byte != 0).collect();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(in crate::driver) fn attribute(
        &self,
        device: CUdevice,
        attribute: CUdevice_attribute,
    ) -> Result<i32, Failure> {
        let mut value = 0;
        // SAFETY: The value is written to a local; a number that is no device is an error.
        let code = unsafe { (self.cuDeviceGetAttribute)(&raw mut value, attribute, device) };
        self.check("cuDeviceGetAttribute", code).map(|()| value)
    }

    pub(in crate::driver) fn total_memory(&self, device: CUdevice) -> Result<usize, Failure> {
        let mut bytes = 0;
        // SAFETY: The size is written to a local; a number that is no device is an error.
        let code = unsafe { (self.cuDeviceTotalMem_v2)(&raw mut bytes, device) };
        self.check("cuDeviceTotalMem", code).map(|()| bytes)
    }

    /// A new context, current on this thread.
    pub(in crate::driver) fn create_context(&self, device: CUdevice) -> Result<ContextHandle, Failure> {
        let mut context = std::ptr::null_mut();
        // SAFETY: The context is written to a local; a number that is no device is an error.
        let code = unsafe { (self.cuCtxCreate_v2)(&raw mut context, MAP_HOST, device) };
        self.check("cuCtxCreate", code).map(|()| Handle(context))
    }

    /// # Safety
    /// The context has not been destroyed, and nothing uses it or what belongs to it during or after the call.
    pub(in crate::driver) unsafe fn destroy_context(&self, context: ContextHandle) -> Result<(), Failure> {
        // SAFETY: The caller's.
        let code = unsafe { (self.cuCtxDestroy_v2)(context.0) };
        self.check("cuCtxDestroy", code)
    }

    /// # Safety
    /// The context has not been destroyed.
    pub(in crate::driver) unsafe fn push_context(&self, context: ContextHandle) -> Result<(), Failure> {
        // SAFETY: The caller's.
        let code = unsafe { (self.cuCtxPushCurrent_v2)(context.0) };
        self.check("cuCtxPushCurrent", code)
    }

    pub(in crate::driver) fn pop_context(&self) -> Result<(), Failure> {
        let mut popped = std::ptr::null_mut();
        // SAFETY: What was current is written to a local; where nothing was, that is an error.
        let code = unsafe { (self.cuCtxPopCurrent_v2)(&raw mut popped) };
        self.check("cuCtxPopCurrent", code)
    }
}

impl Current<'_> {
    pub(in crate::driver) fn checked(
        &self,
        operation: &'static str,
        code: Status,
    ) -> Result<(), DriverError> {
        self.driver().check(operation, code).map_err(DriverError::from)
    }
}
