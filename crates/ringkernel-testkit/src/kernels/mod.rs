//! The kernels that the cases launch, and their messages.
//!
//! - `plain`: request and answer; `account`: state, faults and figures; `order`: arrival order
//! - `later`: answers that are given later; `peers`: kernel to kernel; `time`: timestamps
//! - `ledger`: handlers by the ids that their messages name
//! - `topics`: kernels that publish, and kernels that are subscribed
//! - `load`, `soak`: work whose results can be checked, for long runs
//! - `vectors`: parts of variable length; `walker`: a handler that takes long
//! - `sender`: what is taken and what comes back; `faulty`: faults that a device can have
//! - `lanes`: what lanes compute together; `divergent`, `misuse`: mistakes of lanes that only a CPU
//!   reports
//! - `gated`: kernels whose programs wait for a test
//! - `host_only`, `hostile`: handlers that only a CPU can run

pub mod account;
pub mod divergent;
pub mod faulty;
pub mod gated;
pub mod host_only;
pub mod hostile;
pub mod lanes;
pub mod later;
pub mod ledger;
pub mod load;
pub mod misuse;
pub mod order;
pub mod peers;
pub mod plain;
pub mod sender;
pub mod soak;
pub mod time;
pub mod topics;
pub mod vectors;
pub mod walker;
