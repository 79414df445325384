//! Checking printed programs with naga, and running them on the adapter of this machine, if it has one.

use std::sync::OnceLock;

use ringkernel_codegen::ir::Module;
use ringkernel_codegen::naga;
use ringkernel_codegen::wgsl::{self, Capabilities, Dialect, Kernels, Options, Program};

use super::gate;
use super::runtime::{MESSAGE, SENT, SENT_HEAD, STATE, WORDS, runtime};

/// What a handler has left behind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// Kind, code, file, line; kind 0 where there is none.
    pub(crate) fault: [u32; 4],
    /// The state, as many words as were given.
    pub(crate) state: Vec<u32>,
    /// What was sent.
    pub(crate) sent: Vec<Sent>,
}

/// A message that was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub(crate) op: u32,
    pub(crate) target: (u32, u32),
    pub(crate) message: u32,
    pub(crate) priority: u32,
    pub(crate) id: [u32; 4],
    pub(crate) correlation: [u32; 4],
    pub(crate) payload: Vec<u8>,
}

/// The options under which tests print.
pub(crate) fn options(kernels: Kernels) -> Options {
    Options { capabilities: Capabilities::ALL, dialect: Dialect::Naga, kernels }
}

/// Prints, and checks the result for every target that can have it.
pub(crate) fn print(module: &Module, kernels: Kernels) -> Program {
    let program = wgsl::print(module, &options(kernels.clone())).expect("the program prints");
    let text = complete(&program, &kernels);
    let needs = program.requirements;
    let needed = Capabilities { int64: needs.int64, float64: needs.float64 };
    naga::validate(&text, needed).unwrap_or_else(|error| panic!("{error}\n{}", program.text));
    naga::spirv(&text).unwrap_or_else(|error| panic!("{error}\n{}", program.text));
    if !needs.float64 {
        naga::msl(&text).unwrap_or_else(|error| panic!("{error}\n{}", program.text));
    }
    program
}

fn complete(program: &Program, kernels: &Kernels) -> String {
    let text = match kernels {
        Kernels::Scalar => runtime(1, false),
        Kernels::Cooperative { block_size, .. } => runtime(*block_size, true),
    };
    [text.as_str(), &program.text, &program.dispatch].join("\n")
}

/// What handler number `handler` does with this message and state; `None` where nothing can run it.
pub(crate) fn run(
    module: &Module,
    kernels: Kernels,
    handler: u32,
    message: &[u8],
    state: &[u32],
) -> Option<Outcome> {
    Some(Session::new(module, kernels)?.run(handler, message, state))
}

/// A program on the adapter.
pub(crate) struct Session {
    gpu: &'static Gpu,
    pipeline: wgpu::ComputePipeline,
    kernels: Kernels,
}

impl Session {
    /// `None` where nothing can run it; it is printed and checked all the same.
    pub(crate) fn new(module: &Module, kernels: Kernels) -> Option<Self> {
        let program = print(module, kernels.clone());
        let gpu = gpu()?;
        Some(Self { gpu, pipeline: gpu.pipeline(&complete(&program, &kernels)), kernels })
    }

    /// What a handler does with a message and a state.
    pub(crate) fn run(&self, handler: u32, message: &[u8], state: &[u32]) -> Outcome {
        let mut memory = vec![0u32; WORDS];
        memory[10] = handler;
        // Three polled messages, which lie where the message in hand does.
        memory[9] = 3;
        for (index, word) in message.chunks(4).enumerate() {
            let mut bytes = [0; 4];
            bytes[..word.len()].copy_from_slice(word);
            memory[MESSAGE + index] = u32::from_le_bytes(bytes);
        }
        // What a payload's memory held before must not be seen.
        memory[SENT..].fill(0xdead_beef);
        let mut shared = vec![0u32; 1024];
        let is_scalar = self.kernels == Kernels::Scalar;
        if is_scalar {
            memory[STATE..STATE + state.len()].copy_from_slice(state);
        } else {
            shared[..state.len()].copy_from_slice(state);
        }
        self.gpu.dispatch(&self.pipeline, &mut memory, &mut shared);
        let state = if is_scalar { &memory[STATE..STATE + state.len()] } else { &shared[..state.len()] };
        Outcome {
            fault: [memory[0], memory[1], memory[2], memory[3]],
            state: state.to_vec(),
            sent: sent(&memory),
        }
    }
}

