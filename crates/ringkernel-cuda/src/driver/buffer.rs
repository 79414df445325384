//! Memory of the device.

use super::context::{Context, Current};
use super::error::status::OUT_OF_MEMORY;
use super::still::Retired;
use super::sys::CUdeviceptr;
use super::{DriverError, Stream};

/// Bytes in the memory of a device. Dropped while a grid runs, it is freed when that has ended.
#[derive(Debug)]
pub struct DeviceBuffer {
    context: Context,
    address: CUdeviceptr,
    size: usize,
}

impl DeviceBuffer {
    /// As many bytes, all zero. Its address is a multiple of 256.
    ///
    /// # Errors
    /// [`DriverError::OutOfMemory`]; [`DriverError::Busy`] while a grid runs.
    pub fn zeroed(context: &Context, bytes: usize) -> Result<Self, DriverError> {
        let total = context.description().total_memory;
        if bytes > total {
            // Drivers do not agree on what to say to sizes that nobody has.
            let reason = format!("the device has {total} bytes");
            return Err(DriverError::OutOfMemory { what: "device memory", requested: bytes, reason });
        }
        let still = context.still("allocating device memory")?;
        // The driver allocates no nothing.
        let allocated = bytes.max(1);
        let address = still.allocate(allocated).map_err(|failure| match failure.code {
            OUT_OF_MEMORY => DriverError::OutOfMemory {
                what: "device memory",
                requested: bytes,
                reason: failure.description,
            },
            _ => failure.into(),
        })?;
        let buffer = Self { context: context.clone(), address, size: bytes };
        let filled = buffer.fill(&still, allocated);
        // Dropping the buffer takes the same locks.
        drop(still);
        filled.map(|()| buffer)
    }

    /// Its size in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The address of its first byte on the device.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Copies bytes to it, from the byte `at` on, and waits until they are there.
    ///
    /// # Errors
    /// [`DriverError::OutOfBounds`] and [`DriverError::Foreign`], and nothing is copied; [`DriverError::Busy`] when a grid runs
    /// on this stream (one on another stream does not matter).
    pub fn write(&self, stream: &Stream, at: usize, bytes: &[u8]) -> Result<(), DriverError> {
        self.check(stream, at, bytes.len())?;
        // SAFETY: The bytes are within the buffer, which is of the stream's context.
        unsafe { stream.send(self.address + at as u64, bytes) }
    }

    /// Copies bytes out of it, from the byte `at` on, and waits until they are there.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn read(&self, stream: &Stream, at: usize, bytes: &mut [u8]) -> Result<(), DriverError> {
        self.check(stream, at, bytes.len())?;
        // SAFETY: The bytes are within the buffer, which is of the stream's context.
        unsafe { stream.fetch(self.address + at as u64, bytes) }
    }

    /// Copies the first bytes of another buffer to its beginning, and waits until they are there.
    ///
    /// # Errors
    /// As [`write`](Self::write), about either buffer.
    pub fn copy_from(&self, stream: &Stream, other: &Self, bytes: usize) -> Result<(), DriverError> {
        self.check(stream, 0, bytes)?;
        other.check(stream, 0, bytes)?;
        // SAFETY: The bytes are within both buffers, which are of the stream's context.
        unsafe { stream.copy(self.address, other.address, bytes) }
    }

    /// Copies bytes to another place in it, from the byte `from` on to the byte `to` and those behind it, and waits until they are there.
    ///
    /// # Errors
    /// As [`write`](Self::write), about either place; [`DriverError::Overlapping`] when the places have bytes in common.
    pub fn copy_within(
        &self,
        stream: &Stream,
        from: usize,
        to: usize,
        bytes: usize,
    ) -> Result<(), DriverError> {
        self.check(stream, from, bytes)?;
        self.check(stream, to, bytes)?;
        if from.abs_diff(to) < bytes {
            return Err(DriverError::Overlapping { from, to, bytes });
        }
        if bytes == 0 {
            return Ok(());
        }
        // SAFETY: Both places are within the buffer, which is of the stream's context, and have no byte in common.
        unsafe { stream.copy(self.address + to as u64, self.address + from as u64, bytes) }
    }

    /// Sets bytes to zero, from the byte `at` on, and waits until they are.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn zero(&self, stream: &Stream, at: usize, bytes: usize) -> Result<(), DriverError> {
        self.check(stream, at, bytes)?;
        if bytes == 0 {
            return Ok(());
        }
        // SAFETY: The bytes are within the buffer, which is of the stream's context.
        unsafe { stream.zero(self.address + at as u64, bytes) }
    }

    fn check(&self, stream: &Stream, at: usize, bytes: usize) -> Result<(), DriverError> {
        if !stream.context().is(&self.context) {
            return Err(DriverError::Foreign { what: "the stream" });
        }
        match at.checked_add(bytes) {
            Some(end) if end <= self.size => Ok(()),
            _ => Err(DriverError::OutOfBounds { at, bytes, size: self.size }),
        }
    }

    fn fill(&self, current: &Current<'_>, bytes: usize) -> Result<(), DriverError> {
        let stream = self.context.filling();
        // SAFETY: The memory is this buffer's, and the stream is the context's own.
        unsafe { current.fill_zero(self.address, bytes, stream) }?;
        // SAFETY: As above; grids are launched on streams of users.
        unsafe { current.wait(stream) }
    }
}

impl Drop for DeviceBuffer {
    fn drop(&mut self) {
        self.context.retire(Retired::Memory(self.address));
    }
}
