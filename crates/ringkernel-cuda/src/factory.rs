//! CUDA among the backends that a builder can choose from.

use std::sync::Arc;

use ringkernel_codegen::cuda::Compiler;
use ringkernel_core::runtime::{Backend, BackendFactory, BoxFuture, RingKernelRuntime, RuntimeConfig};
use ringkernel_core::{Result, RingKernelError};

use crate::CudaRuntime;
use crate::driver::{DeviceDescription, Devices};
use crate::engine::{is_ready, without_compiler};

/// Starts the backend on an NVIDIA GPU. [`Backend::Auto`] leaves the simulator of this project's tests to the CPU backend, unless
/// the device is asked for by name or by an index other than 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct CudaFactory;

/// What the simulator of this project's tests calls its device.
const SIMULATOR: &str = "RingKernel CUDA simulator";

impl BackendFactory for CudaFactory {
    fn backend(&self) -> Backend {
        Backend::Cuda
    }

    fn probe(&self) -> Result<()> {
        devices().map(drop)
    }

    fn suits(&self, config: &RuntimeConfig) -> Result<()> {
        match objection(devices()?.choose(config)?, config) {
            None => Ok(()),
            Some(reason) => Err(RingKernelError::BackendUnavailable { backend: Backend::Cuda, reason }),
        }
    }

    fn start(&self, config: RuntimeConfig) -> BoxFuture<'_, Result<Arc<dyn RingKernelRuntime>>> {
        Box::pin(async move { Ok(Arc::new(CudaRuntime::start(config)?) as _) })
    }
}

/// The devices, on a machine on which programs for them can be compiled or are ready.
fn devices() -> Result<Devices> {
    let devices = Devices::find()?;
    match Compiler::find() {
        Err(error) if !is_ready(devices.usable()) => {
            let reason = without_compiler(&error);
            Err(RingKernelError::BackendUnavailable { backend: Backend::Cuda, reason })
        }
        _ => Ok(devices),
    }
}

/// Why the automatic choice of a backend should leave a device alone, if it should.
fn objection(device: &DeviceDescription, config: &RuntimeConfig) -> Option<String> {
    let asked_for = config.device != 0 || config.device_name.is_some();
    (device.name == SIMULATOR && !asked_for).then(|| {
        format!(
            "its only device, {device}, is the processor, on which the CPU backend is faster; choose the backend, or the device \
             by its name, to use it"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(device: &str, index: usize, name: Option<&str>, taken: bool) {
        let device = DeviceDescription::for_tests(device, (9, 0));
        let mut config = RuntimeConfig::default();
        (config.device, config.device_name) = (index, name.map(str::to_owned));
        let objection = objection(&device, &config);
        assert_eq!(objection.is_none(), taken, "{objection:?}");
        assert!(objection.is_none_or(|text| text.contains(SIMULATOR)));
    }

    #[test]
    fn the_simulator_is_left_alone_unless_it_is_asked_for() {
        check(SIMULATOR, 0, None, false);
        check(SIMULATOR, 1, None, true);
        check(SIMULATOR, 0, Some("simulator"), true);
        check("NVIDIA H100", 0, None, true);
    }
}
