//! The words through which threads meet, each checked by loom.
//!
//! - `task`: who may run an actor, and how no wake-up is lost; `bench`: a turn that a worker keeps
//! - `lifecycle`: an actor's state, and whether its loop works
//! - `ring`: the messages of a mailbox, their bound, and its closing; `room`: waiting for room there
//! - `headcount`: how many workers there are; `stopping`: how none of their turns is left behind

pub(crate) mod bench;
pub(crate) mod headcount;
pub(crate) mod lifecycle;
pub(crate) mod ring;
pub(crate) mod room;
pub(crate) mod stopping;
pub(crate) mod task;
#[cfg(all(test, not(loom)))]
mod threads;
