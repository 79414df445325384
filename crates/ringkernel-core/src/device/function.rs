//! How handlers find the functions that they call.

use std::any::type_name;

use ringkernel_abi::TypeLayout;
use ringkernel_abi::device::{DeviceFunction, Item, MessageLayout, TypeMethods};

/// A function that devices can run, by the type that `#[device_fn]` writes beside it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no device function",
    note = "write `#[device_fn]` above the function, or restrict the kernel with `backends(cpu)`"
)]
pub trait DeviceFn {
    /// Its record.
    const FUNCTION: &'static DeviceFunction;
}

/// A type with functions that devices can run, from `#[device_fn]` on its `impl` block.
pub trait DeviceMethods {
    /// Their records.
    const METHODS: &'static [&'static DeviceFunction];
}

/// What the name of the type `T` stands for, from what [`Known`](super::Known) says of it.
pub fn type_item<T: ?Sized>(message: Option<&'static MessageLayout>, layout: Option<TypeLayout>) -> Item {
    match (message, layout) {
        (Some(message), _) => Item::Message(message),
        (None, Some(layout)) => Item::Type(layout),
        (None, None) => Item::Unknown(type_name::<T>()),
    }
}

/// The functions that one `#[device_fn]` block registers; `None` for a type that no device knows.
pub struct MethodsRegistration(pub fn() -> Option<TypeMethods>);

inventory::collect!(MethodsRegistration);

/// The functions of all types that are marked for devices.
pub fn registered_methods() -> Vec<TypeMethods> {
    inventory::iter::<MethodsRegistration>().filter_map(|registration| (registration.0)()).collect()
}

/// What a block registers, from what [`Known`](super::Known) says of its type.
pub fn type_methods(
    message: Option<&'static MessageLayout>,
    layout: Option<TypeLayout>,
    methods: &'static [&'static DeviceFunction],
) -> Option<TypeMethods> {
    let layout = message.map(|message| TypeLayout::Struct(message.head)).or(layout)?;
    Some(TypeMethods { layout, methods })
}

/// Whether there is a function of this name among them.
pub const fn has_method(methods: &[&DeviceFunction], name: &str) -> bool {
    let mut index = 0;
    while index < methods.len() {
        if is_equal(methods[index].name.as_bytes(), name.as_bytes()) {
            return true;
        }
        index += 1;
    }
    false
}

/// `==`, which constants cannot call.
const fn is_equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}
