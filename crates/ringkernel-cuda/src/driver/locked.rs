//! Page-locked memory of the host: the device reads and writes it in place, through an address of its own.
//!
//! The pages are this crate's, and are locked afterwards. Pages that the driver allocates would go with the context, also when
//! that is ended under a stuck grid, while somebody still holds a reference to them.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use super::context::Context;
use super::error::status::OUT_OF_MEMORY;
use super::still::Retired;
use super::sys::CUdeviceptr;
use super::{DriverError, Failure};

/// Memory is locked by pages, so that sharing one with other data would lock that as well.
const PAGE: usize = 4096;

/// What it is called in errors.
const WHAT: &str = "page-locked memory";

/// Whole pages of host memory, all zero at first.
#[derive(Debug)]
pub(super) struct Pages {
    address: NonNull<u8>,
    layout: Layout,
}

// SAFETY: It owns the memory, and gives only raw pointers to it.
unsafe impl Send for Pages {}
// SAFETY: As above.
unsafe impl Sync for Pages {}

impl Pages {
    /// At least as many bytes, and one page.
    fn zeroed(bytes: usize) -> Option<Self> {
        let layout = Layout::from_size_align(bytes.max(1).checked_next_multiple_of(PAGE)?, PAGE).ok()?;
        // SAFETY: The size is not zero.
        let address = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        Some(Self { address, layout })
    }

    pub(super) fn address(&self) -> *mut u8 {
        self.address.as_ptr()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: It was allocated with this layout, and only the owner frees it.
        unsafe { dealloc(self.address.as_ptr(), self.layout) };
    }
}

/// Pages that a context has locked.
#[derive(Debug)]
pub(super) struct PageLocked {
    context: Context,
    /// There until it is dropped.
    pages: Option<Pages>,
    address: NonNull<u8>,
    on_device: CUdeviceptr,
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
        let exhausted =
            |reason: &str| DriverError::OutOfMemory { what: WHAT, requested: bytes, reason: reason.into() };
        let pages = Pages::zeroed(bytes).ok_or_else(|| exhausted("the host has not as much"))?;
        let still = context.still("locking memory")?;
        // SAFETY: The pages are freed after they are unlocked, or after the context is destroyed: `Retired` sees to it.
        unsafe { still.lock_pages(pages.address().cast(), pages.layout.size()) }.map_err(
            |failure: Failure| match failure.code {
                OUT_OF_MEMORY => exhausted(&failure.description),
                _ => failure.into(),
            },
        )?;
        // SAFETY: The pages have just been locked.
        let on_device = unsafe { still.address_on_device(pages.address().cast()) };
        drop(still);
        let address = pages.address;
        let mut locked = Self { context: context.clone(), pages: Some(pages), address, on_device: 0, bytes };
        locked.on_device = on_device?;
        Ok(locked)
    }

    pub(super) fn address(&self) -> *mut u8 {
        self.address.as_ptr()
    }

    pub(super) fn address_on_device(&self) -> CUdeviceptr {
        self.on_device
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
