//! The program of the grid: all kernels that have been launched, linked, printed and compiled when one is launched for the first
//! time; or all that there are, where such a program is ready.

use std::collections::HashMap;
use std::sync::Arc;

use ringkernel_codegen::cuda::{self, Checks, Compiler, Scope};
use ringkernel_codegen::ir;
use ringkernel_codegen::link::{self, KernelSource};
use ringkernel_codegen::print::{KernelFacts, PayloadBytes};
use ringkernel_core::backend::driven::{Actor, wire};
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::{Backend, LaunchOptions};
use ringkernel_core::{Result, RingKernelError};

use super::whole::Whole;
use crate::ahead::{Image, PROGRAMS_VARIABLE, ProgramError, Target, first_that_loads};
use crate::cache::ProgramCache;
use crate::device::{self, layout as at};
use crate::driver::{Context, Function};

/// How the lanes of a cooperative actor lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lanes {
    pub(crate) block_size: u32,
    pub(crate) grid_size: u32,
    /// Bytes of block memory for the handler's arrays.
    pub(crate) shared_memory: u32,
}

impl Lanes {
    /// How the lanes of this actor lie; `None` for a scalar one.
    pub(crate) fn of(actor: &Actor) -> Option<Self> {
        let (registered, options) = (actor.kernel, &actor.options);
        registered.is_cooperative().then(|| Self {
            block_size: options
                .block_size
                .or(registered.block_size)
                .unwrap_or(LaunchOptions::DEFAULT_BLOCK_SIZE),
            grid_size: options.grid_size.or(registered.grid_size).unwrap_or(1),
            shared_memory: options.shared_memory as u32,
        })
    }
}

#[derive(Clone)]
pub(crate) struct Programs {
    context: Context,
    cache: Arc<ProgramCache>,
    checks: Checks,
    kernels: Vec<&'static KernelRegistration>,
    sources: Vec<KernelSource>,
    module: ir::Module,
    program: cuda::Program,
    function: Option<Function>,
    types: HashMap<u64, wire::DeviceType>,
}

impl Programs {
    /// No kernels yet. With `checks`, lanes compare the places where they meet.
    pub(crate) fn new(context: &Context, checks: Checks) -> Self {
        Self {
            context: context.clone(),
            cache: Arc::new(ProgramCache::of_user()),
            checks,
            kernels: Vec::new(),
            sources: Vec::new(),
            module: ir::Module::default(),
            program: cuda::Program::default(),
            function: None,
            types: HashMap::new(),
        }
    }

    /// The number of a kernel that has been compiled.
    pub(crate) fn number(&self, kernel: &'static KernelRegistration) -> Option<usize> {
        self.kernels.iter().position(|known| std::ptr::eq(*known, kernel))
    }

    /// A program that has one kernel more, ready or compiled. It takes the place of the present one by [`load`](Self::load).
    ///
    /// # Errors
    /// [`RingKernelError::Unsupported`] with what the device, or the language of devices, lacks;
    /// [`RingKernelError::ProgramRefused`] with the compiler's words.
    pub(crate) fn compile(&self, kernel: &'static KernelRegistration) -> Result<Compiled> {
        if let Some((whole, images)) = self.ready(kernel) {
            let Whole { kernels, sources, module, program, .. } = whole;
            let (kernels, sources) = (kernels.clone(), sources.clone());
            return Ok(Compiled {
                kernels,
                sources,
                module: module.clone(),
                program: program.clone(),
                images,
            });
        }
        let unsupported = |feature: String| RingKernelError::Unsupported { backend: Backend::Cuda, feature };
        let mut sources = self.sources.clone();
        sources.push(kernel.on_device(Backend::Cuda)?);
        let module = link::link(&sources).map_err(|error| unsupported(error.to_string()))?;
        self.check_grown(&module);
        let program = cuda::print(&module, &options(self.checks)).map_err(|lacking| {
            unsupported(format!("{}, which kernel `{}` uses", lacking.feature, kernel.id))
        })?;
        let text = device::source(&program);
        let refused = |error: cuda::CompileError| error_of(kernel, &error);
        let compiler = Compiler::find().map_err(refused)?;
        let cubin = self.cache.cubin(&compiler, &text, &self.context.compile_target()).map_err(refused)?;
        if !cubin.log.is_empty() {
            tracing::warn!(kernel = kernel.id, log = cubin.log, "the compiler warns of the program");
        }
        let mut kernels = self.kernels.clone();
        kernels.push(kernel);
        let (major, minor) = self.context.description().compute_capability;
        let images = vec![Image { target: Target::Cubin { major, minor }, bytes: cubin.bytes }];
        Ok(Compiled { kernels, sources, module, program, images })
    }

    /// The program of all kernels, if there is no other yet and it is ready.
    fn ready(&self, kernel: &'static KernelRegistration) -> Option<(&'static Whole, Vec<Image>)> {
        if !self.kernels.is_empty() {
            return None;
        }
        Whole::ready(self.checks, &self.context, kernel)
    }

