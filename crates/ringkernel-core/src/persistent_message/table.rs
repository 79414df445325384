//! Which handler belongs to which id, and how a message gets there.
//!
//! A table is filled once and then shared: it has no lock, and a dispatch runs the handler on the calling thread.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{DispatchTableError, HandlerId, HandlerPlace, HandlerRegistration, PersistentMessage};
use crate::error::RingKernelError;
use crate::message::{Payload, RingMessage};
use crate::registry;

/// Handlers by id.
///
/// ```
/// # use ringkernel_core::message::RingMessage;
/// # use ringkernel_core::persistent_message::{DispatchTable, HandlerId, HandlerRegistration};
/// let mut table = DispatchTable::new();
/// let doubled = |payload: &[u8]| Ok(Some([payload, payload].concat().into()));
/// table.register(HandlerRegistration::new(7, "double", 100, doubled).with_response(101)).unwrap();
///
/// let response = table.dispatch(HandlerId(7), b"ab").unwrap();
/// assert_eq!(response.as_deref(), Some(b"abab".as_slice()));
/// ```
#[derive(Debug, Clone, Default)]
pub struct DispatchTable {
    handlers: BTreeMap<HandlerId, HandlerRegistration>,
}

impl DispatchTable {
    /// A table without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The handlers of a kernel of this program whose messages name a handler, as they are registered: with their ids, the types that they
    /// take and those that they answer with. They run where the kernel runs, so that this table tells of them and does not run them.
    ///
    /// # Errors
    /// [`RingKernelError::KernelNotFound`], and [`RingKernelError::Registry`] when registrations contradict each other.
    pub fn of_kernel(kernel: &str) -> Result<Self, RingKernelError> {
        let mut table = Self::new();
        for handler in registry::catalog()?.kernel(kernel)?.handlers {
            if let Some(registration) = HandlerRegistration::of_registered(kernel, handler) {
                // The registry refuses kernels with two handlers of one id.
                table.handlers.insert(registration.handler_id, registration);
            }
        }
        Ok(table)
    }

    /// Adds a handler.
    ///
    /// # Errors
    /// [`DispatchTableError::DuplicateHandler`] when its id is taken; the table is as before.
    pub fn register(&mut self, registration: HandlerRegistration) -> Result<(), DispatchTableError> {
        match self.handlers.entry(registration.handler_id) {
            Entry::Vacant(vacant) => {
                vacant.insert(registration);
                Ok(())
            }
            Entry::Occupied(taken) => Err(DispatchTableError::DuplicateHandler {
                id: registration.handler_id,
                first: taken.get().name.clone(),
                second: registration.name,
            }),
        }
    }

    /// Removes a handler; `None` when there is none of this id.
    pub fn unregister(&mut self, id: impl Into<HandlerId>) -> Option<HandlerRegistration> {
        self.handlers.remove(&id.into())
    }

    /// Removes the handlers for a type of messages.
    pub(crate) fn forget(&mut self, message_type: u64) {
        self.handlers.retain(|_, handler| handler.message_type_id != message_type);
    }

    /// Adds a function on messages of one type, under the id of that type.
    ///
    /// # Errors
    /// As [`register`](Self::register).
    pub fn register_message<M: PersistentMessage>(
        &mut self,
        name: impl Into<String>,
        function: impl Fn(M) -> M::Response + Send + Sync + 'static,
    ) -> Result<(), DispatchTableError> {
        self.register(HandlerRegistration::of_message(name, function))
    }

    /// Has the handler of this id handle an encoded message. Gives the encoded response, `None` when the handler gives
    /// none.
    ///
    /// A handler that panics does so on the calling thread.
    ///
    /// # Errors
    /// [`UnknownHandler`](DispatchTableError::UnknownHandler), [`Handler`](DispatchTableError::Handler) when the handler refused the
    /// message, [`InKernel`](DispatchTableError::InKernel) when it runs in a kernel,
    /// [`NoResponse`](DispatchTableError::NoResponse) when it was registered with a response and gave none.
    pub fn dispatch(
        &self,
        id: impl Into<HandlerId>,
        payload: &[u8],
    ) -> Result<Option<Payload>, DispatchTableError> {
        run(self.find(id.into())?, payload)
    }

    /// Has a message handled by the handler that it names. Gives the response, `None` when the handler gives none.
    ///
    /// # Errors
    /// As [`dispatch`](Self::dispatch); further [`UnexpectedMessageType`](DispatchTableError::UnexpectedMessageType) when the handler is
    /// one for another type, [`NoResponse`](DispatchTableError::NoResponse) when the message requires a response, and
    /// [`InvalidResponse`](DispatchTableError::InvalidResponse).
    pub fn dispatch_message<M: PersistentMessage>(
        &self,
        message: &M,
    ) -> Result<Option<M::Response>, DispatchTableError> {
        let registration = self.find(M::HANDLER_ID)?;
        if registration.message_type_id != M::TYPE_ID {
            return Err(DispatchTableError::UnexpectedMessageType {
                handler: registration.name.clone(),
                expected: registry::message_name(registration.message_type_id),
                actual: M::MESSAGE_TYPE.into(),
            });
        }
        let handler = || registration.name.clone();
        match run(registration, &message.serialize_payload())? {
            None if M::REQUIRES_RESPONSE => Err(DispatchTableError::NoResponse { handler: handler() }),
            None => Ok(None),
            Some(response) => M::deserialize_response(&response).map(Some).ok_or_else(|| {
                DispatchTableError::InvalidResponse {
                    handler: handler(),
                    expected: M::Response::MESSAGE_TYPE.into(),
                }
            }),
        }
    }

    /// The handlers in the order of their ids.
    pub fn handlers(&self) -> impl ExactSizeIterator<Item = &HandlerRegistration> {
        self.handlers.values()
    }

    /// The handler of this id.
    pub fn get(&self, id: impl Into<HandlerId>) -> Option<&HandlerRegistration> {
        self.handlers.get(&id.into())
    }

    /// The greatest id that has a handler.
    pub fn max_handler_id(&self) -> Option<HandlerId> {
        self.handlers.last_key_value().map(|(id, _)| *id)
    }

    /// Number of handlers.
    pub fn len(&self) -> usize {
        self.handlers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.handlers.is_empty()
    }

    fn find(&self, id: HandlerId) -> Result<&HandlerRegistration, DispatchTableError> {
        self.handlers.get(&id).ok_or_else(|| DispatchTableError::UnknownHandler {
            id,
            registered: self.handlers.keys().copied().collect(),
        })
    }
}

fn run(registration: &HandlerRegistration, payload: &[u8]) -> Result<Option<Payload>, DispatchTableError> {
    let handler = || registration.name.clone();
    let function = match &registration.place {
        HandlerPlace::Here(function) => function,
        HandlerPlace::Kernel(kernel) => {
            return Err(DispatchTableError::InKernel { handler: handler(), kernel: kernel.clone() });
        }
    };
    match function.handle(payload) {
        Err(error) => Err(DispatchTableError::Handler { handler: handler(), error }),
        Ok(None) if registration.produces_response => {
            Err(DispatchTableError::NoResponse { handler: handler() })
        }
        Ok(response) => Ok(response),
    }
}
