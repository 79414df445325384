//! The program of the grid: all kernels that have been launched, linked, printed and compiled when one is launched for the first
//! time.

use std::collections::HashMap;
use std::sync::Arc;

use ringkernel_codegen::cuda::{self, Checks, Compiler, Scope};
use ringkernel_codegen::ir;
use ringkernel_codegen::link::{self, KernelSource};
use ringkernel_codegen::print::{KernelFacts, PayloadBytes};
use ringkernel_core::backend::driven::Actor;
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::{Backend, LaunchOptions};
use ringkernel_core::{Result, RingKernelError};

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
    types: HashMap<u64, u32>,
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

    /// A program that has one kernel more, compiled. It takes the place of the present one by [`load`](Self::load).
    ///
    /// # Errors
    /// [`RingKernelError::Unsupported`] with what the device, or the language of devices, lacks;
    /// [`RingKernelError::ProgramRefused`] with the compiler's words.
    pub(crate) fn compile(&self, kernel: &'static KernelRegistration) -> Result<Compiled> {
        let unsupported = |feature: String| RingKernelError::Unsupported { backend: Backend::Cuda, feature };
        let mut sources = self.sources.clone();
        sources.push(kernel.on_device(Backend::Cuda)?);
        let module = link::link(&sources).map_err(|error| unsupported(error.to_string()))?;
        self.check_grown(&module);
        let options = cuda::Options { scope: Scope::Device, checks: self.checks };
        let program = cuda::print(&module, &options).map_err(|lacking| {
            unsupported(format!("{}, which kernel `{}` uses", lacking.feature, kernel.id))
        })?;
        let text = device::source(&program);
        let refused = |error: cuda::CompileError| error_of(kernel, &error);
        let compiler = Compiler::find().map_err(refused)?;
        let cubin = self.cache.cubin(&compiler, &text, &self.context.compile_target()).map_err(refused)?;
        if !cubin.log.is_empty() {
            tracing::warn!(kernel = kernel.id, log = cubin.log, "the compiler warns of the program");
        }
        Ok(Compiled { kernel, sources, module, program, image: cubin.bytes })
    }

    /// Takes a compiled program. No grid may run. Gives the number of its new kernel.
    ///
    /// # Errors
    /// What the driver says.
    pub(crate) fn load(&mut self, compiled: Compiled) -> Result<usize> {
        // SAFETY: The program was compiled a moment ago, or taken from where this crate keeps what it has compiled.
        let module = unsafe { self.context.load(&compiled.image) }?;
        self.function = Some(module.function(device::ENTRY)?);
        let number = self.kernels.len();
        self.kernels.push(compiled.kernel);
        self.sources = compiled.sources;
        self.program = compiled.program;
        self.module = compiled.module;
        self.types =
            (0..).zip(&self.module.messages).map(|(index, message)| (message.type_id, index)).collect();
        Ok(number)
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

    /// The number of a message type on the device.
    pub(crate) fn type_index(&self, type_id: u64) -> Option<u32> {
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
    kernel: &'static KernelRegistration,
    sources: Vec<KernelSource>,
    module: ir::Module,
    program: cuda::Program,
    image: Vec<u8>,
}

fn error_of(kernel: &KernelRegistration, error: &cuda::CompileError) -> RingKernelError {
    match error {
        cuda::CompileError::NoCompiler { .. } => {
            RingKernelError::BackendUnavailable { backend: Backend::Cuda, reason: error.to_string() }
        }
        error => RingKernelError::ProgramRefused {
            backend: Backend::Cuda,
            program: kernel.id.to_owned(),
            message: error.to_string(),
        },
    }
}

/// Words of a payload of at most this many bytes.
pub(crate) fn payload_words(bytes: PayloadBytes, max_payload: u32) -> u32 {
    match bytes {
        PayloadBytes::AtMost(bytes) => bytes.div_ceil(4),
        PayloadBytes::Variable => max_payload.div_ceil(4),
    }
}
