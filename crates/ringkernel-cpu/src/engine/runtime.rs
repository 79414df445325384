//! Starting, launching on, and stopping the CPU backend.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ringkernel_core::backend::{self, Hosted, Shutdown, Watchdog, launch};
use ringkernel_core::dead_letter::DeadLetter;
use ringkernel_core::memory::DeviceMemory;
use ringkernel_core::registry::{self, KernelRegistration};
use ringkernel_core::runtime::{
    Backend, BoxFuture, KernelHandle, KernelId, KernelState, Kernels, LaunchOptions, RingKernelRuntime,
    RuntimeConfig, RuntimeMetrics,
};
use ringkernel_core::sync::atomic::Ordering;
use ringkernel_core::{Result, RingKernelError, timer};

use super::actor::Actor;
use super::memory::HostMemory;
use super::shared::Shared;
use super::stepping::Stepping;
use super::{fault, run, watchdog, worker};
use crate::cooperative::{MAX_LANES, Shape};
use crate::protocol::task;

/// CPU-based implementation of [`RingKernelRuntime`].
///
/// Runs any number of kernels on a few worker threads. Dropping it terminates all kernels and ends its threads.
pub struct CpuRuntime {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    watchdog: Mutex<Option<Watchdog>>,
    shutdown: Shutdown,
}

/// How long an ended runtime waits for threads that have nothing more to do.
const THREAD_END: Duration = Duration::from_secs(1);

impl CpuRuntime {
    /// A runtime with one worker per core.
    ///
    /// # Errors
    /// As [`with_config`](Self::with_config).
    #[allow(clippy::unused_async, reason = "other backends have to wait for their device here")]
    pub async fn new() -> Result<Self> {
        Self::with_config(RuntimeConfig::default())
    }

    /// A runtime with this configuration.
    ///
    /// # Errors
    /// [`RingKernelError::DeviceNotAvailable`] for a device other than 0, [`RingKernelError::InvalidConfig`] for values
    /// that cannot work, [`RingKernelError::Registry`] when the program's kernels and messages contradict each other,
    /// [`RingKernelError::ResourceExhausted`] when no thread can be started.
    pub fn with_config(config: RuntimeConfig) -> Result<Self> {
        check(&config)?;
        let workers = match config.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        };
        let shared = Arc::new(Shared::new(config, workers));
        let runtime = Self::of(shared);
        // From here on, dropping `runtime` ends the threads that have been started.
        for _ in 0..workers {
            worker::spawn(&runtime.inner.shared)?;
        }
        let watchdog = watchdog::start(&runtime.inner.shared)?;
        *runtime.inner.watchdog.lock().unwrap_or_else(PoisonError::into_inner) = Some(watchdog);
        Ok(runtime)
    }

    /// A runtime that has no threads. Its actors run as `stepping` is told to.
    pub(crate) fn stepped(config: RuntimeConfig, stepping: Stepping) -> Result<Self> {
        check(&config)?;
        if config.workers != 0 {
            return Err(RingKernelError::InvalidConfig(format!(
                "workers is {}; a runtime that is stepped has none, leave it at 0",
                config.workers
            )));
        }
        Ok(Self::of(Arc::new(Shared::stepped(config, stepping))))
    }

    fn of(shared: Arc<Shared>) -> Self {
        Self { inner: Arc::new(Inner { shared, watchdog: Mutex::default(), shutdown: Shutdown::default() }) }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }

    pub(crate) fn launch_now(&self, kernel_id: &str, options: LaunchOptions) -> Result<KernelHandle> {
        let kernel = launch::find_kernel(kernel_id, &options);
        self.launch_kernel(kernel_id, kernel, options)
    }

    /// Launches an instance of this kernel, whether or not it is registered.
    pub(crate) fn launch_kernel(
        &self,
        kernel_id: &str,
        kernel: Result<&'static KernelRegistration>,
        options: LaunchOptions,
    ) -> Result<KernelHandle> {
        let shared = &self.inner.shared;
        // Asked here already, so that a runtime that was shut down runs no initial state's code.
        shared.unless_closing(|| Ok(()))?;
        launch::check_options(kernel_id, &options)?;
        let kernel = kernel?;
        launch::check_kernel(Backend::Cpu, kernel, &options)?;
        check_lanes(kernel, &options)?;
        backend::check_name(shared.config.k2k_broker.as_ref(), kernel_id, &options)?;
        let account = shared.open_account(options.tenancy)?;
        let auto_activate = options.auto_activate;
        let state = shared.time.scope(|| run::make_state(&options, kernel)).map_err(|fault| {
            RingKernelError::InvalidConfig(format!(
                "making the initial state of kernel `{kernel_id}` failed: {fault}"
            ))
        })?;
        let id = KernelId::from(kernel_id);
        let places = shared.take_places(options.tenancy, &account, &id, kernel)?;
        let actor = shared.unless_closing(|| {
            let actor = shared.directory.add(options.tenancy.tenant, &id, |address| {
                // The actor's clock starts at the time of the runtime.
                shared.time.scope(|| {
                    Actor::new(
                        id.clone(),
                        address,
                        kernel,
                        options,
                        account,
                        shared.clone(),
                        |actor, inboxes| run::actor_loop(actor, inboxes, state),
                    )
                })
            })?;
            backend::attach(&actor);
            backend::subscribe(&actor, places);
            let first = if auto_activate { KernelState::Active } else { KernelState::Launched };
            // Its name is known already, so somebody may have terminated it.
            let _ = actor.change(first, |state| state == KernelState::Created);
            Ok(actor)
        })?;
        shared.launched.fetch_add(1, Ordering::Relaxed);
        Ok(backend::handle(actor))
    }
}

