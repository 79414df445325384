//! Choosing a backend.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Backend, BoxFuture, RingKernelRuntime, RuntimeConfig};
use crate::error::{Result, RingKernelError};
#[cfg(not(loom))]
use crate::k2k::K2KBroker;
use crate::k2k::tenant::TenantRegistry;
#[cfg(not(loom))]
use crate::pubsub::PubSubBroker;

/// A backend that can be started.
pub trait BackendFactory: Send + Sync {
    /// Which backend.
    fn backend(&self) -> Backend;

    /// Whether it can be started here.
    ///
    /// # Errors
    /// [`RingKernelError::BackendUnavailable`] with the reason.
    fn probe(&self) -> Result<()>;

    /// Whether [`Backend::Auto`] should start it with this configuration. It may be better to leave alone a backend that
    /// could be started, such as a GPU that the processor imitates.
    ///
    /// # Errors
    /// [`RingKernelError::BackendUnavailable`] with the reason, or [`RingKernelError::DeviceNotAvailable`].
    fn suits(&self, config: &RuntimeConfig) -> Result<()>;

    /// Starts it.
    ///
    /// # Errors
    /// When it is not available, or the configuration asks for what it does not have.
    fn start(&self, config: RuntimeConfig) -> BoxFuture<'_, Result<Arc<dyn RingKernelRuntime>>>;
}

/// Which backend was chosen, and why not another.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The backend that was asked for.
    pub requested: Backend,
    /// The backend that runs.
    pub chosen: Backend,
    /// The backends that [`Backend::Auto`] tried before it, each with its reason for not being used.
    pub passed_over: Vec<(Backend, String)>,
}

impl Selection {
    /// `error` of a launch, with how it came to the backend that cannot do what the kernel needs.
    pub fn explain(&self, error: RingKernelError) -> RingKernelError {
        match error {
            RingKernelError::Unsupported { backend, feature } if self.requested == Backend::Auto => {
                let feature = format!("{feature} (Backend::Auto has chosen {self})");
                RingKernelError::Unsupported { backend, feature }
            }
            error => error,
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.chosen)?;
        for (backend, reason) in &self.passed_over {
            write!(f, "; not {backend}: {reason}")?;
        }
        Ok(())
    }
}

/// Builder for creating a runtime instance.
///
/// It knows no backend by itself: `ringkernel::RingKernel::builder()` is the same with all backends of the build, and
/// [`build_from`](Self::build_from) takes those that it is given. For a backend's own constructor, `config().clone()`
/// is the configuration.
#[derive(Debug, Clone, Default)]
pub struct RuntimeBuilder {
    backend: Backend,
    config: RuntimeConfig,
}

#[allow(
    clippy::return_self_not_must_use,
    reason = "dropping the result of a builder step is caught by its use"
)]
impl RuntimeBuilder {
    /// The default: automatic choice.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which backend to use.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Which device of the backend, counted from 0; with [`device_named`](Self::device_named), among those of that name.
    pub fn device(mut self, index: usize) -> Self {
        self.config.device = index;
        self
    }

    /// The device whose name contains this, in upper or lower case. [`Backend::Auto`] passes over backends without one.
    pub fn device_named(mut self, name: &str) -> Self {
        self.config.device_name = Some(name.into());
        self
    }

    /// Checks more on devices and logs every fault.
    pub fn debug(mut self, enabled: bool) -> Self {
        self.config.debug = enabled;
        self
    }

    /// Opens a `tracing` span around every handler.
    pub fn profiling(mut self, enabled: bool) -> Self {
        self.config.profiling = enabled;
        self
    }

    /// Threads of the CPU backend; 0 means one per core.
    pub fn workers(mut self, count: usize) -> Self {
        self.config.workers = count;
        self
    }

    /// Dead letters that are kept to be read.
    pub fn dead_letter_capacity(mut self, count: usize) -> Self {
        self.config.dead_letter_capacity = count;
        self
    }

    /// A handler that runs for longer is reported as stuck.
    pub fn watchdog(mut self, limit: Duration) -> Self {
        self.config.watchdog = limit;
        self
    }

    /// How long `terminate`, `deactivate` and `shutdown` wait for a handler to return.
    pub fn shutdown_timeout(mut self, limit: Duration) -> Self {
        self.config.shutdown_timeout = limit;
        self
    }

