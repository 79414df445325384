//! Device memory for buffers of one's own.
//!
//! Memory is had while no grid runs, and given back when none does; copies run beside the grid.

use std::sync::Arc;

use ringkernel_core::memory::{
    Charge, DeviceMemory, GpuBuffer, Ledger, UNKNOWN, check_alignment, check_copy,
};
use ringkernel_core::runtime::Backend;
use ringkernel_core::{Result, RingKernelError};

use super::Still;
use super::still::while_still;
use crate::driver::{Context, DeviceBuffer, Stream};

/// The memory of a device.
#[derive(Clone)]
pub struct CudaMemory {
    context: Context,
    still: Arc<dyn Still>,
    /// One for all buffers: they share the bus anyway.
    copies: Arc<Stream>,
    in_use: Ledger,
}

/// Bytes in the memory of a device.
struct CudaBuffer {
    bytes: DeviceBuffer,
    copies: Arc<Stream>,
    _charge: Charge,
}

/// Every allocation of CUDA begins at a multiple of this, in bytes.
const ALIGNMENT: usize = 256;

impl CudaMemory {
    /// The memory of the device of a context, in which `still` makes a grid stop. No grid may run now.
    ///
    /// # Errors
    /// [`ResourceExhausted`](RingKernelError::ResourceExhausted); [`DeviceLost`](RingKernelError::DeviceLost).
    pub fn new(context: &Context, still: Arc<dyn Still>) -> Result<Self> {
        let copies = Arc::new(context.stream()?);
        Ok(Self { context: context.clone(), still, copies, in_use: Ledger::default() })
    }

    /// Bytes of the buffers that it has given.
    pub fn bytes_in_use(&self) -> u64 {
        self.in_use.bytes()
    }
}

impl DeviceMemory for CudaMemory {
    fn allocate_aligned(&self, size: usize, align: usize) -> Result<Box<dyn GpuBuffer>> {
        check_alignment(align)?;
        if align > ALIGNMENT {
            return Err(RingKernelError::Unsupported {
                backend: Backend::Cuda,
                feature: format!("an alignment of {align} bytes; at most {ALIGNMENT}"),
            });
        }
        let bytes = while_still(&*self.still, move |context| DeviceBuffer::zeroed(context, size))??;
        let charge = self.in_use.charge(size as u64);
        Ok(Box::new(CudaBuffer { bytes, copies: self.copies.clone(), _charge: charge }))
    }

    fn total_memory(&self) -> usize {
        self.context.description().total_memory
    }

    fn free_memory(&self) -> usize {
        // What is lost has no memory of which anything could be said.
        self.context.memory().map_or(UNKNOWN, |(free, _)| free)
    }
}

impl GpuBuffer for CudaBuffer {
    fn size(&self) -> usize {
        self.bytes.size()
    }

    fn device_ptr(&self) -> usize {
        self.bytes.address() as usize
    }

    fn copy_from_host(&self, bytes: &[u8]) -> Result<()> {
        check_copy(bytes.len(), self.size())?;
        Ok(self.bytes.write(&self.copies, 0, bytes)?)
    }

    fn copy_to_host(&self, bytes: &mut [u8]) -> Result<()> {
        check_copy(bytes.len(), self.size())?;
        Ok(self.bytes.read(&self.copies, 0, bytes)?)
    }
}