    /// Takes a compiled program. No grid may run.
    ///
    /// # Errors
    /// What the driver says.
    pub(crate) fn load(&mut self, compiled: Compiled) -> Result<()> {
        let module = first_that_loads(&self.context, &compiled.images).map_err(|error| match error {
            ProgramError::Load(mut tried) if tried.len() == 1 => tried.remove(0).1.into(),
            error => RingKernelError::DeviceRefused { backend: Backend::Cuda, reason: error.to_string() },
        })?;
        self.function = Some(module.function(device::ENTRY)?);
        self.kernels = compiled.kernels;
        self.sources = compiled.sources;
        self.program = compiled.program;
        self.module = compiled.module;
        let types = (0..).zip(&self.module.messages);
        self.types = types
            .map(|(number, message)| {
                (message.type_id, wire::DeviceType { number, handler_id: message.handler_id.unwrap_or(0) })
            })
            .collect();
        Ok(())
    }

    /// The grid's entry, once there is a program.
    pub(crate) fn function(&self) -> Option<&Function> {
        self.function.as_ref()
    }

    /// What the program needs of the runtime.
    pub(crate) fn requirements(&self) -> cuda::Requirements {
        self.program.requirements
    }

    /// What is known of a kernel.
    pub(crate) fn facts(&self, kernel: usize) -> &KernelFacts {
        &self.program.kernels[kernel]
    }

    /// What the device knows a message type by.
    pub(crate) fn type_on_device(&self, type_id: u64) -> Option<wire::DeviceType> {
        self.types.get(&type_id).copied()
    }

    /// The message type of a number on the device.
    pub(crate) fn type_id(&self, index: u32) -> Option<u64> {
        self.module.messages.get(index as usize).map(|message| message.type_id)
    }

    pub(crate) fn types(&self) -> u32 {
        self.module.messages.len() as u32
    }

    /// Names of kernels that handlers use.
    pub(crate) fn names(&self) -> &[String] {
        &self.module.names
    }

    /// A name by its number.
    pub(crate) fn name(&self, number: u32) -> &str {
        self.module.names.get(number as usize).map_or("", String::as_str)
    }

    pub(crate) fn file(&self, number: u32) -> &str {
        self.module.files.get(number as usize).map_or("", String::as_str)
    }

    /// What becomes of each message type at each kernel: 0, 1 + the number of its handler, or `POLLED`.
    pub(crate) fn routes(&self) -> Vec<u32> {
        let types = self.module.messages.len();
        let mut routes = vec![0; types * self.module.kernels.len()];
        for (number, handler) in (1..).zip(&self.program.handlers) {
            routes[handler.kernel * types + handler.message.0 as usize] = number;
        }
        for (number, kernel) in self.module.kernels.iter().enumerate() {
            for polled in &kernel.polled {
                routes[number * types + polled.0 as usize] = at::POLLED;
            }
        }
        routes
    }

    /// Numbers that are on the device already must not change.
    fn check_grown(&self, module: &ir::Module) {
        let messages = self.module.messages.iter().zip(&module.messages);
        assert!(
            messages.into_iter().all(|(before, after)| before.type_id == after.type_id)
                && module.names.starts_with(&self.module.names),
            "linking another kernel keeps the numbers of messages and names"
        );
    }
}

/// A program that is not loaded yet.
pub(crate) struct Compiled {
    kernels: Vec<&'static KernelRegistration>,
    sources: Vec<KernelSource>,
    module: ir::Module,
    program: cuda::Program,
    /// Best first.
    images: Vec<Image>,
}

/// How programs for a device are printed.
pub(super) fn options(checks: Checks) -> cuda::Options {
    cuda::Options { scope: Scope::Device, checks }
}

fn error_of(kernel: &KernelRegistration, error: &cuda::CompileError) -> RingKernelError {
    match error {
        cuda::CompileError::NoCompiler { .. } => {
            RingKernelError::BackendUnavailable { backend: Backend::Cuda, reason: without_compiler(error) }
        }
        error => RingKernelError::ProgramRefused {
            backend: Backend::Cuda,
            program: kernel.id.to_owned(),
            message: error.to_string(),
        },
    }
}

/// What to say where programs can neither be compiled nor are ready.
pub(crate) fn without_compiler(error: &cuda::CompileError) -> String {
    format!(
        "{error}, or name a folder with programs compiled ahead of time for the device in {PROGRAMS_VARIABLE}"
    )
}

/// Words of a payload of at most this many bytes.
pub(crate) fn payload_words(bytes: PayloadBytes, max_payload: u32) -> u32 {
    match bytes {
        PayloadBytes::AtMost(bytes) => bytes.div_ceil(4),
        PayloadBytes::Variable => max_payload.div_ceil(4),
    }
}
