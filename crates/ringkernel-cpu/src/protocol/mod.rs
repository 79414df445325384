//! The words through which threads meet, each checked by loom.
//!
//! - `task`: who may run an actor, and how no wake-up is lost
//! - `lifecycle`: an actor's state, and whether its loop works
//! - `ring`: the messages of a mailbox, their bound, and its closing

pub(crate) mod lifecycle;
pub(crate) mod ring;
pub(crate) mod task;
