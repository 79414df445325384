//! Notices handlers that do not return, and puts a stand-in where their worker is missing.

use std::sync::Arc;
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use ringkernel_core::backend::Hosted;
use ringkernel_core::clock;
use ringkernel_core::sync::atomic::{AtomicBool, Ordering};
use ringkernel_core::{Result, RingKernelError};

use super::shared::Shared;
use super::worker::{self, Seat};
use crate::protocol::headcount::StandIn;

/// How often it looks, unless the limit itself is shorter.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long a handler runs until the turn that its worker has kept is given to another.
const PATIENCE: Duration = Duration::from_millis(1);

pub(crate) struct Watchdog {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watchdog {
    pub(crate) fn start(shared: &Arc<Shared>) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name("ringkernel-watchdog".into())
            .spawn({
                let (shared, stop) = (shared.clone(), stop.clone());
                move || {
                    let interval = (shared.config.watchdog / 2).clamp(Duration::from_millis(1), INTERVAL);
                    let mut seats = Vec::new();
                    while !stop.load(Ordering::Acquire) {
                        shared.workers.copy_seats(&mut seats);
                        look(&shared, &seats);
                        std::thread::park_timeout(interval);
                    }
                }
            })
            .map_err(|error| RingKernelError::ResourceExhausted {
                what: "the watchdog thread".into(),
                reason: error.to_string(),
            })?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread and waits for it.
    pub(crate) fn stop(self) {
        // Release pairs with the Acquire in the loop.
        self.stop.store(true, Ordering::Release);
        Thread::unpark(self.thread.thread());
        // The watchdog runs no user code; a panic of its own has printed itself.
        let _ = self.thread.join();
    }
}

fn look(shared: &Arc<Shared>, seats: &[Arc<Seat>]) {
    let now_ns = clock::now_ns();
    for seat in seats {
        if seat.is_stuck() {
            continue;
        }
        let Some(actor) = shared.directory.by_address(seat.actor()) else {
            continue;
        };
        if actor.running_for(now_ns).is_some_and(|running_for| running_for > PATIENCE) {
            // It was quick until now. Others need not wait for it.
            seat.take_kept().into_iter().for_each(|turn| shared.ready.push(turn));
        }
        let Some(running_for) = actor.stuck_for(now_ns) else {
            continue;
        };
        let stand_in = shared.workers.note_stuck(seat);
        shared.stuck_handlers.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(kernel = actor.id().as_str(), ?running_for, "a handler does not return");
        if stand_in == StandIn::Needed
            && let Err(error) = worker::spawn_counted(shared)
        {
            tracing::error!(%error, "no stand-in for the worker of a stuck handler");
        }
    }
}
