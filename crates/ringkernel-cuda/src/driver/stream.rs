//! Work for a device, one piece after the other: launches and copies.
//!
//! Copies go through page-locked memory of the stream, so that the driver needs none of its own while a grid runs on
//! another stream. What users have had locked is copied from and to its place.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::context::{Context, Current};
use super::error::status::{COOPERATIVE_LAUNCH_TOO_LARGE, NOT_READY, SUCCESS};
use super::locked::PageLocked;
use super::still::Retired;
use super::sys::{CUdeviceptr, StreamHandle};
use super::{DriverError, Function};

/// Work for a device, one piece after the other, and independent of other streams.
#[derive(Debug)]
pub struct Stream {
    context: Context,
    handle: StreamHandle,
    /// Where bytes are on their way; nothing when a copy did not end, which may still use it.
    staging: Mutex<Option<PageLocked>>,
}

/// Bytes that are copied at a time.
const STAGING_BYTES: usize = 256 << 10;

/// How long a copy may take. Each is a piece of at most [`STAGING_BYTES`] or within the device.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two questions.
const PAUSE: Duration = Duration::from_micros(50);

impl Context {
    /// A new stream.
    ///
    /// # Errors
    /// [`DriverError::Busy`] while a grid runs; [`DriverError::OutOfMemory`].
    pub fn stream(&self) -> Result<Stream, DriverError> {
        let staging = Mutex::new(Some(PageLocked::zeroed(self, STAGING_BYTES)?));
        let handle = self.still("making a stream")?.create_stream()?;
        Ok(Stream { context: self.clone(), handle, staging })
    }
}

