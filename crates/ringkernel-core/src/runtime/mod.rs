//! The runtime as its user sees it: options in, handles out, the same on every backend.
//!
//! - `traits`: [`RingKernelRuntime`], which backends implement, and [`KernelHandleInner`]
//! - `handle`: [`KernelHandle`], what a launch gives
//! - `submission`: a message on its way into a kernel, and its answer's way back
//! - `options`, `restart`: how a kernel is launched
//! - `builder`, `backend`, `config`: which backend, started with what, and why
//! - `tenancy`: for whom kernels run, and a runtime as one tenant sees it
//! - `kernel_id`, `state`, `fault`, `metrics`: what is reported

mod backend;
mod blocking;
mod builder;
mod call;
mod config;
mod fault;
mod handle;
mod kernel_id;
mod metrics;
mod options;
mod restart;
mod state;
mod submission;
mod tenancy;
mod traits;

pub use backend::Backend;
pub use builder::{BackendFactory, RuntimeBuilder, Selection, absent_backend};
pub use config::RuntimeConfig;
pub use fault::{Fault, FaultKind};
pub use handle::KernelHandle;
pub use kernel_id::KernelId;
pub use metrics::{KernelMetrics, RuntimeMetrics, TenantMetrics};
pub use options::{InitialState, LaunchOptions};
pub use restart::RestartPolicy;
pub use ringkernel_abi::{ActorRef, AuditTag, TenantId, UNSPECIFIED_TENANT};
pub use state::{KernelState, KernelStatus, WaitingOn};
pub use submission::{Answer, PendingReply, Refused, ReplySender, SendError, Submission, reply_channel};
pub use tenancy::{Kernels, Tenancy, TenantRuntime, TenantScope};
pub use traits::{BoxFuture, KernelHandleInner, RingKernelRuntime};
