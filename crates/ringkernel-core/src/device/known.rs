//! What is known of a type that a macro only has the name of.
//!
//! A macro sees no types, and stable Rust has no specialization. But `<Known<T>>::STATE` with a type in the place of `T`
//! names the constant of `Known` itself if `T` meets its bounds, and otherwise that of the trait [`UnknownType`], which
//! holds for every type and has to be in scope.

use std::any::Any;
use std::marker::PhantomData;

use ringkernel_abi::device::{DeviceFunction, MessageLayout};
use ringkernel_abi::{ActorRef, CorrelationId, HlcTimestamp, MessageId, ReplyTo, TypeLayout};

use super::{DeviceMethods, DeviceState};
use crate::message::{Encoder, Payload, RingMessage};
use crate::persistent_message::PersistentMessage;
use crate::registry::StateLayout;

/// Stands for `T`: see the module's documentation.
pub struct Known<T: ?Sized>(PhantomData<T>);

impl<T: RingMessage> Known<T> {
    /// How devices see the message `T`.
    pub const MESSAGE: Option<&'static MessageLayout> = Some(T::LAYOUT);
}

impl<T: PersistentMessage> Known<T> {
    /// The id of the handlers that are for `T`.
    pub const HANDLER_ID: Option<u32> = Some(T::HANDLER_ID.0);
}

impl<T: DeviceState> Known<T> {
    /// Where the parts of `T` lie.
    pub const LAYOUT: Option<TypeLayout> = Some(T::STATE_LAYOUT);
}

impl<T: DeviceMethods> Known<T> {
    /// The functions of `T` that are marked for devices.
    pub const METHODS: &'static [&'static DeviceFunction] = T::METHODS;
}

impl<S: DeviceState + 'static> Known<S> {
    /// How devices hold the state `S`.
    pub const STATE: StateLayout = if size_of::<S>() == 0 {
        StateLayout::Empty
    } else if S::STATE_LAYOUT.is_fixed() {
        StateLayout::Known { layout: S::STATE_LAYOUT, encode: encode::<S> }
    } else {
        StateLayout::Unknown
    };
}

/// What there is to say of a type that has not what a constant of [`Known`] asks for.
pub trait UnknownType {
    /// It is no message.
    const MESSAGE: Option<&'static MessageLayout> = None;
    /// It names no handler.
    const HANDLER_ID: Option<u32> = None;
    /// No device knows it.
    const LAYOUT: Option<TypeLayout> = None;
    /// None of its functions is marked.
    const METHODS: &'static [&'static DeviceFunction] = &[];
    /// No device can hold it, unless it has no bytes.
    const STATE: StateLayout;
    /// The code generator does not know its functions.
    const IS_BUILT_IN: bool = false;
}

impl<T> UnknownType for Known<T> {
    const STATE: StateLayout = if size_of::<T>() == 0 { StateLayout::Empty } else { StateLayout::Unknown };
}

macro_rules! built_in {
    ($($type:ty),*) => {$(
        impl Known<$type> {
            /// The code generator knows its functions.
            pub const IS_BUILT_IN: bool = true;
        }
    )*};
}

built_in!(ActorRef, CorrelationId, HlcTimestamp, MessageId, ReplyTo);

/// The bytes with which a device starts; `None` when `state` is none of type `S`.
fn encode<S: DeviceState + 'static>(state: &dyn Any) -> Option<Vec<u8>> {
    let state: &S = state.downcast_ref()?;
    let mut payload = Payload::new();
    let mut encoder = Encoder::new(&mut payload);
    encoder.begin(S::STATE_LAYOUT.size());
    state.write_at(&mut encoder, 0);
    Some(payload.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cooperative::{AtomicArray, SharedArray, SharedCell};

    struct Nothing;
    struct Unknown(u32);

    #[test]
    fn states_start_with_the_bytes_of_the_host() {
        let bytes = |state: StateLayout, value: &dyn Any| match state {
            StateLayout::Known { layout, encode } => encode(value).inspect(|bytes| {
                assert_eq!(bytes.len(), layout.size());
            }),
            other => panic!("{other:?}"),
        };
        let counts = AtomicArray::<u32, 2>::new([1, 0x0203]);
        assert_eq!(bytes(<Known<AtomicArray<u32, 2>>>::STATE, &counts), Some(vec![1, 0, 0, 0, 3, 2, 0, 0]));
        let cells = SharedArray::<u16, 2>::new([7, 8]);
        assert_eq!(bytes(<Known<SharedArray<u16, 2>>>::STATE, &cells), Some(vec![7, 0, 8, 0]));
        assert_eq!(bytes(<Known<SharedCell<bool>>>::STATE, &SharedCell::new(true)), Some(vec![1]));
        assert_eq!(bytes(<Known<Option<u16>>>::STATE, &Some(9_u16)), Some(vec![1, 0, 0, 0, 9, 0, 0, 0]));
        assert_eq!(bytes(<Known<u16>>::STATE, &1_u32), None, "a state of another type");
    }

    #[test]
    fn states_without_bytes_need_no_layout_and_others_are_unknown() {
        assert!(matches!(<Known<()>>::STATE, StateLayout::Empty));
        assert!(matches!(<Known<Nothing>>::STATE, StateLayout::Empty));
        assert!(matches!(<Known<Unknown>>::STATE, StateLayout::Unknown));
        assert!(matches!(<Known<Vec<u32>>>::STATE, StateLayout::Unknown));
        assert_eq!(Unknown(3).0, 3);
    }
}
