//! The kernels of the conformance suite as CUDA C++: NVRTC takes all of them, and they answer what the CPU backend answers.

mod agree;
mod both;
mod context;
mod suite;
