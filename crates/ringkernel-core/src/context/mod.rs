//! What a handler can do besides computing.
//!
//! - `ring_context`: [`RingContext`], the first argument of every handler
//! - `lanes`, `warp`: its part that concerns lanes
//! - `backend`: [`ContextBackend`], what stands behind it
//! - `refusal`: why a message to another kernel was not accepted
//! - `reply`: what a handler returns

mod backend;
mod lanes;
mod refusal;
mod reply;
mod ring_context;
mod warp;

pub use backend::{ContextBackend, KernelTarget, MessageOrigin, OutgoingMessage};
pub use refusal::K2KRefusal;
pub use reply::{IntoReply, Reply};
pub use ring_context::{HandlerFailure, K2KSendError, RingContext};
pub use ringkernel_abi::ReplyTo;
