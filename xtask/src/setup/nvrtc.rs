//! NVRTC, the library that compiles CUDA C++, from its Python wheel: into the folder of build outputs, where the tests find it.
//!
//! No driver, no GPU and none of NVIDIA's headers are needed. The version is fixed, because a driver refuses what a newer
//! one has made, and because its warnings are failures.

use std::path::Path;

use super::{Outcome, succeeded};
use crate::plan::target_folder;
use crate::step::Invocation;

const WHEEL: &str = "nvidia-cuda-nvrtc-cu12==12.4.127";
/// Below the folder that the wheel is installed into.
const LIBRARY: &str = "nvidia/cuda_nvrtc/lib/libnvrtc.so.12";

/// Installs the library when it is missing.
pub(crate) fn ensure() -> Outcome {
    let folder = target_folder("nvrtc");
    let library = Path::new(&folder).join(LIBRARY);
    if library.is_file() {
        println!("skip     NVRTC: already installed in {folder}");
        return Outcome::Ready;
    }
    println!("install  NVRTC: {} is not there", library.display());
    let install =
        Invocation::new("python3", "-m pip install --no-deps --quiet --target").arg(folder).arg(WHEEL);
    if succeeded(&install) && library.is_file() {
        return Outcome::Ready;
    }
    println!(
        "optional NVRTC: `{install}` did not install it, so that `test` does not compile CUDA C++ for devices"
    );
    Outcome::Skipped
}
