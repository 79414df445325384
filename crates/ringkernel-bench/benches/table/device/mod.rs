//! Actors in device memory, through WebGPU. Left out, loudly, where there is no device.
//!
//! - `ours`: the device, a runtime on it, and what its actors do
//! - `by_hand`: the program that a user would write instead
//! - `calls`, `between`, `still`: the rows

mod between;
mod by_hand;
mod calls;
mod ours;
mod still;

pub(crate) use ours::device;
use ringkernel_bench::comparison::{Comparison, Effort};

/// The rows, each of which names the device that a runtime takes when it is not told otherwise.
pub(crate) fn comparisons(effort: Effort) -> Vec<Comparison> {
    let device = match ours::device() {
        Ok(device) => device,
        Err(reason) => {
            eprintln!("LEFT OUT: all rows of actors on a device, because there is none. {reason}");
            return Vec::new();
        }
    };
    vec![
        calls::one_at_a_time(effort, &device),
        calls::many_at_once(effort, &device),
        between::hops(effort, &device),
        between::submissions(effort, &device),
        still::idle(&device),
        still::launches(&device),
    ]
}
