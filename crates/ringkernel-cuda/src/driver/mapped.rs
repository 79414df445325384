//! Words that host and device both access, in memory of the host.

use ringkernel_core::sync::atomic::AtomicU32;

use super::DriverError;
use super::context::Context;
use super::locked::PageLocked;

/// Words of 32 bits in page-locked memory of the host. The device reads and writes them in place, over the bus; it can load and
/// store, while operations that read and write at once are not atomic between host and device on every machine.
///
/// The host may use them for as long as it holds this, also when the context has ended.
#[derive(Debug)]
pub struct MappedBuffer {
    memory: PageLocked,
    words: usize,
    device_address: u64,
}

const _: () = assert!(size_of::<AtomicU32>() == size_of::<u32>() && align_of::<AtomicU32>() <= 4);

impl MappedBuffer {
    /// As many words, all zero. Its addresses on both sides are multiples of 4,096.
    ///
    /// # Errors
    /// [`DriverError::OutOfMemory`]; [`DriverError::Busy`] while a grid runs.
    pub fn zeroed(context: &Context, words: usize) -> Result<Self, DriverError> {
        let bytes = words.checked_mul(size_of::<u32>()).ok_or_else(|| DriverError::OutOfMemory {
            what: "page-locked memory",
            requested: usize::MAX,
            reason: format!("{words} words are more than there are addresses"),
        })?;
        let memory = PageLocked::zeroed(context, bytes)?;
        let device_address = memory.address_on_device()?;
        Ok(Self { memory, words, device_address })
    }

    /// The address of the first word on the device.
    pub fn device_address(&self) -> u64 {
        self.device_address
    }

    /// The words.
    pub fn words(&self) -> &[AtomicU32] {
        // SAFETY: The memory has as many words, aligned and set, for as long as this is there. Everybody accesses them
        // atomically: the host can do nothing else with what this gives, and the device's accesses are its loads and stores of
        // words.
        unsafe {
            std::slice::from_raw_parts(self.memory.address().cast_const().cast::<AtomicU32>(), self.words)
        }
    }
}
