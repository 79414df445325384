//! A runtime under test, with the calls that every case needs.

use std::ops::Deref;
use std::sync::Arc;

use ringkernel::dead_letter::{DeadLetter, DeadLetterReason};
use ringkernel::prelude::*;
use ringkernel::runtime::{BackendFactory, RuntimeConfig};

use crate::absence::Absence;
use crate::quiet;
use crate::wait::{LIMIT, eventually};

/// What a case is given: the backend that it tests. Dereferences to that.
#[derive(Clone, Copy)]
pub struct Factory {
    backend: &'static dyn BackendFactory,
    absences: &'static [Absence],
    lacks_here: fn(Absence) -> bool,
}

impl Factory {
    /// The backend, all that it lacks everywhere, and whether it lacks something else on this machine.
    pub const fn new(
        backend: &'static dyn BackendFactory,
        absences: &'static [Absence],
        lacks_here: fn(Absence) -> bool,
    ) -> Self {
        Self { backend, absences, lacks_here }
    }

    /// Whether the backend lacks this.
    pub fn lacks(self, absence: Absence) -> bool {
        self.absences.contains(&absence) || (self.lacks_here)(absence)
    }
}

impl Deref for Factory {
    type Target = dyn BackendFactory;

    fn deref(&self) -> &Self::Target {
        self.backend
    }
}

/// A backend that lacks nothing.
impl<B: BackendFactory> From<&'static B> for Factory {
    fn from(backend: &'static B) -> Self {
        Self::new(backend, &[], |_| false)
    }
}

/// A runtime under test. Dereferences to the runtime.
pub struct Rig {
    runtime: Arc<dyn RingKernelRuntime>,
}

impl Deref for Rig {
    type Target = dyn RingKernelRuntime;

    fn deref(&self) -> &Self::Target {
        &*self.runtime
    }
}

impl Rig {
    /// A runtime with two workers and every other option at its default.
    pub async fn start(factory: impl Into<Factory>) -> Self {
        Self::start_with(factory, |_| {}).await
    }

    /// A runtime whose options `change` has changed.
    pub async fn start_with(factory: impl Into<Factory>, change: impl FnOnce(&mut RuntimeConfig)) -> Self {
        quiet::install();
        let mut config = RuntimeConfig::default();
        config.workers = 2;
        change(&mut config);
        let runtime = factory.into().start(config).await.expect("the backend starts");
        Self { runtime }
    }

    /// The runtime, to be shared with tasks and threads.
    pub fn runtime(&self) -> Arc<dyn RingKernelRuntime> {
        self.runtime.clone()
    }

    /// Launches the kernel `name` with default options, under its own name.
    pub async fn launch_default(&self, name: &str) -> KernelHandle {
        self.launch_with(name, LaunchOptions::default()).await
    }

    /// Launches the kernel `name` under its own name.
    pub async fn launch_with(&self, name: &str, options: LaunchOptions) -> KernelHandle {
        self.runtime.launch(name, options).await.expect("the kernel launches")
    }

    /// Launches the kernel `name` under the id `id`.
    pub async fn launch_as(&self, id: &str, name: &str, options: LaunchOptions) -> KernelHandle {
        self.launch_with(id, options.with_handler(name)).await
    }

    /// Waits until there have been `count` dead letters and takes those that are kept.
    pub async fn dead_letters(&self, count: u64) -> Vec<DeadLetter> {
        eventually("the dead letters arrive", || self.metrics().dead_letters >= count).await;
        assert_eq!(self.metrics().dead_letters, count, "{:?}", self.take_dead_letters());
        self.take_dead_letters()
    }

    /// [`dead_letters`](Self::dead_letters) that checks that all have this reason and kernel.
    pub async fn dead_letters_of(
        &self,
        count: u64,
        kernel: &KernelHandle,
        reason: DeadLetterReason,
    ) -> Vec<DeadLetter> {
        let letters = self.dead_letters(count).await;
        for letter in &letters {
            assert_eq!(letter.reason, reason, "{letter:?}");
            assert_eq!(letter.kernel.as_ref(), Some(kernel.id()), "{letter:?}");
        }
        letters
    }

    /// Shuts down, which has to succeed.
    pub async fn finish(self) {
        self.runtime.shutdown().await.expect("the runtime shuts down");
        assert_eq!(self.list_kernels(), [], "no kernel outlives the runtime");
        assert_eq!(self.metrics().active_kernels, 0);
    }
}

/// Receives `count` outputs of type `M`, in order.
pub async fn receive_all<M: RingMessage>(kernel: &KernelHandle, count: usize) -> Vec<M> {
    let mut received = Vec::with_capacity(count);
    while received.len() < count {
        let envelope = kernel.receive_timeout(LIMIT).await.expect("an output arrives");
        received.push(envelope.decode().expect("an output of the expected type"));
    }
    received
}

/// Waits until the kernel has handled `count` messages.
pub async fn processed(kernel: &KernelHandle, count: u64) {
    eventually("the messages are processed", || kernel.status().messages_processed >= count).await;
    assert_eq!(kernel.status().messages_processed, count);
}

/// Options of a kernel that starts inactive.
pub fn inactive() -> LaunchOptions {
    LaunchOptions::default().without_auto_activate()
}

/// Options of a kernel that others can reach.
pub fn reachable() -> LaunchOptions {
    LaunchOptions::default().with_k2k(true)
}
