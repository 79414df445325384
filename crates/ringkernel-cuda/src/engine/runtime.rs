//! Starting and stopping the backend.

use std::fmt;
use std::sync::Arc;

use ringkernel_codegen::cuda::Checks;
use ringkernel_core::Result;
use ringkernel_core::RingKernelError;
use ringkernel_core::backend::driven::{Runtime, Shared};
use ringkernel_core::dead_letter::DeadLetter;
use ringkernel_core::memory::{DeviceMemory, PageLocker, offer_page_locking};
use ringkernel_core::message::GpuType;
use ringkernel_core::registry;
use ringkernel_core::runtime::{
    Backend, BoxFuture, KernelHandle, Kernels, LaunchOptions, RingKernelRuntime, RuntimeConfig,
    RuntimeMetrics,
};
use ringkernel_core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::driver::Driver;
use super::errands::Errands;
use super::program::Programs;
use super::turns::{TurnFigures, Turns};
use super::whole::note_text;
use super::world::World;
use crate::driver::{Context, CudaMappedBuffer, DeviceDescription, Devices};
use crate::memory::{CudaMemory, CudaPageLocker, while_still};

/// Runs kernels in one persistent grid on an NVIDIA GPU.
///
/// The grid starts with the first kernel and ends a while after the last one has. States, and the messages between kernels, stay in device memory; one thread of the host gives
/// the grid what hosts send, and takes what it tells. Dropping the runtime terminates all kernels, ends the grid and frees
/// everything.
pub struct CudaRuntime {
    actors: Runtime,
    device: DeviceDescription,
    memory: CudaMemory,
    errands: Arc<Errands>,
    /// Locks the pages of users for as long as this is there.
    _locker: Arc<dyn PageLocker>,
    grid: Arc<GridFigures>,
}

/// What a runtime has done with its grid.
#[derive(Debug, Default)]
pub(crate) struct GridFigures {
    launches: AtomicU64,
    running: AtomicBool,
    packets: AtomicU64,
    pub(super) turns: TurnFigures,
}

impl GridFigures {
    /// Counts a launch.
    pub(crate) fn launched(&self) {
        self.launches.fetch_add(1, Ordering::Relaxed);
        self.running.store(true, Ordering::Relaxed);
    }

    /// Counts a packet that the grid has told the host.
    pub(crate) fn heard(&self) {
        self.packets.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that the grid has ended.
    pub(crate) fn ended(&self) {
        self.running.store(false, Ordering::Relaxed);
    }
}

impl CudaRuntime {
    /// A runtime on the device that the configuration asks for.
    ///
    /// # Errors
    /// [`RingKernelError::BackendUnavailable`] when there is no driver or no device, [`RingKernelError::DeviceNotAvailable`] when there
    /// is not the one that is asked for, [`RingKernelError::InvalidConfig`] for values that cannot work,
    /// [`RingKernelError::Registry`] when the program's kernels and messages contradict each other,
    /// [`RingKernelError::ResourceExhausted`] when there is no memory or no thread.
    pub fn start(config: RuntimeConfig) -> Result<Self> {
        config.validate()?;
        registry::catalog()?;
        let devices = Devices::find()?;
        let device = devices.choose(&config)?.clone();
        let context = Context::open(&device)?;
        let checks = if config.debug { Checks::Sites } else { Checks::Presence };
        note_text(checks)?;
        let programs = Programs::new(&context, checks);
        let grid = Arc::new(GridFigures::default());
        let world = World::new(&context, &config, grid.clone()).map_err(RingKernelError::from)?;
        let shared = Arc::new(Shared::new(Backend::Cuda, config).showing(world.status.clone()));
        let errands = Arc::new(Errands::new(shared.clone()));
        let memory = CudaMemory::new(&context, errands.clone())?;
        let locker: Arc<dyn PageLocker> = Arc::new(CudaPageLocker::new(errands.clone()));
        let driver = Driver::new(shared.clone(), errands.clone(), world, programs);
        let actors = Runtime::start(shared, "ringkernel-cuda", move || driver.run())?;
        offer_page_locking(&locker);
        Ok(Self { actors, device, memory, errands, _locker: locker, grid })
    }

    /// The device.
    pub fn device(&self) -> &DeviceDescription {
        &self.device
    }

    /// How often the grid has been launched. Launching an actor does not launch it; another program, more memory or a larger
    /// shape do.
    pub fn grid_launches(&self) -> u64 {
        self.grid.launches.load(Ordering::Relaxed)
    }

    /// Packets that the grid has told the host: what became of a host's message, answers, outputs, dead letters, and from time to time, in
    /// sums, how many messages kernels have sent each other. Those alone cost the host nothing one by one.
    pub fn packets(&self) -> u64 {
        self.grid.packets.load(Ordering::Relaxed)
    }

    /// Whether the grid occupies the device. It does from the first launch until some time after the end of the last actor.
    pub fn is_grid_running(&self) -> bool {
        self.grid.running.load(Ordering::Relaxed)
    }

    /// How workers of the grid have come to the turns that they took, as of some milliseconds ago.
    pub fn turns(&self) -> Turns {
        self.grid.turns.read()
    }

    /// Values that host and device both reach. The grid stops for a moment, in which the memory is locked.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] for a count of 0; [`RingKernelError::ResourceExhausted`];
    /// [`RingKernelError::RuntimeShutDown`].
    pub fn mapped_buffer<T: GpuType + Default>(&self, count: usize) -> Result<CudaMappedBuffer<T>> {
        while_still(&*self.errands, move |context| CudaMappedBuffer::new(context, count))?
    }

    fn shared(&self) -> &Shared {
        self.actors.shared()
    }
}

impl RingKernelRuntime for CudaRuntime {
    fn backend(&self) -> Backend {
        Backend::Cuda
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

impl fmt::Debug for CudaRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CudaRuntime")
            .field("device", &self.device.to_string())
            .field("kernels", &self.list_kernels().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
