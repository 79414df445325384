//! Devices, on whatever adapter this machine has; skipped loudly where there is none.

mod buffers;
mod choice;
mod loss;
mod programs;
mod readbacks;
mod support;
