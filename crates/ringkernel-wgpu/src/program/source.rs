//! A registration as the linker reads it.

use ringkernel_codegen::link::{HandlerSource, KernelSource};
use ringkernel_core::Result;
use ringkernel_core::device::registered_methods;
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::Backend;

/// What is linked for a kernel that is to run on this backend.
///
/// # Errors
/// [`Unsupported`](ringkernel_core::RingKernelError::Unsupported) when the kernel cannot run there: see
/// [`KernelRegistration::on_device`].
pub fn kernel_source(backend: Backend, kernel: &KernelRegistration) -> Result<KernelSource> {
    let kernel = kernel.on_device(backend)?;
    let handlers = kernel.handlers.iter().map(|handler| HandlerSource {
        function: handler.function,
        message: handler.message,
        answer: handler.answer,
    });
    Ok(KernelSource {
        id: kernel.id,
        state: kernel.state,
        cooperative: kernel.cooperative,
        handlers: handlers.collect(),
        polled: kernel.polled,
        methods: registered_methods(),
    })
}
