//! The devices that there are, in the driver's order, and the choice of one.

use std::fmt;

use ringkernel_core::RingKernelError;
use ringkernel_core::runtime::{Backend, RuntimeConfig};

use super::DriverError;
use super::Failure;
use super::error::status::NO_DEVICE;
use super::library::driver;
use super::sys::{CUdevice_attribute as Attribute, Functions};

/// What a device is and can do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceDescription {
    /// Its number in the driver, counted from 0. The driver leaves out what `CUDA_VISIBLE_DEVICES` leaves out.
    pub ordinal: i32,
    /// Its name, such as "NVIDIA H100 80GB HBM3".
    pub name: String,
    /// Which instructions it has, major and minor: `(9, 0)` for Hopper.
    pub compute_capability: (i32, i32),
    /// Its memory in bytes.
    pub total_memory: usize,
    /// How many multiprocessors it has.
    pub multiprocessors: u32,
    /// Threads of one block, at most.
    pub threads_per_block: u32,
    /// Shared memory of one block in bytes, unless a function asks for more.
    pub shared_memory_per_block: usize,
    /// Shared memory of one block in bytes, at most.
    pub shared_memory_per_block_optin: usize,
    /// Whether all blocks of a grid can be made to run at the same time.
    pub cooperative_launch: bool,
    /// Whether host memory can be page-locked and mapped.
    pub maps_host_memory: bool,
    /// The version of CUDA that the driver is made for, major and minor: `(12, 8)`.
    pub driver_version: (i32, i32),
}

/// The usable devices, and those that cannot be used with the reason.
#[derive(Debug, Clone)]
pub struct Devices {
    usable: Vec<DeviceDescription>,
    refused: Vec<(DeviceDescription, String)>,
}

/// The oldest instructions that device programs of this crate can do with: those in which every thread makes progress by
/// itself and memory orders are instructions.
const CAPABILITY_OLDEST: (i32, i32) = (7, 0);

impl Devices {
    /// Looks for devices. The first call loads the driver, which takes some milliseconds to some hundred.
    ///
    /// # Errors
    /// [`DriverError::NoLibrary`], [`DriverError::MissingFunction`] and [`DriverError::NotUsable`] about the driver;
    /// [`DriverError::NoDevice`] when no device is usable, with the reason for each that there is.
    pub fn find() -> Result<Self, DriverError> {
        let driver = driver()?;
        driver.init().map_err(unusable)?;
        let version = driver.version().map_err(unusable)?;
        let (mut usable, mut refused) = (Vec::new(), Vec::new());
        for ordinal in 0..driver.device_count().map_err(unusable)? {
            let description = DeviceDescription::of(driver, ordinal, version).map_err(unusable)?;
            match description.refusal() {
                None => usable.push(description),
                Some(reason) => refused.push((description, reason)),
            }
        }
        if usable.is_empty() {
            return Err(DriverError::NoDevice { reason: none_usable(&refused) });
        }
        Ok(Self { usable, refused })
    }

    /// The usable devices, in the order of their indices.
    pub fn usable(&self) -> &[DeviceDescription] {
        &self.usable
    }

    /// The devices that cannot be used, each with the reason.
    pub fn refused(&self) -> &[(DeviceDescription, String)] {
        &self.refused
    }

    /// The device that a configuration asks for: by index, or by a part of what it is [displayed](DeviceDescription) as and the
    /// index among those.
    ///
    /// # Errors
    /// [`DeviceNotAvailable`](RingKernelError::DeviceNotAvailable), which lists the devices that there are.
    pub fn choose(&self, config: &RuntimeConfig) -> Result<&DeviceDescription, RingKernelError> {
        let devices: Vec<_> = self.usable.iter().map(ToString::to_string).collect();
        config.choose_device(Backend::Cuda, &devices).map(|index| &self.usable[index])
    }
}