    /// How long a kernel-to-kernel message waits for room at its target before it is dead-lettered.
    pub fn k2k_timeout(mut self, limit: Duration) -> Self {
        self.config.k2k_timeout = limit;
        self
    }

    /// The broker by which kernels and what is outside of the runtime reach each other by name.
    #[cfg(not(loom))]
    pub fn k2k_broker(mut self, broker: Arc<K2KBroker>) -> Self {
        self.config.k2k_broker = Some(broker);
        self
    }

    /// The topics by which kernels and hosts publish and subscribe; runtimes can share them.
    #[cfg(not(loom))]
    pub fn pubsub(mut self, broker: Arc<PubSubBroker>) -> Self {
        self.config.pubsub = Some(broker);
        self
    }

    /// The tenants that kernels can be launched for, with their quotas and accounts.
    pub fn tenants(mut self, tenants: Arc<TenantRegistry>) -> Self {
        self.config.tenants = Some(tenants);
        self
    }

    /// The configuration so far.
    pub fn config(&self) -> &RuntimeConfig {
        &self.config
    }

    /// Starts the chosen backend out of those in `factories`, or the first in [`Backend::AUTO_ORDER`] that
    /// [suits](BackendFactory::suits).
    ///
    /// # Errors
    /// [`RingKernelError::BackendUnavailable`] when the chosen one is absent or, for [`Backend::Auto`], when none suits;
    /// and those of starting.
    pub async fn build_from(
        self,
        factories: &[&dyn BackendFactory],
    ) -> Result<(Arc<dyn RingKernelRuntime>, Selection)> {
        if self.backend != Backend::Auto {
            let runtime = probe(self.backend, factories)?.start(self.config).await?;
            return Ok((
                runtime,
                Selection { requested: self.backend, chosen: self.backend, passed_over: Vec::new() },
            ));
        }
        let mut passed_over = Vec::new();
        for backend in Backend::AUTO_ORDER {
            match suitable(backend, factories, &self.config) {
                Ok(factory) => {
                    let runtime = factory.start(self.config).await?;
                    return Ok((
                        runtime,
                        Selection { requested: self.backend, chosen: backend, passed_over },
                    ));
                }
                Err(RingKernelError::BackendUnavailable { reason, .. }) => {
                    passed_over.push((backend, reason))
                }
                Err(error) => passed_over.push((backend, error.to_string())),
            }
        }
        let reasons: Vec<_> =
            passed_over.iter().map(|(backend, reason)| format!("{backend}: {reason}")).collect();
        Err(RingKernelError::BackendUnavailable { backend: Backend::Auto, reason: reasons.join("; ") })
    }
}

/// The error for a backend that the program was built without.
pub fn absent_backend(backend: Backend) -> RingKernelError {
    let reason = match backend {
        Backend::Cpu => "the program was built without it; enable the feature `cpu` of ringkernel",
        Backend::Wgpu => "the program was built without it; enable the feature `wgpu` of ringkernel",
        Backend::Metal if !cfg!(target_vendor = "apple") => "the Metal API exists on Apple systems only",
        Backend::Metal => "the program was built without it; enable the feature `metal` of ringkernel",
        Backend::Cuda => "the program was built without it; enable the feature `cuda` of ringkernel",
        Backend::Auto => "it is a choice of backends, which `RingKernel::builder` makes",
    };
    RingKernelError::BackendUnavailable { backend, reason: reason.into() }
}

/// The factory of `backend`, when it can be started here.
fn probe<'a>(backend: Backend, factories: &[&'a dyn BackendFactory]) -> Result<&'a dyn BackendFactory> {
    let factory = present(backend, factories)?;
    factory.probe()?;
    Ok(factory)
}

/// The factory of `backend`, when the automatic choice may take it.
fn suitable<'a>(
    backend: Backend,
    factories: &[&'a dyn BackendFactory],
    config: &RuntimeConfig,
) -> Result<&'a dyn BackendFactory> {
    let factory = present(backend, factories)?;
    factory.suits(config)?;
    Ok(factory)
}

fn present<'a>(backend: Backend, factories: &[&'a dyn BackendFactory]) -> Result<&'a dyn BackendFactory> {
    let factory = factories.iter().find(|factory| factory.backend() == backend);
    factory.copied().ok_or_else(|| absent_backend(backend))
}
