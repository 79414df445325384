//! Work for a device, recorded and then submitted. What is recorded runs in order; each dispatch sees what the one before it
//! has written.

use std::sync::Arc;

use super::staging::ReadbackEnd;
use super::window::Window;
use super::{Bindings, Device, DeviceError, Pipeline, Readback, Span, StagingRing, StorageBuffer};

/// Work that is being recorded. Dropping it forgets the work; what it was to read back fails then.
#[derive(Debug)]
pub struct Recorder {
    device: Device,
    encoder: wgpu::CommandEncoder,
    readbacks: Vec<ReadbackEnd>,
    lent: Lent,
}

/// A row of dispatches.
#[derive(Debug)]
pub struct Pass<'a> {
    raw: wgpu::ComputePass<'a>,
    lent: &'a mut Lent,
}

/// Buffers in the host's reach that the work uses, once each.
#[derive(Debug, Default)]
struct Lent(Vec<Arc<Window>>);

impl Lent {
    fn add<'a>(&mut self, windows: impl IntoIterator<Item = &'a Arc<Window>>) {
        for window in windows {
            if !self.0.iter().any(|known| Arc::ptr_eq(known, window)) {
                self.0.push(window.clone());
            }
        }
    }
}

/// Work that has been submitted.
#[derive(Debug, Clone)]
pub struct Submission {
    pub(crate) index: wgpu::SubmissionIndex,
}

impl Recorder {
    pub(crate) fn new(device: &Device, label: &str) -> Self {
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some(label) };
        let encoder = device.raw().create_command_encoder(&descriptor);
        Self { device: device.clone(), encoder, readbacks: Vec::new(), lent: Lent::default() }
    }

    /// Begins a row of dispatches.
    pub fn pass(&mut self) -> Pass<'_> {
        let raw = self.encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        Pass { raw, lent: &mut self.lent }
    }

    /// Copies bytes between two buffers.
    ///
    /// # Errors
    /// [`DeviceError::OutOfBounds`], [`DeviceError::Unaligned`].
    pub fn copy(
        &mut self,
        from: &StorageBuffer,
        from_offset: u64,
        to: &StorageBuffer,
        to_offset: u64,
        bytes: u64,
    ) -> Result<(), DeviceError> {
        from.check(from_offset, bytes)?;
        to.check(to_offset, bytes)?;
        if bytes > 0 {
            self.lent.add([from, to].into_iter().filter_map(StorageBuffer::window));
            self.encoder.copy_buffer_to_buffer(from.raw(), from_offset, to.raw(), to_offset, bytes);
        }
        Ok(())
    }

    /// Sets bytes to zero.
    ///
    /// # Errors
    /// [`DeviceError::OutOfBounds`], [`DeviceError::Unaligned`].
    pub fn clear(&mut self, buffer: &StorageBuffer, offset: u64, bytes: u64) -> Result<(), DeviceError> {
        buffer.check(offset, bytes)?;
        if bytes > 0 {
            self.lent.add(buffer.window());
            self.encoder.clear_buffer(buffer.raw(), offset, Some(bytes));
        }
        Ok(())
    }

    /// Gets bytes back to the host: those that are there when the work so far is done, one span after the other.
    ///
    /// # Errors
    /// [`DeviceError::OutOfBounds`], [`DeviceError::Unaligned`]; [`DeviceError::StagingBusy`];
    /// [`DeviceError::Exhausted`] when a larger staging buffer is needed than there can be; [`DeviceError::Lost`].
    pub fn read_back(&mut self, ring: &StagingRing, spans: &[Span<'_>]) -> Result<Readback, DeviceError> {
        spans.iter().try_for_each(|span| span.buffer.check(span.offset, span.bytes))?;
        let (readback, end) = ring.take(spans)?;
        let mut at = 0;
        for span in spans.iter().filter(|span| span.bytes > 0) {
            self.lent.add(span.buffer.window());
            self.encoder.copy_buffer_to_buffer(span.buffer.raw(), span.offset, end.raw(), at, span.bytes);
            at += span.bytes;
        }
        self.readbacks.push(end);
        Ok(readback)
    }

    /// Hands the work to the device, after all writes so far.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] when the device refuses what was recorded; nothing of it runs then.
    /// [`DeviceError::Lost`].
    pub fn submit(self) -> Result<Submission, DeviceError> {
        let Self { device, encoder, readbacks, lent: Lent(lent) } = self;
        device.check_alive()?;
        let submitted = lent.iter().try_for_each(|window| window.lend(&device)).and_then(|()| {
            let submitted = device.checked(|_| device.queue().submit([encoder.finish()]));
            submitted.map_err(|error| device.broken("submitting work", &error))
        });
        // Whatever became of the work, the host gets its buffers back.
        lent.iter().for_each(|window| window.take_back());
        let index = submitted?;
        device.check_alive()?;
        readbacks.into_iter().for_each(ReadbackEnd::start);
        Ok(Submission { index })
    }
}

impl Pass<'_> {
    /// What the next dispatches run, and on what.
    pub fn set(&mut self, pipeline: &Pipeline, bindings: &Bindings) {
        self.lent.add(bindings.windows());
        self.raw.set_pipeline(pipeline.raw());
        self.raw.set_bind_group(0, bindings.raw(), &[]);
    }

    /// The immediate data of the next dispatches, from its start. The program that is [set](Self::set) has to have as much.
    ///
    /// # Errors
    /// [`DeviceError::OutOfBounds`], [`DeviceError::Unaligned`].
    pub fn set_immediates(&mut self, pipeline: &Pipeline, bytes: &[u8]) -> Result<(), DeviceError> {
        let buffer = || "immediate data".to_owned();
        let (length, size) = (bytes.len() as u64, u64::from(pipeline.immediate_bytes()));
        if length > size {
            return Err(DeviceError::OutOfBounds { buffer: buffer(), offset: 0, bytes: length, size });
        }
        if !length.is_multiple_of(4) {
            return Err(DeviceError::Unaligned { buffer: buffer(), offset: 0, bytes: length });
        }
        self.raw.set_immediates(0, bytes);
        Ok(())
    }

    /// Runs as many workgroups. A number that is larger than the device allows is refused when the work is submitted.
    pub fn dispatch(&mut self, workgroups: [u32; 3]) {
        let [x, y, z] = workgroups;
        self.raw.dispatch_workgroups(x, y, z);
    }
}
