//! Bounded lock-free queues: SPSC and MPSC rings, waiting with deadlines, tiers, a factory and a monitor.
//!
//! | file | what it is |
//! |---|---|
//! | `message_queue.rs` | [`MessageQueue`], the trait both queues implement |
//! | `spsc.rs`, `mpsc.rs` | the queues and their halves |
//! | `shared.rs` | what both queues are made of: a ring, two gates and a meter |
//! | `ring/` | the bare rings, for threads that poll: see [`ring`] |
//! | `gate.rs`, `lazy_gate.rs` | waiting |
//! | `claim.rs`, `meter.rs`, `views.rs` | side ownership for `&self` calls, statistics, what halves tell |
//! | `cache_line.rs` | padding |
//! | `tier.rs`, `factory.rs`, `monitor.rs` | capacities by name, construction by them, pressure and health |
//!
//! `README.md` beside this file explains the protocols and which release pairs with which acquire.

mod cache_line;
mod claim;
mod error;
mod factory;
mod gate;
mod lazy_gate;
mod message_queue;
mod meter;
mod monitor;
mod mpsc;
pub mod ring;
mod shared;
mod spsc;
mod statistics;
mod tier;
mod views;

#[cfg(not(loom))]
pub(crate) use cache_line::CacheLine;
#[cfg(not(loom))]
pub(crate) use claim::Claim;
pub use error::{CapacityError, QueueError};
pub use factory::QueueFactory;
pub use gate::{Gate, Waiting};
#[cfg(not(loom))]
pub(crate) use lazy_gate::LazyGate;
pub use message_queue::MessageQueue;
pub use monitor::{
    HealthSamples, MonitorConfigError, PressureLevel, QueueHealth, QueueMetrics, QueueMonitor,
    QueueMonitorConfig,
};
pub use mpsc::{MpscConsumer, MpscProducer, MpscQueue};
pub use ring::spsc::{IntoIter, ReadChunk, WriteChunk};
pub use spsc::{Consumer, Producer, SpscQueue};
pub use statistics::{QueueStatistics, QueueStats};
pub use tier::QueueTier;

#[cfg(test)]
mod tests;
