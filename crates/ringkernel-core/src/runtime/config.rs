//! What a backend is started with.

use std::sync::Arc;
use std::time::Duration;

use super::Backend;
#[cfg(not(loom))]
use crate::backend::Strangers;
use crate::error::{Result, RingKernelError};
#[cfg(not(loom))]
use crate::k2k::K2KBroker;
use crate::k2k::tenant::TenantRegistry;
#[cfg(not(loom))]
use crate::pubsub::PubSubBroker;

/// What a backend is started with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RuntimeConfig {
    /// Which device of the backend, counted from 0, among those of the name if one is given. Default 0.
    pub device: usize,
    /// A part of the device's name, in upper or lower case. Default `None`: any.
    pub device_name: Option<String>,
    /// Checks more on devices and logs every fault. Default false.
    pub debug: bool,
    /// Opens a `tracing` span, `handler`, around every handler. On a device, whose handlers nobody sees begin and end, it is opened and
    /// closed when the host learns that a handler has run, inside of a span that lasts as long as the device was at the
    /// submission. Default false.
    pub profiling: bool,
    /// Threads of the CPU backend; 0 means one per core. Default 0.
    pub workers: usize,
    /// Dead letters that are kept to be read, at least 1. Default 1,024.
    pub dead_letter_capacity: usize,
    /// A handler that runs for longer is reported as stuck. On a device that is given many messages at once, all kernels are
    /// reported that have messages in a submission that takes longer. Default 1 s.
    pub watchdog: Duration,
    /// How long `terminate`, `deactivate` and `shutdown` wait for a handler to return. On CUDA so does a launch that needs another
    /// program or more memory, and a handler that takes longer then loses the device. The end of a runtime waits as long for a compiler
    /// that is at a program of it. Default 5 s.
    pub shutdown_timeout: Duration,
    /// How long a kernel-to-kernel message waits for room at its target before it is dead-lettered. Default 5 s.
    pub k2k_timeout: Duration,
    /// The broker by which kernels that are launched `with_k2k(true)` and what is outside of the runtime reach each other, by name and
    /// one-way: endpoints, and kernels of other runtimes that have the same broker. Its registry of tenants is the runtime's.
    /// Default `None`.
    #[cfg(not(loom))]
    pub k2k_broker: Option<Arc<K2KBroker>>,
    /// The topics by which kernels and hosts publish and subscribe; runtimes can share it. It can act for all tenants, so it is the one
    /// that [`PubSubBroker::new`] has made. Default `None`: topics of the runtime's own.
    #[cfg(not(loom))]
    pub pubsub: Option<Arc<PubSubBroker>>,
    /// The tenants that kernels can be launched for, with their quotas and accounts; runtimes can share it. Default `None`: those of the
    /// broker, if there is one, and otherwise any tenant, without quotas and accounts.
    pub tenants: Option<Arc<TenantRegistry>>,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self {
            device: 0,
            device_name: None,
            debug: false,
            profiling: false,
            workers: 0,
            dead_letter_capacity: 1024,
            watchdog: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(5),
            k2k_timeout: Duration::from_secs(5),
            #[cfg(not(loom))]
            k2k_broker: None,
            #[cfg(not(loom))]
            pubsub: None,
            tenants: None,
        }
    }
}

impl RuntimeConfig {
    /// The index in `devices`, which the backend has, of the one that is asked for.
    ///
    /// # Errors
    /// [`RingKernelError::DeviceNotAvailable`], which lists them.
    pub fn choose_device(&self, backend: Backend, devices: &[String]) -> Result<usize> {
        let wanted = self.device_name.as_ref().map(|name| name.to_lowercase());
        let has_name =
            |device: &String| wanted.as_ref().is_none_or(|wanted| device.to_lowercase().contains(wanted));
        let mut candidates = devices.iter().enumerate().filter(|(_, device)| has_name(device));
        candidates.nth(self.device).map(|(index, _)| index).ok_or_else(|| {
            RingKernelError::DeviceNotAvailable {
                backend,
                index: self.device,
                name: self.device_name.clone(),
                devices: devices.to_vec(),
            }
        })
    }

