//! Device memory that grows.

use std::sync::Arc;

use ringkernel_core::memory::Charge;
use wgpu::BufferUsages;

use super::window::Window;
use super::{Device, DeviceError};

/// A buffer in device memory that programs can be bound to. Its bytes are zero at first.
///
/// Growing it makes another buffer of the same content: [`Bindings`](super::Bindings) made before are bound to the old one
/// until they are [refreshed](super::Bindings::refresh).
#[derive(Debug)]
pub struct StorageBuffer {
    device: Device,
    label: String,
    raw: wgpu::Buffer,
    bytes: u64,
    growths: u64,
    charge: Charge,
    /// How the host reaches it, if it does.
    window: Option<Arc<Window>>,
}

impl StorageBuffer {
    /// A buffer of `bytes` bytes, rounded up to a multiple of 4 and at least 4.
    ///
    /// # Errors
    /// [`DeviceError::Exhausted`] when the device has less, or no program could reach as much;
    /// [`DeviceError::Lost`].
    pub fn new(device: &Device, label: &str, bytes: u64) -> Result<Self, DeviceError> {
        let bytes = round(bytes);
        let (raw, charge) = allocate(device, label, bytes, USAGE)?;
        Ok(Self { device: device.clone(), label: label.into(), raw, bytes, growths: 0, charge, window: None })
    }

    /// A buffer that the host reads and writes in place while no work uses it, where the device
    /// [can be reached](super::Capabilities::in_reach); elsewhere as [`new`](Self::new).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn in_reach(device: &Device, label: &str, bytes: u64) -> Result<Self, DeviceError> {
        if !device.capabilities().in_reach {
            return Self::new(device, label, bytes);
        }
        let bytes = round(bytes);
        let (raw, charge) = allocate(device, label, bytes, USAGE.union(REACHED))?;
        let window = Some(Arc::new(Window::opened(&raw)));
        Ok(Self { device: device.clone(), label: label.into(), raw, bytes, growths: 0, charge, window })
    }

    /// Its size in bytes, a multiple of 4.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its name in errors and in graphics debuggers.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How often it has grown.
    pub fn growths(&self) -> u64 {
        self.growths
    }

    /// Writes bytes before whatever is submitted next. They are copied at once. Nothing waits, unless the buffer is in the host's
    /// reach and work under way uses it.
    ///
    /// # Errors
    /// [`DeviceError::OutOfBounds`]; [`DeviceError::Unaligned`] unless both offset and length are multiples of 4;
    /// [`DeviceError::Lost`].
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), DeviceError> {
        self.check(offset, bytes.len() as u64)?;
        self.device.check_alive()?;
        if bytes.is_empty() {
            return Ok(());
        }
        if let Some(window) = &self.window {
            return window.write(&self.device, offset, bytes);
        }
        self.device
            .checked(|_| self.device.queue().write_buffer(&self.raw, offset, bytes))
            .map_err(|error| refused(&self.device, "staging memory", bytes.len() as u64, &error))
    }

    /// Shows bytes in place, when all work is done that uses the buffer; waits for that. `None` where the host does not reach it,
    /// so that they have to be [read back](super::Recorder::read_back).
    ///
    /// # Errors
    /// [`DeviceError::OutOfBounds`]; [`DeviceError::Unaligned`] unless both offset and length are multiples of 4;
    /// [`DeviceError::Lost`].
    pub fn look<R>(
        &self,
        offset: u64,
        bytes: u64,
        reader: impl FnOnce(&[u8]) -> R,
    ) -> Result<Option<R>, DeviceError> {
        self.check(offset, bytes)?;
        self.device.check_alive()?;
        let Some(window) = &self.window else { return Ok(None) };
        window.read(&self.device, offset, bytes, reader).map(Some)
    }

    /// Makes it at least `bytes` bytes large and keeps what it holds, writes that have not been submitted included. The new
    /// bytes are zero. Grows by at least a half, as far as the device allows, so that growing word by word stays cheap. Until
    /// the device has copied, both buffers use memory.
    ///
    /// True when it has grown, and so bindings have to be refreshed.
    ///
    /// # Errors
    /// As [`new`](Self::new); the buffer is as before then.
    pub fn grow(&mut self, bytes: u64) -> Result<bool, DeviceError> {
        if bytes <= self.bytes {
            return Ok(false);
        }
        let limit = self.device.capabilities().binding_bytes_max;
        let ample = round(self.bytes.saturating_add(self.bytes / 2)).min(limit);
        let bytes = round(bytes).max(ample);
        if let Some(window) = &self.window {
            let (raw, charge) = allocate(&self.device, &self.label, bytes, USAGE.union(REACHED))?;
            let grown = Window::opened(&raw);
            window.read(&self.device, 0, self.bytes, |old| grown.write(&self.device, 0, old))??;
            self.window = Some(Arc::new(grown));
            (self.raw, self.charge, self.bytes) = (raw, charge, bytes);
            self.growths += 1;
            return Ok(true);
        }
        let (raw, charge) = allocate(&self.device, &self.label, bytes, USAGE)?;
        let copied = self.device.checked(|device| {
            let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            encoder.copy_buffer_to_buffer(&self.raw, 0, &raw, 0, self.bytes);
            self.device.queue().submit([encoder.finish()]);
        });
        copied.map_err(|error| refused(&self.device, &self.label, bytes, &error))?;
        self.device.check_alive()?;
        (self.raw, self.charge, self.bytes) = (raw, charge, bytes);
        self.growths += 1;
        Ok(true)
    }

    /// Whether a range lies in it and consists of whole words.
    pub(crate) fn check(&self, offset: u64, bytes: u64) -> Result<(), DeviceError> {
        let buffer = || self.label.clone();
        if offset.checked_add(bytes).is_none_or(|end| end > self.bytes) {
            return Err(DeviceError::OutOfBounds { buffer: buffer(), offset, bytes, size: self.bytes });
        }
        if !offset.is_multiple_of(WORD) || !bytes.is_multiple_of(WORD) {
            return Err(DeviceError::Unaligned { buffer: buffer(), offset, bytes });
        }
        Ok(())
    }

    pub(crate) fn raw(&self) -> &wgpu::Buffer {
        &self.raw
    }

    pub(crate) fn window(&self) -> Option<&Arc<Window>> {
        self.window.as_ref()
    }
}

