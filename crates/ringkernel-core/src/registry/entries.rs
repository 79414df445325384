//! What one macro registers.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::mem::needs_drop;

use ringkernel_abi::TypeLayout;
use ringkernel_abi::device::{DeviceFunction, MessageLayout};

use crate::context::{Reply, RingContext};
use crate::cooperative::LaneGrid;
use crate::message::{DecodeError, RingMessage};
use crate::runtime::{Backend, BoxFuture};

/// A place in the user's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceLocation {
    /// Path as the compiler names it.
    pub file: &'static str,
    /// Line, counted from 1.
    pub line: u32,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One message type.
#[derive(Clone, Copy)]
pub struct MessageInfo {
    /// Full name, `module::path::Name`.
    pub name: &'static str,
    /// The number by which it travels.
    pub type_id: u64,
    /// How devices see it.
    pub layout: &'static MessageLayout,
    /// The Rust type.
    pub rust_type: fn() -> TypeId,
    /// Prints an encoded message.
    pub format: fn(&[u8], &mut fmt::Formatter<'_>) -> fmt::Result,
    /// Checks that bytes are such a message, for backends whose devices take that for granted.
    pub check: fn(&[u8]) -> Result<(), DecodeError>,
}

impl MessageInfo {
    /// The description of `M`.
    pub const fn of<M: RingMessage>() -> Self {
        Self {
            name: M::MESSAGE_TYPE,
            type_id: M::TYPE_ID,
            layout: M::LAYOUT,
            rust_type: TypeId::of::<M>,
            format: format_message::<M>,
            check: |payload| M::deserialize(payload).map(drop),
        }
    }
}

impl fmt::Debug for MessageInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (type id {})", self.name, self.type_id)
    }
}

inventory::collect!(MessageInfo);

fn format_message<M: RingMessage>(payload: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match M::deserialize(payload) {
        Ok(message) => message.fmt_message(f),
        Err(error) => write!(f, "{} ({} bytes: {error})", M::MESSAGE_TYPE, payload.len()),
    }
}

/// How devices hold a state.
#[derive(Debug, Clone, Copy)]
pub enum StateLayout {
    /// It has no bytes.
    Empty,
    /// As these bytes.
    Known {
        /// Where its parts lie.
        layout: TypeLayout,
        /// The bytes of a state, as many as the layout has; `None` when it is one of another type.
        encode: fn(&dyn Any) -> Option<Vec<u8>>,
    },
    /// Its type does not say how: it needs `#[derive(DeviceState)]`.
    Unknown,
}

/// The state of a kernel's instances.
#[derive(Clone, Copy)]
pub struct StateRegistration {
    /// Name of the Rust type.
    pub type_name: fn() -> &'static str,
    /// The Rust type.
    pub rust_type: fn() -> TypeId,
    /// Makes the default state.
    pub initial: fn() -> Box<dyn Any + Send>,
    /// Whether dropping a state runs code, which may be the user's.
    pub has_destructor: bool,
    /// How devices hold it.
    pub layout: StateLayout,
}

impl StateRegistration {
    /// State of type `S`; `()` for a kernel without state. Devices do not know it unless it has no bytes.
    pub const fn of<S: Default + Send + 'static>() -> Self {
        Self {
            type_name: type_name::<S>,
            rust_type: TypeId::of::<S>,
            initial: || Box::new(S::default()),
            has_destructor: needs_drop::<S>(),
            layout: if size_of::<S>() == 0 { StateLayout::Empty } else { StateLayout::Unknown },
        }
    }

    /// The same, held by devices like this.
    pub const fn with_layout(self, layout: StateLayout) -> Self {
        Self { layout, ..self }
    }
}

/// A handler that runs to its end.
pub type SyncHandler =
    for<'a, 'b> fn(&'a mut RingContext<'b>, &'a mut (dyn Any + Send), &'a [u8]) -> Result<Reply, DecodeError>;

/// A handler that may wait.
pub type AsyncHandler =
    for<'a> fn(&'a mut RingContext<'a>, &'a mut (dyn Any + Send), &'a [u8]) -> HandlerFuture<'a>;

/// A handler that all lanes of a grid run together: it decodes the payload once, and the grid runs the lanes.
pub type CooperativeHandler =
    fn(&mut dyn LaneGrid, &mut (dyn Any + Send), &[u8]) -> Result<Reply, DecodeError>;

/// What an [`AsyncHandler`] gives.
pub type HandlerFuture<'a> = BoxFuture<'a, Result<Reply, DecodeError>>;

/// The code of a handler: decodes the payload, runs, and packs the answer.
#[derive(Clone, Copy)]
pub enum HandlerFn {
    /// Runs to its end.
    Sync(SyncHandler),
    /// May wait.
    Async(AsyncHandler),
    /// Runs on all lanes of a grid.
    Cooperative(CooperativeHandler),
}

/// A handler as devices run it.
#[derive(Debug, Clone, Copy)]
pub struct HandlerDevice {
    /// Its code.
    pub function: &'static DeviceFunction,
}

/// One handler of a kernel.
#[derive(Clone, Copy)]
pub struct HandlerRegistration {
    /// Name of the function.
    pub name: &'static str,
    /// The message type that it takes.
    pub message: MessageInfo,
    /// The message that it answers with; `None` when it gives no answer.
    pub answer: Option<&'static MessageLayout>,
    /// Its code.
    pub run: HandlerFn,
    /// Its code for devices; `None` where the kernel runs on the CPU only.
    pub device: Option<HandlerDevice>,
    /// Where it is written.
    pub location: SourceLocation,
}

/// One `#[ring_kernel]`.
#[derive(Clone, Copy)]
pub struct KernelRegistration {
    /// Its id.
    pub id: &'static str,
    /// Its state.
    pub state: StateRegistration,
    /// Its handlers, one per message type.
    pub handlers: &'static [HandlerRegistration],
    /// Message types that its handlers poll with `try_receive_from_kernel`.
    pub polled: &'static [MessageInfo],
    /// Patterns of topics that its instances are subscribed to.
    pub subscribes: &'static [&'static str],
    /// Lanes per block of a cooperative kernel, where the kernel says it.
    pub block_size: Option<u32>,
    /// Blocks of a cooperative kernel, where the kernel says it. With neither this nor a block size, the handlers run on
    /// one lane.
    pub grid_size: Option<u32>,
    /// The backends that it is restricted to; empty means all.
    pub backends: &'static [Backend],
    /// Where it is written.
    pub location: SourceLocation,
}

impl KernelRegistration {
    /// Whether its handlers run on all lanes of a grid.
    pub fn is_cooperative(&self) -> bool {
        self.block_size.is_some() || self.grid_size.is_some()
    }
}

impl fmt::Debug for KernelRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kernel `{}` at {}", self.id, self.location)
    }
}

inventory::collect!(KernelRegistration);