/// Checks the options of a runtime and what the program registers, and prepares the process.
fn check(config: &RuntimeConfig) -> Result<()> {
    check_device(config)?;
    config.validate()?;
    registry::catalog()?;
    fault::install_hook();
    Ok(())
}

/// Checks that the device that is asked for is the one that there is.
pub(crate) fn check_device(config: &RuntimeConfig) -> Result<()> {
    config.choose_device(Backend::Cpu, &[Backend::Cpu.name().into()]).map(drop)
}

/// Checks that there are stacks for all lanes.
fn check_lanes(kernel: &KernelRegistration, options: &LaunchOptions) -> Result<()> {
    let shape = Shape::of(kernel, options);
    if kernel.is_cooperative() && u64::from(shape.blocks) * u64::from(shape.lanes) > u64::from(MAX_LANES) {
        return Err(RingKernelError::InvalidConfig(format!(
            "grid_size is {} and block_size is {}; the CPU runs at most {MAX_LANES} lanes of kernel `{}`",
            shape.blocks, shape.lanes, kernel.id
        )));
    }
    Ok(())
}

impl RingKernelRuntime for CpuRuntime {
    fn backend(&self) -> Backend {
        Backend::Cpu
    }

    fn launch<'a>(
        &'a self,
        kernel_id: &'a str,
        options: LaunchOptions,
    ) -> BoxFuture<'a, Result<KernelHandle>> {
        Box::pin(async { self.launch_now(kernel_id, options) })
    }

    fn kernels(&self) -> &dyn Kernels {
        &**self.inner.shared
    }

    fn metrics(&self) -> RuntimeMetrics {
        self.inner.shared.metrics()
    }

    fn memory(&self) -> Result<Arc<dyn DeviceMemory>> {
        let shared = &self.inner.shared;
        shared.unless_closing(|| Ok(Arc::new(HostMemory::new(shared.buffers.clone())) as _))
    }

    fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.inner.shared.take_dead_letters()
    }

    fn shutdown(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            if self.inner.shared.stepping.is_some() {
                // Nothing runs that would have to be waited for.
                return self.inner.stop();
            }
            backend::stop_on_thread(self.inner.clone(), Inner::stop).await
        })
    }
}

impl Drop for CpuRuntime {
    fn drop(&mut self) {
        if let Err(error) = self.inner.stop() {
            tracing::error!(%error, "the runtime was dropped with handlers still running");
        }
    }
}

impl Inner {
    /// Terminates everything, once. Bounded by `shutdown_timeout`, whatever handlers do.
    fn stop(&self) -> Result<()> {
        self.shutdown.once(|| self.stop_now())
    }

    fn stop_now(&self) -> Result<()> {
        let shared = &self.shared;
        let started = Instant::now();
        let deadline = timer::after(shared.config.shutdown_timeout);
        let actors = shared.close();
        let has_ended = |actor: &Actor| match &shared.stepping {
            None => actor.has_terminated_by(deadline),
            Some(_) => actor.state().is_finished(),
        };
        if let Some(stepping) = &shared.stepping {
            stepping.run_out(shared);
        }
        let stuck: Vec<_> = actors.iter().filter(|actor| !has_ended(actor)).collect();
        let watchdog = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner).take();
        watchdog.into_iter().for_each(Watchdog::stop);
        shared.ready.stop();
        shared
            .workers
            .join_until(Instant::now() + if stuck.is_empty() { THREAD_END } else { THREAD_END / 5 });
        // What is still there waits in an async handler, or has just been woken: nobody runs it any more.
        shared.ready.drop_leftovers();
        for turn in stuck.iter().filter_map(|actor| task::wake(&***actor)) {
            turn.run(|_, actor_loop| fault::drop_loop(actor_loop));
        }
        if stuck.is_empty() {
            return Ok(());
        }
        stuck.iter().filter(|actor| !actor.state().is_finished()).for_each(|actor| actor.abandon());
        let kernels = stuck.iter().map(|actor| actor.id().to_string()).collect();
        Err(RingKernelError::ShutdownTimeout { waited: started.elapsed(), kernels })
    }
}

impl fmt::Debug for CpuRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = &self.inner.shared;
        f.debug_struct("CpuRuntime")
            .field("workers", &shared.workers.wanted())
            .field("kernels", &self.list_kernels().len())
            .finish_non_exhaustive()
    }
}
