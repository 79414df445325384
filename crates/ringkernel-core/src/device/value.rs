//! What a constant in the source of a handler is on devices.
//!
//! A macro knows a constant's name and neither its type nor its value. It writes `(&Value::new(|| NAME)).item(..)`: Rust
//! looks for `item` among the functions of `Value` itself, which are there for the types that devices know; then in
//! [`MessageValue`]; and, one reference further, in [`UnknownValue`], which holds for every type. Both traits have to be
//! in scope.

use std::any::type_name;

use ringkernel_abi::TypeLayout;
use ringkernel_abi::device::{Constant, Item};

use crate::message::{Encoder, MessageField, Payload, RingMessage};

/// A value that is known when the program is built.
pub struct Value<T>(fn() -> T);

impl<T> Value<T> {
    /// The value of a constant.
    pub fn new(value: fn() -> T) -> Self {
        Self(value)
    }
}

impl<T: MessageField> Value<T> {
    /// What it is; `write` is [`write`](Self::write) of the same value.
    pub fn item(&self, write: fn(&mut [u8])) -> Item {
        if T::LAYOUT.is_fixed() {
            Item::Constant(Constant { layout: T::LAYOUT, write })
        } else {
            Item::Unknown(type_name::<T>())
        }
    }

    /// Writes its bytes.
    pub fn write(&self, bytes: &mut [u8]) {
        let mut payload = Payload::new();
        let mut encoder = Encoder::new(&mut payload);
        encoder.begin(T::SIZE);
        (self.0)().encode_at(&mut encoder, 0);
        fill(bytes, &payload);
    }
}

impl Value<usize> {
    /// A number of elements: how wide it is depends on the device.
    pub fn item(&self, _write: fn(&mut [u8])) -> Item {
        Item::Size((self.0)() as u64)
    }

    /// Writes nothing, because it has no bytes that all devices agree on.
    pub fn write(&self, _bytes: &mut [u8]) {}
}

impl Value<&'static str> {
    /// The name of a kernel or of a barrier.
    pub fn item(&self, _write: fn(&mut [u8])) -> Item {
        Item::Text((self.0)())
    }

    /// Writes nothing, because no device reads text.
    pub fn write(&self, _bytes: &mut [u8]) {}
}

/// Values of messages, such as `Total::default()`.
pub trait MessageValue {
    /// What it is; `write` is [`write`](Self::write) of the same value.
    fn item(&self, write: fn(&mut [u8])) -> Item;
    /// Writes its bytes.
    fn write(&self, bytes: &mut [u8]);
}

impl<T: RingMessage> MessageValue for Value<T> {
    fn item(&self, write: fn(&mut [u8])) -> Item {
        // A vector with elements has them in the tail, which a constant has not.
        if (self.0)().payload_size() == T::LAYOUT.head.size {
            Item::Constant(Constant { layout: TypeLayout::Struct(T::LAYOUT.head), write })
        } else {
            Item::Unknown(type_name::<T>())
        }
    }

    fn write(&self, bytes: &mut [u8]) {
        fill(bytes, &(self.0)().to_payload());
    }
}

/// Values that no device knows.
pub trait UnknownValue {
    /// The name of its type.
    fn item(&self, write: fn(&mut [u8])) -> Item;
    /// Writes nothing, because it has no bytes on devices.
    fn write(&self, bytes: &mut [u8]);
}

impl<T> UnknownValue for &Value<T> {
    fn item(&self, _write: fn(&mut [u8])) -> Item {
        Item::Unknown(type_name::<T>())
    }

    fn write(&self, _bytes: &mut [u8]) {}
}

/// Fills `bytes` from the start of an encoding.
fn fill(bytes: &mut [u8], payload: &[u8]) {
    let len = bytes.len().min(payload.len());
    bytes[..len].copy_from_slice(&payload[..len]);
}
