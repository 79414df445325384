//! The CUDA backend passes the conformance suite, in simulation or on a device.

mod machine;

use std::sync::Arc;

use ringkernel::RingKernelError;
use ringkernel::runtime::{Backend, BackendFactory, BoxFuture, RingKernelRuntime, RuntimeConfig};
use ringkernel_cuda::CudaFactory;

use machine::prepare;

ringkernel_testkit::conformance_suite!(Factory, lacks[LaneSchedule], here | _ | false);

/// Starts the backend on that machine.
#[derive(Debug)]
pub(crate) struct Factory;

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
