//! The end of a runtime whose device is gone, or whose driver has failed: everybody hears, and nobody is left waiting.

use std::sync::Arc;
use std::time::Duration;

use super::{Actor, Launch, Shared};
use crate::apart::apart;
use crate::backend::Hosted;
use crate::error::RingKernelError;

/// How often an actor is given up that has woken somebody who panics. Each time others have been woken.
const TRIES: usize = 16;

impl Shared {
    /// Accounts for all actors, as their device's memory is lost and what hosts have sent is not; then refuses launches until the
    /// runtime stops. The driver does nothing else any more.
    pub fn lose(&self, error: &RingKernelError) {
        self.set_lost(error.clone());
        self.directory.actors().iter().for_each(|actor| give_up(actor, error));
        loop {
            let requests = self.next_requests(None, Duration::ZERO);
            requests.launches.into_iter().for_each(|launch| launch.lose(error));
            if requests.stopping {
                return;
            }
        }
    }
}

impl Launch {
    /// Gives the actor up, because its device is gone, and tells whoever launches.
    pub(super) fn lose(self, error: &RingKernelError) {
        give_up(&self.actor, error);
        apart(|| drop(self.done.send(Err(error.clone()))));
    }
}

fn give_up(actor: &Arc<Actor>, error: &RingKernelError) {
    for _ in 0..TRIES {
        if actor.state().is_finished() {
            return;
        }
        apart(|| actor.lose(error));
    }
}
