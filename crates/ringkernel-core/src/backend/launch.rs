//! What every backend checks before it launches a kernel, and what those with a device need of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Result, RingKernelError};
use crate::registry::{self, KernelRegistration, StateLayout};
use crate::runtime::{Backend, KernelId, LaunchOptions};

/// Checks the id and the options of a launch, before anything is known of the kernel.
///
/// # Errors
/// [`RingKernelError::InvalidConfig`].
pub fn check_options(kernel_id: &str, options: &LaunchOptions) -> Result<()> {
    let wrong = |what: &str| Err(RingKernelError::InvalidConfig(what.into()));
    if kernel_id.is_empty() {
        return wrong("the kernel id is empty; give the instance a name");
    }
    options.validate()?;
    if options.enable_k2k && options.input_queue_capacity < 2 {
        return wrong(
            "input_queue_capacity is 1 and kernel-to-kernel messages are enabled; they need a share of their own, use at least 2",
        );
    }
    Ok(())
}

/// Messages of a mailbox that only kernels may have waiting there, so that a cycle of kernels does not starve on host traffic.
pub fn kernels_share(options: &LaunchOptions) -> usize {
    if options.enable_k2k { options.input_queue_capacity.div_ceil(4) } else { 0 }
}

/// The kernel that an instance of this id runs.
///
/// # Errors
/// [`RingKernelError::KernelNotFound`] and [`RingKernelError::Registry`].
pub fn find_kernel(kernel_id: &str, options: &LaunchOptions) -> Result<&'static KernelRegistration> {
    registry::catalog()?.kernel(options.handler.as_ref().map_or(kernel_id, KernelId::as_str))
}

/// Checks that a kernel runs on a backend, and that it is given a state of its type.
///
/// # Errors
/// [`RingKernelError::Unsupported`] and [`RingKernelError::InvalidConfig`].
pub fn check_kernel(backend: Backend, kernel: &KernelRegistration, options: &LaunchOptions) -> Result<()> {
    kernel.check_allows(backend)?;
    match &options.initial_state {
        Some(state) if state.rust_type() != (kernel.state.rust_type)() => {
            Err(RingKernelError::InvalidConfig(format!(
                "kernel `{}` has a state of type `{}`, and `with_state` was given a `{}`",
                kernel.id,
                (kernel.state.type_name)(),
                state.type_name()
            )))
        }
        _ => Ok(()),
    }
}

/// Checks that nothing is asked for that only a processor has.
///
/// # Errors
/// [`RingKernelError::Unsupported`].
pub fn check_device(backend: Backend, options: &LaunchOptions) -> Result<()> {
    if options.lane_schedule == 0 {
        return Ok(());
    }
    let feature = "the option `lane_schedule`: the device decides in which order lanes run".into();
    Err(RingKernelError::Unsupported { backend, feature })
}

/// The bytes of the initial state of a kernel that is launched with these options.
///
/// # Errors
/// [`RingKernelError::Unsupported`] for a type that devices do not know, [`RingKernelError::InvalidConfig`] when making the state
/// panics.
pub fn state_bytes(
    backend: Backend,
    kernel_id: &str,
    kernel: &KernelRegistration,
    options: &LaunchOptions,
) -> Result<Vec<u8>> {
    let type_name = (kernel.state.type_name)();
    let encode = match kernel.state.layout {
        StateLayout::Empty => return Ok(Vec::new()),
        StateLayout::Known { encode, .. } => encode,
        StateLayout::Unknown => {
            return Err(RingKernelError::Unsupported {
                backend,
                feature: format!(
                    "the state `{type_name}`, whose layout is not known; add `#[derive(DeviceState)]` to it"
                ),
            });
        }
    };
    // Making and dropping a state runs the user's code.
    let made = catch_unwind(AssertUnwindSafe(|| {
        let state = match &options.initial_state {
            Some(state) => state.make(),
            None => (kernel.state.initial)(),
        };
        encode(&*state)
    }));
    match made {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(RingKernelError::InvalidConfig(format!(
            "the initial state of kernel `{kernel_id}` is no `{type_name}`"
        ))),
        Err(_) => Err(RingKernelError::InvalidConfig(format!(
            "making the initial state of kernel `{kernel_id}` failed: it panicked"
        ))),
    }
}
