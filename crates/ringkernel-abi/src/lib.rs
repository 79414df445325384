//! The bytes that host and device both see.
//!
//! Every struct here is plain data with a fixed layout: any bit pattern of the right length is a value,
//! there is no implicit padding, and size, alignment and every field offset are asserted while compiling.
//! Each struct is written once; its Rust type and its `LAYOUT` description come from the same lines, and the
//! device text of the struct is generated from that description. The crate holds no behaviour of the host
//! (queues, clocks, recorders): that is `ringkernel-core`.
//!
//! | module | what it defines |
//! |---|---|
//! | `layout` | descriptions of scalars, arrays, structs and enums; the macro that defines a shared struct |
//! | `hlc` | [`HlcTimestamp`] |
//! | `ids` | [`MessageId`] and [`CorrelationId`] |
//! | `actor` | [`ActorRef`] and [`ReplyTo`] |
//! | `header` | [`MessageHeader`] |
//! | `tenant` | [`TenantId`] and [`AuditTag`] |
//! | `control` | [`ControlBlock`] |
//! | `telemetry` | [`TelemetryBuffer`] |
//! | [`device`] | what macros record about code that devices are to run |
//! | [`topic`] | what is a topic, and what a pattern of topics |
//! | [`wire`] | the words of messages and events on devices |
//!
//! Without the feature `std` the crate is `no_std` and cannot generate identifiers.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod actor;
mod control;
pub mod device;
#[cfg(feature = "std")]
mod generate;
mod header;
mod hlc;
mod ids;
mod layout;
mod telemetry;
mod tenant;
pub mod topic;
pub mod wire;

pub use actor::{ActorRef, ReplyTo};
pub use control::{ControlBlock, SlotCountError};
pub use header::{HeaderError, MessageHeader};
pub use hlc::HlcTimestamp;
pub use ids::{CorrelationId, MessageId};
pub use layout::{CellKind, EnumLayout, FieldLayout, HasLayout, Scalar, StructLayout, TypeLayout};
pub use telemetry::TelemetryBuffer;
pub use tenant::{AuditTag, TenantId, UNSPECIFIED_TENANT};
