//! What the macros expand to. Not part of the public interface: it changes without notice.

pub use inventory;
pub use ringkernel_abi::device::MessageLayout;
pub use ringkernel_abi::{EnumLayout, FieldLayout, Scalar, StructLayout, TypeLayout};
pub use uuid::Uuid;

use std::any::Any;

pub use crate::context::{IntoReply, Reply, RingContext};
pub use crate::cooperative::{LaneGrid, Shared};
pub use crate::device::{
    Binding, DeviceFn, DeviceFunction, DeviceMethods, DeviceState, Item, Known, MessageValue,
    MethodsRegistration, Overflow, UnknownType, UnknownValue, Value, has_method, type_item, type_methods,
};
pub use crate::domain::{Domain, DomainMessage};
pub use crate::k2k::K2KMessageRegistration;
pub use crate::message::codec::{HeadLayout, head_layout};
pub use crate::message::{
    CorrelationField, CorrelationId, DecodeError, Decoder, Encoder, GpuType, IdField, MessageField,
    MessageId, Priority, PriorityField, RingMessage, priority,
};
pub use crate::persistent_message::{HandlerId, PersistentMessage};
pub use crate::registry::{
    HandlerDevice, HandlerFn, HandlerRegistration, KernelRegistration, MessageInfo, SourceLocation,
    StateLayout, StateRegistration,
};
pub use crate::runtime::{Backend, BoxFuture};

/// Refuses a type that is no device type.
pub const fn device_type<T: GpuType>() {}

/// Decodes a handler's message.
///
/// # Errors
/// When the payload is no such message.
pub fn decode<M: RingMessage>(payload: &[u8]) -> Result<M, DecodeError> {
    M::deserialize(payload)
}

/// A handler's state.
///
/// # Panics
/// When the runtime gives a handler another kernel's state, which would be its own defect.
pub fn state<S: 'static>(state: &mut (dyn Any + Send)) -> &mut S {
    state.downcast_mut().expect("a handler is given the state of its own kernel")
}

/// The state of a cooperative handler.
///
/// # Panics
/// When the runtime gives a handler another kernel's state, which would be its own defect.
pub fn shared_state<S: 'static>(state: &mut (dyn Any + Send)) -> &Shared<S> {
    Shared::of(self::state::<S>(state))
}

/// Whether this lane's value is the answer.
pub fn answers(context: &RingContext<'_>) -> bool {
    context.global_thread_id() == 0
}

/// The answer of a handler that returns nothing.
pub fn no_reply(_: ()) -> Reply {
    Reply::none()
}

/// FNV-1a, 64 bit, with the highest bit set: never in the range of a domain or of an explicit number below 2^63.
pub const fn type_id_of_name(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash | 1 << 63
}

/// Positions that a name hash is spread over in [`Domain::Custom`], whose range would otherwise look arbitrary.
const CUSTOM_POSITIONS: u64 = 1_000_000;

/// The type id at an explicit position of a domain. Refused at compile time when the domain ends before.
pub const fn type_id_in_domain(domain: Domain, position: u64) -> u64 {
    let (first, last) = domain.type_id_range();
    assert!(position <= (last - first) as u64, "this `type_id` lies outside of its domain");
    first as u64 + position
}

/// The type id that a domain gives to a type name.
pub const fn type_id_of_name_in_domain(domain: Domain, name: &str) -> u64 {
    let positions = match domain {
        Domain::Custom => CUSTOM_POSITIONS,
        _ => Domain::RANGE_SIZE as u64,
    };
    type_id_in_domain(domain, type_id_of_name(name) % positions)
}
