//! The devices that there are, in a stable order, and the choice of one.
//!
//! Devices are counted from 0: discrete GPUs first, then integrated, virtual and unknown ones, then software; within a
//! kind by API, name and place on the bus. A device index means the same in every run on the same machine.

use std::fmt;

use ringkernel_core::RingKernelError;
use ringkernel_core::runtime::{Backend, RuntimeConfig};
use wgpu::{Backends, DeviceType, DownlevelFlags};

use super::DeviceError;

/// Which APIs devices are reached through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiSet {
    /// Whatever WebGPU runs on here: [`Backend::Wgpu`].
    Any,
    /// Metal only: [`Backend::Metal`].
    Metal,
}

/// What kind of device an adapter is; better ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the host's memory.
    Integrated,
    /// A share of a GPU.
    Virtual,
    /// The driver does not say.
    Unknown,
    /// The host's processor, which pretends to be a GPU.
    Software,
}

/// A device that can be opened, or that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdapterDescription {
    /// Its name, as the driver gives it.
    pub name: String,
    /// What kind of device it is.
    pub kind: AdapterKind,
    /// The API that it is reached through: "Vulkan", "Metal", "Dx12" or "Gl".
    pub api: String,
    /// The driver, with its version.
    pub driver: String,
}

/// One usable device.
#[derive(Debug, Clone)]
pub struct Adapter {
    pub(crate) api: ApiSet,
    pub(crate) adapter: wgpu::Adapter,
    description: AdapterDescription,
}

/// The usable devices, and those that were refused with the reason.
#[derive(Debug)]
pub struct Adapters {
    api: ApiSet,
    usable: Vec<Adapter>,
    refused: Vec<(AdapterDescription, String)>,
}

impl ApiSet {
    /// The backend that uses these APIs.
    pub const fn backend(self) -> Backend {
        match self {
            Self::Any => Backend::Wgpu,
            Self::Metal => Backend::Metal,
        }
    }

    /// Those of them that the program was built with.
    fn built(self) -> Backends {
        let built = wgpu::Instance::enabled_backend_features() & !(Backends::NOOP | Backends::BROWSER_WEBGPU);
        match self {
            Self::Any => built,
            Self::Metal => built & Backends::METAL,
        }
    }

    /// Why there is no device at all.
    fn absence(self) -> &'static str {
        match self {
            Self::Metal if !cfg!(target_vendor = "apple") => "the Metal API exists on Apple systems only",
            Self::Metal => "this system reports no Metal device",
            Self::Any if cfg!(target_vendor = "apple") => "this system reports no Metal device",
            Self::Any => {
                "no Vulkan driver reports a device; install the driver of your GPU, or Mesa's lavapipe \
                 (mesa-vulkan-drivers) to run on the processor"
            }
        }
    }
}

impl Adapters {
    /// Looks for devices. Takes some milliseconds, because drivers are loaded.
    ///
    /// # Errors
    /// [`DeviceError::NoAdapter`] when none is usable, with the reason for each that there is.
    pub fn find(api: ApiSet) -> Result<Self, DeviceError> {
        let apis = api.built();
        if apis.is_empty() {
            return Err(DeviceError::NoAdapter { reason: api.absence().into() });
        }
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = apis;
        // Where the driver says how much memory is left, an allocation beyond that is an error instead of the end of the
        // process or of another program.
        descriptor.memory_budget_thresholds.for_resource_creation = Some(MEMORY_PERCENT);
        let instance = wgpu::Instance::new(descriptor);
        let found = pollster::block_on(instance.enumerate_adapters(apis));
        let mut usable = Vec::new();
        let mut refused = Vec::new();
        for adapter in found {
            let description = AdapterDescription::of(&adapter.get_info());
            let flags = adapter.get_downlevel_capabilities().flags;
            match refusal(&description, flags) {
                None => usable.push(Adapter { api, adapter, description }),
                Some(reason) => refused.push((description, reason)),
            }
        }
        usable.sort_by_cached_key(|adapter| {
            let info = adapter.adapter.get_info();
            (adapter.description.kind, rank(info.backend), info.name, info.device_pci_bus_id)
        });
        if usable.is_empty() {
            return Err(DeviceError::NoAdapter { reason: none_usable(api, &refused) });
        }
        Ok(Self { api, usable, refused })
    }

    /// The usable devices, in the order of their indices.
    pub fn usable(&self) -> &[Adapter] {
        &self.usable
    }

    /// The devices that cannot be used, each with the reason.
    pub fn refused(&self) -> &[(AdapterDescription, String)] {
        &self.refused
    }

    /// The APIs that were searched.
    pub fn api(&self) -> ApiSet {
        self.api
    }

    /// The device that a configuration asks for: by index, or by a part of what it is [displayed](AdapterDescription) as and
    /// the index among those.
    ///
    /// # Errors
    /// [`DeviceNotAvailable`](ringkernel_core::RingKernelError::DeviceNotAvailable), which lists the devices that there are.
    pub fn choose(&self, config: &RuntimeConfig) -> Result<&Adapter, RingKernelError> {
        let devices: Vec<_> = self.usable.iter().map(|adapter| adapter.description.to_string()).collect();
        config.choose_device(self.api.backend(), &devices).map(|index| &self.usable[index])
    }
}

