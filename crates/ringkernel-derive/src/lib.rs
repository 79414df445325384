//! The macros of RingKernel. Users reach them through the `ringkernel` crate, whose prelude exports them.
//!
//! | macro | what it writes | where |
//! |---|---|---|
//! | `#[derive(RingMessage)]` | encoding, ids, priority and type id of a message | `message` |
//! | `#[derive(PersistentMessage)]` | the handler id and the response of a message | `persistent` |
//! | `#[derive(GpuType)]` | the C layout of a plain type, checked field by field | `gpu_type` |
//! | `#[derive(DeviceState)]` | the layout of a state on devices | `device_state` |
//! | `#[ring_kernel(..)]` | the registration of a handler | `ring_kernel` |
//! | `#[device_fn]` | the record of a function that handlers on devices call | `device_fn` |
//!
//! Expansions name everything by absolute path under `::ringkernel::__private`, contain no `unsafe` code, and keep
//! working where the user shadows prelude names. What a macro refuses, it refuses at the user's own token, all
//! mistakes of an item at once.

mod device_fn;
mod device_state;
mod errors;
mod gpu_type;
mod keys;
mod lower;
mod message;
mod persistent;
mod ring_kernel;
mod spans;

use proc_macro::TokenStream;

/// Makes a struct a message: implements `RingMessage` and registers the type's name and id.
///
/// The struct has named fields or none, and no generics. Every field is a `MessageField`: scalars, `bool`, `char`,
/// `String`, `Uuid`, `MessageId`, `CorrelationId`, arrays, tuples, `Option` and `Vec` of those, and `GpuType`s.
///
/// On the struct, as `#[message(..)]` or `#[ring_message(..)]`:
/// - `type_id = 7`: the number that names this type on the wire. Within a domain it counts from the domain's start.
/// - `domain = "FraudDetection"` (or `domain = Domain::FraudDetection`): places the type id in that domain's range
///   and implements `DomainMessage`. Without `type_id`, the place within the range comes from the type's name.
///
/// - `k2k_routable = true`, `category = "orders"`: enters the type into the `K2KTypeRegistry`, by which programs find the types that
///   kernels may send each other, and groups of them. A type with a category alone is in the group and not routable.
///
/// Without `type_id` and `domain`, the type id is a hash of the module path and name.
///
/// On a field, at most one field each:
/// - `#[message(id)]` on a `MessageId` or `Uuid`: the message's own id.
/// - `#[message(correlation)]` on a `CorrelationId`, `MessageId` or `Uuid`, or an `Option` of one: what it answers.
/// - `#[message(priority)]` on a `u8` or `Priority`: how urgent it is. `#[message(priority = "priority::HIGH")]`,
///   also without quotes or as a number, is the priority of a message whose `u8` field is zero; otherwise that is
///   `priority::NORMAL`.
#[proc_macro_derive(RingMessage, attributes(message, ring_message))]
pub fn derive_ring_message(input: TokenStream) -> TokenStream {
    message::derive(input.into()).into()
}

/// Makes a struct a message for the handler of one id: implements `PersistentMessage`.
///
/// As `#[persistent_message(..)]` on the struct:
/// - `handler_id = 1`, required: the handler, from 0 to `u32::MAX`.
/// - `requires_response = true`: its sender waits for a response. Without it, a handler may give none.
/// - `response = Sum`: the message that its handler responds with; without it, `()`, which says nothing.
/// - `beside_ring_message`: see below.
///
/// A persistent message is a `RingMessage`. Alone, this derive implements that, too, as `#[derive(RingMessage)]` would without
/// attributes. A struct that carries `#[message(..)]` derives both. One that derives both and carries none says
/// `beside_ring_message`, because a derive cannot see the others.
#[proc_macro_derive(PersistentMessage, attributes(persistent_message))]
pub fn derive_persistent_message(input: TokenStream) -> TokenStream {
    persistent::derive(input.into()).into()
}

/// Makes a plain type one that host and device lay out alike: implements `GpuType` and `MessageField`.
///
/// Accepted are `#[repr(C)]` structs whose fields are all `GpuType`s, and enums without fields that say their integer
/// type, such as `#[repr(u32)]`. The type is `Copy` and has no generics. The layout is computed by C's rules and
/// compared with the compiler's at compile time. Bytes that are no value of the type are refused when decoded.
#[proc_macro_derive(GpuType)]
pub fn derive_gpu_type(input: TokenStream) -> TokenStream {
    gpu_type::derive(input.into()).into()
}

