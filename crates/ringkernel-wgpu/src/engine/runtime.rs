//! Starting, launching on, and stopping the backend.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use ringkernel_core::backend::launch;
use ringkernel_core::dead_letter::DeadLetter;
use ringkernel_core::memory::DeviceMemory;
use ringkernel_core::registry;
use ringkernel_core::runtime::{
    Backend, BoxFuture, KernelHandle, KernelId, KernelState, LaunchOptions, RingKernelRuntime, RuntimeConfig,
    RuntimeMetrics,
};
use ringkernel_core::sync::atomic::Ordering;
use ringkernel_core::{Result, RingKernelError, timer};
use tokio::sync::oneshot;

use super::actor::Actor;
use super::driver::Driver;
use super::handle::WgpuKernel;
use super::launch::Launch;
use super::program::Programs;
use super::shared::Shared;
use super::world::World;
use crate::device::{Adapters, ApiSet, Device, WgpuMemory};

/// Runs kernels on a GPU that wgpu reaches.
///
/// States and the messages between kernels stay in device memory. One thread submits turns while there is work, and nothing when
/// there is none. Dropping the runtime terminates all kernels and frees everything.
pub struct WgpuRuntime {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    device: Device,
    memory: WgpuMemory,
    driver: Mutex<Option<JoinHandle<()>>>,
    /// How stopping went, once it is over.
    stopped: Mutex<Option<Result<()>>>,
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
    /// [`RingKernelError::BackendUnavailable`] when there is no device, [`RingKernelError::DeviceNotAvailable`] when there is not
    /// the one that is asked for, [`RingKernelError::InvalidConfig`] for values that cannot work, [`RingKernelError::Registry`]
    /// when the program's kernels and messages contradict each other, [`RingKernelError::ResourceExhausted`] when there is no memory
    /// or no thread.
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
        let driver = Driver::new(shared.clone(), world, programs);
        let thread = std::thread::Builder::new()
            .name("ringkernel-wgpu".into())
            .spawn(move || driver.run())
            .map_err(|error| RingKernelError::ResourceExhausted {
            what: "the thread that speaks for the device".into(),
            reason: error.to_string(),
        })?;
        let memory = WgpuMemory::new(&device);
        let inner =
            Inner { shared, device, memory, driver: Mutex::new(Some(thread)), stopped: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What it has asked its device to do.
    pub fn figures(&self) -> DeviceFigures {
        DeviceFigures {
            submissions: self.inner.shared.submissions.load(Ordering::Relaxed),
            turns: self.inner.shared.turns.load(Ordering::Relaxed),
        }
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.inner.device
    }

    async fn launch_now(&self, kernel_id: &str, options: LaunchOptions) -> Result<KernelHandle> {
        let shared = &self.inner.shared;
        if shared.is_closing() {
            return Err(RingKernelError::RuntimeShutDown);
        }
        launch::check_options(kernel_id, &options)?;
        let kernel = launch::find_kernel(kernel_id, &options)?;
        launch::check_kernel(shared.backend, kernel, &options)?;
        launch::check_device(shared.backend, &options)?;
        let state = launch::state_bytes(shared.backend, kernel_id, kernel, &options)?;
        let auto_activate = options.auto_activate;
        let id = KernelId::from(kernel_id);
        let actor = shared
            .add(&id, |address| Arc::new(Actor::new(id.clone(), address, kernel, options, shared.clone())))?;
        let (done, outcome) = oneshot::channel();
        shared.request_launch(Launch { actor: actor.clone(), state, done });
        outcome.await.unwrap_or(Err(RingKernelError::RuntimeShutDown))?;
        let first = if auto_activate { KernelState::Active } else { KernelState::Launched };
        // Its name is known already, so somebody may have terminated it.
        let _ = actor.change(first, |state| state == KernelState::Created);
        // A shutdown that has begun meanwhile could not end a kernel that was not there yet.
        if shared.is_closing() {
            actor.request_termination();
        }
        shared.launched.fetch_add(1, Ordering::Relaxed);
        Ok(KernelHandle::new(Arc::new(WgpuKernel::new(actor))))
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
        self.inner.shared.backend
    }

    fn launch<'a>(
        &'a self,
        kernel_id: &'a str,
        options: LaunchOptions,
    ) -> BoxFuture<'a, Result<KernelHandle>> {
        Box::pin(self.launch_now(kernel_id, options))
    }

    fn get_kernel(&self, kernel_id: &KernelId) -> Option<KernelHandle> {
        let actor = self.inner.shared.by_name(kernel_id.as_str())?;
        Some(KernelHandle::new(Arc::new(WgpuKernel::new(actor))))
    }

    fn list_kernels(&self) -> Vec<KernelId> {
        self.inner.shared.actors().iter().map(|actor| actor.id().clone()).collect()
    }

    fn metrics(&self) -> RuntimeMetrics {
        let mut metrics = self.inner.shared.metrics();
        metrics.gpu_memory_used += self.inner.memory.bytes_in_use();
        metrics
    }

    fn memory(&self) -> Result<Arc<dyn DeviceMemory>> {
        if self.inner.shared.is_closing() {
            return Err(RingKernelError::RuntimeShutDown);
        }
        Ok(Arc::new(self.inner.memory.clone()))
    }

    fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.inner.shared.take_dead_letters()
    }

    fn shutdown(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let (done, outcome) = oneshot::channel();
            let inner = self.inner.clone();
            // Waiting for threads blocks, so a thread does it.
            let thread = std::thread::Builder::new()
                .name("ringkernel-shutdown".into())
                .spawn(move || drop(done.send(inner.stop())));
            match thread {
                Ok(_) => outcome.await.unwrap_or(Err(RingKernelError::RuntimeShutDown)),
                Err(_) => self.inner.stop(),
            }
        })
    }
}

