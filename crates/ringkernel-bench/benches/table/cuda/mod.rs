//! Actors on a CUDA device, beside what the same device allows and what a program without actors does on it. Left out, loudly, where
//! there is no device; only proved, without figures, where it is the simulated one.
//!
//! - `kernels`: what the actors do
//! - `ours`: a runtime on the device, and what is asked of its actors
//! - `calls`, `between`, `streams`, `lifecycle`, `batches`, `scale`: the rows
//!
//! The floors and the launched kernels are in `ringkernel_bench::cuda`.

mod batches;
mod between;
mod calls;
mod kernels;
mod lifecycle;
mod ours;
mod scale;
mod streams;

pub(crate) use batches::ID as BATCHES;
use ringkernel_bench::comparison::{Comparison, Effort};
use ringkernel_bench::cuda::card::Card;

/// A row on a device.
pub(crate) type Row = fn(Effort, &Card) -> Comparison;

/// The rows, by the short names that they give themselves.
pub(crate) const ROWS: [(&str, Row); 9] = [
    ("cuda-call", calls::idle),
    ("cuda-call-loaded", calls::loaded),
    ("cuda-k2k", between::one_way),
    ("cuda-k2k-rate", between::throughput),
    ("cuda-h2k-rate", streams::to_the_device),
    ("cuda-k2h-rate", streams::to_the_host),
    ("cuda-lifecycle", lifecycle::acknowledgements),
    (batches::ID, batches::all),
    ("cuda-scale", scale::all),
];
