//! The field types that `#[message(id)]`, `#[message(correlation)]` and `#[message(priority)]` accept.

use ringkernel_abi::{CorrelationId, MessageId};
use uuid::Uuid;

use super::Priority;

/// A field that holds the message's id. The nil id means "none yet".
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of a message",
    note = "`#[message(id)]` stands on a `MessageId` or a `Uuid`"
)]
pub trait IdField {
    /// The id in the field.
    fn get(&self) -> MessageId;
    /// Replaces it.
    fn set(&mut self, id: MessageId);
}

/// A field that holds the id of the message that this one belongs to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the correlation of a message",
    note = "`#[message(correlation)]` stands on a `CorrelationId`, `MessageId` or `Uuid`, or an `Option` of one"
)]
pub trait CorrelationField {
    /// The correlation, `None` when nil or absent.
    fn get(&self) -> Option<CorrelationId>;
}

/// A field that holds the message's priority.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the priority of a message",
    note = "`#[message(priority)]` stands on a `u8` or a `Priority`"
)]
pub trait PriorityField {
    /// The priority, or `default` when the field is 0.
    fn get_or(&self, default: u8) -> u8;
}

macro_rules! ids {
    ($($type:ty),*) => {$(
        impl IdField for $type {
            fn get(&self) -> MessageId {
                MessageId::from(*self)
            }

            fn set(&mut self, id: MessageId) {
                *self = Self::from(id);
            }
        }

        impl CorrelationField for $type {
            fn get(&self) -> Option<CorrelationId> {
                let id = CorrelationId::from(*self);
                (!id.is_nil()).then_some(id)
            }
        }
    )*};
}

ids!(MessageId, Uuid);

impl CorrelationField for CorrelationId {
    fn get(&self) -> Option<CorrelationId> {
        (!self.is_nil()).then_some(*self)
    }
}

impl<T: CorrelationField> CorrelationField for Option<T> {
    fn get(&self) -> Option<CorrelationId> {
        self.as_ref().and_then(T::get)
    }
}

impl PriorityField for u8 {
    fn get_or(&self, default: u8) -> u8 {
        if *self == 0 { default } else { *self }
    }
}

impl PriorityField for Priority {
    fn get_or(&self, _default: u8) -> u8 {
        self.as_u8()
    }
}
