//! Bounded ring for many producers and one consumer.
//!
//! | file | what it is |
//! |---|---|
//! | `raw.rs` | the ring: how producers claim slots, and how the end of the stream is exact |
//! | `halves.rs` | its two ends, for threads that poll |

mod halves;
mod raw;

pub use halves::{Consumer, Producer, channel};
pub(in crate::queue) use raw::{ConsumerSide, Ring};
