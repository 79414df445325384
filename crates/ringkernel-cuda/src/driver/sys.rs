//! The functions of the driver that this crate calls, as NVIDIA declares them.
//!
//! Types and declarations are those of cudarc, which generates them from NVIDIA's headers; each declaration here is compared
//! with its one when this is compiled. The functions are looked up in a library that [`library`](super::library) has chosen,
//! and a missing one is an error. Their status is a plain number here, because a newer driver may give one that the
//! headers of this build do not list.

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_void};

use cudarc::driver::sys;
pub(super) use cudarc::driver::sys::{
    CUcontext, CUdevice, CUdevice_attribute, CUdeviceptr, CUfunction, CUfunction_attribute, CUgraph,
    CUgraphExec, CUmodule, CUstream, CUstreamCaptureMode,
};
use libloading::Library;

use super::DriverError;

/// What a function of the driver answers.
pub(super) type Status = c_int;

/// Flag of `cuMemHostRegister`: for all contexts.
pub(super) const HOST_PORTABLE: c_uint = 1;
/// Flag of `cuMemHostRegister`: with an address on the device.
pub(super) const HOST_MAPPED: c_uint = 2;
/// Flag of `cuStreamCreate`: without waiting for the default stream.
pub(super) const NON_BLOCKING: c_uint = 1;
/// Flag of `cuCtxCreate`: page-locked memory can be mapped.
pub(super) const MAP_HOST: c_uint = 8;

const _: () = assert!(HOST_PORTABLE == sys::CU_MEMHOSTREGISTER_PORTABLE);
const _: () = assert!(HOST_MAPPED == sys::CU_MEMHOSTREGISTER_DEVICEMAP);
const _: () = assert!(NON_BLOCKING == sys::CUstream_flags::CU_STREAM_NON_BLOCKING as c_uint);
const _: () = assert!(MAP_HOST == sys::CUctx_flags::CU_CTX_MAP_HOST as c_uint);

/// What `cuStreamBeginCapture` is to forbid meanwhile: nothing, because nothing else is captured or could spoil it.
pub(super) const CAPTURE_RELAXED: CUstreamCaptureMode = CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_RELAXED;

/// Declares [`Functions`], and compares every declaration of the first list with cudarc's.
macro_rules! functions {
    (
        { $($name:ident($($kind:ty),* $(,)?);)* }
        with_numbers { $($own:ident($($own_kind:ty),*);)* }
        optional { $($optional:ident($($optional_kind:ty),*);)* }
    ) => {
        /// The driver: what was looked up in its library, which stays loaded.
        #[allow(non_snake_case, reason = "the names are the driver's")]
        pub(super) struct Functions {
            $(pub(super) $name: unsafe extern "C" fn($($kind),*) -> Status,)*
            $(pub(super) $own: unsafe extern "C" fn($($own_kind),*) -> Status,)*
            $(pub(super) $optional: Option<unsafe extern "C" fn($($optional_kind),*) -> Status>,)*
        }

        $(const _: unsafe fn($($kind),*) -> sys::CUresult = sys::$name;)*
        $(const _: unsafe fn($($optional_kind),*) -> sys::CUresult = sys::$optional;)*

        impl Functions {
            /// Looks all of them up in a library.
            ///
            /// # Safety
            /// It is a CUDA driver: what it calls by these names are these functions. It is never unloaded.
            pub(super) unsafe fn find(library: &Library, path: &str) -> Result<Self, DriverError> {
                let missing = |function| DriverError::MissingFunction { function, library: path.into() };
                Ok(Self {
                    $($name: {
                        // SAFETY: The caller says that the function of this name has the declared type, and cudarc declares
                        // the same.
                        *unsafe { library.get(stringify!($name)) }.map_err(|_| missing(stringify!($name)))?
                    },)*
                    $($own: {
                        // SAFETY: As above; NVIDIA declares an enum of the size of `int` where this has the number.
                        *unsafe { library.get(stringify!($own)) }.map_err(|_| missing(stringify!($own)))?
                    },)*
                    $($optional: {
                        // SAFETY: As for the first ones.
                        unsafe { library.get(stringify!($optional)) }.ok().map(|function| *function)
                    },)*
                })
            }
        }
    };
}

