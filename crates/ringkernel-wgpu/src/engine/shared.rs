//! What all parts of a runtime share.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ringkernel_core::backend::{Traffic, next_generation};
use ringkernel_core::clock;
use ringkernel_core::dead_letter::{DeadLetter, DeadLetterQueue, DeadLetterReason};
use ringkernel_core::hlc::HlcClock;
use ringkernel_core::message::MessageEnvelope;
use ringkernel_core::runtime::{ActorRef, Backend, KernelId, RuntimeConfig, RuntimeMetrics};
use ringkernel_core::sync::atomic::{AtomicU64, Ordering};
use ringkernel_core::{Result, RingKernelError};

use super::actor::Actor;
use super::launch::Launch;
use crate::device::DeviceError;

pub(crate) struct Shared {
    pub(crate) backend: Backend,
    pub(crate) config: RuntimeConfig,
    pub(crate) host_clock: HlcClock,
    pub(crate) launched: AtomicU64,
    pub(crate) faults: AtomicU64,
    /// Submissions to the device since the start.
    pub(crate) submissions: AtomicU64,
    /// Turns in them.
    pub(crate) turns: AtomicU64,
    /// Bytes of device memory that actors have been given.
    pub(crate) memory_in_use: AtomicU64,
    /// Why the device is gone.
    lost: Mutex<Option<RingKernelError>>,
    dead_letters: DeadLetterQueue,
    retired: Mutex<Traffic>,
    directory: Mutex<Directory>,
    requests: Mutex<Requests>,
    /// Notified when there is something for the driver.
    wake: Condvar,
}

/// Names and addresses.
#[derive(Default)]
struct Directory {
    by_name: HashMap<KernelId, Arc<Actor>>,
    by_index: Vec<Option<Arc<Actor>>>,
    closing: bool,
}

/// What the driver is to look at.
#[derive(Default)]
pub(crate) struct Requests {
    pub(crate) launches: Vec<Launch>,
    pub(crate) scheduled: Vec<Arc<Actor>>,
    pub(crate) stopping: bool,
}

impl Requests {
    fn is_empty(&self) -> bool {
        self.launches.is_empty() && self.scheduled.is_empty() && !self.stopping
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(backend: Backend, config: RuntimeConfig) -> Self {
        Self {
            dead_letters: DeadLetterQueue::new(config.dead_letter_capacity),
            backend,
            config,
            host_clock: HlcClock::new(next_generation()),
            launched: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            submissions: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            memory_in_use: AtomicU64::new(0),
            lost: Mutex::default(),
            retired: Mutex::default(),
            directory: Mutex::default(),
            requests: Mutex::default(),
            wake: Condvar::new(),
        }
    }

    // ---- the driver

    /// Has the driver look at an actor. Called after anything that it has to know has been written.
    pub(crate) fn schedule(&self, actor: &Arc<Actor>) {
        // AcqRel pairs with the driver's swap: who finds the flag set is seen by the look that is still to come.
        if !actor.scheduled.swap(true, Ordering::AcqRel) {
            lock(&self.requests).scheduled.push(actor.clone());
            self.wake.notify_one();
        }
    }

    pub(crate) fn request_launch(&self, launch: Launch) {
        lock(&self.requests).launches.push(launch);
        self.wake.notify_one();
    }

    pub(crate) fn request_stop(&self) {
        lock(&self.requests).stopping = true;
        self.wake.notify_one();
    }

    /// What there is for the driver; waits for something until `until`, or without end when `None`.
    pub(crate) fn next_requests(&self, until: Option<Instant>, spin: Duration) -> Requests {
        // Waking a thread takes longer than most callers take to send their next message.
        let spinning_until = Instant::now() + spin;
        let mut requests = lock(&self.requests);
        while requests.is_empty() && Instant::now() < spinning_until {
            drop(requests);
            std::thread::yield_now();
            requests = lock(&self.requests);
        }
        while requests.is_empty() {
            let Some(until) = until else {
                requests = self.wake.wait(requests).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (requests, _) = self.wake.wait_timeout(requests, left).unwrap_or_else(PoisonError::into_inner);
        }
        let taken = std::mem::take(&mut *requests);
        // Once stopping, always stopping.
        requests.stopping = taken.stopping;
        taken
    }

    // ---- names and addresses

    /// Adds the actor that `build` makes for a fresh address, unless the name is taken or the runtime is being shut down.
    pub(crate) fn add(
        &self,
        id: &KernelId,
        build: impl FnOnce(ActorRef) -> Arc<Actor>,
    ) -> Result<Arc<Actor>> {
        let mut directory = lock(&self.directory);
        if directory.closing {
            return Err(RingKernelError::RuntimeShutDown);
        }
        if let Some(error) = lock(&self.lost).clone() {
            return Err(error);
        }
        if directory.by_name.contains_key(id) {
            return Err(RingKernelError::KernelAlreadyLaunched { id: id.to_string() });
        }
        let free = directory.by_index.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            directory.by_index.push(None);
            directory.by_index.len() - 1
        });
        let actor = build(ActorRef::from_parts(index as u32, next_generation()));
        directory.by_index[index] = Some(actor.clone());
        directory.by_name.insert(id.clone(), actor.clone());
        Ok(actor)
    }

    /// Removes an actor and keeps its counts.
    pub(crate) fn retire(&self, actor: &Actor) {
        // The lock covers both steps, so that `metrics` counts the actor exactly once.
        let mut retired = lock(&self.retired);
        retired.add(actor.traffic());
        let mut directory = lock(&self.directory);
        directory.by_name.remove(actor.id());
        directory.by_index[actor.address().index() as usize] = None;
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<Actor>> {
        lock(&self.directory).by_name.get(&KernelId::from(name)).cloned()
    }

    pub(crate) fn by_index(&self, index: u32) -> Option<Arc<Actor>> {
        lock(&self.directory).by_index.get(index as usize)?.clone()
    }

    /// All actors, sorted by name.
    pub(crate) fn actors(&self) -> Vec<Arc<Actor>> {
        let mut actors: Vec<_> = lock(&self.directory).by_name.values().cloned().collect();
        actors.sort_by(|a, b| a.id().cmp(b.id()));
        actors
    }

    /// Lets no further actor be added.
    pub(crate) fn set_closing(&self) {
        lock(&self.directory).closing = true;
    }

    pub(crate) fn is_closing(&self) -> bool {
        lock(&self.directory).closing
    }

    // ---- what goes wrong, and figures

    /// Notes that the device is gone.
    pub(crate) fn set_lost(&self, error: &DeviceError) {
        *lock(&self.lost) = Some(error.clone().of(self.backend));
    }

    /// Keeps a message that could not be delivered or handled.
    pub(crate) fn bury(&self, envelope: MessageEnvelope, kernel: Option<KernelId>, reason: DeadLetterReason) {
        if self.config.debug {
            tracing::warn!(kernel = kernel.as_ref().map(KernelId::as_str), %reason, ?envelope, "dead letter");
        }
        self.dead_letters.push(DeadLetter { envelope, kernel, reason, at_ns: clock::now_ns() });
    }

    pub(crate) fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.dead_letters.take()
    }

    pub(crate) fn metrics(&self) -> RuntimeMetrics {
        let retired = lock(&self.retired);
        let mut traffic = *retired;
        let actors = self.actors();
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
            // A handler on the device is not stopped, and not seen while it runs.
            stuck_handlers: 0,
            host_memory_used: actors.iter().map(|actor| actor.queue_bytes() as u64).sum(),
            gpu_memory_used: self.memory_in_use.load(Ordering::Relaxed),
        }
    }
}
