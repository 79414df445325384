//! The simulated driver through the binding that the CUDA backend uses.

mod device;
mod errors;
mod lanes;
mod persistent;
mod races;
mod reports;