const WORD: u64 = 4;
const USAGE: BufferUsages = BufferUsages::STORAGE.union(BufferUsages::COPY_SRC).union(BufferUsages::COPY_DST);
/// What a buffer in the host's reach has besides.
const REACHED: BufferUsages = BufferUsages::MAP_READ.union(BufferUsages::MAP_WRITE);

fn round(bytes: u64) -> u64 {
    bytes.max(WORD).checked_next_multiple_of(WORD).unwrap_or(bytes)
}

/// A buffer and what it is counted as. One that the host can write to is mapped at first.
pub(crate) fn allocate(
    device: &Device,
    label: &str,
    bytes: u64,
    usage: BufferUsages,
) -> Result<(wgpu::Buffer, Charge), DeviceError> {
    device.check_alive()?;
    let limit = device.capabilities().binding_bytes_max;
    if bytes > limit {
        let reason = format!("a buffer of {} has {limit} bytes at most", device.description());
        return Err(DeviceError::Exhausted { what: label.into(), requested: bytes, reason });
    }
    let mapped_at_creation = usage.contains(BufferUsages::MAP_WRITE);
    let descriptor = wgpu::BufferDescriptor { label: Some(label), size: bytes, usage, mapped_at_creation };
    let raw = device
        .checked(|raw| raw.create_buffer(&descriptor))
        .map_err(|error| refused(device, label, bytes, &error))?;
    device.check_alive()?;
    Ok((raw, device.ledger().charge(bytes)))
}

/// What an error during an allocation means.
pub(crate) fn refused(device: &Device, what: &str, bytes: u64, error: &wgpu::Error) -> DeviceError {
    match error {
        wgpu::Error::OutOfMemory { .. } => DeviceError::Exhausted {
            what: what.into(),
            requested: bytes,
            reason: format!("the memory of {} is used up", device.description()),
        },
        other => device.broken(what, other),
    }
}
