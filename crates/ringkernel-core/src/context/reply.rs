//! What a handler returns.

use super::OutgoingMessage;
use crate::message::{MessageLayout, RingMessage};

/// A handler's answer, packed.
#[derive(Debug)]
pub struct Reply(Option<OutgoingMessage>);

impl Reply {
    /// No answer.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The answer, if any.
    pub fn into_message(self) -> Option<OutgoingMessage> {
        self.0
    }
}

/// What a handler can return: a message, or an `Option` of one. (A handler without a return value gives no answer.)
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    note = "return a `#[derive(RingMessage)]` type, an `Option` of one, or nothing"
)]
pub trait IntoReply {
    /// How devices see the message.
    const MESSAGE: &'static MessageLayout;

    /// Packs the answer.
    fn into_reply(self) -> Reply;
}

impl<M: RingMessage> IntoReply for M {
    const MESSAGE: &'static MessageLayout = M::LAYOUT;

    fn into_reply(self) -> Reply {
        Reply(Some(OutgoingMessage::pack(self)))
    }
}

impl<M: RingMessage> IntoReply for Option<M> {
    const MESSAGE: &'static MessageLayout = M::LAYOUT;

    fn into_reply(self) -> Reply {
        self.map_or(Reply::none(), M::into_reply)
    }
}
