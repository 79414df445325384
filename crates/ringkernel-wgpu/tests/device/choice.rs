//! Which devices there are, and what they can do.

use ringkernel::RingKernelError;
use ringkernel::runtime::RuntimeConfig;
use ringkernel_wgpu::device::{Adapters, ApiSet};

use crate::support::device;

#[test]
fn devices_are_listed_in_the_same_order_each_time() {
    let Some(_) = device() else { return };
    let list = || Adapters::find(ApiSet::Any).expect("there was one just now");
    let (first, second) = (list(), list());
    let descriptions = |adapters: &Adapters| {
        adapters.usable().iter().map(|adapter| adapter.description().clone()).collect::<Vec<_>>()
    };
    assert_eq!(descriptions(&first), descriptions(&second));
    assert!(first.usable().is_sorted_by_key(|adapter| adapter.description().kind));
}

#[test]
fn a_device_is_chosen_by_index_and_by_name_and_errors_list_what_there_is() {
    let Some(device) = device() else { return };
    let adapters = Adapters::find(ApiSet::Any).expect("there was one just now");
    let name = device.description().name.clone();
    let asking = |device, name: Option<&str>| {
        let mut config = RuntimeConfig::default();
        (config.device, config.device_name) = (device, name.map(str::to_owned));
        config
    };
    for name in [None, Some(name.as_str()), Some(&name.to_uppercase()), Some(&name[..4])] {
        let chosen = adapters.choose(&asking(0, name)).expect("the first one");
        assert_eq!(chosen.description(), device.description(), "{name:?}");
    }
    for (index, wanted) in [(99, None), (0, Some("no such device")), (99, Some(name.as_str()))] {
        let error = adapters.choose(&asking(index, wanted)).expect_err("there is none");
        let RingKernelError::DeviceNotAvailable { devices, .. } = &error else { panic!("{error:?}") };
        assert_eq!(devices.len(), adapters.usable().len());
        assert!(devices[0].contains(&name), "{error}");
    }
}

#[test]
fn a_device_has_what_every_webgpu_device_has() {
    let Some(device) = device() else { return };
    let capabilities = device.capabilities();
    assert!(capabilities.workgroup_lanes_max >= 256, "{capabilities:?}");
    assert!(capabilities.workgroup_bytes_max >= 16 << 10, "{capabilities:?}");
    assert!(capabilities.binding_bytes_max >= 128 << 20, "{capabilities:?}");
    assert!(capabilities.storage_bindings_max >= 8, "{capabilities:?}");
    assert!(
        capabilities.subgroup_lanes.is_none_or(|(smallest, largest)| smallest >= 4 && largest >= smallest)
    );
}
