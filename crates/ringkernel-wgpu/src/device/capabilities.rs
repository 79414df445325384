//! What a device can do.

use wgpu::Features;

/// What programs may use on a device, and its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// `i64` and `u64` in programs.
    pub int64: bool,
    /// `f64` in programs.
    pub float64: bool,
    /// Lanes of a subgroup, smallest and largest, where programs can use subgroup operations.
    pub subgroup_lanes: Option<(u32, u32)>,
    /// Barriers of subgroups.
    pub subgroup_barrier: bool,
    /// Bytes of immediate data that a program can be given with a dispatch; 0 where there are none.
    pub immediate_bytes_max: u32,
    /// The host reads and writes buffers in place. Only where the processor imitates the device: there all memory is the
    /// processor's own, and a copy costs as much as handling a message.
    pub in_reach: bool,
    /// Lanes of a workgroup, at most.
    pub workgroup_lanes_max: u32,
    /// Bytes of memory that the lanes of a workgroup share, at most.
    pub workgroup_bytes_max: u32,
    /// Workgroups of a dispatch in one dimension, at most.
    pub workgroups_max: u32,
    /// Storage buffers that one program can be bound to.
    pub storage_bindings_max: u32,
    /// Bytes of a storage buffer that a program can reach, and so of any buffer here; a multiple of 4.
    pub binding_bytes_max: u64,
}

/// What is switched on when the adapter has it.
const USEFUL: Features = Features::SHADER_INT64
    .union(Features::SHADER_F64)
    .union(Features::SUBGROUP)
    .union(Features::SUBGROUP_BARRIER)
    .union(Features::IMMEDIATES);

/// What it takes to map buffers that programs use.
pub(crate) const REACHING: Features = Features::MAPPABLE_PRIMARY_BUFFERS;

/// The features to open an adapter with.
pub(crate) fn wanted(adapter: &wgpu::Adapter) -> Features {
    let reaching = match adapter.get_info().device_type {
        wgpu::DeviceType::Cpu => REACHING,
        _ => Features::empty(),
    };
    adapter.features() & (USEFUL | reaching)
}

impl Capabilities {
    /// Those of an open device.
    pub(crate) fn of(device: &wgpu::Device) -> Self {
        let (features, limits, info) = (device.features(), device.limits(), device.adapter_info());
        let has = |feature| features.contains(feature);
        let binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        Self {
            int64: has(Features::SHADER_INT64),
            float64: has(Features::SHADER_F64),
            subgroup_lanes: has(Features::SUBGROUP)
                .then_some((info.subgroup_min_size, info.subgroup_max_size)),
            subgroup_barrier: has(Features::SUBGROUP_BARRIER),
            immediate_bytes_max: if has(Features::IMMEDIATES) { limits.max_immediate_size } else { 0 },
            in_reach: has(REACHING),
            workgroup_lanes_max: limits
                .max_compute_invocations_per_workgroup
                .min(limits.max_compute_workgroup_size_x),
            workgroup_bytes_max: limits.max_compute_workgroup_storage_size,
            workgroups_max: limits.max_compute_workgroups_per_dimension,
            storage_bindings_max: limits.max_storage_buffers_per_shader_stage,
            binding_bytes_max: binding & !3,
        }
    }
}
