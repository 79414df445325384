//! What the driver is asked to do once for an actor: find its program, and put it into device memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ringkernel_core::registry::{KernelRegistration, StateLayout};
use ringkernel_core::runtime::{Backend, LaunchOptions};
use ringkernel_core::{Result, RingKernelError};
use tokio::sync::oneshot;

use super::actor::Actor;

/// A request to put an actor into device memory.
pub(crate) struct Launch {
    pub(crate) actor: Arc<Actor>,
    /// Its state's bytes.
    pub(crate) state: Vec<u8>,
    pub(crate) done: oneshot::Sender<Result<()>>,
}

/// Checks what this backend cannot do, and options that contradict each other.
///
/// # Errors
/// [`RingKernelError::Unsupported`] and [`RingKernelError::InvalidConfig`].
pub(crate) fn check(backend: Backend, kernel: &KernelRegistration, options: &LaunchOptions) -> Result<()> {
    let unsupported = |feature| Err(RingKernelError::Unsupported { backend, feature });
    if !kernel.backends.is_empty() && !kernel.backends.contains(&backend) {
        return unsupported(format!(
            "kernel `{}`, which is written for {:?} only",
            kernel.id, kernel.backends
        ));
    }
    if options.lane_schedule != 0 {
        return unsupported("the option `lane_schedule`: the device decides in which order lanes run".into());
    }
    if options.enable_k2k && options.input_queue_capacity < 2 {
        return Err(RingKernelError::InvalidConfig(
            "input_queue_capacity is 1 and kernel-to-kernel messages are enabled; they need a share of their own, use at least 2".into(),
        ));
    }
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

/// The bytes of the initial state of a kernel that is launched with these options.
///
/// # Errors
/// [`RingKernelError::Unsupported`] for a type that devices do not know, [`RingKernelError::InvalidConfig`] when making the state
/// panics.
pub(crate) fn state_bytes(
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
