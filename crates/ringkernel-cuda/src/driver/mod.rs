//! The CUDA driver, in the layers of a binding, with typed errors.
//!
//! | layer | module | what it is |
//! |---|---|---|
//! | sys | `sys` | the functions of the library, as NVIDIA declares them |
//! | | `library` | finding and loading it |
//! | result | `calls` | one checked call each, of a thread that has a context |
//! | | `error` | [`DriverError`] |
//! | safe | `devices` | [`Devices`] and what they can do |
//! | | `context` | [`Context`]: an open device, which every call enters |
//! | | `still` | what must not happen while a grid runs, and what waits for its end |
//! | | `module` | [`Module`] and [`Function`]: programs |
//! | | `stream` | [`Stream`]: launches and copies, in order |
//! | | `graph` | [`Graph`]: a launch that is prepared once |
//! | | `buffer` | [`DeviceBuffer`]: memory of the device |
//! | | `locked` | page-locked memory of the host |
//! | | `direct` | memory of users that the device copies by itself |
//! | | `mapped` | [`MappedBuffer`]: words that host and device both access |
//! | | `typed` | [`CudaMappedBuffer`]: values that host and device both access |
//!
//! A grid of this backend runs for as long as its runtime. Much of the driver waits until the device is idle, and would wait
//! forever: allocating, freeing, loading. Here such a call is [`DriverError::Busy`] while a grid runs, and what is dropped
//! meanwhile is freed later, so that nothing hangs. All waiting polls, and ends when the context does.

mod buffer;
mod calls;
mod context;
mod devices;
mod direct;
mod error;
mod graph;
mod library;
mod locked;
mod mapped;
mod module;
mod still;
mod stream;
mod sys;
mod typed;

pub use buffer::DeviceBuffer;
pub use context::Context;
pub use devices::{DeviceDescription, Devices};
pub(crate) use direct::UserPages;
pub use error::{DriverError, Failure};
pub use graph::Graph;
pub use mapped::MappedBuffer;
pub use module::{Function, Module};
pub use stream::Stream;
pub use typed::CudaMappedBuffer;
