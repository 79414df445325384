//! Page-locked memory of the host: the device reads and writes it in place, through an address of its own.
//!
//! The pages are this crate's, and are locked afterwards. Pages that the driver allocates would go with the context, also when
//! that is ended under a stuck grid, while somebody still holds a reference to them.

use std::ptr::NonNull;

use ringkernel_core::memory::Pages;

use super::context::Context;
use super::error::status::OUT_OF_MEMORY;
use super::still::Retired;
use super::sys::CUdeviceptr;
use super::{DriverError, Failure};

/// What it is called in errors.
const WHAT: &str = "page-locked memory";

/// Pages that a context has locked.
#[derive(Debug)]
pub(super) struct PageLocked {
    context: Context,
    /// There until it is dropped.
    pages: Option<Pages>,
    address: NonNull<u8>,
    bytes: usize,
}

// SAFETY: The address is that of the pages that it owns, to which it gives only raw pointers.
unsafe impl Send for PageLocked {}
// SAFETY: As above.
unsafe impl Sync for PageLocked {}

impl PageLocked {
    /// As many bytes, all zero.
    ///
    /// # Errors
    /// [`DriverError::OutOfMemory`]; [`DriverError::Busy`] while a grid runs.
    pub(super) fn zeroed(context: &Context, bytes: usize) -> Result<Self, DriverError> {
        let pages = Pages::zeroed(bytes).map_err(|error| DriverError::OutOfMemory {
            what: WHAT,
            requested: bytes,
            reason: error.to_string(),
        })?;
        Self::lock(context, pages, bytes).map_err(|(_, error)| error)
    }

    /// Locks pages, of which `bytes` bytes are used.
    ///
    /// # Errors
    /// As [`zeroed`](Self::zeroed), with the pages.
    pub(super) fn lock(context: &Context, pages: Pages, bytes: usize) -> Result<Self, (Pages, DriverError)> {
        let still = match context.still("locking memory") {
            Ok(still) => still,
            Err(error) => return Err((pages, error)),
        };
        let address = pages.address();
        // SAFETY: The pages are freed after they are unlocked, or after the context is destroyed: `Retired` sees to it.
        if let Err(failure) = unsafe { still.lock_pages(address.as_ptr().cast(), pages.bytes()) } {
            return Err((pages, refused(failure, bytes)));
        }
        drop(still);
        Ok(Self { context: context.clone(), pages: Some(pages), address, bytes })
    }

    pub(super) fn address(&self) -> *mut u8 {
        self.address.as_ptr()
    }

    /// The address of the first byte on the device.
    pub(super) fn address_on_device(&self) -> Result<CUdeviceptr, DriverError> {
        // SAFETY: The pages are locked in this context for as long as this is there.
        unsafe { self.context.enter()?.address_on_device(self.address.as_ptr().cast()) }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for PageLocked {
    fn drop(&mut self) {
        if let Some(pages) = self.pages.take() {
            self.context.retire(Retired::Pages(pages));
        }
    }
}

fn refused(failure: Failure, bytes: usize) -> DriverError {
    match failure.code {
        OUT_OF_MEMORY => {
            DriverError::OutOfMemory { what: WHAT, requested: bytes, reason: failure.description }
        }
        _ => failure.into(),
    }
}
