//! Tests of the queues.

#[cfg(all(not(loom), not(miri)))]
mod asynchronous;
#[cfg(not(loom))]
mod behaviour;
#[cfg(not(loom))]
mod chunks;
#[cfg(not(loom))]
mod counted;
#[cfg(loom)]
mod loom_mailbox;
#[cfg(loom)]
mod loom_mpsc;
#[cfg(loom)]
mod loom_queue;
#[cfg(loom)]
mod loom_spsc;
#[cfg(not(loom))]
mod mailbox;
#[cfg(not(loom))]
mod model;
#[cfg(not(loom))]
mod model_halves;
#[cfg(not(loom))]
mod monitoring;
#[cfg(not(loom))]
mod stress;
