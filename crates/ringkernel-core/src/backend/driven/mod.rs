//! Actors on a device that one thread of the host, its driver, speaks for.
//!
//! What hosts send waits here, in a mailbox by band. The driver feeds it to the device in portions, learns what became of it, and
//! follows the states that handles set. A backend brings the driver and the device; nothing here knows either.
//!
//! - `actor`: one kernel instance as the host sees it; `mailbox`: what it has been sent; `figures`: what it says of itself
//! - `accounts`: what becomes of its messages when the device reports; `written`: what the device reports
//! - `allowances`: what tenants may still send from the device
//! - [`wire`]: messages and events as words of a device; `heap`: who has which words of it
//! - `shown`: what a device shows of them at any time
//! - `shared`: what all parts of a runtime share; `requests`: what the driver is to look at; `backlog`: launches that wait for a
//!   program, which is made on a thread of its own
//! - `work`: what the device is at, for the watchdog and for spans
//! - `runtime`: starting, launching and stopping; `lost`: the end without a device

mod accounts;
mod actor;
mod allowances;
mod backlog;
mod figures;
mod heap;
mod lost;
mod mailbox;
mod requests;
mod runtime;
mod shared;
mod shown;
pub mod wire;
mod work;
mod written;

pub use accounts::{AfterFault, Faulted, Owed};
pub use actor::{Actor, Inner};
pub use allowances::{Allowances, Grant, ROWS as ALLOWANCES, RowInUse};
pub use backlog::Backlog;
pub use heap::Heap;
pub use mailbox::Mailbox;
pub use requests::{Launch, Requests};
pub use runtime::Runtime;
pub use shared::Shared;
pub use shown::Shown;
pub use work::Work;
pub use written::{Broken, Deeds, Given, Handled, Spent, Tally, Written};
