//! The device, a context on it, and programs for it.

use std::fmt;

use ringkernel_codegen::cuda::Compiler;
use ringkernel_core::runtime::RuntimeConfig;
use ringkernel_cuda::driver::{Context, DeviceDescription, Devices, Module};
use ringkernel_cuda_sim::DEVICE_NAME;

/// The CUDA device that a runtime takes when it is not told otherwise.
#[derive(Debug, Clone)]
pub struct Card {
    description: DeviceDescription,
}

impl Card {
    /// The device, if programs for it can be had.
    ///
    /// # Errors
    /// A text that says what is missing.
    pub fn find() -> Result<Self, String> {
        let devices = Devices::find().map_err(|error| error.to_string())?;
        let description = devices.choose(&RuntimeConfig::default()).map_err(|error| error.to_string())?;
        Compiler::find().map_err(|error| error.to_string())?;
        Ok(Self { description: description.clone() })
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

    /// The program of a text.
    ///
    /// # Panics
    /// When the compiler or the driver refuses it.
    pub fn load(&self, context: &Context, text: &str) -> Module {
        let compiler = Compiler::find().expect("there was a compiler");
        let cubin = compiler.cubin(text, &context.compile_target()).unwrap_or_else(|error| panic!("{error}"));
        // SAFETY: It is what the compiler has made for this device, all of it.
        unsafe { context.load(&cubin.bytes) }.expect("the driver loads what the compiler makes")
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.description.fmt(f)
    }
}
