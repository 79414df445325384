//! Finding devices and opening them.

use ringkernel_core::RingKernelError;
use ringkernel_core::runtime::{Backend, BackendFactory, RuntimeConfig};
use ringkernel_cuda::CudaFactory;
use ringkernel_cuda::driver::Context;
use ringkernel_cuda_sim::DEVICE_NAME;

use crate::simulated::is_simulated;
use crate::support::devices;

/// No device is called so.
const NOBODY: &str = "a device of nobody's";

fn named(name: &str) -> RuntimeConfig {
    let mut config = RuntimeConfig::default();
    config.device_name = Some(name.into());
    config
}

#[test]
fn a_device_is_found_described_and_opened() {
    let Some(devices) = devices() else { return };
    let device = devices.choose(&RuntimeConfig::default()).unwrap();
    if is_simulated() {
        assert_eq!(device.name, DEVICE_NAME);
        assert_eq!((device.compute_capability, device.compile_target()), ((9, 0), "sm_90".to_owned()));
        assert!(devices.refused().is_empty());
    }
    assert!(device.cooperative_launch && device.maps_host_memory);
    assert!(device.multiprocessors > 0 && device.threads_per_block >= 1024);
    assert!(device.shared_memory_per_block_optin >= device.shared_memory_per_block);
    let context = Context::open(device).unwrap();
    assert_eq!(context.description(), device);
    let (free, total) = context.memory().unwrap();
    assert!(free <= total && total <= device.total_memory && free > 1 << 20);
}

#[test]
fn a_device_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let Some(devices) = devices() else { return };
    let there = &devices.usable()[0].name;
    assert!(devices.choose(&named(&there.to_lowercase())).is_ok());
    let mut config = RuntimeConfig::default();
    config.device = devices.usable().len();
    for config in [named(NOBODY), config] {
        let error = devices.choose(&config).map(drop).unwrap_err();
        assert!(matches!(error, RingKernelError::DeviceNotAvailable { backend: Backend::Cuda, .. }));
        assert!(error.to_string().contains(there), "{error}");
    }
}

#[test]
fn the_automatic_choice_leaves_the_simulator_alone_unless_it_is_named() {
    let Some(devices) = devices() else { return };
    CudaFactory.probe().unwrap();
    let suits = CudaFactory.suits(&RuntimeConfig::default());
    if is_simulated() {
        let error = suits.unwrap_err();
        let typed = matches!(error, RingKernelError::BackendUnavailable { backend: Backend::Cuda, .. });
        assert!(typed, "{error:?}");
    } else {
        suits.unwrap();
    }
    CudaFactory.suits(&named(&devices.usable()[0].name)).unwrap();
    assert!(matches!(
        CudaFactory.suits(&named(NOBODY)),
        Err(RingKernelError::DeviceNotAvailable { backend: Backend::Cuda, .. })
    ));
}
