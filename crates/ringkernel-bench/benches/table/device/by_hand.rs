//! What a user would write by hand: write the requests, dispatch, copy, map, read. No actors, no state, one pipeline.

use std::num::NonZeroU64;
use std::time::Instant;

use ringkernel_bench::statistics::ns_each;
use ringkernel_wgpu::device::AdapterDescription;
use wgpu::{BufferUsages, PollType};

/// Bytes of a request and of an answer: one number.
const BYTES: usize = size_of::<u64>();

/// Lanes of a workgroup in `by_hand.wgsl`.
const LANES: u32 = 64;

/// A program that doubles so many numbers at a time, made once.
pub(crate) struct ByHand {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    requests: wgpu::Buffer,
    answers: wgpu::Buffer,
    staging: wgpu::Buffer,
    numbers: usize,
}

impl ByHand {
    /// The program on this device.
    ///
    /// # Panics
    /// When the device is not there any more.
    pub(crate) fn on(description: &AdapterDescription, numbers: usize) -> Self {
        let (device, queue) = open(description);
        let module = device.create_shader_module(wgpu::include_wgsl!("by_hand.wgsl"));
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some("double"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let size = (numbers * BYTES) as u64;
        let buffer = |usage| {
            let mapped_at_creation = false;
            device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation })
        };
        let requests = buffer(BufferUsages::STORAGE | BufferUsages::COPY_DST);
        let answers = buffer(BufferUsages::STORAGE | BufferUsages::COPY_SRC);
        let staging = buffer(BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let whole = |buffer| {
            let size = NonZeroU64::new(size);
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size })
        };
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: whole(&requests) },
                wgpu::BindGroupEntry { binding: 1, resource: whole(&answers) },
            ],
        });
        Self { device, queue, pipeline, bindings, requests, answers, staging, numbers }
    }

    /// Doubles numbers on the device, as many as it was made for, and checks what comes of it.
    pub(crate) fn double(&self, values: &[u64]) {
        assert_eq!(values.len(), self.numbers);
        let requests: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.queue.write_buffer(&self.requests, 0, &requests);
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bindings, &[]);
            pass.dispatch_workgroups((self.numbers as u32).div_ceil(LANES), 1, 1);
        }
        encoder.copy_buffer_to_buffer(&self.answers, 0, &self.staging, 0, self.staging.size());
        self.queue.submit([encoder.finish()]);
        self.staging.map_async(wgpu::MapMode::Read, .., |mapped| mapped.expect("the answers can be read"));
        self.device.poll(PollType::wait_indefinitely()).expect("the device answers");
        {
            let bytes = self.staging.get_mapped_range(..).expect("it is mapped");
            for (value, answer) in values.iter().zip(bytes.chunks_exact(BYTES)) {
                assert_eq!(u64::from_le_bytes(answer.try_into().expect("one number")), 2 * value);
            }
        }
        self.staging.unmap();
    }

    /// The mean of so many dispatches, one after the other.
    pub(crate) fn ns_a_dispatch(&self, count: u64) -> f64 {
        let dispatch = |round: u64| {
            let values: Vec<u64> = (0..self.numbers as u64).map(|number| number << 32 | round).collect();
            self.double(&values);
        };
        // The first ones pay for what is made once.
        (0..20).for_each(dispatch);
        let started = Instant::now();
        (0..count).for_each(dispatch);
        ns_each(started.elapsed(), count)
    }
}

/// Opens the device of this description.
fn open(description: &AdapterDescription) -> (wgpu::Device, wgpu::Queue) {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let adapter = adapters.into_iter().find(|adapter| {
        let info = adapter.get_info();
        // The same device may be reached through several APIs.
        info.name == description.name && format!("{:?}", info.backend) == description.api
    });
    let adapter = adapter.expect("the device is still there");
    let opened = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()));
    opened.expect("the device opens")
}
