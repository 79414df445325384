//! The `--backend` option that the examples share, and what they say about the choice.

use clap::ValueEnum;
use ringkernel::prelude::Backend;
use ringkernel::runtime::Selection;

/// A backend by the name that a user types.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BackendChoice {
    /// The first that works here of CUDA, Metal, WebGPU and CPU.
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// Any GPU that WebGPU reaches.
    Wgpu,
    /// An Apple GPU.
    Metal,
}

impl From<BackendChoice> for Backend {
    fn from(choice: BackendChoice) -> Self {
        match choice {
            BackendChoice::Auto => Self::Auto,
            BackendChoice::Cpu => Self::Cpu,
            BackendChoice::Cuda => Self::Cuda,
            BackendChoice::Wgpu => Self::Wgpu,
            BackendChoice::Metal => Self::Metal,
        }
    }
}

/// Which backend runs, and why those that were tried before it do not.
pub(crate) fn describe(selection: &Selection) -> String {
    let mut text = format!("Backend: {}", selection.chosen);
    for (backend, reason) in &selection.passed_over {
        text += &format!("\n  passed over {backend}: {reason}");
    }
    text
}
