//! The test kit, as a user's tests see it.

mod clock;
mod faults;
mod kernels;
mod lifecycle;
mod probes;
mod schedules;
mod steps;