impl Adapter {
    /// What it is.
    pub fn description(&self) -> &AdapterDescription {
        &self.description
    }
}

impl AdapterDescription {
    fn of(info: &wgpu::AdapterInfo) -> Self {
        let driver = [info.driver.as_str(), info.driver_info.as_str()];
        Self {
            name: info.name.clone(),
            kind: match info.device_type {
                DeviceType::DiscreteGpu => AdapterKind::Discrete,
                DeviceType::IntegratedGpu => AdapterKind::Integrated,
                DeviceType::VirtualGpu => AdapterKind::Virtual,
                DeviceType::Cpu => AdapterKind::Software,
                DeviceType::Other => AdapterKind::Unknown,
            },
            api: format!("{:?}", info.backend),
            driver: driver.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
        }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(driver: &str, kind: AdapterKind) -> Self {
        Self { name: "a device".into(), kind, api: "Vulkan".into(), driver: driver.into() }
    }
}

impl fmt::Display for AdapterDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.name, self.api)?;
        if !self.driver.is_empty() {
            write!(f, ", {}", self.driver)?;
        }
        f.write_str(")")
    }
}

/// Why an adapter cannot run programs, if it cannot.
fn refusal(description: &AdapterDescription, flags: DownlevelFlags) -> Option<String> {
    if !flags.contains(DownlevelFlags::COMPUTE_SHADERS) {
        return Some("it has no compute shaders".into());
    }
    let driver = &description.driver;
    if description.kind == AdapterKind::Software
        && driver.contains("llvmpipe")
        && mesa_version(driver).is_some_and(|version| version < MESA_OLDEST)
    {
        return Some(format!(
            "its driver ends loops of programs after 65,535 rounds without an error; install Mesa {MESA_OLDEST} or newer"
        ));
    }
    None
}

/// How much of a device's memory may be in use after an allocation.
const MEMORY_PERCENT: u8 = 95;

/// The first Mesa whose lavapipe runs loops to their end.
const MESA_OLDEST: u32 = 23;

/// The major version in a text such as "llvmpipe Mesa 25.0.7-2 (LLVM 15.0.6)".
fn mesa_version(driver: &str) -> Option<u32> {
    let rest = driver.split_once("Mesa ")?.1;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

fn none_usable(api: ApiSet, refused: &[(AdapterDescription, String)]) -> String {
    if refused.is_empty() {
        return api.absence().into();
    }
    let reasons: Vec<_> =
        refused.iter().map(|(adapter, reason)| format!("{adapter} cannot be used: {reason}")).collect();
    reasons.join("; ")
}

/// APIs in the order of preference, for a GPU that is reached through several.
fn rank(api: wgpu::Backend) -> u32 {
    match api {
        wgpu::Backend::Metal => 0,
        wgpu::Backend::Vulkan => 1,
        wgpu::Backend::Dx12 => 2,
        wgpu::Backend::Gl => 3,
        wgpu::Backend::BrowserWebGpu => 4,
        wgpu::Backend::Noop => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_without_compute_shaders_is_refused() {
        let reason = refusal(
            &AdapterDescription::for_tests("llvmpipe", AdapterKind::Software),
            DownlevelFlags::empty(),
        );
        assert_eq!(reason.as_deref(), Some("it has no compute shaders"));
    }

    #[test]
    fn a_driver_that_ends_loops_early_is_refused_and_others_are_not() {
        let check = |kind, driver: &str, refused: bool| {
            let reason = refusal(&AdapterDescription::for_tests(driver, kind), DownlevelFlags::all());
            assert_eq!(reason.is_some(), refused, "{driver}: {reason:?}");
            assert!(reason.is_none_or(|reason| reason.contains("65,535") && reason.contains("Mesa 23")));
        };
        check(AdapterKind::Software, "llvmpipe Mesa 22.3.6 (LLVM 15.0.6)", true);
        check(AdapterKind::Software, "llvmpipe Mesa 20.3.5", true);
        check(AdapterKind::Software, "llvmpipe Mesa 23.0.0-devel (git-abcdef)", false);
        check(AdapterKind::Software, "llvmpipe Mesa 25.0.7-2~bpo12+1 (LLVM 15.0.6)", false);
        check(AdapterKind::Software, "llvmpipe", false);
        check(AdapterKind::Discrete, "radv Mesa 22.3.6", false);
    }

    #[test]
    fn better_devices_come_first() {
        use AdapterKind::*;
        let mut kinds = [Software, Unknown, Discrete, Virtual, Integrated];
        kinds.sort();
        assert_eq!(kinds, [Discrete, Integrated, Virtual, Unknown, Software]);
    }

    #[test]
    fn an_absent_api_says_where_it_exists() {
        if cfg!(target_vendor = "apple") {
            return;
        }
        let error = Adapters::find(ApiSet::Metal).expect_err("this is no Apple system");
        assert_eq!(error.to_string(), "the Metal API exists on Apple systems only");
    }
}
