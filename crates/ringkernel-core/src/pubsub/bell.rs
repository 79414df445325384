//! How a subscriber that waits is woken. It is the only one at its queue, so it needs no list of who waits, and is woken once for
//! each time that it went to sleep, however much is published until it runs.
//!
//! The sleeper leaves its waker, says that it sleeps, issues a `SeqCst` fence and looks once more. Who has pushed something
//! issues a `SeqCst` fence and looks whether it sleeps. One of the two sees the other.

use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::sync::atomic::{AtomicBool, Ordering, fence};

#[derive(Default)]
pub(super) struct Bell {
    asleep: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Bell {
    /// What `look` finds, at once or when the bell has rung.
    pub(super) fn poll<R>(&self, context: &mut Context<'_>, mut look: impl FnMut() -> Option<R>) -> Poll<R> {
        if let Some(found) = look() {
            return Poll::Ready(found);
        }
        let waker = Some(context.waker().clone());
        let before =
            std::mem::replace(&mut *self.waker.lock().unwrap_or_else(PoisonError::into_inner), waker);
        // Outside the lock: dropping a waker may run code of its executor.
        drop(before);
        // Release pairs with the Acquire of who rings: the waker is there. The fence pairs with theirs.
        self.asleep.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        match look() {
            Some(found) => {
                // Relaxed: seen late, it costs a waking in vain.
                self.asleep.store(false, Ordering::Relaxed);
                Poll::Ready(found)
            }
            None => Poll::Pending,
        }
    }

    /// Wakes who sleeps, after something was pushed.
    pub(super) fn ring(&self) {
        fence(Ordering::SeqCst);
        self.ring_after_fence();
    }

    /// As [`ring`](Self::ring), for callers that issued a `SeqCst` fence since they pushed.
    #[inline]
    pub(super) fn ring_after_fence(&self) {
        // Relaxed: ordered by the fence before it.
        if self.asleep.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        // Acquire pairs with the Release of the sleeper. Of all who ring, one wakes.
        if self.asleep.swap(false, Ordering::Acquire) {
            let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_wakes_once_for_each_sleep() {
        let (bell, count) = (Bell::default(), Arc::new(Count::default()));
        let waker = Waker::from(count.clone());
        let mut context = Context::from_waker(&waker);
        bell.ring();
        assert!(bell.poll(&mut context, || None::<()>).is_pending());
        bell.ring();
        bell.ring();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(bell.poll(&mut context, || None::<()>).is_pending());
        assert_eq!(bell.poll(&mut context, || Some(7)), Poll::Ready(7));
        bell.ring();
        assert_eq!(count.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn what_comes_between_the_looks_is_found_without_sleeping() {
        let (bell, count) = (Bell::default(), Arc::new(Count::default()));
        let waker = Waker::from(count.clone());
        let mut looks = 0;
        let found = bell.poll(&mut Context::from_waker(&waker), || {
            looks += 1;
            (looks == 2).then_some(())
        });
        assert!(found.is_ready());
        bell.ring();
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
    }
}
