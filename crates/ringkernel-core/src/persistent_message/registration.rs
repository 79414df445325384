//! One entry of a dispatch table.

use std::fmt;
use std::sync::Arc;

use super::handler::{Typed, produces_response};
use super::{Handler, HandlerId, PersistentMessage};
use crate::message::RingMessage;
use crate::registry;
use crate::runtime::KernelId;

/// Where a handler does what it does.
#[derive(Clone)]
#[non_exhaustive]
pub enum HandlerPlace {
    /// On the thread that dispatches.
    Here(Arc<dyn Handler>),
    /// In a kernel, which is to be sent the message.
    Kernel(KernelId),
}

/// A handler under its id, with the types that it takes and gives.
#[derive(Clone)]
#[non_exhaustive]
pub struct HandlerRegistration {
    /// The id.
    pub handler_id: HandlerId,
    /// What it is called in errors and listings.
    pub name: String,
    /// The type of the messages that it takes.
    pub message_type_id: u64,
    /// Whether it gives a response to every message.
    pub produces_response: bool,
    /// The type of its responses, where it gives some.
    pub response_type_id: Option<u64>,
    /// Where it runs.
    pub place: HandlerPlace,
}

impl HandlerRegistration {
    /// A handler that gives no response.
    pub fn new(
        handler_id: impl Into<HandlerId>,
        name: impl Into<String>,
        message_type_id: u64,
        handler: impl Handler + 'static,
    ) -> Self {
        Self {
            handler_id: handler_id.into(),
            name: name.into(),
            message_type_id,
            produces_response: false,
            response_type_id: None,
            place: HandlerPlace::Here(Arc::new(handler)),
        }
    }

    /// What a kernel does with messages of one type.
    pub fn in_kernel<M: PersistentMessage>(kernel: impl Into<KernelId>, name: impl Into<String>) -> Self {
        Self {
            handler_id: M::HANDLER_ID,
            name: name.into(),
            message_type_id: M::TYPE_ID,
            produces_response: produces_response::<M>(),
            response_type_id: produces_response::<M>().then_some(M::Response::TYPE_ID),
            place: HandlerPlace::Kernel(kernel.into()),
        }
    }

    /// A handler that a macro has registered, in the kernel of this id; `None` where the type of its messages names no handler. A handler
    /// that answers only sometimes is one that produces a response.
    pub fn of_registered(
        kernel: impl Into<KernelId>,
        handler: &registry::HandlerRegistration,
    ) -> Option<Self> {
        Some(Self {
            handler_id: HandlerId(handler.message.layout.handler_id?),
            name: handler.name.into(),
            message_type_id: handler.message.type_id,
            produces_response: handler.answer.is_some(),
            response_type_id: handler.answer.map(|answer| answer.type_id),
            place: HandlerPlace::Kernel(kernel.into()),
        })
    }

    /// The same handler, which responds to every message with one of this type.
    #[must_use]
    pub fn with_response(self, response_type_id: u64) -> Self {
        Self { produces_response: true, response_type_id: Some(response_type_id), ..self }
    }

    /// A function on messages of one type, under the id of that type.
    pub fn of_message<M: PersistentMessage>(
        name: impl Into<String>,
        function: impl Fn(M) -> M::Response + Send + Sync + 'static,
    ) -> Self {
        let registration = Self::new(M::HANDLER_ID, name, M::TYPE_ID, Typed::<M, _>::new(function));
        match produces_response::<M>() {
            true => registration.with_response(M::Response::TYPE_ID),
            false => registration,
        }
    }
}

impl fmt::Debug for HandlerRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = registry::message_name(self.message_type_id);
        write!(f, "handler {} `{}` for {message}", self.handler_id, self.name)?;
        if let HandlerPlace::Kernel(kernel) = &self.place {
            write!(f, ", in kernel `{kernel}`")?;
        }
        match self.response_type_id {
            Some(response) => write!(f, ", responds with {}", registry::message_name(response)),
            None => Ok(()),
        }
    }
}
