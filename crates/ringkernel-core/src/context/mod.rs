//! What a handler can do besides computing.
//!
//! - `ring_context`: [`RingContext`], the first argument of every handler
//! - `backend`: [`ContextBackend`], what stands behind it
//! - `reply`: what a handler returns

mod backend;
mod lanes;
mod reply;
mod ring_context;

pub use backend::{ContextBackend, K2KRefusal, KernelTarget, MessageOrigin, OutgoingMessage};
pub use lanes::AtomicScalar;
pub use reply::{IntoReply, Reply};
pub use ring_context::{HandlerFailure, K2KSendError, RingContext};
pub use ringkernel_abi::ReplyTo;
