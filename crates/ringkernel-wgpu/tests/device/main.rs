//! Devices, on whatever adapter this machine has; skipped loudly where there is none.

mod buffers;
mod choice;
mod loss;
mod programs;
mod reach;
mod readbacks;
mod support;
