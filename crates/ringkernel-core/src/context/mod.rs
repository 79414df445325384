//! What a handler can do besides computing.
//!
//! - `ring_context`: [`RingContext`], the first argument of every handler
//! - `lanes`, `warp`: its part that concerns lanes
//! - `backend`: [`ContextBackend`], what stands behind it
//! - `reply`: what a handler returns

mod backend;
mod lanes;
mod reply;
mod ring_context;
mod warp;

pub use backend::{ContextBackend, K2KRefusal, KernelTarget, MessageOrigin, OutgoingMessage};
pub use reply::{IntoReply, Reply};
pub use ring_context::{HandlerFailure, K2KSendError, RingContext};
pub use ringkernel_abi::ReplyTo;
