//! Starting, launching on, and stopping a runtime whose actors a driver speaks for.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::oneshot;

use super::{Actor, Launch, Shared};
use crate::backend::{self, Hosted, Instance, Shutdown, Watchdog, launch};
use crate::error::{Result, RingKernelError};
use crate::runtime::{KernelHandle, KernelId, KernelState, LaunchOptions};
use crate::sync::atomic::Ordering;
use crate::timer;

/// The driver's thread, and what can be asked of it. Dropping it terminates all kernels.
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    driver: Mutex<Option<JoinHandle<()>>>,
    watchdog: Mutex<Option<Watchdog>>,
    shutdown: Shutdown,
}

impl Runtime {
    /// Starts a thread of this name that runs `drive`, the driver. It ends after a request to stop, when all actors have ended.
    ///
    /// # Errors
    /// [`RingKernelError::ResourceExhausted`] when there is no thread.
    pub fn start(shared: Arc<Shared>, name: &str, drive: impl FnOnce() + Send + 'static) -> Result<Self> {
        let thread = std::thread::Builder::new().name(name.into()).spawn(drive);
        let driver = thread.map_err(|error| RingKernelError::ResourceExhausted {
            what: "the thread that speaks for the device".into(),
            reason: error.to_string(),
        })?;
        let inner = Inner {
            driver: Mutex::new(Some(driver)),
            watchdog: Mutex::default(),
            shutdown: Shutdown::default(),
            shared,
        };
        // From here on, dropping it ends the driver.
        let runtime = Self { inner: Arc::new(inner) };
        let shared = runtime.shared().clone();
        let watchdog = Watchdog::start(shared.config.watchdog, move || shared.watch())?;
        *runtime.inner.watchdog.lock().unwrap_or_else(PoisonError::into_inner) = Some(watchdog);
        Ok(runtime)
    }

    /// What all its parts share.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }

    /// Launches a kernel: see [`RingKernelRuntime::launch`](crate::RingKernelRuntime::launch).
    ///
    /// # Errors
    /// As there.
    pub async fn launch(&self, kernel_id: &str, options: LaunchOptions) -> Result<KernelHandle> {
        let shared = self.shared();
        // Asked here already, so that a runtime that was shut down runs no initial state's code.
        shared.unless_closing(|| Ok(()))?;
        launch::check_options(kernel_id, &options)?;
        let kernel = launch::find_kernel(kernel_id, &options)?;
        launch::check_kernel(shared.backend, kernel, &options)?;
        launch::check_device(shared.backend, &options)?;
        let state = launch::state_bytes(shared.backend, kernel_id, kernel, &options)?;
        backend::check_name(shared.config.k2k_broker.as_ref(), kernel_id, &options)?;
        let account = shared.open_account(options.tenancy)?;
        let allowance = shared.take_row(&account)?;
        let auto_activate = options.auto_activate;
        let id = KernelId::from(kernel_id);
        let places = shared.take_places(options.tenancy, &account, &id, kernel)?;
        let actor = shared.add(options.tenancy.tenant, &id, |address| {
            let instance =
                Instance::new(id.clone(), address, kernel, options, account, shared.time.instant());
            Arc::new(Actor::new(instance, allowance, shared.clone()))
        })?;
        let (done, outcome) = oneshot::channel();
        shared.request_launch(Launch { actor: actor.clone(), state, done });
        let awaited = Awaited(&actor);
        match outcome.await {
            Ok(outcome) => outcome?,
            // A driver that is about to give up drops what it has not come to.
            Err(_) => return Err(end_of(&actor).await),
        }
        std::mem::forget(awaited);
        backend::attach(&actor);
        backend::subscribe(&actor, places);
        let first = if auto_activate { KernelState::Active } else { KernelState::Launched };
        // Its name is known already, so somebody may have terminated it.
        let _ = actor.change(first, |state| state == KernelState::Created);
        // A shutdown that has begun meanwhile could not end a kernel that was not there yet.
        if shared.unless_closing(|| Ok(())).is_err() {
            actor.request_termination();
        }
        shared.launched.fetch_add(1, Ordering::Relaxed);
        Ok(backend::handle(actor))
    }

    /// Terminates everything, once. Bounded by `shutdown_timeout`, whatever handlers do.
    ///
    /// # Errors
    /// [`RingKernelError::ShutdownTimeout`] naming kernels whose handler does not return.
    pub async fn shutdown(&self) -> Result<()> {
        backend::stop_on_thread(self.inner.clone(), Inner::stop).await
    }
}

/// Why an actor ends that the driver has not launched.
async fn end_of(actor: &Actor) -> RingKernelError {
    loop {
        let changed = actor.listen_for_change();
        if actor.state().is_finished() || actor.is_abandoned() {
            return actor.lost().unwrap_or(RingKernelError::RuntimeShutDown);
        }
        changed.await;
    }
}

/// An actor that is being launched. Dropping it, because whoever launches has given up, ends the actor: nobody else would.
struct Awaited<'a>(&'a Arc<Actor>);

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        // One that did not launch has ended already.
        let _ = self.0.change(KernelState::Terminating, |state| state == KernelState::Created);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Err(error) = self.inner.stop() {
            tracing::error!(%error, "the runtime was dropped with handlers still running");
        }
    }
}

impl Inner {
    fn stop(&self) -> Result<()> {
        self.shutdown.once(|| self.stop_now())
    }

    fn stop_now(&self) -> Result<()> {
        let shared = &self.shared;
        let started = Instant::now();
        let deadline = timer::after(shared.config.shutdown_timeout);
        let actors = shared.close();
        shared.request_stop();
        let stuck: Vec<_> = actors.iter().filter(|actor| !actor.has_terminated_by(deadline)).collect();
        let watchdog = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner).take();
        watchdog.into_iter().for_each(Watchdog::stop);
        let driver = self.driver.lock().unwrap_or_else(PoisonError::into_inner).take();
        if stuck.is_empty() {
            // It frees the device's memory, and waits for a compiler that is at work, as long as it may.
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
