//! Programs from WGSL text, and what they are bound to. All bindings are storage buffers in group 0.

use std::borrow::Cow;
use std::sync::Arc;

use super::window::Window;
use super::{Device, DeviceError, StorageBuffer};

/// What programs do with a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    ReadWrite,
}

/// The bindings 0, 1, 2, ... of group 0, and how many bytes of immediate data there are.
#[derive(Debug, Clone)]
pub struct Layout {
    device: Device,
    accesses: Vec<Access>,
    bindings: wgpu::BindGroupLayout,
    pipeline: wgpu::PipelineLayout,
    immediate_bytes: u32,
}

/// A program as text.
#[derive(Debug, Clone, Copy)]
pub struct ProgramText<'a> {
    /// Its name in errors.
    pub name: &'a str,
    /// The text, WGSL.
    pub wgsl: &'a str,
    /// The entry point.
    pub entry: &'a str,
    /// Values of its `override` constants, by name.
    pub constants: &'a [(&'a str, f64)],
}

/// A compiled program.
#[derive(Debug, Clone)]
pub struct Pipeline {
    raw: wgpu::ComputePipeline,
    immediate_bytes: u32,
}

/// Buffers in the order of a layout.
#[derive(Debug)]
pub struct Bindings {
    layout: Layout,
    raw: wgpu::BindGroup,
    /// The buffers that it was made of, to see whether they have grown.
    buffers: Vec<wgpu::Buffer>,
    /// Of those in the host's reach.
    windows: Vec<Arc<Window>>,
}

impl Layout {
    /// A layout of these bindings, with `immediate_bytes` bytes of `var<immediate>`, a multiple of 4.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] when the device has fewer bindings or less immediate data; [`DeviceError::Lost`].
    pub fn new(device: &Device, accesses: &[Access], immediate_bytes: u32) -> Result<Self, DeviceError> {
        let entries: Vec<_> =
            (0_u32..).zip(accesses).map(|(binding, access)| entry(binding, *access)).collect();
        let made = device.checked(|raw| {
            let bindings = raw.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: None,
                entries: &entries,
            });
            let pipeline = raw.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(&bindings)],
                immediate_size: immediate_bytes,
            });
            (bindings, pipeline)
        });
        let (bindings, pipeline) = made.map_err(|error| device.broken("making a layout", &error))?;
        device.check_alive()?;
        Ok(Self { device: device.clone(), accesses: accesses.to_vec(), bindings, pipeline, immediate_bytes })
    }

    /// Compiles a program for this layout. Takes milliseconds to seconds, and stack space that grows with the depth of the
    /// text's nesting.
    ///
    /// # Errors
    /// [`DeviceError::Program`] with what the compiler says; [`DeviceError::Lost`].
    pub fn compile(&self, program: ProgramText<'_>) -> Result<Pipeline, DeviceError> {
        self.device.check_alive()?;
        let made = self.device.checked(|raw| {
            let module = raw.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(program.name),
                source: wgpu::ShaderSource::Wgsl(Cow::Borrowed(program.wgsl)),
            });
            raw.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(program.name),
                layout: Some(&self.pipeline),
                module: &module,
                entry_point: Some(program.entry),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: program.constants,
                    ..Default::default()
                },
                cache: None,
            })
        });
        match made {
            Ok(raw) => {
                self.device.check_alive()?;
                Ok(Pipeline { raw, immediate_bytes: self.immediate_bytes })
            }
            Err(error) => {
                self.device.check_alive()?;
                Err(DeviceError::Program { program: program.name.into(), message: error.to_string() })
            }
        }
    }

    /// Binds buffers, one for each binding in order.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] when their number differs from the layout's; [`DeviceError::Lost`].
    pub fn bind(&self, buffers: &[&StorageBuffer]) -> Result<Bindings, DeviceError> {
        if buffers.len() != self.accesses.len() {
            let message = format!("{} buffers for {} bindings", buffers.len(), self.accesses.len());
            return Err(DeviceError::Invalid { operation: "binding buffers".into(), message });
        }
        self.device.check_alive()?;
        let entries: Vec<_> = (0_u32..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.raw().as_entire_binding(),
            })
            .collect();
        let descriptor = wgpu::BindGroupDescriptor { label: None, layout: &self.bindings, entries: &entries };
        let raw = self
            .device
            .checked(|raw| raw.create_bind_group(&descriptor))
            .map_err(|error| self.device.broken("binding buffers", &error))?;
        self.device.check_alive()?;
        let windows = buffers.iter().filter_map(|buffer| buffer.window().cloned()).collect();
        let buffers = buffers.iter().map(|buffer| buffer.raw().clone()).collect();
        Ok(Bindings { layout: self.clone(), raw, buffers, windows })
    }
}

impl Bindings {
    /// Binds these buffers anew if any has grown since. True when it did.
    ///
    /// # Errors
    /// As [`Layout::bind`].
    pub fn refresh(&mut self, buffers: &[&StorageBuffer]) -> Result<bool, DeviceError> {
        let same = self.buffers.len() == buffers.len()
            && self.buffers.iter().zip(buffers).all(|(bound, buffer)| bound == buffer.raw());
        if !same {
            *self = self.layout.bind(buffers)?;
        }
        Ok(!same)
    }

    pub(crate) fn raw(&self) -> &wgpu::BindGroup {
        &self.raw
    }

    pub(crate) fn windows(&self) -> &[Arc<Window>] {
        &self.windows
    }
}

impl Pipeline {
    pub(crate) fn raw(&self) -> &wgpu::ComputePipeline {
        &self.raw
    }

    pub(crate) fn immediate_bytes(&self) -> u32 {
        self.immediate_bytes
    }
}

fn entry(binding: u32, access: Access) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only: access == Access::Read },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}
