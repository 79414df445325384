//! Notices handlers that do not return, and puts a stand-in where their worker is missing.

use std::sync::Arc;
use std::time::Duration;

use ringkernel_core::Result;
use ringkernel_core::backend::{Hosted, Watchdog};
use ringkernel_core::clock;
use ringkernel_core::sync::atomic::Ordering;

use super::shared::Shared;
use super::worker::{self, Seat};
use crate::protocol::headcount::StandIn;

/// How long a handler runs until the turn that its worker has kept is given to another.
const PATIENCE: Duration = Duration::from_millis(1);

/// Starts looking at the workers of a runtime.
pub(crate) fn start(shared: &Arc<Shared>) -> Result<Watchdog> {
    let shared = shared.clone();
    let mut seats = Vec::new();
    Watchdog::start(shared.config.watchdog, move || {
        shared.workers.copy_seats(&mut seats);
        look(&shared, &seats);
    })
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
