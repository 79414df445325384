//! Messages that are routed by a handler id: a small number that stands for what is to be done with them.
//!
//! - `persistent`: [`PersistentMessage`], the trait; derived with `#[derive(PersistentMessage)]`
//! - `inline`: short messages in a block of fixed size, [`MAX_INLINE_PAYLOAD_SIZE`]
//! - `flags`: [`message_flags`], what a dispatcher wants to know before it decodes
//! - `handler`: [`Handler`], what is done, on encoded or on typed messages
//! - `registration`, `table`: [`DispatchTable`], which handler belongs to which id
//! - `error`: what can go wrong there

mod error;
mod flags;
mod handler;
mod inline;
mod persistent;
mod registration;
mod table;

pub use error::{DispatchTableError, HandlerError};
pub use flags::message_flags;
pub use handler::Handler;
pub use inline::MAX_INLINE_PAYLOAD_SIZE;
pub use persistent::{HandlerId, PersistentMessage};
pub use registration::{HandlerPlace, HandlerRegistration};
pub use table::DispatchTable;

#[cfg(all(test, not(loom)))]
mod tests;