fn sent(memory: &[u32]) -> Vec<Sent> {
    let (mut sent, mut at) = (Vec::new(), SENT);
    while at < SENT + memory[4] as usize {
        let head = &memory[at..at + SENT_HEAD];
        let bytes = head[4] as usize;
        let words = &memory[at + SENT_HEAD..at + SENT_HEAD + bytes.div_ceil(4)];
        let mut payload: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        payload.truncate(bytes);
        let four = |start: usize| std::array::from_fn(|index| head[start + index]);
        sent.push(Sent {
            op: head[0] - 1,
            target: (head[1], head[2]),
            message: head[3],
            priority: head[5],
            id: four(8),
            correlation: four(12),
            payload,
        });
        at += SENT_HEAD + bytes.div_ceil(4);
    }
    sent
}

struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

/// The adapter of this machine; a test that finds none says so and ends.
fn gpu() -> Option<&'static Gpu> {
    static GPU: OnceLock<Result<Gpu, String>> = OnceLock::new();
    match GPU.get_or_init(Gpu::open) {
        Ok(gpu) => Some(gpu),
        Err(reason) => {
            gate::skip("wgpu", reason);
            None
        }
    }
}

impl Gpu {
    fn open() -> Result<Self, String> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::VULKAN;
        let instance = wgpu::Instance::new(descriptor);
        let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))
            .map_err(|error| error.to_string())?;
        let features = wgpu::Features::SHADER_INT64 | wgpu::Features::SHADER_F64;
        if !adapter.features().contains(features) {
            return Err(format!("{} has no {features:?}", adapter.get_info().name));
        }
        let request = wgpu::DeviceDescriptor {
            required_features: features,
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) =
            pollster::block_on(adapter.request_device(&request)).map_err(|error| error.to_string())?;
        Ok(Self { device, queue })
    }

    fn pipeline(&self, text: &str) -> wgpu::ComputePipeline {
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        let binding = |binding| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage { read_only: false },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let groups = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: None,
            entries: &[binding(0), binding(1)],
        });
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&groups)],
            immediate_size: 0,
        });
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: Some(&layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        })
    }

    /// Runs one workgroup; both memories are read and written.
    fn dispatch(&self, pipeline: &wgpu::ComputePipeline, memory: &mut [u32], shared: &mut [u32]) {
        let groups = pipeline.get_bind_group_layout(0);
        let buffers = [self.buffer(memory), self.buffer(shared)];
        let entry = |binding: u32| wgpu::BindGroupEntry {
            binding,
            resource: buffers[binding as usize].as_entire_binding(),
        };
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &groups,
            entries: &[entry(0), entry(1)],
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(1, 1, 1);
        }
        self.queue.submit([encoder.finish()]);
        self.read(&buffers[0], memory);
        self.read(&buffers[1], shared);
    }

    fn buffer(&self, words: &[u32]) -> wgpu::Buffer {
        use wgpu::util::DeviceExt;
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: None,
            contents: &bytes,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
        })
    }

    fn read(&self, buffer: &wgpu::Buffer, words: &mut [u32]) {
        let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: buffer.size(),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size());
        self.queue.submit([encoder.finish()]);
        staging
            .slice(..)
            .map_async(wgpu::MapMode::Read, |mapped| mapped.expect("a staging buffer can be mapped"));
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("the device finishes");
        let bytes = staging.slice(..).get_mapped_range().expect("the buffer is mapped");
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes(bytes.try_into().expect("chunks of four bytes"));
        }
    }
}