/// Makes a struct a state that devices can hold: implements `DeviceState`.
///
/// Every field is a cell (`SharedCell`, `SharedArray`, `AtomicCell`, `AtomicArray`), a `GpuType`, another `DeviceState`, or
/// something else with a fixed size in messages, such as an `Option` or a tuple. The struct has no generics. A `GpuType` is
/// a `DeviceState` already. Kernels whose state is none still run on the CPU.
#[proc_macro_derive(DeviceState)]
pub fn derive_device_state(input: TokenStream) -> TokenStream {
    device_state::derive(input.into()).into()
}

/// Marks a function that handlers call, so that they can call it on devices, too: a function, or all functions of an `impl`
/// block. In a `#[ring_kernel]` block it marks single methods.
///
/// What it says has to be in the device subset of Rust; a handler that calls a function without the mark does not compile
/// ("expected type, found function"), unless its kernel is restricted with `backends(cpu)`. Functions take and return
/// scalars, `GpuType`s, messages, and what is made of these; they may take the context, the state and other values by
/// reference. A type has one marked `impl` block. The item itself stays as it is written.
///
/// A function that is marked is also a type of the same name, without values: by it the function is found where it is
/// called, through imports and modules.
#[proc_macro_attribute]
pub fn device_fn(arguments: TokenStream, item: TokenStream) -> TokenStream {
    device_fn::expand(arguments.into(), item.into()).into()
}

/// Registers a handler as a kernel that can be launched by its id.
///
/// It goes on one of three forms:
/// - `fn adder(ctx: &mut RingContext, request: AddRequest) -> AddResponse`
/// - `fn counter(ctx: &mut RingContext, total: &mut Total, message: Add) -> Option<Total>`, where `Total: Default`
/// - `impl Account { #[handler] fn deposit(&mut self, ctx: &mut RingContext, message: Deposit) -> Balance { .. } .. }`,
///   where `Account: Default` is the state and each handler takes another message type
///
/// A handler returns a message, an `Option` of one, or nothing. The item itself stays as it is written.
///
/// Each form can be `async`, on the CPU. The context then has its lifetime written out, as in
/// `async fn fetch(ctx: &mut RingContext<'_>, request: Fetch) -> Fetched`. An async handler that waits holds no thread,
/// and its kernel takes no other message meanwhile. A runtime that was started inside a tokio runtime polls it there,
/// so that tokio's timers and sockets work.
///
/// With `block_size` or `grid_size` the kernel is cooperative: all lanes run a handler together, for one message. Its
/// forms are then
/// - `fn sum(ctx: &mut RingContext, message: &Numbers) -> Total`
/// - `fn count(ctx: &mut RingContext, counts: &Shared<Counts>, message: &Numbers) -> Option<Total>`
/// - `impl Counts { #[handler] fn count(&self, ctx: &mut RingContext, message: &Numbers) -> Total { .. } .. }`
///
/// where the parts of the state are `SharedCell`, `SharedArray`, `AtomicCell` and `AtomicArray`. What lane 0 of block 0
/// returns is the answer. Cooperative handlers are not `async`.
///
/// Keys:
/// - `id = "adder"`, required: the name under which the kernel is launched.
/// - `block_size = 128` (1 to 1024 lanes, 256 where only the grid is given) and `grid_size = 4` (at least 1 block, 1 where
///   only the block is given): the lanes of a cooperative kernel. Launch options replace either.
/// - `backends(cpu, cuda, wgpu, metal)`: where the kernel may run; without it, everywhere that can run it. `async`
///   handlers run on the CPU only.
/// - `subscribes = "orders/*, alarms/#"`: patterns of topics. An instance is given what is published to topics of its tenant that match
///   one of them, as messages that it takes among those of hosts, at most once each. In a pattern `*` stands for one level and `#`, at
///   the end, for all that follow.
/// - `polled(Tick, Tock)`: message types that no handler takes because the kernel polls for them itself with
///   `try_receive_from_kernel`.
#[proc_macro_attribute]
pub fn ring_kernel(arguments: TokenStream, item: TokenStream) -> TokenStream {
    ring_kernel::expand(arguments.into(), item.into()).into()
}
