//! The simulated driver through the binding that the CUDA backend uses.

mod device;
mod lanes;
mod persistent;
