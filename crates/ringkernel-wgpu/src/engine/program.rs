//! The device programs of the kernels that have been launched: linked, printed and compiled when a kernel is launched for
//! the first time.

use std::collections::HashMap;

use ringkernel_codegen::link::{self, KernelSource};
use ringkernel_codegen::print::{KernelFacts, PayloadBytes, kernel_facts};
use ringkernel_codegen::{ir, wgsl};
use ringkernel_core::backend::driven::wire;
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::Backend;
use ringkernel_core::{Result, RingKernelError};

use super::need::{Need, Shape};
use crate::device::{Device, Layout, Pipeline, ProgramText};
use crate::shader::layout as at;
use crate::shader::{self, Mail};

/// Clones share what is compiled.
#[derive(Clone)]
pub(crate) struct Programs {
    backend: Backend,
    device: Device,
    layout: Layout,
    kernels: Vec<&'static KernelRegistration>,
    sources: Vec<KernelSource>,
    module: ir::Module,
    /// By kernel.
    facts: Vec<KernelFacts>,
    /// Number of a handler in its program, by kernel and message.
    handlers: HashMap<(usize, u32), u32>,
    tick: Option<(String, Pipeline)>,
    blocks: HashMap<Shape, Pipeline>,
    types: HashMap<u64, wire::DeviceType>,
    mail: Mail,
    /// Programs that have never run.
    cold: Vec<Pipeline>,
}

impl Programs {
    pub(crate) fn new(backend: Backend, device: &Device, layout: &Layout) -> Self {
        Self {
            backend,
            device: device.clone(),
            layout: layout.clone(),
            kernels: Vec::new(),
            sources: Vec::new(),
            module: ir::Module::default(),
            facts: Vec::new(),
            handlers: HashMap::new(),
            tick: None,
            blocks: HashMap::new(),
            types: HashMap::new(),
            mail: Mail::Alone,
            cold: Vec::new(),
        }
    }

    /// Programs that meet these needs as well, made on whatever thread calls this.
    ///
    /// # Errors
    /// [`RingKernelError::Unsupported`] with what the device, or the language of devices, lacks;
    /// [`RingKernelError::ProgramRefused`] with the compiler's words; [`RingKernelError::DeviceLost`].
    pub(crate) fn with(&self, needs: &[Need]) -> Result<Self> {
        let mut programs = self.clone();
        let can_reach = needs.iter().any(|need| need.mail == Mail::Between);
        let mail = if can_reach { Mail::Between } else { self.mail };
        let mut kernels: Vec<&'static KernelRegistration> = Vec::new();
        for Need { kernel, .. } in needs {
            let is_new = self.number(kernel).is_none();
            if is_new && !kernels.iter().any(|other| std::ptr::eq(*other, *kernel)) {
                kernels.push(kernel);
            }
        }
        if !kernels.is_empty() {
            programs.add(&kernels, mail)?;
        } else if mail != self.mail {
            programs.let_reach()?;
        }
        for need in needs {
            let shape = programs.number(need.kernel).and_then(|number| need.shape(number));
            if let Some(shape) = shape {
                programs.add_block(shape)?;
            }
        }
        Ok(programs)
    }

    /// The number of the kernel that is needed, and how it is launched, if the programs meet the need.
    pub(crate) fn find(&self, need: &Need) -> Option<(usize, Option<Shape>)> {
        let number = self.number(need.kernel)?;
        let shape = need.shape(number);
        let has_mail = need.mail == Mail::Alone || self.mail == Mail::Between;
        let has_lanes = shape.is_none_or(|shape| self.blocks.contains_key(&shape));
        (has_mail && has_lanes).then_some((number, shape))
    }

    /// The number of a kernel that is in the programs.
    fn number(&self, kernel: &KernelRegistration) -> Option<usize> {
        self.kernels.iter().position(|known| std::ptr::eq(*known, kernel))
    }

