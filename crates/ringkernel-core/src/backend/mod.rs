//! What backends are built of, whatever their device. Users call handles; nothing here concerns them.
//!
//! - `hosted`: what the host asks of an actor; `handle`: what stands behind a kernel's handle, on top of that
//! - `account`: what a kernel uses on its tenant's account; `payers`: who pays for what it is sent
//! - `tags`: the accounts of messages, by number; `bridge`: kernels as members of a broker
//! - `topics`: kernels among the topics of their tenant
//! - `instance`: what the host knows of an actor, whatever runs it; `restarts`: how often it may start again
//! - `host`: what all parts of a runtime share; `directory`: names and addresses; `tenants`: their numbers; `shutdown`: its end
//! - `watchdog`: the thread that looks for handlers that do not return
//! - `mail`: a message inside a runtime; `outside`: whom to tell of one that a broker has brought
//! - `output`: the way out of a kernel to the host
//! - `traffic`: message counts
//! - [`driven`]: actors on a device that a thread of the host speaks for
//! - [`launch`]: what is checked before a kernel is launched
//! - `generation`: numbers that tell actors and clocks of one process apart

mod account;
mod bridge;
mod directory;
pub mod driven;
mod generation;
mod handle;
mod host;
mod hosted;
mod instance;
pub mod launch;
mod mail;
mod output;
mod outside;
mod payers;
mod restarts;
mod shutdown;
mod tags;
mod tenants;
mod topics;
mod traffic;
mod watchdog;

pub use account::{Account, Strangers};
pub use bridge::{Bridge, Left, answer_outside, attach, check_name, is_known, leave, send_on};
pub use directory::{Directory, Unreachable};
pub use generation::next_generation;
pub use handle::handle;
pub use host::Host;
pub use hosted::Hosted;
pub use instance::{Counters, Instance};
pub use mail::{AnswerTo, Mail};
pub use output::Output;
pub use outside::Outside;
pub use payers::Payers;
pub use restarts::Restarts;
pub use shutdown::{Shutdown, stop_on_thread};
pub use tags::{AuditTags, TagsByTenant};
pub use tenants::TenantNumbers;
pub use topics::{Places, Topics, publish, publish_refusal, subscribe};
pub use traffic::Traffic;
pub use watchdog::Watchdog;
