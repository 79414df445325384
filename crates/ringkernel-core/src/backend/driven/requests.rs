//! What a driver is to look at: launches, actors for which something has changed, and the end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Actor;
use crate::dead_letter::DeadLetterReason;
use crate::error::{Result, RingKernelError};

/// What there is to do for a driver.
#[derive(Default)]
pub struct Requests {
    /// Actors to put into device memory.
    pub launches: Vec<Launch>,
    /// Actors to look at: a state, a message or room for outputs may be new.
    pub scheduled: Vec<Arc<Actor>>,
    /// Whether the driver was woken for something of its own.
    pub woken: bool,
    /// Whether the runtime stops. Once true, always true.
    pub stopping: bool,
}

/// A request to put an actor into device memory.
pub struct Launch {
    /// The actor.
    pub actor: Arc<Actor>,
    /// Its state's bytes.
    pub state: Vec<u8>,
    /// Whoever launches hears here how it went.
    pub done: oneshot::Sender<Result<()>>,
}

impl Launch {
    /// Ends the actor, of which nothing is on the device, and tells whoever launches why.
    pub fn fail(self, error: RingKernelError) {
        self.actor.close_mailbox(DeadLetterReason::KernelTerminated, &error);
        self.actor.retire();
        // Whoever launches may have given up.
        let _ = self.done.send(Err(error));
    }
}

impl Requests {
    fn is_empty(&self) -> bool {
        self.launches.is_empty() && self.scheduled.is_empty() && !self.woken && !self.stopping
    }
}

/// Where requests wait for the driver.
#[derive(Default)]
pub(super) struct Desk {
    requests: Mutex<Requests>,
    /// Notified when there is something for the driver.
    wake: Condvar,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds something for the driver.
    pub(super) fn put(&self, add: impl FnOnce(&mut Requests)) {
        add(&mut self.lock());
        self.wake.notify_one();
    }

    /// What there is; waits for something until `until`, or without end when `None`, at first for `spin` without sleeping.
    pub(super) fn take(&self, until: Option<Instant>, spin: Duration) -> Requests {
        // Waking a thread takes longer than most callers take to send their next message.
        let spinning_until = Instant::now() + spin;
        let mut requests = self.lock();
        while requests.is_empty() && Instant::now() < spinning_until {
            drop(requests);
            std::thread::yield_now();
            requests = self.lock();
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
        requests.stopping = taken.stopping;
        taken
    }
}
