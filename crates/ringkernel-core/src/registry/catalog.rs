//! All registered kernels and messages, checked once for contradictions.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use super::{HandlerRegistration, KernelRegistration, MessageInfo};
use crate::error::{Result, RingKernelError};
use crate::message::RingMessage;

/// Two registrations that cannot both hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Two kernels have one id.
    #[error("the kernel id `{id}` is registered twice, at {first} and at {second}; rename one of them")]
    DuplicateKernel {
        /// The id.
        id: String,
        /// Where it stands first.
        first: String,
        /// Where it stands again.
        second: String,
    },
    /// Two message types have one number.
    #[error(
        "the message types `{first}` and `{second}` share the type id {type_id}; give one of them another with `#[message(type_id = ...)]`"
    )]
    TypeIdCollision {
        /// The number.
        type_id: u64,
        /// One type.
        first: String,
        /// The other.
        second: String,
    },
    /// A kernel handles two message types that are for handlers of one id.
    #[error(
        "kernel `{kernel}` has two handlers of the id {id}, `{first}` and `{second}`, by the types of their messages; give one of the types another with `#[persistent_message(handler_id = ...)]`, or move its handler to another kernel"
    )]
    DuplicateHandlerId {
        /// The kernel.
        kernel: String,
        /// The id.
        id: u32,
        /// One handler, with the message that it takes.
        first: String,
        /// The other.
        second: String,
    },
    /// A kernel handles one message type twice.
    #[error("kernel `{kernel}` has two handlers for `{message}`; remove one")]
    DuplicateHandler {
        /// The kernel.
        kernel: String,
        /// The message type.
        message: String,
    },
}

/// The registered kernels by id and messages by number.
#[derive(Debug, Default)]
pub struct Catalog {
    kernels: HashMap<&'static str, &'static KernelRegistration>,
    messages: HashMap<u64, MessageInfo>,
}

impl Catalog {
    /// Collects and checks registrations.
    ///
    /// # Errors
    /// On two kernels with one id, two message types with one number, two handlers of a kernel for one message, or with one id.
    pub fn build(
        kernels: impl IntoIterator<Item = &'static KernelRegistration>,
        messages: impl IntoIterator<Item = MessageInfo>,
    ) -> Result<Self, RegistryError> {
        let mut catalog = Self::default();
        for message in messages {
            catalog.add_message(message)?;
        }
        for kernel in kernels {
            catalog.add_kernel(kernel)?;
        }
        Ok(catalog)
    }

    /// The kernel of this id.
    ///
    /// # Errors
    /// [`RingKernelError::KernelNotFound`], which lists the registered ids and the nearest one.
    pub fn kernel(&self, id: &str) -> Result<&'static KernelRegistration> {
        self.kernels.get(id).copied().ok_or_else(|| {
            let available = self.kernel_ids();
            RingKernelError::KernelNotFound {
                id: id.into(),
                nearest: nearest(id, available.iter().copied()).map(Into::into),
                available: available.into_iter().map(Into::into).collect(),
            }
        })
    }

    /// The ids of all kernels, sorted.
    pub fn kernel_ids(&self) -> Vec<&'static str> {
        let mut ids: Vec<_> = self.kernels.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The message type of this number.
    pub fn message(&self, type_id: u64) -> Option<&MessageInfo> {
        self.messages.get(&type_id)
    }

    fn add_kernel(&mut self, kernel: &'static KernelRegistration) -> Result<(), RegistryError> {
        if let Some(first) = self.kernels.insert(kernel.id, kernel) {
            return Err(RegistryError::DuplicateKernel {
                id: kernel.id.into(),
                first: first.location.to_string(),
                second: kernel.location.to_string(),
            });
        }
        for (index, handler) in kernel.handlers.iter().enumerate() {
            self.add_message(handler.message)?;
            if kernel.handlers[..index].iter().any(|other| other.message.type_id == handler.message.type_id) {
                return Err(RegistryError::DuplicateHandler {
                    kernel: kernel.id.into(),
                    message: handler.message.name.into(),
                });
            }
            if let Some((id, first)) = same_id(&kernel.handlers[..index], handler) {
                let (kernel, second) = (kernel.id.into(), text_of(handler));
                return Err(RegistryError::DuplicateHandlerId { kernel, id, first: text_of(first), second });
            }
        }
        kernel.polled.iter().try_for_each(|message| self.add_message(*message))
    }

    fn add_message(&mut self, message: MessageInfo) -> Result<(), RegistryError> {
        let known = self.messages.entry(message.type_id).or_insert(message);
        if (known.rust_type)() == (message.rust_type)() {
            return Ok(());
        }
        Err(RegistryError::TypeIdCollision {
            type_id: message.type_id,
            first: known.name.into(),
            second: message.name.into(),
        })
    }
}

/// The one of these handlers that has the id of this one, with the id.
fn same_id<'a>(
    others: &'a [HandlerRegistration],
    handler: &HandlerRegistration,
) -> Option<(u32, &'a HandlerRegistration)> {
    let id = handler.message.layout.handler_id?;
    Some((id, others.iter().find(|other| other.message.layout.handler_id == Some(id))?))
}

fn text_of(handler: &HandlerRegistration) -> String {
    format!("{}({})", handler.name, handler.message.name)
}

/// The catalog of this program.
///
/// # Errors
/// [`RingKernelError::Registry`] when registrations contradict each other.
pub fn catalog() -> Result<&'static Catalog> {
    static CATALOG: OnceLock<Result<Catalog, RegistryError>> = OnceLock::new();
    let built = CATALOG.get_or_init(|| {
        Catalog::build(inventory::iter::<KernelRegistration>(), inventory::iter::<MessageInfo>().copied())
    });
    Ok(built.as_ref().map_err(Clone::clone)?)
}

/// Ids of the kernels that the program registers, sorted.
pub fn registered_kernels() -> Vec<&'static str> {
    let mut ids: Vec<_> = inventory::iter::<KernelRegistration>().map(|kernel| kernel.id).collect();
    ids.sort_unstable();
    ids
}

/// The message that was encoded as one of type `message_type`.
///
/// # Errors
/// [`RingKernelError::UnexpectedMessageType`] when that is not `M`, [`RingKernelError::DeserializationError`] when the payload
/// is no such message.
pub(crate) fn decode<M: RingMessage>(message_type: u64, payload: &[u8]) -> Result<M, RingKernelError> {
    if message_type != M::TYPE_ID {
        return Err(RingKernelError::UnexpectedMessageType {
            expected: M::MESSAGE_TYPE.into(),
            actual: message_name(message_type),
        });
    }
    Ok(M::deserialize(payload)?)
}

/// The name of a message type, or its number when the program has no such type.
pub fn message_name(type_id: u64) -> String {
    match catalog().ok().and_then(|catalog| catalog.message(type_id)) {
        Some(message) => message.name.into(),
        None => format!("type id {type_id}"),
    }
}

/// Prints an encoded message: by its fields when the type is known, else by number and size.
///
/// # Errors
/// Those of the formatter.
pub fn fmt_message(type_id: u64, payload: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match catalog().ok().and_then(|catalog| catalog.message(type_id)) {
        Some(message) => (message.format)(payload, f),
        None => write!(f, "message of type id {type_id} ({} bytes)", payload.len()),
    }
}

/// The name that is closest to `name`, if one is close enough to be a slip of the pen.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let close_enough = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= close_enough)
        .min()
        .map(|(_, candidate)| candidate)
}
