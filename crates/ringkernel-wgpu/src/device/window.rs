//! Buffers that the host reads and writes in place, between submissions.
//!
//! Such a buffer is mapped, except while work that uses it is under way: submitting the work unmaps it, and it is mapped again
//! when the work is done, which whoever polls brings about. So nothing is copied, and nothing is made for a copy.

use std::sync::Arc;
use std::time::Duration;

use ringkernel_core::sync::atomic::{AtomicU64, Ordering};

use super::{Device, DeviceError, Patience};

/// How the host reaches one buffer.
#[derive(Debug)]
pub(crate) struct Window {
    raw: wgpu::Buffer,
    /// How often it has been lent, and in the lowest bits one of the words below. A mapping that was overtaken by the next
    /// loan has another count, so that its end changes nothing.
    state: Arc<AtomicU64>,
}

const OPEN: u64 = 0;
const UNDER_WAY: u64 = 1;
const FAILED: u64 = 2;
const KINDS: u64 = 4;

/// How long a thread sleeps at most before it looks again whether a mapping is there.
const PATIENCE: Patience = Patience::asleep(Duration::from_millis(100));

impl Window {
    /// The window of a buffer that was mapped when it was made.
    pub(crate) fn opened(raw: &wgpu::Buffer) -> Self {
        Self { raw: raw.clone(), state: Arc::new(AtomicU64::new(OPEN)) }
    }

    /// Whether the host can read and write now. Only polling or waiting for the device brings it about.
    pub(crate) fn is_open(&self) -> bool {
        // Acquire pairs with the release of the callback: whoever sees the mapping may use it.
        self.state.load(Ordering::Acquire) % KINDS == OPEN
    }

    /// Leaves the buffer to the device.
    pub(crate) fn lend(&self, device: &Device) -> Result<(), DeviceError> {
        let lent = self.state.load(Ordering::Relaxed) / KINDS + 1;
        self.state.store(lent * KINDS + UNDER_WAY, Ordering::Relaxed);
        device.checked(|_| self.raw.unmap()).map_err(|error| device.broken("unmapping a buffer", &error))
    }

    /// Has the buffer mapped as soon as the work is done that has been submitted.
    pub(crate) fn take_back(&self) {
        let state = self.state.clone();
        let awaited = state.load(Ordering::Relaxed);
        self.raw.map_async(wgpu::MapMode::Write, .., move |mapped| {
            let kind = if mapped.is_ok() { OPEN } else { FAILED };
            let done = awaited - awaited % KINDS + kind;
            // Fails when the buffer has been lent again, and then says nothing.
            let _ = state.compare_exchange(awaited, done, Ordering::Release, Ordering::Relaxed);
        });
    }

    /// Waits until the host can read and write.
    fn wait(&self, device: &Device) -> Result<(), DeviceError> {
        while !self.is_open() {
            device.check_alive()?;
            if self.state.load(Ordering::Acquire) % KINDS == FAILED {
                return Err(device.broken("mapping a buffer", &"the device did not say why"));
            }
            device.wait_idle(PATIENCE)?;
            // Another thread that polls may have taken over the mapping and not be done with it.
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Writes bytes, when the device is done with the buffer.
    pub(crate) fn write(&self, device: &Device, offset: u64, bytes: &[u8]) -> Result<(), DeviceError> {
        self.wait(device)?;
        // Mappings begin at multiples of 8, writes at words.
        let skipped = offset % wgpu::MAP_ALIGNMENT;
        let view = self.raw.get_mapped_range_mut(offset - skipped..offset + bytes.len() as u64);
        let mut view = view.map_err(|error| device.broken("writing to a buffer", &error))?;
        view.slice(skipped as usize..).copy_from_slice(bytes);
        Ok(())
    }

    /// Shows bytes, when the device is done with the buffer.
    pub(crate) fn read<R>(
        &self,
        device: &Device,
        offset: u64,
        bytes: u64,
        reader: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, DeviceError> {
        if bytes == 0 {
            return Ok(reader(&[]));
        }
        self.wait(device)?;
        let skipped = offset % wgpu::MAP_ALIGNMENT;
        let view = self.raw.get_mapped_range(offset - skipped..offset + bytes);
        let view = view.map_err(|error| device.broken("reading a buffer", &error))?;
        Ok(reader(&view[skipped as usize..]))
    }
}
