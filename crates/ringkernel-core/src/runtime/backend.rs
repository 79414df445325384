//! The backends by name.

use std::fmt;

/// Where kernels run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Backend {
    /// The processor; always there.
    Cpu,
    /// NVIDIA GPUs.
    Cuda,
    /// Apple GPUs.
    Metal,
    /// Any GPU that WebGPU reaches.
    Wgpu,
    /// The first available of CUDA, Metal, WebGPU and CPU.
    #[default]
    Auto,
}

impl Backend {
    /// The order in which [`Backend::Auto`] tries.
    pub const AUTO_ORDER: [Self; 4] = [Self::Cuda, Self::Metal, Self::Wgpu, Self::Cpu];

    /// The name in texts: "CPU", "CUDA", "Metal", "WebGPU" or "Auto".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::Metal => "Metal",
            Self::Wgpu => "WebGPU",
            Self::Auto => "Auto",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
