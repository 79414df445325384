//! What the tests run on: the simulated driver, or, where `RINGKERNEL_CUDA_LIBRARIES` or `RINGKERNEL_CUDA_TESTS=device` says so,
//! the driver of this machine.

use std::sync::OnceLock;

use ringkernel::RingKernelError;
use ringkernel::runtime::Backend;
use ringkernel_cuda_sim::Libraries;

/// Makes the libraries known before the first of them is looked for.
pub(crate) fn prepare() -> Result<(), RingKernelError> {
    static PREPARED: OnceLock<Result<(), String>> = OnceLock::new();
    let prepared = PREPARED.get_or_init(|| {
        let asked = std::env::var_os("RINGKERNEL_CUDA_LIBRARIES").is_some();
        if asked || std::env::var("RINGKERNEL_CUDA_TESTS").is_ok_and(|value| value == "device") {
            return Ok(());
        }
        Libraries::build().and_then(|libraries| libraries.load()).map_err(|error| error.to_string())
    });
    prepared.clone().map_err(|reason| RingKernelError::BackendUnavailable { backend: Backend::Cuda, reason })
}
