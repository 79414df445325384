//! Values that host and device both access, in memory of the host.

use std::fmt;
use std::marker::PhantomData;

use ringkernel_core::message::GpuType;
use ringkernel_core::{Result, RingKernelError};

use super::context::Context;
use super::locked::PageLocked;

/// Values of a plain type in page-locked memory of the host, which the device reads and writes in place, over the bus.
///
/// The handlers of actors reach no such memory; what does is a grid of one's own, which is given the
/// [address](Self::device_ptr). Launching one is `unsafe`: whoever does answers for it that the device writes only values of this type,
/// and none while the host has a slice of them. For words that both access at the same time there is
/// [`MappedBuffer`](super::MappedBuffer).
///
/// The host may use them for as long as it holds this, also when the context has ended.
pub struct CudaMappedBuffer<T: GpuType> {
    memory: PageLocked,
    device_address: u64,
    count: usize,
    values: PhantomData<T>,
}

impl<T: GpuType> CudaMappedBuffer<T> {
    const FITS_A_PAGE: () = assert!(align_of::<T>() <= 4096, "values must not be aligned beyond a page");

    /// As many values, each the default of its type. Their addresses begin at multiples of 4,096 on both sides.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a count of 0; [`RingKernelError::ResourceExhausted`]; and while a grid runs in the
    /// context, for which [`CudaRuntime::mapped_buffer`](crate::CudaRuntime::mapped_buffer) stops its own.
    pub fn new(context: &Context, count: usize) -> Result<Self>
    where
        T: Default,
    {
        const { Self::FITS_A_PAGE };
        if count == 0 {
            return Err(RingKernelError::InvalidConfig(
                "a mapped buffer has at least one value; 0 were asked for".into(),
            ));
        }
        // More than there are addresses is as much as nobody has.
        let memory = PageLocked::zeroed(context, count.saturating_mul(size_of::<T>().max(1)))?;
        let device_address = memory.address_on_device()?;
        let first = memory.address().cast::<T>();
        for index in 0..count {
            // SAFETY: The memory has room for `count` values, so that this address is within it.
            let place = unsafe { first.add(index) };
            // SAFETY: As above; it is aligned, because pages are and sizes are multiples of alignments, and nobody else has it.
            unsafe { place.write(T::default()) };
        }
        Ok(Self { memory, device_address, count, values: PhantomData })
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none, which cannot be.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of all values.
    pub fn size_bytes(&self) -> usize {
        self.count * size_of::<T>()
    }

    /// The address of the first value on the device.
    pub fn device_ptr(&self) -> u64 {
        self.device_address
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: `new` has set as many values, which are plain and stay for as long as this does. The host changes them through
        // a borrow of its own only, and whoever lets a device write answers for it that it does not meanwhile.
        unsafe { std::slice::from_raw_parts(self.memory.address().cast_const().cast::<T>(), self.count) }
    }

    /// The values, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: As above; nobody else on the host has a reference to them.
        unsafe { std::slice::from_raw_parts_mut(self.memory.address().cast::<T>(), self.count) }
    }
}

impl<T: GpuType> fmt::Debug for CudaMappedBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CudaMappedBuffer")
            .field("len", &self.count)
            .field("device_ptr", &format_args!("{:#x}", self.device_address))
            .finish_non_exhaustive()
    }
}