impl Stream {
    /// Launches a grid of `blocks` blocks of `threads` threads, all of which run at the same time, each block with
    /// `shared_bytes` bytes of dynamic shared memory. It returns at once.
    ///
    /// # Safety
    /// The function takes one parameter of 64 bits. Called with this argument it uses only memory that stays allocated until the
    /// grid has ended: buffers of this context, which when dropped stay until then by themselves.
    ///
    /// # Errors
    /// [`DriverError::TooManyBlocks`]; [`DriverError::Busy`] while a grid runs in the context; [`DriverError::Foreign`].
    pub unsafe fn launch_cooperative(
        &self,
        function: &Function,
        blocks: u32,
        threads: u32,
        shared_bytes: u32,
        argument: u64,
    ) -> Result<(), DriverError> {
        self.check_own(function)?;
        let still = self.context.still("launching a grid")?;
        let shape = [blocks, threads, shared_bytes];
        // SAFETY: The caller's; the function and the stream are alive and of this context.
        match unsafe { still.launch(function.handle(), shape, self.handle, argument) } {
            Ok(()) => {
                still.launched(self.handle);
                Ok(())
            }
            Err(failure) if failure.code == COOPERATIVE_LAUNCH_TOO_LARGE => {
                drop(still);
                let at_most = function.max_resident_blocks(threads, shared_bytes)?;
                Err(DriverError::TooManyBlocks { blocks, threads, at_most })
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Launches blocks of `threads` threads, in whatever order and as many at a time as there is room for, each with
    /// `shared_bytes` bytes of dynamic shared memory. It returns at once. They have to end by themselves, without waiting for
    /// each other; beside a grid that fills the device they may not begin before that has ended.
    ///
    /// # Safety
    /// That of [`launch_cooperative`](Self::launch_cooperative).
    ///
    /// # Errors
    /// [`DriverError::Foreign`]; those of the driver.
    pub unsafe fn launch(
        &self,
        function: &Function,
        blocks: u32,
        threads: u32,
        shared_bytes: u32,
        argument: u64,
    ) -> Result<(), DriverError> {
        self.check_own(function)?;
        let current = self.context.enter()?;
        let mut pending = self.context.pending();
        let shape = [blocks, threads, shared_bytes];
        // SAFETY: The caller's; the function and the stream are alive and of this context.
        unsafe { current.launch_in_turn(function.handle(), shape, self.handle, argument) }?;
        pending.launched(self.handle);
        Ok(())
    }

    /// Whether all its work is done.
    ///
    /// # Errors
    /// [`DriverError::Lost`] when it has failed: the context is lost then.
    pub fn is_done(&self) -> Result<bool, DriverError> {
        let current = self.context.enter()?;
        // SAFETY: The stream is alive and of this context.
        if !unsafe { current.is_done(self.handle) }? {
            return Ok(false);
        }
        let mut pending = self.context.pending();
        if pending.has_grid(self.handle) {
            pending.is_running(&current);
        }
        Ok(true)
    }

    /// Waits until all its work is done, at most as long as `limit`.
    ///
    /// # Errors
    /// [`DriverError::Timeout`], and the work goes on; [`DriverError::Lost`], [`DriverError::Ended`].
    pub fn wait(&self, limit: Duration) -> Result<(), DriverError> {
        poll("its work", limit, || self.is_done())
    }

    /// Copies bytes to the device.
    ///
    /// # Safety
    /// From `to` on there are as many bytes of the context's memory.
    pub(super) unsafe fn send(&self, mut to: CUdeviceptr, bytes: &[u8]) -> Result<(), DriverError> {
        if self.context.direct().contain(bytes) {
            self.check_free()?;
            let from = bytes.as_ptr().cast();
            // SAFETY: The bytes are page-locked and borrowed until the copy has ended, because this waits for it; the caller says
            // that the memory of the device is there.
            unsafe { self.context.enter()?.copy_to_device(to, from, bytes.len(), self.handle) }?;
            return self.settle();
        }
        self.with_staging(|staging| {
            for chunk in bytes.chunks(staging.bytes()) {
                // SAFETY: The chunk is not longer than the staging memory, which nobody else uses: it is locked, and what
                // the device did with it is done.
                unsafe { std::ptr::copy_nonoverlapping(chunk.as_ptr(), staging.address(), chunk.len()) };
                let from = staging.address().cast_const().cast();
                // SAFETY: The staging memory is page-locked and stays as it is until the copy has ended, because this waits
                // for it; the caller says that the memory of the device is there.
                unsafe { self.context.enter()?.copy_to_device(to, from, chunk.len(), self.handle) }?;
                poll("a copy", PATIENCE, || self.is_done())?;
                to += chunk.len() as u64;
            }
            Ok(())
        })
    }

    /// Copies bytes from the device.
    ///
    /// # Safety
    /// From `from` on there are as many bytes of the context's memory.
    pub(super) unsafe fn fetch(&self, mut from: CUdeviceptr, bytes: &mut [u8]) -> Result<(), DriverError> {
        if self.context.direct().contain(bytes) {
            self.check_free()?;
            let to = bytes.as_mut_ptr().cast();
            // SAFETY: The bytes are page-locked and exclusively borrowed until the copy has ended, because this waits for it; the
            // caller says that the memory of the device is there.
            unsafe { self.context.enter()?.copy_to_host(to, from, bytes.len(), self.handle) }?;
            return self.settle();
        }
        self.with_staging(|staging| {
            for chunk in bytes.chunks_mut(staging.bytes()) {
                let to = staging.address().cast();
                // SAFETY: The staging memory is page-locked and left alone until the copy has ended, because this waits for
                // it; the caller says that the memory of the device is there.
                unsafe { self.context.enter()?.copy_to_host(to, from, chunk.len(), self.handle) }?;
                poll("a copy", PATIENCE, || self.is_done())?;
                // SAFETY: The chunk is not longer than the staging memory, and the device is done with it.
                unsafe { std::ptr::copy_nonoverlapping(staging.address(), chunk.as_mut_ptr(), chunk.len()) };
                from += chunk.len() as u64;
            }
            Ok(())
        })
    }

    /// Copies bytes within the device.
    ///
    /// # Safety
    /// From `to` and from `from` on there are as many bytes of the context's memory.
    pub(super) unsafe fn copy(
        &self,
        to: CUdeviceptr,
        from: CUdeviceptr,
        bytes: usize,
    ) -> Result<(), DriverError> {
        self.check_free()?;
        // SAFETY: The caller's; the stream is alive and of this context.
        unsafe { self.context.enter()?.copy_on_device(to, from, bytes, self.handle) }?;
        poll("a copy", PATIENCE, || self.is_done())
    }

    /// Sets bytes of the device to zero.
    ///
    /// # Safety
    /// From `at` on there are as many bytes of the context's memory.
    pub(super) unsafe fn zero(&self, at: CUdeviceptr, bytes: usize) -> Result<(), DriverError> {
        self.check_free()?;
        // SAFETY: The caller's; the stream is alive and of this context.
        unsafe { self.context.enter()?.fill_zero(at, bytes, self.handle) }?;
        poll("filling memory", PATIENCE, || self.is_done())
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    pub(super) fn handle(&self) -> StreamHandle {
        self.handle
    }

    pub(super) fn check_own(&self, function: &Function) -> Result<(), DriverError> {
        if function.context().is(&self.context) {
            return Ok(());
        }
        Err(DriverError::Foreign { what: "the function" })
    }

    /// Waits until the device lets go of memory that a caller has lent: until the copy is done, has failed with its context, or the
    /// context has ended.
    fn settle(&self) -> Result<(), DriverError> {
        loop {
            match poll("a copy", PATIENCE, || self.is_done()) {
                Err(DriverError::Timeout { .. }) => {}
                Err(DriverError::Ended) if self.context.is_ending() => std::thread::sleep(PAUSE),
                outcome => return outcome,
            }
        }
    }

    /// Calls it with the staging memory, which is given up when a copy did not end.
    fn with_staging(
        &self,
        copy: impl FnOnce(&PageLocked) -> Result<(), DriverError>,
    ) -> Result<(), DriverError> {
        self.check_free()?;
        let mut slot = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(staging) = slot.take() else {
            return Err(DriverError::Timeout { operation: "an earlier copy", after: PATIENCE });
        };
        let copied = copy(&staging);
        match copied {
            // The device may still write to it.
            Err(DriverError::Timeout { .. }) => std::mem::forget(staging),
            _ => *slot = Some(staging),
        }
        copied
    }

    /// A copy behind a grid would wait for its end.
    fn check_free(&self) -> Result<(), DriverError> {
        let grid = self.context.pending().has_grid(self.handle);
        if grid && !self.is_done()? {
            return Err(DriverError::Busy { operation: "copying on the stream of a grid" });
        }
        Ok(())
    }
}

impl Current<'_> {
    /// Waits until the work of a stream is done.
    ///
    /// # Safety
    /// The stream is alive and of this context, and no grid runs on it.
    pub(super) unsafe fn wait(&self, stream: StreamHandle) -> Result<(), DriverError> {
        poll("filling memory", PATIENCE, || {
            // SAFETY: The caller's.
            unsafe { self.is_done(stream) }
        })
    }

    /// # Safety
    /// The stream is alive and of this context.
    unsafe fn is_done(&self, stream: StreamHandle) -> Result<bool, DriverError> {
        // SAFETY: The caller's.
        match unsafe { self.query_stream(stream) } {
            SUCCESS => Ok(true),
            NOT_READY => Ok(false),
            code => Err(self.driver().failure("cuStreamQuery", code).into()),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.context.retire(Retired::Stream(self.handle));
    }
}

/// Asks again and again, at first without a pause, until it is done.
fn poll(
    operation: &'static str,
    limit: Duration,
    mut is_done: impl FnMut() -> Result<bool, DriverError>,
) -> Result<(), DriverError> {
    const SPIN: Duration = Duration::from_micros(50);
    let begin = Instant::now();
    while !is_done()? {
        let waited = begin.elapsed();
        if waited > limit {
            return Err(DriverError::Timeout { operation, after: limit });
        }
        if waited > SPIN { std::thread::sleep(PAUSE) } else { std::hint::spin_loop() }
    }
    Ok(())
}
