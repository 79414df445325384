//! Finding devices and opening them.

use ringkernel_core::RingKernelError;
use ringkernel_core::runtime::{Backend, BackendFactory, RuntimeConfig};
use ringkernel_cuda::CudaFactory;
use ringkernel_cuda::driver::Context;
use ringkernel_cuda_sim::DEVICE_NAME;

use crate::support::devices;

fn named(name: &str) -> RuntimeConfig {
    let mut config = RuntimeConfig::default();
    config.device_name = Some(name.into());
    config
}

#[test]
fn a_device_is_found_described_and_opened() {
    let Some(devices) = devices() else { return };
    let device = devices.choose(&RuntimeConfig::default()).unwrap();
    assert_eq!(device.name, DEVICE_NAME);
    assert_eq!((device.compute_capability, device.compile_target()), ((9, 0), "sm_90".to_owned()));
    assert!(device.cooperative_launch && device.maps_host_memory);
    assert!(device.multiprocessors > 0 && device.threads_per_block >= 1024);
    assert!(device.shared_memory_per_block_optin >= device.shared_memory_per_block);
    assert!(devices.refused().is_empty());
    let context = Context::open(device).unwrap();
    assert_eq!(context.description(), device);
    let (free, total) = context.memory().unwrap();
    assert!(free <= total && total <= device.total_memory && free > 1 << 20);
}

#[test]
fn a_device_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let Some(devices) = devices() else { return };
    assert!(devices.choose(&named("ringkernel cuda")).is_ok());
    let mut config = RuntimeConfig::default();
    config.device = 7;
    for config in [named("H100"), config] {
        let error = devices.choose(&config).map(drop).unwrap_err();
        assert!(matches!(error, RingKernelError::DeviceNotAvailable { backend: Backend::Cuda, .. }));
        assert!(error.to_string().contains(DEVICE_NAME), "{error}");
    }
}

#[test]
fn the_automatic_choice_leaves_the_simulator_alone_unless_it_is_named() {
    if devices().is_none() {
        return;
    }
    CudaFactory.probe().unwrap();
    let error = CudaFactory.suits(&RuntimeConfig::default()).unwrap_err();
    assert!(matches!(error, RingKernelError::BackendUnavailable { backend: Backend::Cuda, .. }), "{error:?}");
    CudaFactory.suits(&named("simulator")).unwrap();
    assert!(matches!(
        CudaFactory.suits(&named("H100")),
        Err(RingKernelError::DeviceNotAvailable { backend: Backend::Cuda, .. })
    ));
}