functions! {
{
    cuInit(c_uint);
    cuDriverGetVersion(*mut c_int);
    cuDeviceGetCount(*mut c_int);
    cuDeviceGet(*mut CUdevice, c_int);
    cuDeviceGetName(*mut c_char, c_int, CUdevice);
    cuDeviceGetAttribute(*mut c_int, CUdevice_attribute, CUdevice);
    cuDeviceTotalMem_v2(*mut usize, CUdevice);
    cuCtxCreate_v2(*mut CUcontext, c_uint, CUdevice);
    cuCtxDestroy_v2(CUcontext);
    cuCtxPushCurrent_v2(CUcontext);
    cuCtxPopCurrent_v2(*mut CUcontext);
    cuModuleLoadData(*mut CUmodule, *const c_void);
    cuModuleUnload(CUmodule);
    cuModuleGetFunction(*mut CUfunction, CUmodule, *const c_char);
    cuFuncGetAttribute(*mut c_int, CUfunction_attribute, CUfunction);
    cuFuncSetAttribute(CUfunction, CUfunction_attribute, c_int);
    cuOccupancyMaxActiveBlocksPerMultiprocessor(*mut c_int, CUfunction, c_int, usize);
    cuMemAlloc_v2(*mut CUdeviceptr, usize);
    cuMemFree_v2(CUdeviceptr);
    cuMemGetInfo_v2(*mut usize, *mut usize);
    cuMemsetD8Async(CUdeviceptr, c_uchar, usize, CUstream);
    cuMemcpyHtoDAsync_v2(CUdeviceptr, *const c_void, usize, CUstream);
    cuMemcpyDtoHAsync_v2(*mut c_void, CUdeviceptr, usize, CUstream);
    cuMemcpyDtoDAsync_v2(CUdeviceptr, CUdeviceptr, usize, CUstream);
    cuMemHostRegister_v2(*mut c_void, usize, c_uint);
    cuMemHostUnregister(*mut c_void);
    cuMemHostGetDevicePointer_v2(*mut CUdeviceptr, *mut c_void, c_uint);
    cuStreamCreate(*mut CUstream, c_uint);
    cuStreamDestroy_v2(CUstream);
    cuStreamQuery(CUstream);
    cuLaunchCooperativeKernel(
        CUfunction, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, CUstream, *mut *mut c_void
        );
    cuLaunchKernel(
        CUfunction, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, CUstream, *mut *mut c_void,
        *mut *mut c_void
        );
    }
    with_numbers {
        cuGetErrorName(Status, *mut *const c_char);
        cuGetErrorString(Status, *mut *const c_char);
    }
    optional {
        cuFuncLoad(CUfunction);
        cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode);
        cuStreamEndCapture(CUstream, *mut CUgraph);
        cuGraphInstantiateWithFlags(*mut CUgraphExec, CUgraph, u64);
        cuGraphLaunch(CUgraphExec, CUstream);
        cuGraphDestroy(CUgraph);
        cuGraphExecDestroy(CUgraphExec);
    }
}

/// What the driver gives for a thing of its own. Only the driver follows it.
#[derive(Debug)]
pub(super) struct Handle<T>(pub(super) *mut T);

impl<T> Handle<T> {
    /// No thing.
    pub(super) fn null() -> Self {
        Self(std::ptr::null_mut())
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

// SAFETY: It is a token that this crate never follows, and the driver takes its tokens from any thread.
unsafe impl<T> Send for Handle<T> {}
// SAFETY: As above; a shared token can only be copied.
unsafe impl<T> Sync for Handle<T> {}

/// A context.
pub(super) type ContextHandle = Handle<sys::CUctx_st>;
/// A loaded program.
pub(super) type ModuleHandle = Handle<sys::CUmod_st>;
/// An entry of a program.
pub(super) type FunctionHandle = Handle<sys::CUfunc_st>;
/// A stream.
pub(super) type StreamHandle = Handle<sys::CUstream_st>;
/// A graph as it was captured.
pub(super) type GraphHandle = Handle<sys::CUgraph_st>;
/// A graph that can be launched.
pub(super) type InstanceHandle = Handle<sys::CUgraphExec_st>;
