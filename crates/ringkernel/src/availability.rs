//! Check availability of backends at runtime.

use ringkernel_core::runtime::{Backend, BackendFactory, absent_backend};
use ringkernel_core::{Result, RingKernelError};

/// The backends that this build contains.
pub(crate) fn factories() -> Vec<&'static dyn BackendFactory> {
    vec![
        #[cfg(feature = "cpu")]
        &ringkernel_cpu::CpuFactory,
        #[cfg(feature = "cuda")]
        &ringkernel_cuda::CudaFactory,
        #[cfg(feature = "wgpu")]
        &ringkernel_wgpu::WgpuFactory,
        #[cfg(feature = "metal")]
        &ringkernel_wgpu::MetalFactory,
    ]
}

/// Whether kernels can run on `backend` here. [`Backend::Auto`] is available when any backend is.
///
/// # Errors
/// [`RingKernelError::BackendUnavailable`] with the reason.
pub fn check(backend: Backend) -> Result<()> {
    if backend == Backend::Auto {
        return check_any();
    }
    match factories().into_iter().find(|factory| factory.backend() == backend) {
        Some(factory) => factory.probe(),
        None => Err(absent_backend(backend)),
    }
}

fn check_any() -> Result<()> {
    if Backend::AUTO_ORDER.into_iter().any(|backend| check(backend).is_ok()) {
        return Ok(());
    }
    Err(RingKernelError::BackendUnavailable {
        backend: Backend::Auto,
        reason: "no backend can run kernels here; `check` each one for its reason".into(),
    })
}

/// The backends on which kernels can run here, CPU first.
pub fn available_backends() -> Vec<Backend> {
    Backend::AUTO_ORDER.into_iter().rev().filter(|backend| check(*backend).is_ok()).collect()
}

/// Whether kernels can run on an NVIDIA GPU here. The simulated driver of this project's tests counts; the automatic choice leaves it
/// to the CPU backend.
pub fn cuda() -> bool {
    check(Backend::Cuda).is_ok()
}

/// Whether kernels can run on an Apple GPU here.
pub fn metal() -> bool {
    check(Backend::Metal).is_ok()
}

/// Whether kernels can run through WebGPU here. A processor that imitates a GPU counts; the automatic choice leaves it to the
/// CPU backend.
pub fn wgpu() -> bool {
    check(Backend::Wgpu).is_ok()
}
