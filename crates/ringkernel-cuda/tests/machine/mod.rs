//! What the tests run on: the simulated driver, or, where `RINGKERNEL_CUDA_LIBRARIES` or `RINGKERNEL_CUDA_TESTS=device` says so,
//! the driver of this machine.

use std::sync::{Arc, OnceLock};

use ringkernel::RingKernelError;
use ringkernel::runtime::{Backend, BackendFactory, BoxFuture, RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaFactory;
use ringkernel_cuda_sim::Libraries;

/// Starts the backend on that machine.
#[derive(Debug)]
pub(crate) struct Factory;

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

impl BackendFactory for Factory {
    fn backend(&self) -> Backend {
        Backend::Cuda
    }

    fn probe(&self) -> Result<(), RingKernelError> {
        prepare()?;
        CudaFactory.probe()
    }

    fn suits(&self, config: &RuntimeConfig) -> Result<(), RingKernelError> {
        prepare()?;
        CudaFactory.suits(config)
    }

    fn start(
        &self,
        config: RuntimeConfig,
    ) -> BoxFuture<'_, Result<Arc<dyn RingKernelRuntime>, RingKernelError>> {
        Box::pin(async {
            prepare()?;
            CudaFactory.start(config).await
        })
    }
}
