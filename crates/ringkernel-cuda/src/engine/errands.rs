//! What is done while the grid is still, for others: the driver alone can stop it.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringkernel_core::backend::driven::Shared;
use ringkernel_core::{Result, RingKernelError};

use crate::driver::Context;
use crate::memory::Still;

/// Work, and who waits for its end.
struct Errand {
    work: Box<dyn FnOnce(&Context) + Send>,
    done: SyncSender<()>,
}

/// Work that waits for the driver.
pub(crate) struct Errands {
    shared: Arc<Shared>,
    /// `None` once the driver has ended.
    waiting: Mutex<Option<Vec<Errand>>>,
}

impl Errands {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, waiting: Mutex::new(Some(Vec::new())) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Errand>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is something to do.
    pub(crate) fn is_waiting(&self) -> bool {
        self.lock().as_ref().is_some_and(|waiting| !waiting.is_empty())
    }

    /// Does what waits. The grid is still.
    pub(crate) fn run(&self, context: &Context) {
        let waiting = self.lock().as_mut().map(std::mem::take).unwrap_or_default();
        for errand in waiting {
            (errand.work)(context);
            // Whoever asked waits for this.
            let _ = errand.done.send(());
        }
    }

    /// Accepts nothing more; who waits hears that the runtime is shut down.
    pub(crate) fn close(&self) {
        self.lock().take();
    }
}

impl Still for Errands {
    fn while_still(&self, work: Box<dyn FnOnce(&Context) + Send>) -> Result<()> {
        let (done, outcome) = sync_channel(1);
        match self.lock().as_mut() {
            Some(waiting) => waiting.push(Errand { work, done }),
            None => return Err(RingKernelError::RuntimeShutDown),
        }
        self.shared.wake();
        outcome.recv().map_err(|_| RingKernelError::RuntimeShutDown)
    }
}
