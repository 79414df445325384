//! Getting bytes back from a device: copied into one of a few staging buffers, which the host maps and reads.
//!
//! A buffer goes round: taken by a recorder, copied into by the device, mapped by whoever polls, read by the holder of the
//! [`Readback`], and back in the ring when that is dropped. With three of them, one submission can be read while another
//! runs and a third is queued.

use std::sync::{Arc, Mutex, PoisonError};

use ringkernel_core::memory::Charge;
use ringkernel_core::sync::atomic::{AtomicU8, Ordering};
use wgpu::BufferUsages;

use super::buffer::allocate;
use super::{Device, DeviceError, StorageBuffer};

/// A few staging buffers that are used again and again. Each is as large as the largest that was read back into it.
#[derive(Debug, Clone)]
pub struct StagingRing {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    device: Device,
    count: usize,
    /// The places of buffers that nobody uses, empty ones being made when needed. Locked for a push or a pop only.
    free: Mutex<Vec<Option<Staging>>>,
}

#[derive(Debug)]
struct Staging {
    raw: wgpu::Buffer,
    bytes: u64,
    /// Held for its destructor.
    _charge: Charge,
}

/// A range of bytes to be read back; offset and length are multiples of 4.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// Of which buffer.
    pub buffer: &'a StorageBuffer,
    /// The first byte.
    pub offset: u64,
    /// How many.
    pub bytes: u64,
}

/// How far a readback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadbackState {
    /// The device has not come to it, or nobody has polled since.
    UnderWay,
    /// The bytes are there.
    Ready,
    /// They will never come: the work was not submitted, or the device is gone.
    Failed,
}

/// Bytes on their way back. Dropping it gives the staging buffer back to the ring.
#[derive(Debug)]
pub struct Readback {
    lease: Arc<Lease>,
}

/// The recorder's end of a readback.
#[derive(Debug)]
pub(crate) struct ReadbackEnd {
    /// Taken when the work has been submitted.
    lease: Option<Arc<Lease>>,
}

/// A staging buffer outside of the ring. It goes back when neither end needs it.
#[derive(Debug)]
struct Lease {
    staging: Option<Staging>,
    home: Arc<Shared>,
    bytes: u64,
    state: Arc<AtomicU8>,
}

/// The words of a lease: recorded, then mapping, then ready or failed.
const RECORDED: u8 = 0;
const MAPPING: u8 = 1;
const READY: u8 = 2;
const FAILED: u8 = 3;

impl StagingRing {
    /// A ring of `count` buffers, at least 3. They are made when first used.
    pub fn new(device: &Device, count: usize) -> Self {
        let count = count.max(3);
        let free = Mutex::new((0..count).map(|_| None).collect());
        Self { shared: Arc::new(Shared { device: device.clone(), count, free }) }
    }

    /// A staging buffer for these spans, in two ends.
    pub(crate) fn take(&self, spans: &[Span<'_>]) -> Result<(Readback, ReadbackEnd), DeviceError> {
        let bytes = spans.iter().map(|span| span.bytes).fold(0, u64::saturating_add);
        let place = self.shared.free().pop().ok_or(DeviceError::StagingBusy { count: self.shared.count })?;
        let staging = match place {
            Some(staging) if staging.bytes >= bytes => Ok(staging),
            // A smaller one is dropped first, so that not both use memory.
            _ => self.shared.make(bytes),
        };
        let staging = staging.inspect_err(|_| self.shared.free().push(None))?;
        let state = Arc::new(AtomicU8::new(RECORDED));
        let lease = Arc::new(Lease { staging: Some(staging), home: self.shared.clone(), bytes, state });
        Ok((Readback { lease: lease.clone() }, ReadbackEnd { lease: Some(lease) }))
    }
}

impl Shared {
    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Option<Staging>>> {
        // A push or a pop leaves nothing half done.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A buffer of at least `bytes` bytes; powers of two, so that sizes that vary need few buffers.
    fn make(&self, bytes: u64) -> Result<Staging, DeviceError> {
        let limit = self.device.capabilities().binding_bytes_max;
        let ample = bytes.max(SMALLEST).checked_next_power_of_two().unwrap_or(bytes);
        let bytes = if ample > limit { bytes } else { ample };
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let (raw, charge) = allocate(&self.device, "staging buffer", bytes, usage)?;
        Ok(Staging { raw, bytes, _charge: charge })
    }
}

const SMALLEST: u64 = 4096;

impl Readback {
    /// How far it is. Only polling or waiting for the device brings it further.
    pub fn state(&self) -> ReadbackState {
        // Acquire pairs with the release of the callback: whoever sees that the bytes are mapped may read them.
        match self.lease.state.load(Ordering::Acquire) {
            RECORDED | MAPPING => ReadbackState::UnderWay,
            READY => ReadbackState::Ready,
            _ => ReadbackState::Failed,
        }
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> u64 {
        self.lease.bytes
    }

    /// Shows the bytes, in the order of the spans, or gives `None` while they are under way.
    ///
    /// # Errors
    /// [`DeviceError::Lost`]; [`DeviceError::Invalid`] when the work was never submitted.
    pub fn read<R>(&self, reader: impl FnOnce(&[u8]) -> R) -> Result<Option<R>, DeviceError> {
        let device = &self.lease.home.device;
        match self.state() {
            ReadbackState::UnderWay => return Ok(None),
            ReadbackState::Failed => return Err(device.broken("reading back", &"the work was not submitted")),
            ReadbackState::Ready if self.lease.bytes == 0 => return Ok(Some(reader(&[]))),
            ReadbackState::Ready => {}
        }
        let view = self.lease.raw().get_mapped_range(..self.lease.bytes);
        let view = view.map_err(|error| device.broken("reading back", &error))?;
        Ok(Some(reader(&view)))
    }
}

impl ReadbackEnd {
    /// Where the device copies to.
    pub(crate) fn raw(&self) -> &wgpu::Buffer {
        self.lease.as_ref().expect("the work has not been submitted").raw()
    }

    /// Maps the buffer as soon as the submitted copy into it is done.
    pub(crate) fn start(mut self) {
        let Some(lease) = self.lease.take() else { return };
        let state = lease.state.clone();
        if lease.bytes == 0 {
            state.store(READY, Ordering::Release);
            return;
        }
        // Relaxed: read by the destructor of the lease only, to which its count of owners orders it.
        state.store(MAPPING, Ordering::Relaxed);
        lease.raw().map_async(wgpu::MapMode::Read, ..lease.bytes, move |mapped| {
            state.store(if mapped.is_ok() { READY } else { FAILED }, Ordering::Release);
        });
    }
}

impl Drop for ReadbackEnd {
    fn drop(&mut self) {
        if let Some(lease) = &self.lease {
            lease.state.store(FAILED, Ordering::Release);
        }
    }
}

impl Lease {
    fn raw(&self) -> &wgpu::Buffer {
        &self.staging.as_ref().expect("it is taken by the destructor only").raw
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(staging) = self.staging.take() else { return };
        let place = match self.state.load(Ordering::Acquire) {
            FAILED => None,
            // A copy that is still to come reaches the buffer before those of its next user: the device works in order.
            MAPPING | READY if self.bytes > 0 => {
                // Fails only where the device has taken the buffer away, with itself.
                let unmapped = self.home.device.checked(|_| staging.raw.unmap());
                unmapped.is_ok().then_some(staging)
            }
            _ => Some(staging),
        };
        self.home.free().push(place);
    }
}
