//! The driver's layers, on the simulated driver, where what would hang on a device ends the process, or on a device.

#[path = "../machine/mod.rs"]
mod machine;
#[path = "../machine/simulated.rs"]
mod simulated;

mod absence;
mod buffers;
mod choice;
mod grids;
mod launches;
mod mapped;
mod memory;
mod programs;
mod support;
mod teardown;
