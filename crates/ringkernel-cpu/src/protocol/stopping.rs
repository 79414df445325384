//! The word that stops the workers, and how no turn is left behind when they have stopped.
//!
//! A queue of turns is pushed to by anybody and emptied by the workers, until they are told to stop. Who pushes looks
//! afterwards whether they have been, with a fence in between; who has stopped them empties the queue, with a fence in
//! between. The fences are totally ordered, so at least one of the two sees what the other has done: a turn that no worker
//! takes is found by the one that pushed it, or by the one that stopped the workers.

use ringkernel_core::sync::atomic::{AtomicBool, Ordering, fence};

#[derive(Default)]
pub(crate) struct Stopping(AtomicBool);

impl Stopping {
    /// Tells the workers. Empty the queue after they have ended, [with a fence](before_emptying) in between.
    pub(crate) fn stop(&self) {
        // Release pairs with the Acquire in `is_stopping`.
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Whether nobody may come for what the caller has just pushed. Issues a `SeqCst` fence.
    #[inline]
    pub(crate) fn after_push(&self) -> bool {
        // Pairs with the fence in `before_emptying`.
        fence(Ordering::SeqCst);
        self.is_stopping()
    }
}

/// Called before the queue is emptied that no worker empties any more.
pub(crate) fn before_emptying() {
    // Pairs with the fence in `Stopping::after_push`.
    fence(Ordering::SeqCst);
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::thread;
    use ringkernel_core::sync::Arc;

    #[test]
    fn a_turn_pushed_while_the_workers_stop_is_found() {
        loom::model(|| {
            // The queue is one flag without order of its own.
            let shared = Arc::new((Stopping::default(), AtomicBool::new(false)));
            let pusher = {
                let shared = shared.clone();
                thread::spawn(move || {
                    shared.1.store(true, Ordering::Relaxed);
                    shared.0.after_push() && shared.1.swap(false, Ordering::Relaxed)
                })
            };
            shared.0.stop();
            before_emptying();
            // A load first: the swap alone would see the newest value, as no queue promises to one that finds it empty.
            let found = shared.1.load(Ordering::Relaxed) && shared.1.swap(false, Ordering::Relaxed);
            assert!(pusher.join().unwrap() != found, "the turn was run by both or by none");
        });
    }
}
