//! The words through which threads meet, each checked by loom.
//!
//! - `task`: who may run an actor, and how no wake-up is lost
//! - `lifecycle`: an actor's state, and whether it has a message in hand
//! - `credits`: the bound of a mailbox, and its closing

pub(crate) mod credits;
pub(crate) mod lifecycle;
pub(crate) mod task;
