//! From handlers to programs for devices: the code generator, and a check of all kernels of a program.
//!
//! The macros check what a handler is made of when it is compiled. Types come together when a kernel is launched, or here:
//!
//! ```
//! use ringkernel::codegen::check_registered;
//! use ringkernel::prelude::*;
//!
//! #[derive(RingMessage)]
//! struct Add {
//!     amount: u32,
//! }
//!
//! #[derive(GpuType, Default, Clone, Copy)]
//! #[repr(C)]
//! struct Total {
//!     sum: u32,
//! }
//!
//! #[ring_kernel(id = "total")]
//! fn total(_ctx: &mut RingContext, total: &mut Total, message: Add) {
//!     total.sum += message.amount;
//! }
//!
//! // In a test.
//! check_registered(Backend::Wgpu).expect("every kernel runs on GPUs");
//! ```

use std::fmt;

use ringkernel_core::registry::{KernelRegistration, SourceLocation, catalog};
use ringkernel_core::{Backend, LaunchOptions, RingKernelError};

pub use ringkernel_codegen::{cuda, ir, link, source, wgsl};

use link::LinkError;

/// What keeps registered kernels from becoming programs for devices.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CheckError {
    /// Registrations contradict each other, for every backend.
    Registry(RingKernelError),
    /// These kernels, sorted by target and id.
    Kernels(Vec<RefusedKernel>),
}

/// A kernel that cannot become a program for a device.
#[derive(Debug, Clone)]
pub struct RefusedKernel {
    /// Its id.
    pub id: &'static str,
    /// Where it is written.
    pub location: SourceLocation,
    /// The backend that it was checked for.
    pub target: Backend,
    /// Why.
    pub reason: Refusal,
}

/// Why a kernel cannot become a program for a device.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Refusal {
    /// Its registration says so: see [`KernelRegistration::on_device`].
    Registration(RingKernelError),
    /// Something in its source is not for devices.
    Link(LinkError),
    /// The target has no such feature.
    Unsupported(String),
}

/// Whether every registered kernel can become a program for `target`: each is linked, validated and printed. A kernel that
/// `backends(..)` keeps from the target is left out. [`Backend::Auto`] means all devices; on the CPU every kernel runs.
///
/// Adapters differ: here WebGPU has 64-bit integers and `f64`, and Metal has no `f64`. A launch on a device that lacks
/// something says so.
///
/// # Errors
/// [`CheckError`] with every kernel that cannot.
pub fn check_registered(target: Backend) -> Result<(), CheckError> {
    let catalog = catalog().map_err(CheckError::Registry)?;
    let mut refused = Vec::new();
    for target in targets(target) {
        for id in catalog.kernel_ids() {
            let kernel = catalog.kernel(id).map_err(CheckError::Registry)?;
            if kernel.allows(target)
                && let Err(reason) = check(kernel, target)
            {
                refused.push(RefusedKernel { id, location: kernel.location, target, reason });
            }
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(CheckError::Kernels(refused)) }
}

fn targets(target: Backend) -> Vec<Backend> {
    let targets = if target == Backend::Auto { Backend::AUTO_ORDER.to_vec() } else { vec![target] };
    targets.into_iter().filter(|target| *target != Backend::Cpu).collect()
}

fn check(kernel: &KernelRegistration, target: Backend) -> Result<(), Refusal> {
    let source = kernel.on_device(target).map_err(Refusal::Registration)?;
    let module = link::link(&[source]).map_err(Refusal::Link)?;
    if target == Backend::Cuda {
        let printed = cuda::print(&module, &cuda::Options::default());
        return printed.map(drop).map_err(|lacks| Refusal::Unsupported(lacks.to_string()));
    }
    let kernels = if kernel.is_cooperative() {
        wgsl::Kernels::Cooperative {
            kernel: 0,
            block_size: kernel.block_size.unwrap_or(LaunchOptions::DEFAULT_BLOCK_SIZE),
            grid_size: kernel.grid_size.unwrap_or(1),
            shared_memory: LaunchOptions::default().shared_memory as u32,
        }
    } else {
        wgsl::Kernels::Scalar
    };
    let capabilities = wgsl::Capabilities { int64: true, float64: target != Backend::Metal };
    let options = wgsl::Options { capabilities, dialect: wgsl::Dialect::Naga, kernels };
    wgsl::print(&module, &options).map(drop).map_err(|lacks| Refusal::Unsupported(lacks.to_string()))
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(error) => error.fmt(f),
            Self::Kernels(refused) => {
                f.write_str("kernels that cannot run on devices:")?;
                refused.iter().try_for_each(|kernel| write!(f, "\n  {kernel}"))
            }
        }
    }
}

impl std::error::Error for CheckError {}

impl fmt::Display for RefusedKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}) on {}: {}", self.id, self.location, self.target, self.reason)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registration(error) => error.fmt(f),
            Self::Link(error) => error.fmt(f),
            Self::Unsupported(feature) => write!(f, "there is no support for {feature}"),
        }
    }
}