impl DeviceDescription {
    fn of(driver: &Functions, ordinal: i32, version: i32) -> Result<Self, Failure> {
        let device = driver.device(ordinal)?;
        let number = |attribute| driver.attribute(device, attribute);
        let count = |attribute| number(attribute).map(|value| u32::try_from(value).unwrap_or(0));
        let bytes = |attribute| number(attribute).map(|value| usize::try_from(value).unwrap_or(0));
        let flag = |attribute| number(attribute).map(|value| value != 0);
        Ok(Self {
            ordinal,
            name: driver.device_name(device)?,
            compute_capability: (
                number(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
                number(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
            ),
            total_memory: driver.total_memory(device)?,
            multiprocessors: count(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?,
            threads_per_block: count(Attribute::CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK)?,
            shared_memory_per_block: bytes(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK)?,
            shared_memory_per_block_optin: bytes(
                Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN,
            )?,
            cooperative_launch: flag(Attribute::CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH)?,
            maps_host_memory: flag(Attribute::CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY)?
                && flag(Attribute::CU_DEVICE_ATTRIBUTE_HOST_REGISTER_SUPPORTED)?,
            driver_version: (version / 1000, version % 1000 / 10),
        })
    }

    /// What a compiler calls the device's instructions, such as "sm_90".
    pub fn compile_target(&self) -> String {
        let (major, minor) = self.compute_capability;
        format!("sm_{major}{minor}")
    }

    /// Why the device cannot run actors, if it cannot.
    fn refusal(&self) -> Option<String> {
        let (major, minor) = CAPABILITY_OLDEST;
        if self.compute_capability < CAPABILITY_OLDEST {
            return Some(format!("it is older than compute capability {major}.{minor}"));
        }
        if !self.cooperative_launch {
            return Some("it cannot run all blocks of a grid at the same time".into());
        }
        (!self.maps_host_memory).then(|| "it cannot map memory of the host".into())
    }

    #[cfg(test)]
    pub(crate) fn for_tests(name: &str, compute_capability: (i32, i32)) -> Self {
        Self {
            ordinal: 0,
            name: name.into(),
            compute_capability,
            total_memory: 80 << 30,
            multiprocessors: 132,
            threads_per_block: 1024,
            shared_memory_per_block: 48 << 10,
            shared_memory_per_block_optin: 227 << 10,
            cooperative_launch: true,
            maps_host_memory: true,
            driver_version: (12, 8),
        }
    }
}

impl fmt::Display for DeviceDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.driver_version;
        write!(f, "{} ({}, driver for CUDA {major}.{minor})", self.name, self.compile_target())
    }
}

fn unusable(failure: Failure) -> DriverError {
    if failure.code == NO_DEVICE {
        return DriverError::NoDevice { reason: none_usable(&[]) };
    }
    DriverError::NotUsable(failure)
}

fn none_usable(refused: &[(DeviceDescription, String)]) -> String {
    if refused.is_empty() {
        return "the CUDA driver reports no device; is one left in CUDA_VISIBLE_DEVICES?".into();
    }
    let reasons: Vec<_> =
        refused.iter().map(|(device, reason)| format!("{device} cannot be used: {reason}")).collect();
    reasons.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_cannot_host_actors_says_why() {
        let check = |change: fn(&mut DeviceDescription), expected: Option<&str>| {
            let mut device = DeviceDescription::for_tests("a GPU", (9, 0));
            change(&mut device);
            let reason = device.refusal();
            assert_eq!(reason.is_some(), expected.is_some(), "{reason:?}");
            assert!(reason.is_none_or(|reason| reason.contains(expected.unwrap_or_default())));
        };
        check(|_| {}, None);
        check(|device| device.compute_capability = (7, 0), None);
        check(|device| device.compute_capability = (6, 1), Some("7.0"));
        check(|device| device.cooperative_launch = false, Some("at the same time"));
        check(|device| device.maps_host_memory = false, Some("memory of the host"));
    }

    #[test]
    fn a_device_is_chosen_by_a_part_of_its_name_and_an_absent_one_lists_the_others() {
        let usable = ["NVIDIA H100", "NVIDIA A100"].map(|name| DeviceDescription::for_tests(name, (9, 0)));
        let devices = Devices { usable: usable.into(), refused: Vec::new() };
        let mut config = RuntimeConfig::default();
        config.device_name = Some("a100".into());
        let chosen = devices.choose(&config).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(chosen.name, "NVIDIA A100");
        config.device_name = Some("Arc".into());
        let text = devices.choose(&config).map(drop).unwrap_err().to_string();
        assert!(text.contains("NVIDIA H100 (sm_90, driver for CUDA 12.8)"), "{text}");
    }

    #[test]
    fn no_device_at_all_asks_for_the_variable_that_hides_them() {
        assert!(none_usable(&[]).contains("CUDA_VISIBLE_DEVICES"));
        let old = DeviceDescription::for_tests("an old GPU", (6, 1));
        let text = none_usable(&[(old, "it is old".into())]);
        assert_eq!(text, "an old GPU (sm_61, driver for CUDA 12.8) cannot be used: it is old");
    }
}
