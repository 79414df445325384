//! Devices through wgpu: what the engine needs of them, with typed errors and counted memory.
//!
//! | module | what it is |
//! |---|---|
//! | `adapter` | the devices that there are, in a stable order, and the choice of one |
//! | `automatic` | which of them the automatic choice of a backend takes |
//! | `open` | [`Device`]: an open device, its queue, and waiting for it |
//! | `capabilities` | what a device can do, for the code generator and the engine |
//! | `health` | whether a device has been lost, and errors that nobody asked for |
//! | `buffer` | [`StorageBuffer`]: device memory that grows |
//! | `memory`, `heap` | [`WgpuMemory`]: buffers for users, and how much there is |
//! | `pipeline` | programs from WGSL text, and what they are bound to |
//! | `recorder` | work for a device, recorded and then submitted |
//! | `staging` | getting bytes back from a device |
//! | `window` | buffers that the host reads and writes in place |
//! | `error` | [`DeviceError`] |
//!
//! One thread drives a device: it records, submits, and waits with [`Device::wait`], which also delivers what is read
//! back. All types may be moved between threads.

mod adapter;
mod automatic;
mod buffer;
mod capabilities;
mod error;
mod health;
mod heap;
mod memory;
mod open;
mod pipeline;
mod recorder;
mod staging;
mod window;

pub use adapter::{Adapter, AdapterDescription, AdapterKind, Adapters, ApiSet};
pub use automatic::suits;
pub use buffer::StorageBuffer;
pub use capabilities::Capabilities;
pub use error::DeviceError;
pub use health::{Health, Loss};
pub use memory::WgpuMemory;
pub use open::{Device, Patience, Waited};
pub use pipeline::{Access, Bindings, Layout, Pipeline, ProgramText};
pub use recorder::{Pass, Recorder, Submission};
pub use staging::{Readback, ReadbackState, Span, StagingRing};
