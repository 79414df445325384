//! The memory of the CPU, as a device has memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ringkernel_core::memory::{
    Charge, DeviceMemory, GpuBuffer, Ledger, UNKNOWN, check_alignment, check_copy,
};
use ringkernel_core::{Result, RingKernelError};

/// Allocates host memory, and counts it as the runtime's.
#[derive(Debug)]
pub(crate) struct HostMemory {
    ledger: Ledger,
}

/// Bytes of the host.
struct HostBuffer {
    /// Never grows, so that the bytes keep their place. Locked because copies go through a shared reference.
    bytes: Mutex<Vec<u8>>,
    /// Where the buffer begins in `bytes`, so that its address is aligned.
    start: usize,
    size: usize,
    _charge: Charge,
}

impl HostMemory {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }
}

impl DeviceMemory for HostMemory {
    fn allocate_aligned(&self, size: usize, align: usize) -> Result<Box<dyn GpuBuffer>> {
        check_alignment(align)?;
        let free = self.free_memory();
        if size > free {
            return Err(exhausted(size, &format!("{free} bytes are free")));
        }
        let padded = size.checked_add(align - 1).ok_or_else(|| exhausted(size, &"no address is as large"))?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(padded).map_err(|error| exhausted(size, &error))?;
        bytes.resize(padded, 0);
        let start = bytes.as_ptr().align_offset(align);
        let charge = self.ledger.charge(size as u64);
        Ok(Box::new(HostBuffer { bytes: Mutex::new(bytes), start, size, _charge: charge }))
    }

    fn total_memory(&self) -> usize {
        meminfo("MemTotal:")
    }

    fn free_memory(&self) -> usize {
        meminfo("MemAvailable:")
    }
}

impl HostBuffer {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        // A copy that panicked, which none does, would leave bytes, and any bytes are a buffer's content.
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GpuBuffer for HostBuffer {
    fn size(&self) -> usize {
        self.size
    }

    fn device_ptr(&self) -> usize {
        self.lock().as_ptr().addr() + self.start
    }

    fn copy_from_host(&self, bytes: &[u8]) -> Result<()> {
        check_copy(bytes.len(), self.size)?;
        self.lock()[self.start..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn copy_to_host(&self, bytes: &mut [u8]) -> Result<()> {
        check_copy(bytes.len(), self.size)?;
        bytes.copy_from_slice(&self.lock()[self.start..][..bytes.len()]);
        Ok(())
    }
}

fn exhausted(size: usize, reason: &dyn std::fmt::Display) -> RingKernelError {
    RingKernelError::ResourceExhausted {
        what: format!("{size} bytes of host memory"),
        reason: reason.to_string(),
    }
}

/// A line of what Linux says about its memory, in bytes. Other systems do not say it in a file.
fn meminfo(line: &str) -> usize {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let words = text.lines().find_map(|found| found.strip_prefix(line));
    let kibibytes: Option<usize> =
        words.and_then(|words| words.split_whitespace().next()).and_then(|number| number.parse().ok());
    kibibytes.map_or(UNKNOWN, |count| count.saturating_mul(1024))
}
