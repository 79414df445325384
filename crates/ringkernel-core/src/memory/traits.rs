//! Memory of the device that runs a runtime's kernels, for buffers of one's own.

use crate::error::Result;

/// A size that nobody says.
pub const UNKNOWN: usize = usize::MAX;

/// Trait for GPU buffer operations: bytes in the memory of a device. Dropping it gives them back.
///
/// All copies begin at the buffer's first byte and have happened when the call returns; two at a time happen one after the
/// other.
pub trait GpuBuffer: Send + Sync {
    /// Its size in bytes.
    fn size(&self) -> usize;

    /// The address of its first byte in the memory of the device: a host address on the CPU, and 0 where devices give no
    /// addresses away, as in WebGPU.
    fn device_ptr(&self) -> usize;

    /// Copies bytes into its beginning. What lies behind them stays as it is.
    ///
    /// # Errors
    /// [`CopyTooLarge`](crate::RingKernelError::CopyTooLarge), and nothing is copied;
    /// [`DeviceLost`](crate::RingKernelError::DeviceLost);
    /// [`ResourceExhausted`](crate::RingKernelError::ResourceExhausted) when there is no memory for the copy's way.
    fn copy_from_host(&self, bytes: &[u8]) -> Result<()>;

    /// Copies as many bytes as `bytes` has from its beginning.
    ///
    /// # Errors
    /// As [`copy_from_host`](Self::copy_from_host).
    fn copy_to_host(&self, bytes: &mut [u8]) -> Result<()>;
}

/// Trait for device memory allocation.
pub trait DeviceMemory: Send + Sync {
    /// A buffer of `size` bytes, all zero. It may have none.
    ///
    /// # Errors
    /// [`ResourceExhausted`](crate::RingKernelError::ResourceExhausted) when there is not as much;
    /// [`DeviceLost`](crate::RingKernelError::DeviceLost).
    fn allocate(&self, size: usize) -> Result<Box<dyn GpuBuffer>> {
        self.allocate_aligned(size, 1)
    }

    /// As [`allocate`](Self::allocate), at an address that is a multiple of `align`, in bytes.
    ///
    /// # Errors
    /// Also [`InvalidConfig`](crate::RingKernelError::InvalidConfig) when `align` is not a power of two, and
    /// [`Unsupported`](crate::RingKernelError::Unsupported) when it is larger than the device guarantees.
    fn allocate_aligned(&self, size: usize, align: usize) -> Result<Box<dyn GpuBuffer>>;

    /// The size of the memory in bytes; [`UNKNOWN`] where nobody says.
    fn total_memory(&self) -> usize;

    /// How much of it is free, in bytes, as far as is known; [`UNKNOWN`] where nobody says. Another program
    /// may take it at any time.
    fn free_memory(&self) -> usize;
}
