//! The device, a context on it, and programs for it.

use std::fmt;

use ringkernel_codegen::cuda::{CompileError, Compiler};
use ringkernel_core::runtime::RuntimeConfig;
use ringkernel_cuda::ahead::{self, Programs};
use ringkernel_cuda::driver::{Context, DeviceDescription, Devices, Module};
use ringkernel_cuda_sim::DEVICE_NAME;

use super::programs::{ALL, Program, WITHIN_CLUSTER};

/// The CUDA device that a runtime takes when it is not told otherwise.
#[derive(Debug, Clone)]
pub struct Card {
    description: DeviceDescription,
}

impl Card {
    /// The device, if programs for it can be had: from a compiler, or all of them ready, as
    /// [`ahead`] describes.
    ///
    /// # Errors
    /// A text that says what is missing.
    pub fn find() -> Result<Self, String> {
        let devices = Devices::find().map_err(|error| error.to_string())?;
        let description = devices.choose(&RuntimeConfig::default()).map_err(|error| error.to_string())?;
        let card = Self { description: description.clone() };
        match Compiler::find() {
            Ok(_) => Ok(card),
            Err(error) => card.check_ready(&error).map(|()| card),
        }
    }

    /// Whether all programs are ready.
    fn check_ready(&self, compiler: &CompileError) -> Result<(), String> {
        let ready = Programs::of_environment();
        let is_ready = |program: &Program| {
            let targets =
                |ready: &Programs| ready.targets(&program.text(), self.description.compute_capability);
            ready.as_ref().is_some_and(|ready| !targets(ready).is_empty())
        };
        let needed = ALL.iter().filter(|program| self.has_clusters() || **program != WITHIN_CLUSTER);
        let missing: Vec<_> =
            needed.filter(|program| !is_ready(program)).map(|program| program.entry).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{compiler}; and these programs were not compiled ahead of time for {self}: {}",
            missing.join(", ")
        ))
    }

    /// Whether it is the simulator, on which no time means anything.
    pub fn is_simulated(&self) -> bool {
        self.description.name == DEVICE_NAME
    }

    /// Whether its blocks form clusters that reach each other's memory.
    pub fn has_clusters(&self) -> bool {
        self.description.compute_capability >= (9, 0) && !self.is_simulated()
    }

    /// A context of its own.
    ///
    /// # Panics
    /// When the device cannot be opened.
    pub fn open(&self) -> Context {
        Context::open(&self.description).expect("the device opens")
    }

    /// A program, ready or compiled.
    ///
    /// # Panics
    /// When the compiler or the driver refuses it.
    pub fn load(&self, context: &Context, program: Program) -> Module {
        ahead::load(context, &program.text()).unwrap_or_else(|error| panic!("{}: {error}", program.entry))
    }

    /// Writes the text of a program that this device cannot run where those are written that it loads, so that it can be compiled for
    /// others, too.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn note(&self, program: Program) {
        ahead::note(&program.text()).unwrap_or_else(|error| panic!("{}: {error}", program.entry));
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.description.fmt(f)
    }
}