    fn add(&mut self, kernels: &[&'static KernelRegistration], mail: Mail) -> Result<()> {
        let mut sources = self.sources.clone();
        for kernel in kernels {
            sources.push(kernel.on_device(self.backend)?);
        }
        let module = link::link(&sources).map_err(|error| self.unsupported(error.to_string()))?;
        self.check_grown(&module);
        let options = self.options(wgsl::Kernels::Scalar);
        let program =
            wgsl::print(&module, &options).map_err(|lacking| self.lacking(kernels, lacking.feature))?;
        let facts = kernel_facts(&module);
        // What is published leaves an actor as messages to others do.
        let publishes = facts.iter().any(|facts| facts.publishes);
        let mail = if publishes { Mail::Between } else { mail };
        self.set_tick(&with_dispatch(&program), mail)?;
        for (number, handler) in (0..).zip(&program.handlers) {
            self.handlers.insert((handler.kernel, handler.message.0), number);
        }
        self.facts = facts;
        let types = (0..).zip(&module.messages);
        self.types = types
            .map(|(number, message)| {
                (message.type_id, wire::DeviceType { number, handler_id: message.handler_id.unwrap_or(0) })
            })
            .collect();
        self.kernels.extend(kernels);
        self.sources = sources;
        self.module = module;
        Ok(())
    }

    /// Compiles the program of all actors, unless it is the one that there is; and those of cooperative kernels again, if they have to be
    /// others now.
    fn set_tick(&mut self, handlers: &str, mail: Mail) -> Result<()> {
        let text = shader::tick(handlers, mail);
        let is_known = self.tick.as_ref().is_some_and(|(known, _)| *known == text);
        let tick = if is_known { None } else { Some(self.compile("actors", &text, shader::TICK_ENTRY)?) };
        if self.mail != mail {
            let shapes: Vec<Shape> = self.blocks.keys().copied().collect();
            let blocks = shapes.into_iter().map(|shape| Ok((shape, self.compile_block(shape, mail)?)));
            // All or none, so that no actor is left without its program.
            self.blocks = blocks.collect::<Result<_>>()?;
            self.mail = mail;
        }
        if let Some(tick) = tick {
            self.tick = Some((text, tick));
        }
        Ok(())
    }

    /// Lets kernels reach each other from now on.
    fn let_reach(&mut self) -> Result<()> {
        let program = wgsl::print(&self.module, &self.options(wgsl::Kernels::Scalar))
            .map_err(|lacking| self.unsupported(lacking.feature))?;
        self.set_tick(&with_dispatch(&program), Mail::Between)
    }

    /// The program of a cooperative kernel launched like this.
    fn add_block(&mut self, shape: Shape) -> Result<()> {
        if self.blocks.contains_key(&shape) {
            return Ok(());
        }
        let pipeline = self.compile_block(shape, self.mail)?;
        self.blocks.insert(shape, pipeline);
        Ok(())
    }

    fn compile_block(&mut self, shape: Shape, mail: Mail) -> Result<Pipeline> {
        let Shape { kernel, block_size, grid_size, shared_memory } = shape;
        let kernels = wgsl::Kernels::Cooperative { kernel, block_size, grid_size, shared_memory };
        let options = self.options(kernels);
        let program = wgsl::print(&self.module, &options)
            .map_err(|lacking| self.lacking(&self.kernels[kernel..=kernel], lacking.feature))?;
        for (number, handler) in (0..).zip(&program.handlers) {
            self.handlers.insert((handler.kernel, handler.message.0), number);
        }
        let text = shader::block(&with_dispatch(&program), block_size, mail);
        self.compile(self.kernels[kernel].id, &text, shader::BLOCK_ENTRY)
    }

    pub(crate) fn tick(&self) -> Option<&Pipeline> {
        self.tick.as_ref().map(|(_, pipeline)| pipeline)
    }

    pub(crate) fn block(&self, shape: Shape) -> Option<&Pipeline> {
        self.blocks.get(&shape)
    }

    /// What is known of a kernel.
    pub(crate) fn facts(&self, kernel: usize) -> &KernelFacts {
        &self.facts[kernel]
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

    /// What becomes of each message type at each kernel, see `P_KERNELS`.
    pub(crate) fn routes(&self) -> Vec<u32> {
        let types = self.module.messages.len();
        let mut routes = vec![0; types * self.module.kernels.len()];
        for (number, kernel) in self.module.kernels.iter().enumerate() {
            for handler in &kernel.handlers {
                let message = handler.message.0;
                let in_program = self.handlers.get(&(number, message)).copied().unwrap_or(0);
                routes[number * types + message as usize] = 1 + in_program;
            }
            for polled in &kernel.polled {
                routes[number * types + polled.0 as usize] = at::POLLED;
            }
        }
        routes
    }

    fn options(&self, kernels: wgsl::Kernels) -> wgsl::Options {
        let capabilities = self.device.capabilities();
        wgsl::Options {
            capabilities: wgsl::Capabilities { int64: capabilities.int64, float64: capabilities.float64 },
            dialect: wgsl::Dialect::Naga,
            kernels,
        }
    }

    fn compile(&mut self, name: &str, text: &str, entry: &str) -> Result<Pipeline> {
        let program = ProgramText { name, wgsl: text, entry, constants: &[] };
        let pipeline = self.layout.compile(program).map_err(|error| error.of(self.backend))?;
        self.cold.push(pipeline.clone());
        Ok(pipeline)
    }

    /// Programs that have never run, once each.
    pub(crate) fn take_cold(&mut self) -> Vec<Pipeline> {
        std::mem::take(&mut self.cold)
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

    /// What is refused to several kernels is asked for again for each.
    fn lacking(&self, kernels: &[&KernelRegistration], feature: String) -> RingKernelError {
        let ids: Vec<_> = kernels.iter().map(|kernel| kernel.id).collect();
        self.unsupported(format!("{feature}, which kernel `{}` uses", ids.join("`, `")))
    }

    fn unsupported(&self, feature: String) -> RingKernelError {
        RingKernelError::Unsupported { backend: self.backend, feature }
    }
}

/// Words of a payload of at most this many bytes.
pub(crate) fn payload_words(bytes: PayloadBytes, max_payload: u32) -> u32 {
    match bytes {
        PayloadBytes::AtMost(bytes) => bytes.div_ceil(4),
        PayloadBytes::Variable => max_payload.div_ceil(4),
    }
}

/// The handlers, and the choice among them.
fn with_dispatch(program: &wgsl::Program) -> String {
    [program.text.as_str(), &program.dispatch].join("\n")
}
