//! What a CUDA device allows, and what a program without actors would do on it: small kernels of our own, driven by hand.
//!
//! - [`card`]: the device, a context on it, and programs for it
//! - [`programs`]: the texts in `texts/`, in CUDA C++
//! - [`floor`]: a loaded program with the memory that it shares with the host
//! - [`round_trip`]: a flag from the host to the device and back
//! - [`flags`]: a flag between two threads of the device
//! - [`rates`]: atomic additions, stores, reads and writes of the host's memory
//! - [`serve`]: a kernel that is launched for messages
//!
//! The simulator of `ringkernel-cuda-sim` runs the same texts, which shows that they work and says nothing about time.

pub mod card;
pub mod flags;
pub mod floor;
pub mod programs;
pub mod rates;
pub mod round_trip;
pub mod serve;
