//! Device memory for buffers of one's own.
//!
//! Copies wait for the device. They may come from any thread, also while another one drives the device.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ringkernel_core::memory::{
    Charge, DeviceMemory, GpuBuffer, Ledger, UNKNOWN, check_alignment, check_copy,
};
use ringkernel_core::{Result, RingKernelError};

use super::{Device, DeviceError, Patience, ReadbackState, Span, StagingRing, StorageBuffer, Waited, heap};

/// The memory of a device.
#[derive(Debug, Clone)]
pub struct WgpuMemory {
    device: Device,
    in_use: Ledger,
}

/// Bytes in the memory of a device.
#[derive(Debug)]
struct WgpuBuffer {
    device: Device,
    size: usize,
    /// Locked during a copy, so that two that share a word of the device do not mix.
    words: Mutex<StorageBuffer>,
    _charge: Charge,
}

/// How long a copy waits for the device, which may be in the middle of other work.
const PATIENCE: Patience = Patience { spin: Duration::from_micros(50), limit: Duration::from_secs(30) };

/// Every binding of WebGPU begins at a multiple of this, in bytes, and so does every buffer.
const ALIGNMENT: usize = 256;

const WORD: usize = 4;

impl WgpuMemory {
    /// The memory of this device.
    pub fn new(device: &Device) -> Self {
        Self { device: device.clone(), in_use: Ledger::default() }
    }

    /// Bytes of the buffers that it has given.
    pub fn bytes_in_use(&self) -> u64 {
        self.in_use.bytes()
    }
}

impl DeviceMemory for WgpuMemory {
    fn allocate_aligned(&self, size: usize, align: usize) -> Result<Box<dyn GpuBuffer>> {
        check_alignment(align)?;
        if align > ALIGNMENT {
            return Err(RingKernelError::Unsupported {
                backend: self.device.backend(),
                feature: format!("an alignment of {align} bytes; at most {ALIGNMENT}"),
            });
        }
        let words = StorageBuffer::new(&self.device, "device memory", size as u64)
            .map_err(|error| error.of(self.device.backend()))?;
        let charge = self.in_use.charge(words.bytes());
        Ok(Box::new(WgpuBuffer {
            device: self.device.clone(),
            size,
            words: Mutex::new(words),
            _charge: charge,
        }))
    }

    fn total_memory(&self) -> usize {
        heap::bytes(&self.device)
    }

    /// Without what this process uses through the device; what other programs use is not known.
    fn free_memory(&self) -> usize {
        match self.total_memory() {
            UNKNOWN => UNKNOWN,
            total => {
                total.saturating_sub(usize::try_from(self.device.ledger().bytes()).unwrap_or(usize::MAX))
            }
        }
    }
}

impl WgpuBuffer {
    fn lock(&self) -> MutexGuard<'_, StorageBuffer> {
        // A copy that panicked would leave bytes, and any bytes are a buffer's content.
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), DeviceError> {
        let buffer = self.lock();
        let (words, rest) = bytes.split_at(bytes.len() - bytes.len() % WORD);
        buffer.write(0, words)?;
        if !rest.is_empty() {
            // The device copies whole words, and the rest of the last one has to stay as it is.
            let mut last = [0; WORD];
            self.fetch(&buffer, words.len(), &mut last)?;
            last[..rest.len()].copy_from_slice(rest);
            buffer.write(words.len() as u64, &last)?;
        }
        let submission = self.device.record("copy to device").submit()?;
        self.finish(&submission)
    }

    fn read(&self, bytes: &mut [u8]) -> Result<(), DeviceError> {
        let buffer = self.lock();
        self.fetch(&buffer, 0, bytes)
    }

    /// Copies bytes from a multiple of the size of a word on.
    fn fetch(&self, buffer: &StorageBuffer, offset: usize, bytes: &mut [u8]) -> Result<(), DeviceError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let span = Span { buffer, offset: offset as u64, bytes: bytes.len().next_multiple_of(WORD) as u64 };
        let mut recorder = self.device.record("copy to host");
        let readback = recorder.read_back(&StagingRing::new(&self.device, 3), &[span])?;
        let submission = recorder.submit()?;
        self.finish(&submission)?;
        // Another thread that polls may have taken over the delivery and not be done with it.
        while readback.state() == ReadbackState::UnderWay {
            self.device.poll()?;
            std::thread::yield_now();
        }
        let length = bytes.len();
        readback.read(|copied| bytes.copy_from_slice(&copied[..length])).map(drop)
    }

    fn finish(&self, submission: &super::Submission) -> Result<(), DeviceError> {
        match self.device.wait(submission, PATIENCE)? {
            Waited::Done => Ok(()),
            Waited::TimedOut => Err(DeviceError::Timeout { after: PATIENCE.limit }),
        }
    }
}

impl GpuBuffer for WgpuBuffer {
    fn size(&self) -> usize {
        self.size
    }

    /// 0: WebGPU gives no addresses away.
    fn device_ptr(&self) -> usize {
        0
    }

    fn copy_from_host(&self, bytes: &[u8]) -> Result<()> {
        check_copy(bytes.len(), self.size)?;
        self.write(bytes).map_err(|error| error.of(self.device.backend()))
    }

    fn copy_to_host(&self, bytes: &mut [u8]) -> Result<()> {
        check_copy(bytes.len(), self.size)?;
        self.read(bytes).map_err(|error| error.of(self.device.backend()))
    }
}
