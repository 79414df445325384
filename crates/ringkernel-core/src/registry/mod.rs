//! What the program has declared: its kernels and its messages, collected at link time.
//!
//! - `entries`: what one `#[ring_kernel]` or `#[derive(RingMessage)]` registers
//! - `on_device`: what devices are told of a kernel
//! - `catalog`: all of them, checked for contradictions

mod catalog;
mod entries;
mod on_device;

pub(crate) use catalog::decode;
pub use catalog::{Catalog, RegistryError, catalog, fmt_message, message_name, nearest, registered_kernels};
pub use entries::{
    AsyncHandler, CooperativeHandler, HandlerDevice, HandlerFn, HandlerFuture, HandlerRegistration,
    KernelRegistration, MessageInfo, SourceLocation, StateLayout, StateRegistration, SyncHandler,
};

#[cfg(test)]
mod tests;
