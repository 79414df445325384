//! What can go wrong between a handler id and a response.

use super::HandlerId;
use crate::message::DecodeError;
use crate::runtime::KernelId;

/// Why a handler did not handle a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerError {
    /// The payload is no message of the type that it takes.
    #[error("the payload could not be decoded: {0}")]
    Decode(#[from] DecodeError),
    /// It could not do what the message asks for.
    #[error("{reason}")]
    Failed {
        /// Why not.
        reason: String,
    },
}

/// Why a message was not registered, or not dispatched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchTableError {
    /// Two handlers under one id.
    #[error("handler id {id} belongs to `{first}` already, `{second}` needs another")]
    DuplicateHandler {
        /// The id.
        id: HandlerId,
        /// The handler that has it.
        first: String,
        /// The handler that was to be registered.
        second: String,
    },
    /// No handler has this id.
    #[error("no handler has id {id}; registered are {}", registered_text(.registered))]
    UnknownHandler {
        /// The id that was asked for.
        id: HandlerId,
        /// The ids that there are, in order.
        registered: Vec<HandlerId>,
    },
    /// The handler of this id takes another type of message.
    #[error("handler `{handler}` takes `{expected}`, and was given `{actual}`")]
    UnexpectedMessageType {
        /// The handler.
        handler: String,
        /// The type that it takes, or its number.
        expected: String,
        /// The type of the message.
        actual: String,
    },
    /// The handler runs in a kernel, and not where tables dispatch.
    #[error("handler `{handler}` runs in kernel `{kernel}`; send the message there")]
    InKernel {
        /// The handler.
        handler: String,
        /// The kernel.
        kernel: KernelId,
    },
    /// The handler could not handle the message.
    #[error("handler `{handler}` did not handle its message: {error}")]
    Handler {
        /// The handler.
        handler: String,
        /// Why not.
        error: HandlerError,
    },
    /// The message requires a response, or the handler was registered with one, and none was given.
    #[error("handler `{handler}` gave no response, and one was to come")]
    NoResponse {
        /// The handler.
        handler: String,
    },
    /// What the handler gave is no response of the type that the message expects.
    #[error("the response of handler `{handler}` is no `{expected}`")]
    InvalidResponse {
        /// The handler.
        handler: String,
        /// The type that the message expects.
        expected: String,
    },
}

fn registered_text(registered: &[HandlerId]) -> String {
    match registered {
        [] => "none".into(),
        ids => ids.iter().map(HandlerId::to_string).collect::<Vec<_>>().join(", "),
    }
}
