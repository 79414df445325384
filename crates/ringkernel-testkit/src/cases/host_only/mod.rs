//! Cases whose handlers block, wait, or panic with text: what only a CPU can run.

pub mod divergence;
pub mod in_hand;
pub mod lane_faults;
pub mod panics;
pub mod stuck;
