//! Cooperative handlers on the CPU: every lane of every block runs on a stack of its own, all of them on the worker that
//! has the message in hand.
//!
//! - `grid`: [`CpuGrid`], which runs the lanes of one message, one at a time, until all are done
//! - `scheduler`: what lanes and grid share: who goes on next, who waits where
//! - `lane`: what stands behind the context of one lane; `thread_bound`: keeps that on its thread
//! - `meetings`: where lanes wait and when they go on, without any stack; `report`: that in words
//! - `races`: which accesses no barrier orders
//! - `shape`: how many lanes and blocks; `stacks`: the stacks of lanes, kept for the next message

mod grid;
mod lane;
mod meetings;
mod races;
mod report;
mod scheduler;
mod shape;
mod stacks;
mod thread_bound;

pub(crate) use grid::{CpuGrid, GridOptions};
pub(crate) use shape::{MAX_LANES, Shape};
