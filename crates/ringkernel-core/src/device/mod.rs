//! What devices know of a program.
//!
//! - `state`: [`DeviceState`], the states whose bytes a device can hold
//! - `function`, `known`, `value`: what the names in the source of a handler stand for, written by the macros

mod function;
mod known;
mod state;
mod value;

pub use function::registered_methods;
#[doc(hidden)]
pub use function::{DeviceFn, DeviceMethods, MethodsRegistration, has_method, type_item, type_methods};
#[doc(hidden)]
pub use known::{Known, UnknownType};
pub use ringkernel_abi::device::{
    Binding, Constant, DeviceFunction, Item, MessageLayout, Overflow, TypeMethods,
};
pub use state::DeviceState;
#[doc(hidden)]
pub use value::{MessageValue, UnknownValue, Value};
