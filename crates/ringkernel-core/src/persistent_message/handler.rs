//! What is done with a message: on encoded messages, so that handlers of all types fit into one table.

use std::marker::PhantomData;

use super::{HandlerError, PersistentMessage};
use crate::message::{Payload, RingMessage};

/// What is done with the messages of one handler id.
///
/// A closure from payload to response is one, too; [`DispatchTable::register_message`] makes one of a function on
/// typed messages.
///
/// [`DispatchTable::register_message`]: super::DispatchTable::register_message
pub trait Handler: Send + Sync {
    /// Handles an encoded message. Gives the encoded response, or `None` when there is none.
    ///
    /// # Errors
    /// [`HandlerError::Decode`] when the payload is no message of its type, [`HandlerError::Failed`] when the handler
    /// could not do what the message asks for.
    fn handle(&self, payload: &[u8]) -> Result<Option<Payload>, HandlerError>;
}

impl<F> Handler for F
where
    F: Fn(&[u8]) -> Result<Option<Payload>, HandlerError> + Send + Sync,
{
    fn handle(&self, payload: &[u8]) -> Result<Option<Payload>, HandlerError> {
        self(payload)
    }
}

/// A function on typed messages as a handler.
pub(super) struct Typed<M, F> {
    function: F,
    message: PhantomData<fn(M)>,
}

impl<M, F> Typed<M, F> {
    pub(super) fn new(function: F) -> Self {
        Self { function, message: PhantomData }
    }
}

impl<M, F> Handler for Typed<M, F>
where
    M: PersistentMessage,
    F: Fn(M) -> M::Response + Send + Sync,
{
    fn handle(&self, payload: &[u8]) -> Result<Option<Payload>, HandlerError> {
        let response = (self.function)(M::deserialize(payload)?);
        Ok(produces_response::<M>().then(|| response.to_payload()))
    }
}

/// Whether the response of a message is worth sending: it says something, or somebody waits for it.
pub(super) fn produces_response<M: PersistentMessage>() -> bool {
    M::REQUIRES_RESPONSE || M::Response::TYPE_ID != <() as RingMessage>::TYPE_ID
}
