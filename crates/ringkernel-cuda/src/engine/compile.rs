//! Making a program: linking, printing and compiling, or finding it where it is ready. All of that is the work of a thread of its own, and
//! needs no driver and no device.

use std::sync::Arc;

use ringkernel_codegen::cuda::{self, Checks, Compiler, Scope};
use ringkernel_codegen::ir;
use ringkernel_codegen::link::{self, KernelSource};
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::Backend;
use ringkernel_core::{Result, RingKernelError};

use super::program::without_compiler;
use super::whole::Whole;
use crate::ahead::{Image, Target};
use crate::cache::ProgramCache;
use crate::device;
use crate::driver::DeviceDescription;

/// A kernel that has to be in the program.
#[derive(Clone, Copy)]
pub(crate) struct Need(pub(crate) &'static KernelRegistration);

impl PartialEq for Need {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// Kernels, linked and printed.
#[derive(Default)]
pub(crate) struct Linked {
    pub(super) kernels: Vec<&'static KernelRegistration>,
    pub(super) sources: Vec<KernelSource>,
    pub(super) module: ir::Module,
    pub(super) program: cuda::Program,
}

/// A program that is not loaded yet.
pub(crate) struct Compiled {
    pub(super) linked: Arc<Linked>,
    /// Best first.
    pub(super) images: Vec<Image>,
}

/// What it takes to make a program.
pub(crate) struct Compilation {
    /// What the present one has, whose numbers stay as they are.
    pub(super) linked: Arc<Linked>,
    pub(super) needs: Vec<Need>,
    pub(super) checks: Checks,
    pub(super) cache: Arc<ProgramCache>,
    pub(super) device: DeviceDescription,
}

impl Compilation {
    /// Makes the program. One that is ready may lack some of the kernels.
    ///
    /// # Errors
    /// [`RingKernelError::Unsupported`] with what the device, or the language of devices, lacks;
    /// [`RingKernelError::ProgramRefused`] with the compiler's words; [`RingKernelError::BackendUnavailable`] without a compiler.
    pub(crate) fn run(self) -> Result<Compiled> {
        if let Some((whole, images)) = self.ready() {
            return Ok(Compiled { linked: whole.linked.clone(), images });
        }
        let linked = Arc::new(self.link()?);
        let text = device::source(&linked.program);
        let refused = |error: cuda::CompileError| self.error_of(&error);
        let compiler = Compiler::find().map_err(refused)?;
        let cubin = self.cache.cubin(&compiler, &text, &self.device.compile_target()).map_err(refused)?;
        if !cubin.log.is_empty() {
            tracing::warn!(kernel = self.names(), log = cubin.log, "the compiler warns of the program");
        }
        let (major, minor) = self.device.compute_capability;
        let images = vec![Image { target: Target::Cubin { major, minor }, bytes: cubin.bytes }];
        Ok(Compiled { linked, images })
    }

    /// The program of all kernels, if there is no other yet and it is ready.
    fn ready(&self) -> Option<(&'static Whole, Vec<Image>)> {
        if !self.linked.kernels.is_empty() {
            return None;
        }
        Whole::ready(self.checks, &self.device, &self.needs)
    }

    fn link(&self) -> Result<Linked> {
        let unsupported = |feature: String| RingKernelError::Unsupported { backend: Backend::Cuda, feature };
        let (mut kernels, mut sources) = (self.linked.kernels.clone(), self.linked.sources.clone());
        for Need(kernel) in &self.needs {
            kernels.push(*kernel);
            sources.push(kernel.on_device(Backend::Cuda)?);
        }
        let module = link::link(&sources).map_err(|error| unsupported(error.to_string()))?;
        self.check_grown(&module);
        let program = cuda::print(&module, &options(self.checks)).map_err(|lacking| {
            unsupported(format!("{}, which kernel `{}` uses", lacking.feature, self.names()))
        })?;
        Ok(Linked { kernels, sources, module, program })
    }

    /// Numbers that are on the device already must not change.
    fn check_grown(&self, module: &ir::Module) {
        let before = &self.linked.module;
        let messages = before.messages.iter().zip(&module.messages);
        assert!(
            messages.into_iter().all(|(before, after)| before.type_id == after.type_id)
                && module.names.starts_with(&before.names),
            "linking another kernel keeps the numbers of messages and names"
        );
    }

    /// The kernels that it is made for. What is refused to several is asked for again for each.
    fn names(&self) -> String {
        let names: Vec<_> = self.needs.iter().map(|need| need.0.id).collect();
        names.join("`, `")
    }

    fn error_of(&self, error: &cuda::CompileError) -> RingKernelError {
        match error {
            cuda::CompileError::NoCompiler { .. } => RingKernelError::BackendUnavailable {
                backend: Backend::Cuda,
                reason: without_compiler(error),
            },
            error => RingKernelError::ProgramRefused {
                backend: Backend::Cuda,
                program: self.names(),
                message: error.to_string(),
            },
        }
    }
}

/// How programs for a device are printed.
pub(super) fn options(checks: Checks) -> cuda::Options {
    cuda::Options { scope: Scope::Device, checks }
}
