//! The program of the grid: all kernels that have been launched, or all that there are, where such a program is ready.

use std::collections::HashMap;
use std::sync::Arc;

use ringkernel_codegen::cuda::{self, Checks};
use ringkernel_codegen::ir;
use ringkernel_codegen::print::{KernelFacts, PayloadBytes};
use ringkernel_core::backend::driven::{Actor, wire};
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::{Backend, LaunchOptions};
use ringkernel_core::{Result, RingKernelError};

use super::compile::{Compilation, Compiled, Linked, Need};
use crate::ahead::{PROGRAMS_VARIABLE, ProgramError, first_that_loads};
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
    linked: Arc<Linked>,
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
            linked: Arc::default(),
            function: None,
            types: HashMap::new(),
        }
    }

    /// The number of a kernel that is in the program.
    pub(crate) fn number(&self, kernel: &'static KernelRegistration) -> Option<usize> {
        self.linked.kernels.iter().position(|known| std::ptr::eq(*known, kernel))
    }

    /// What it takes to make a program that has these kernels, too. It takes the place of the present one by
    /// [`load`](Self::load).
    pub(crate) fn with(&self, needs: &[Need]) -> Compilation {
        Compilation {
            linked: self.linked.clone(),
            needs: needs.to_vec(),
            checks: self.checks,
            cache: self.cache.clone(),
            device: self.context.description().clone(),
        }
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
        self.linked = compiled.linked;
        let types = (0..).zip(&self.module().messages);
        self.types = types
            .map(|(number, message)| {
                (message.type_id, wire::DeviceType { number, handler_id: message.handler_id.unwrap_or(0) })
            })
            .collect();
        Ok(())
    }

    fn module(&self) -> &ir::Module {
        &self.linked.module
    }

    /// The grid's entry, once there is a program.
    pub(crate) fn function(&self) -> Option<&Function> {
        self.function.as_ref()
    }

    /// What the program needs of the runtime.
    pub(crate) fn requirements(&self) -> cuda::Requirements {
        self.linked.program.requirements
    }

    /// What is known of a kernel.
    pub(crate) fn facts(&self, kernel: usize) -> &KernelFacts {
        &self.linked.program.kernels[kernel]
    }

    /// What the device knows a message type by.
    pub(crate) fn type_on_device(&self, type_id: u64) -> Option<wire::DeviceType> {
        self.types.get(&type_id).copied()
    }

    /// The message type of a number on the device.
    pub(crate) fn type_id(&self, index: u32) -> Option<u64> {
        self.module().messages.get(index as usize).map(|message| message.type_id)
    }

    pub(crate) fn types(&self) -> u32 {
        self.module().messages.len() as u32
    }

    /// Names of kernels that handlers use.
    pub(crate) fn names(&self) -> &[String] {
        &self.module().names
    }

    /// A name by its number.
    pub(crate) fn name(&self, number: u32) -> &str {
        self.module().names.get(number as usize).map_or("", String::as_str)
    }

    pub(crate) fn file(&self, number: u32) -> &str {
        self.module().files.get(number as usize).map_or("", String::as_str)
    }

    /// What becomes of each message type at each kernel: 0, 1 + the number of its handler, or `POLLED`.
    pub(crate) fn routes(&self) -> Vec<u32> {
        let module = self.module();
        let types = module.messages.len();
        let mut routes = vec![0; types * module.kernels.len()];
        for (number, handler) in (1..).zip(&self.linked.program.handlers) {
            routes[handler.kernel * types + handler.message.0 as usize] = number;
        }
        for (number, kernel) in module.kernels.iter().enumerate() {
            for polled in &kernel.polled {
                routes[number * types + polled.0 as usize] = at::POLLED;
            }
        }
        routes
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
