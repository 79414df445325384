//! Memory for users: of the device, and of the host with locked pages.
//!
//! - `still`: how memory is had while a grid runs
//! - `device`: [`CudaMemory`], buffers of one's own
//! - `locker`: [`CudaPageLocker`], which locks the pages of
//!   [`PinnedMemory`](ringkernel_core::memory::PinnedMemory)

mod device;
mod locker;
mod still;

pub use device::CudaMemory;
pub use locker::CudaPageLocker;
pub use still::Still;
pub(crate) use still::while_still;
