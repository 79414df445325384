//! GPU and host memory management abstractions.
//!
//! - `traits`: [`DeviceMemory`], where buffers come from, and [`GpuBuffer`]; implemented by backends
//! - `request`: checking what is asked for
//! - `ledger`: how much memory buffers hold
//! - `pinned`: [`PinnedMemory`], host memory for copies from and to a device
//! - `pages`, `locking`: what it is made of, and who locks it
//! - `pool`, `stratified`: host buffers that are used again

mod ledger;
mod locking;
mod pages;
mod pinned;
mod pool;
mod request;
mod stratified;
mod traits;

pub use ledger::{Charge, Ledger};
pub use locking::{LockedPages, PageLocker, offer_page_locking};
pub use pages::Pages;
pub use pinned::PinnedMemory;
pub use pool::{MemoryPool, PooledBuffer, SharedMemoryPool, create_pool};
pub use request::{check_alignment, check_copy};
pub use stratified::{SizeBucket, StratifiedBuffer, StratifiedMemoryPool, StratifiedPoolStats};
pub use traits::{DeviceMemory, GpuBuffer, UNKNOWN};
