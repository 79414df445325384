//! Sending messages to kernels by their types, with retries, time limits, answers and figures.
//!
//! - `kernel_dispatcher`: [`KernelDispatcher`], which sends
//! - `config`: its options and [`DispatcherBuilder`]; `retry`: [`RetryPolicy`]
//! - `routing`: which kernels are for a type, and which of several is next
//! - `handlers`: routes with the names of handlers, and dispatches in the name of another kernel
//! - `answers`: where the answers of kernels arrive, and who waits for them
//! - `receipt`: what a dispatch gives, and [`DispatchError`]; `metrics`: figures

mod answers;
mod config;
mod handlers;
mod kernel_dispatcher;
mod metrics;
mod receipt;
mod retry;
mod routing;

pub use config::{DispatcherBuilder, DispatcherConfig};
pub use kernel_dispatcher::KernelDispatcher;
pub use metrics::{AverageLatency, Counter, DispatcherMetrics};
pub use receipt::{DispatchError, DispatchReceipt};
pub use retry::{Jitter, RetryPolicy};
pub use routing::{Balance, KeyOf};
