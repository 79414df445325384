//! Whether [`Backend::Auto`](ringkernel_core::runtime::Backend::Auto) should run on a device.

use ringkernel_core::runtime::RuntimeConfig;
use ringkernel_core::{Result, RingKernelError};

use super::{AdapterDescription, AdapterKind, Adapters, ApiSet};

/// Whether the automatic choice of a backend should take the device that a configuration asks for. It leaves a processor
/// that imitates a GPU alone, because the CPU backend uses that better, unless it is asked for by name or by an index other
/// than 0. Whoever chooses the backend gets what there is.
///
/// # Errors
/// [`BackendUnavailable`](RingKernelError::BackendUnavailable) with the reason;
/// [`DeviceNotAvailable`](RingKernelError::DeviceNotAvailable).
pub fn suits(api: ApiSet, config: &RuntimeConfig) -> Result<()> {
    let adapters = Adapters::find(api).map_err(|error| error.of(api.backend()))?;
    match objection(adapters.choose(config)?.description(), config) {
        None => Ok(()),
        Some(reason) => Err(RingKernelError::BackendUnavailable { backend: api.backend(), reason }),
    }
}

fn objection(device: &AdapterDescription, config: &RuntimeConfig) -> Option<String> {
    let asked_for = config.device != 0 || config.device_name.is_some();
    (device.kind == AdapterKind::Software && !asked_for).then(|| {
        format!(
            "its only device, {device}, is the processor, on which the CPU backend is faster; choose the backend, or the device by its name, to use it"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: AdapterKind, index: usize, name: Option<&str>, taken: bool) {
        let device = AdapterDescription::for_tests("llvmpipe", kind);
        let mut config = RuntimeConfig::default();
        (config.device, config.device_name) = (index, name.map(str::to_owned));
        let objection = objection(&device, &config);
        assert_eq!(objection.is_none(), taken, "{objection:?}");
        assert!(objection.is_none_or(|text| text.contains("llvmpipe")));
    }

    #[test]
    fn an_imitated_gpu_is_left_alone_unless_it_is_asked_for() {
        check(AdapterKind::Software, 0, None, false);
        check(AdapterKind::Software, 1, None, true);
        check(AdapterKind::Software, 0, Some("llvmpipe"), true);
        for kind in
            [AdapterKind::Discrete, AdapterKind::Integrated, AdapterKind::Virtual, AdapterKind::Unknown]
        {
            check(kind, 0, None, true);
        }
    }
}
