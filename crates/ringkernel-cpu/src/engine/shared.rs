//! What all parts of a runtime share.

use std::ops::Deref;

use ringkernel_core::backend::Host;
use ringkernel_core::clock::TimeSource;
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::memory::Ledger;
use ringkernel_core::message::MessageEnvelope;
use ringkernel_core::runtime::{KernelId, RuntimeConfig, RuntimeMetrics};

use super::actor::Actor;
use super::ready::Ready;
use super::stepping::Stepping;
use super::worker::Workers;

pub(crate) struct Shared {
    host: Host<Actor>,
    pub(crate) ready: Ready,
    pub(crate) workers: Workers,
    /// What takes the place of workers where a test runs the actors, step by step.
    pub(crate) stepping: Option<Box<Stepping>>,
    /// The tokio runtime that this runtime was started in, whose timers and sockets async handlers may use.
    pub(crate) tokio: Option<tokio::runtime::Handle>,
    /// The memory of the buffers that users have allocated.
    pub(crate) buffers: Ledger,
}

impl Shared {
    pub(crate) fn new(config: RuntimeConfig, workers: usize) -> Self {
        Self::with_time(config, workers, TimeSource::System, None)
    }

    /// A runtime without workers, whose actors run as `stepping` is told to.
    pub(crate) fn stepped(config: RuntimeConfig, stepping: Stepping) -> Self {
        let time = TimeSource::Manual(stepping.clock().clone());
        Self::with_time(config, 0, time, Some(Box::new(stepping)))
    }

    fn with_time(
        config: RuntimeConfig,
        workers: usize,
        time: TimeSource,
        stepping: Option<Box<Stepping>>,
    ) -> Self {
        Self {
            host: Host::new(config, time),
            ready: Ready::default(),
            workers: Workers::new(workers),
            stepping,
            tokio: tokio::runtime::Handle::try_current().ok(),
            buffers: Ledger::default(),
        }
    }

    /// [`Host::bury`], which a test that steps the runtime hears of.
    pub(crate) fn bury(&self, envelope: MessageEnvelope, kernel: Option<KernelId>, reason: DeadLetterReason) {
        if let Some(stepping) = &self.stepping {
            stepping.note_buried(&envelope.header, kernel.as_ref(), reason);
        }
        self.host.bury(envelope, kernel, reason);
    }

    /// [`Host::metrics`], with the memory of buffers.
    pub(crate) fn metrics(&self) -> RuntimeMetrics {
        let mut metrics = self.host.metrics();
        metrics.host_memory_used += self.buffers.bytes();
        metrics
    }
}

/// What every runtime has.
impl Deref for Shared {
    type Target = Host<Actor>;

    #[inline]
    fn deref(&self) -> &Host<Actor> {
        &self.host
    }
}
