//! Starting and stopping the backend.

use std::fmt;
use std::sync::Arc;

use ringkernel_core::Result;
use ringkernel_core::backend::driven::{Runtime, Shared};
use ringkernel_core::dead_letter::DeadLetter;
use ringkernel_core::memory::DeviceMemory;
use ringkernel_core::registry;
use ringkernel_core::runtime::{
    Backend, BoxFuture, KernelHandle, Kernels, LaunchOptions, RingKernelRuntime, RuntimeConfig,
    RuntimeMetrics,
};
use ringkernel_core::sync::atomic::{AtomicU64, Ordering};

use super::driver::Driver;
use super::program::Programs;
use super::world::World;
use crate::device::{Adapters, ApiSet, Device, WgpuMemory};

/// Runs kernels on a GPU that wgpu reaches.
///
/// States and the messages between kernels stay in device memory. One thread submits turns while there is work, and nothing when
/// there is none. Dropping the runtime terminates all kernels and frees everything.
pub struct WgpuRuntime {
    actors: Runtime,
    device: Device,
    memory: WgpuMemory,
    work: Arc<Work>,
}

/// What the driver has asked its device to do.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) submissions: AtomicU64,
    pub(crate) turns: AtomicU64,
}

/// What a runtime has asked its device to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceFigures {
    /// Submissions since the runtime started. An idle runtime makes none.
    pub submissions: u64,
    /// Turns of all actors in these submissions: a message between kernels is handled in the turn after the one that sent it.
    pub turns: u64,
}

impl WgpuRuntime {
    /// A runtime on a device of these APIs.
    ///
    /// # Errors
    /// [`RingKernelError::BackendUnavailable`](ringkernel_core::RingKernelError::BackendUnavailable) when there is no device,
    /// [`DeviceNotAvailable`](ringkernel_core::RingKernelError::DeviceNotAvailable) when there is not the one that is asked for,
    /// [`InvalidConfig`](ringkernel_core::RingKernelError::InvalidConfig) for values that cannot work,
    /// [`Registry`](ringkernel_core::RingKernelError::Registry) when the program's kernels and messages contradict each other,
    /// [`ResourceExhausted`](ringkernel_core::RingKernelError::ResourceExhausted) when there is no memory or no thread.
    pub fn start(api: ApiSet, config: RuntimeConfig) -> Result<Self> {
        let of = |error: crate::device::DeviceError| error.of(api.backend());
        check(&config)?;
        let adapters = Adapters::find(api).map_err(of)?;
        let adapter = adapters.choose(&config)?;
        Self::on(Device::open(adapter).map_err(of)?, config)
    }

    /// A runtime on a device that is open already.
    ///
    /// # Errors
    /// As [`start`](Self::start), but for those of finding a device.
    pub fn on(device: Device, config: RuntimeConfig) -> Result<Self> {
        let backend = device.backend();
        check(&config)?;
        let world = World::new(&device).map_err(|error| error.of(backend))?;
        let programs = Programs::new(backend, &device, &world.layout);
        let shared = Arc::new(Shared::new(backend, config));
        let work = Arc::new(Work::default());
        let driver = Driver::new(shared.clone(), work.clone(), world, programs);
        let actors = Runtime::start(shared, "ringkernel-wgpu", move || driver.run())?;
        let memory = WgpuMemory::new(&device);
        Ok(Self { actors, device, memory, work })
    }

    /// What it has asked its device to do.
    pub fn figures(&self) -> DeviceFigures {
        DeviceFigures {
            submissions: self.work.submissions.load(Ordering::Relaxed),
            turns: self.work.turns.load(Ordering::Relaxed),
        }
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    fn shared(&self) -> &Shared {
        self.actors.shared()
    }
}

/// Checks the options of a runtime and what the program registers.
fn check(config: &RuntimeConfig) -> Result<()> {
    config.validate()?;
    registry::catalog()?;
    Ok(())
}

impl RingKernelRuntime for WgpuRuntime {
    fn backend(&self) -> Backend {
        self.shared().backend
    }

    fn launch<'a>(
        &'a self,
        kernel_id: &'a str,
        options: LaunchOptions,
    ) -> BoxFuture<'a, Result<KernelHandle>> {
        Box::pin(self.actors.launch(kernel_id, options))
    }

    fn kernels(&self) -> &dyn Kernels {
        &**self.shared()
    }

    fn metrics(&self) -> RuntimeMetrics {
        let mut metrics = self.shared().metrics();
        metrics.gpu_memory_used += self.memory.bytes_in_use();
        metrics
    }

    fn memory(&self) -> Result<Arc<dyn DeviceMemory>> {
        self.shared().unless_closing(|| Ok(Arc::new(self.memory.clone()) as _))
    }

    fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.shared().take_dead_letters()
    }

    fn shutdown(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.actors.shutdown())
    }
}

impl fmt::Debug for WgpuRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WgpuRuntime")
            .field("device", &self.device.description().to_string())
            .field("kernels", &self.list_kernels().len())
            .finish_non_exhaustive()
    }
}
