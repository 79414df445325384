//! What macros record about code that devices are to run: the lowered body of a function, and what the names in it
//! stand for.
//!
//! A macro sees tokens and no types. It lowers the body to a syntax tree in which names are still names, and lets the
//! compiler resolve each name where the function stands: a type becomes its layout, a constant its bytes, a function its
//! own record. The code generator links both when a kernel is launched. Everything here is plain data that a `static`
//! can hold, but for the [`KernelSource`] that is made of it then.

use alloc::vec::Vec;

use crate::{StructLayout, TypeLayout};

/// A kernel as the code generator links it.
#[derive(Debug, Clone)]
pub struct KernelSource {
    /// Its id.
    pub id: &'static str,
    /// Layout of its state; `None` where it has none.
    pub state: Option<TypeLayout>,
    /// Whether all lanes of a grid run its handlers.
    pub cooperative: bool,
    /// Its handlers.
    pub handlers: Vec<HandlerSource>,
    /// Message types that its handlers poll.
    pub polled: Vec<&'static MessageLayout>,
    /// The functions of all types that are marked for devices, for values whose type no name in the source tells.
    pub methods: Vec<TypeMethods>,
}

/// A handler as the code generator links it.
#[derive(Debug, Clone, Copy)]
pub struct HandlerSource {
    /// Its code.
    pub function: &'static DeviceFunction,
    /// What it takes.
    pub message: &'static MessageLayout,
    /// The message in its result; `None` where it gives nothing. Whether it gives an option stands in the source.
    pub answer: Option<&'static MessageLayout>,
}

/// A function that devices can run.
#[derive(Debug, Clone, Copy)]
pub struct DeviceFunction {
    /// Its name in the source.
    pub name: &'static str,
    /// Its syntax tree, as `ringkernel_codegen::source::Function::encode` writes it.
    pub code: &'static [u8],
    /// What the names in it stand for: every path that is neither a local variable nor built into the language.
    pub bindings: &'static [Binding],
    /// Source file, as the compiler names it.
    pub file: &'static str,
    /// What arithmetic overflow does.
    pub overflow: Overflow,
}

/// What arithmetic overflow does, as the user's crate is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// It is a fault, as in builds with debug assertions.
    Faults,
    /// It wraps.
    Wraps,
}

/// What a path in the source stands for.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The path as written, segments joined by `::`, without generic arguments.
    pub path: &'static str,
    /// What it stands for. A function, because traits are asked for it.
    pub item: fn() -> Item,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub enum Item {
    /// A type with a layout.
    Type(TypeLayout),
    /// A message type.
    Message(&'static MessageLayout),
    /// A value that is known when the program is built.
    Constant(Constant),
    /// A constant of type `usize`.
    Size(u64),
    /// A function.
    Function(&'static DeviceFunction),
    /// The functions and methods of a type that are marked for devices.
    Methods(&'static [&'static DeviceFunction]),
    /// A constant of type `&str`: the name of a kernel or of a barrier.
    Text(&'static str),
    /// Something that no device knows: the name of its Rust type.
    Unknown(&'static str),
}

/// The functions of a type that are marked for devices.
///
/// A function whose source does not name the type, because it has the value from a field, finds them by the layout.
#[derive(Debug, Clone, Copy)]
pub struct TypeMethods {
    /// Layout of the type; for a message, that of its head.
    pub layout: TypeLayout,
    /// Its functions.
    pub methods: &'static [&'static DeviceFunction],
}

/// A constant's type and value.
#[derive(Debug, Clone, Copy)]
pub struct Constant {
    /// Its type.
    pub layout: TypeLayout,
    /// Writes its bytes, which are `layout.size()` many and little-endian.
    pub write: fn(&mut [u8]),
}

/// A message type as devices see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageLayout {
    /// Full name, `module::path::Name`.
    pub name: &'static str,
    /// The number by which it travels.
    pub type_id: u64,
    /// The fixed part of its encoding.
    pub head: &'static StructLayout,
    /// Index of the field that is the message's id.
    pub id: Option<usize>,
    /// Index of the field that is its correlation.
    pub correlation: Option<usize>,
    /// Index of the field that is its priority.
    pub priority: Option<usize>,
    /// The priority of a message whose priority field is 0, or that has none.
    pub default_priority: u8,
    /// The id of the handlers that are for it, where the type says one.
    pub handler_id: Option<u32>,
}

/// Why a handler cannot finish on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// `ctx.fail(code)`.
    Failed,
    /// An index outside of its array, slice or vector.
    IndexOutOfBounds,
    /// Division or remainder by zero.
    DivisionByZero,
    /// Arithmetic overflow.
    ArithmeticOverflow,
    /// `panic!`, a failed assertion, `unwrap` of nothing.
    Panic,
    /// Lanes that do not meet.
    Divergence,
    /// More block memory than there is.
    SharedMemory,
    /// More scratch memory than there is.
    OutOfMemory,
}

impl FaultKind {
    const ALL: [Self; 8] = [
        Self::Failed,
        Self::IndexOutOfBounds,
        Self::DivisionByZero,
        Self::ArithmeticOverflow,
        Self::Panic,
        Self::Divergence,
        Self::SharedMemory,
        Self::OutOfMemory,
    ];

    /// The number by which generated code names it; never 0.
    pub const fn number(self) -> u32 {
        match self {
            Self::Failed => 1,
            Self::IndexOutOfBounds => 2,
            Self::DivisionByZero => 3,
            Self::ArithmeticOverflow => 4,
            Self::Panic => 5,
            Self::Divergence => 6,
            Self::SharedMemory => 7,
            Self::OutOfMemory => 8,
        }
    }

    /// The kind that generated code names by this number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::FaultKind;

    #[test]
    fn every_kind_of_fault_has_a_number_of_its_own() {
        for kind in FaultKind::ALL {
            assert_eq!(FaultKind::from_number(kind.number()), Some(kind));
        }
        assert_eq!(FaultKind::from_number(0), None);
        assert_eq!(FaultKind::from_number(FaultKind::ALL.len() as u32 + 1), None);
    }
}
