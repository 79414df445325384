//! How much memory a device has. WebGPU does not say; the API below it may.

use ringkernel_core::memory::UNKNOWN;

use super::Device;

/// The device's own memory in bytes, or [`UNKNOWN`].
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn bytes(device: &Device) -> usize {
    // SAFETY: the handle is only read from, and given back at the end of this function; nothing is destroyed through it.
    let Some(vulkan) = (unsafe { device.raw().as_hal::<wgpu::hal::api::Vulkan>() }) else { return UNKNOWN };
    let instance = vulkan.shared_instance().raw_instance();
    // SAFETY: the physical device is one of this instance, both of which live as long as the open device that `vulkan` holds.
    let memory = unsafe { instance.get_physical_device_memory_properties(vulkan.raw_physical_device()) };
    let heaps = memory.memory_heaps_as_slice();
    let total: u64 =
        heaps.iter().filter(|heap| heap.flags.as_raw() & DEVICE_LOCAL != 0).map(|heap| heap.size).sum();
    usize::try_from(total).unwrap_or(UNKNOWN)
}

/// The device's own memory in bytes, or [`UNKNOWN`].
#[cfg(target_vendor = "apple")]
pub(crate) fn bytes(_: &Device) -> usize {
    UNKNOWN
}

/// `VK_MEMORY_HEAP_DEVICE_LOCAL_BIT`
#[cfg(not(target_vendor = "apple"))]
const DEVICE_LOCAL: u32 = 1;
