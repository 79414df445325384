//! Destinations that are no endpoints: kernels of a runtime, or whatever else takes messages by itself.

use std::time::Duration;

use ringkernel_abi::CorrelationId;

use super::message::K2KMessage;
use super::receipt::DeliveryStatus;
use crate::error::RingKernelError;
use crate::runtime::BoxFuture;
use crate::timer;

/// How often a sender tries again, where a port does not say when there is room.
const RETRY: Duration = Duration::from_millis(1);

/// Takes the messages for one name. Registered with [`K2KBroker::attach`](super::K2KBroker::attach).
pub trait K2KPort: Send + Sync {
    /// Takes a message, or hands it back with the reason: [`DeliveryStatus::QueueFull`] when a sender may wait for room with
    /// [`room`](Self::room), anything else for good. It must not wait.
    ///
    /// The broker has checked that the sender is of this port's tenant, and the header says so.
    ///
    /// # Errors
    /// The message, and why it was not taken.
    fn deliver(&self, message: K2KMessage) -> Result<(), (K2KMessage, DeliveryStatus)>;

    /// Waits until it is worth to try again after [`DeliveryStatus::QueueFull`]. Unless implemented, that is a millisecond.
    fn room(&self) -> BoxFuture<'_, ()> {
        Box::pin(timer::sleep(RETRY))
    }

    /// A message that was sent from this name, with a wish for an answer, will have none, and this is why. `correlation` is what the
    /// answer would have carried. Unless implemented, nobody is told.
    fn unanswered(&self, _correlation: CorrelationId, _error: RingKernelError) {}

    /// How many messages wait behind it, for those who choose among several. Unless implemented, that is 0.
    fn pending(&self) -> usize {
        0
    }
}