    /// Checks every value. Backends do so before they start.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] naming the option and the values that are possible.
    pub fn validate(&self) -> Result<()> {
        let wrong = |what: &str| Err(RingKernelError::InvalidConfig(what.into()));
        if self.dead_letter_capacity == 0 {
            return wrong("dead_letter_capacity is 0; it must be at least 1");
        }
        if self.watchdog.is_zero() {
            return wrong("watchdog is 0; it must be a time that handlers may take");
        }
        #[cfg(not(loom))]
        if self.pubsub.as_ref().is_some_and(|broker| !broker.acts_for_all()) {
            return wrong(
                "pubsub is a broker of one tenant; it must be the one that `PubSubBroker::new` has made",
            );
        }
        if self.shutdown_timeout.is_zero() {
            return wrong("shutdown_timeout is 0; it must be a time in which handlers can return");
        }
        #[cfg(not(loom))]
        if let (Some(tenants), Some(broker)) = (&self.tenants, &self.k2k_broker)
            && !Arc::ptr_eq(tenants, broker.registry())
        {
            return wrong(
                "tenants is another registry than that of k2k_broker, so that messages by name would not count against the quotas; make the broker with `K2KBroker::with_registry` of the same one, or leave tenants out",
            );
        }
        Ok(())
    }

    /// Whose quotas and accounts the runtime goes by, and what becomes of tenants that are not listed there.
    #[cfg(not(loom))]
    pub(crate) fn registry(&self) -> (Arc<TenantRegistry>, Strangers) {
        if let Some(tenants) = &self.tenants {
            return (tenants.clone(), Strangers::Refused);
        }
        if let Some(broker) = &self.k2k_broker {
            let refused = broker.knows_tenants;
            let strangers = if refused { Strangers::Refused } else { Strangers::Unlimited };
            return (broker.registry().clone(), strangers);
        }
        (Arc::default(), Strangers::Unlimited)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const DEVICES: [&str; 4] = ["NVIDIA H100 PCIe (Vulkan)", "NVIDIA H100 PCIe (Gl)", "Arc A770", "llvmpipe"];

    #[track_caller]
    fn check(device: usize, name: Option<&str>, expected: Option<usize>) {
        let config =
            RuntimeConfig { device, device_name: name.map(str::to_owned), ..RuntimeConfig::default() };
        let devices = DEVICES.map(str::to_owned);
        match (config.choose_device(Backend::Wgpu, &devices), expected) {
            (Ok(index), Some(expected)) => assert_eq!(index, expected),
            (Err(error), None) => {
                let text = error.to_string();
                assert!(DEVICES.iter().all(|device| text.contains(device)), "{text}");
                assert!(name.is_none_or(|name| text.contains(&format!("named `{name}`"))), "{text}");
            }
            (chosen, _) => panic!("{chosen:?}"),
        }
    }

    /// Otherwise a tenant could send by name what its quota does not allow.
    #[test]
    fn a_runtime_and_its_broker_have_one_registry() {
        let (own, others) = (Arc::new(TenantRegistry::new()), Arc::new(TenantRegistry::new()));
        let broker = |registry: &Arc<TenantRegistry>| {
            Some(K2KBroker::with_registry(Default::default(), registry.clone()))
        };
        let of = |tenants: Option<&Arc<TenantRegistry>>, k2k_broker| RuntimeConfig {
            tenants: tenants.cloned(),
            k2k_broker,
            ..RuntimeConfig::default()
        };
        assert!(of(Some(&own), None).validate().is_ok() && of(Some(&own), broker(&own)).validate().is_ok());
        for broker in [broker(&others), Some(K2KBroker::new(Default::default()))] {
            let error = of(Some(&own), broker).validate().expect_err("they differ").to_string();
            assert!(error.contains("k2k_broker"), "{error}");
        }
        let (adopted, strangers) = of(None, broker(&own)).registry();
        assert!(Arc::ptr_eq(&adopted, &own) && strangers == Strangers::Refused);
        let open = K2KBroker::new(Default::default());
        let (adopted, strangers) = of(None, Some(open.clone())).registry();
        assert!(Arc::ptr_eq(&adopted, open.registry()) && strangers == Strangers::Unlimited);
    }

    #[test]
    fn a_device_is_chosen_by_index_among_those_of_a_name() {
        check(0, None, Some(0));
        check(3, None, Some(3));
        check(4, None, None);
        check(0, Some("LLVMPIPE"), Some(3));
        check(0, Some("h100"), Some(0));
        check(1, Some("h100"), Some(1));
        check(2, Some("h100"), None);
        check(0, Some("H200"), None);
    }
}
