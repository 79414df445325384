//! Waiting for a future on a thread that runs no executor.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long a waiting thread looks again before it sleeps: as long as waking it would take.
const SPIN: Duration = Duration::from_micros(20);

/// How long it keeps its processor while it looks. Handlers that are quick have answered by then; whoever is still at work on the answer
/// may need the processor, as the driver of a device does, which has woken the caller there and is not done with its own round.
const KEEP: Duration = Duration::from_micros(2);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// The output of a future, or `None` when it is not ready at `deadline`. The future is dropped then. `None` for a deadline
/// waits without end.
pub(crate) fn block_on<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
        return Some(output);
    }
    let started = Instant::now();
    loop {
        let now = Instant::now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            return None;
        }
        let waited = now.duration_since(started);
        if waited < KEEP {
            std::hint::spin_loop();
        } else if waited < SPIN {
            thread::yield_now();
        } else if let Some(deadline) = deadline {
            thread::park_timeout(deadline.duration_since(now));
        } else {
            thread::park();
        }
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
}

#[cfg(all(test, not(loom), not(miri)))]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn, ready};
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn what_is_ready_is_given_at_once_whatever_the_deadline() {
        assert_eq!(block_on(ready(7), Some(Instant::now())), Some(7));
    }

    #[test]
    fn a_deadline_ends_the_wait() {
        let deadline = Instant::now() + Duration::from_millis(5);
        assert_eq!(block_on(pending::<()>(), Some(deadline)), None);
        assert!(Instant::now() >= deadline);
    }

    #[test]
    fn another_thread_wakes_one_that_sleeps() {
        let done = Arc::new(AtomicBool::new(false));
        let waits = poll_fn(|context: &mut Context<'_>| {
            if done.load(Ordering::Acquire) {
                return Poll::Ready(());
            }
            let (done, waker) = (done.clone(), context.waker().clone());
            thread::spawn(move || {
                thread::sleep(5 * SPIN);
                done.store(true, Ordering::Release);
                waker.wake();
            });
            Poll::Pending
        });
        assert_eq!(block_on(waits, None), Some(()));
    }
}
