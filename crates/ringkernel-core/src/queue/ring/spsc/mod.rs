//! Bounded ring for one producer and one consumer, with plain loads and stores only.
//!
//! | file | what it is |
//! |---|---|
//! | `raw.rs` | the ring: who may touch which slot, and how the end of the stream is decided |
//! | `chunk.rs` | several slots at once: writing, and reading in place |
//! | `halves.rs` | the two halves, for two threads that poll |

mod chunk;
mod halves;
mod raw;

pub(in crate::queue) use chunk::Watch;
pub use chunk::{IntoIter, ReadChunk, WriteChunk};
pub use halves::{Consumer, Producer, channel};
pub(in crate::queue) use raw::{ConsumerSide, ProducerSide, Ring};