impl Drop for WgpuRuntime {
    fn drop(&mut self) {
        if let Err(error) = self.inner.stop() {
            tracing::error!(%error, "the runtime was dropped with handlers still running");
        }
    }
}

impl Inner {
    /// Terminates everything, once. Bounded by `shutdown_timeout`, whatever handlers do.
    fn stop(&self) -> Result<()> {
        // A second caller waits here for the first, and hears the same.
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.get_or_insert_with(|| self.stop_now()).clone()
    }

    fn stop_now(&self) -> Result<()> {
        let shared = &self.shared;
        let started = Instant::now();
        let deadline = timer::after(shared.config.shutdown_timeout);
        shared.set_closing();
        let actors = shared.actors();
        for actor in &actors {
            actor.request_termination();
        }
        shared.request_stop();
        let stuck: Vec<_> = actors.iter().filter(|actor| !terminated_by(actor, deadline)).collect();
        let driver = self.driver.lock().unwrap_or_else(PoisonError::into_inner).take();
        if stuck.is_empty() {
            // It has nothing more to do, and frees the device's memory.
            let _ = driver.map(JoinHandle::join);
            return Ok(());
        }
        // A handler does not return, and nothing can stop it: its thread and the device's memory are left to it.
        for actor in &stuck {
            actor.abandon();
        }
        let kernels = stuck.iter().map(|actor| actor.id().to_string()).collect();
        Err(RingKernelError::ShutdownTimeout { waited: started.elapsed(), kernels })
    }
}

/// Waits for an actor to terminate.
fn terminated_by(actor: &Actor, deadline: Instant) -> bool {
    loop {
        let changed = actor.listen_for_change();
        if actor.state().is_finished() {
            return true;
        }
        if !changed.block_until(deadline) {
            return actor.state().is_finished();
        }
    }
}

impl fmt::Debug for WgpuRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WgpuRuntime")
            .field("device", &self.inner.device.description().to_string())
            .field("kernels", &self.list_kernels().len())
            .finish_non_exhaustive()
    }
}
