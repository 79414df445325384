//! What all parts of a runtime share.

use std::sync::{Mutex, PoisonError, RwLock};

use ringkernel_core::backend::{Traffic, next_generation};
use ringkernel_core::clock::TimeSource;
use ringkernel_core::dead_letter::{DeadLetter, DeadLetterQueue, DeadLetterReason};
use ringkernel_core::hlc::HlcClock;
use ringkernel_core::memory::Ledger;
use ringkernel_core::message::MessageEnvelope;
use ringkernel_core::runtime::{KernelId, RuntimeConfig, RuntimeMetrics};
use ringkernel_core::sync::atomic::{AtomicU64, Ordering};
use ringkernel_core::{Result, RingKernelError};

use super::actor::Actor;
use super::directory::Directory;
use super::ready::Ready;
use super::stepping::Stepping;
use super::worker::Workers;

pub(crate) struct Shared {
    pub(crate) config: RuntimeConfig,
    pub(crate) directory: Directory,
    pub(crate) ready: Ready,
    pub(crate) workers: Workers,
    pub(crate) host_clock: HlcClock,
    /// The time, for whoever is not in a turn; in a turn it is the thread's.
    pub(crate) time: TimeSource,
    /// What takes the place of workers where a test runs the actors, step by step.
    pub(crate) stepping: Option<Box<Stepping>>,
    /// The tokio runtime that this runtime was started in, whose timers and sockets async handlers may use.
    pub(crate) tokio: Option<tokio::runtime::Handle>,
    /// Whether the runtime is being shut down. Read while an actor is added and written when none is, so that a shutdown
    /// finds all actors that there will ever be.
    closing: RwLock<bool>,
    pub(crate) launched: AtomicU64,
    pub(crate) faults: AtomicU64,
    pub(crate) stuck_handlers: AtomicU64,
    /// The memory of the buffers that users have allocated.
    pub(crate) buffers: Ledger,
    dead_letters: DeadLetterQueue,
    retired: Mutex<Traffic>,
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
            dead_letters: DeadLetterQueue::new(config.dead_letter_capacity),
            config,
            directory: Directory::default(),
            ready: Ready::default(),
            workers: Workers::new(workers),
            host_clock: time.scope(|| HlcClock::new(next_generation())),
            time,
            stepping,
            tokio: tokio::runtime::Handle::try_current().ok(),
            closing: RwLock::new(false),
            launched: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            stuck_handlers: AtomicU64::new(0),
            buffers: Ledger::default(),
            retired: Mutex::default(),
        }
    }

    /// Adds an actor by `add`, unless the runtime is being shut down.
    pub(crate) fn unless_closing<R>(&self, add: impl FnOnce() -> Result<R>) -> Result<R> {
        let closing = self.closing.read().unwrap_or_else(PoisonError::into_inner);
        if *closing { Err(RingKernelError::RuntimeShutDown) } else { add() }
    }

    /// Lets no further actor be added.
    pub(crate) fn set_closing(&self) {
        *self.closing.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Keeps a message that could not be delivered or handled.
    pub(crate) fn bury(&self, envelope: MessageEnvelope, kernel: Option<KernelId>, reason: DeadLetterReason) {
        if self.config.debug {
            tracing::warn!(kernel = kernel.as_ref().map(KernelId::as_str), %reason, ?envelope, "dead letter");
        }
        if let Some(stepping) = &self.stepping {
            stepping.note_buried(&envelope.header, kernel.as_ref(), reason);
        }
        self.dead_letters.push(DeadLetter { envelope, kernel, reason, at_ns: self.time.now_ns() });
    }

    pub(crate) fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.dead_letters.take()
    }

    /// Removes a terminated actor and keeps its counts.
    pub(crate) fn retire(&self, actor: &Actor) {
        // The lock covers both steps, so that `metrics` counts the actor exactly once.
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.add(actor.traffic());
        self.directory.remove(actor);
    }

    pub(crate) fn metrics(&self) -> RuntimeMetrics {
        let retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let mut traffic = *retired;
        let actors = self.directory.actors();
        drop(retired);
        actors.iter().for_each(|actor| traffic.add(actor.traffic()));
        let dead_letters = self.dead_letters.counts();
        RuntimeMetrics {
            active_kernels: actors.iter().filter(|actor| actor.state().is_running()).count(),
            total_launched: self.launched.load(Ordering::Relaxed),
            messages_received: traffic.received,
            messages_sent: traffic.sent,
            messages_processed: traffic.processed,
            dead_letters: dead_letters.total,
            dead_letters_evicted: dead_letters.evicted,
            faults: self.faults.load(Ordering::Relaxed),
            stuck_handlers: self.stuck_handlers.load(Ordering::Relaxed),
            host_memory_used: actors.iter().map(|actor| actor.queue_bytes() as u64).sum::<u64>()
                + self.buffers.bytes(),
            gpu_memory_used: 0,
        }
    }
}
