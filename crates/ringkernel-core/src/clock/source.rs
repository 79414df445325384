//! The time as a runtime reads it and waits by it: the machine's, or a manual clock's.
//!
//! A runtime owns its source and asks it everywhere. While a manual clock's runtime runs a handler, the source is also
//! that of the thread, so that [`now_ns`] and the functions of [`timer`] in the handler follow it.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::{Duration, Instant};

use super::{ManualClock, best};
use crate::timer::{self, Elapsed, Sleep};

thread_local! {
    /// Whether `CURRENT` holds a clock: a plain flag costs a reader of the machine's clock next to nothing.
    static IS_MANUAL: Cell<bool> = const { Cell::new(false) };
    static CURRENT: RefCell<Option<ManualClock>> = const { RefCell::new(None) };
}

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum TimeSource {
    /// The clock of the machine.
    #[default]
    System,
    /// A clock that a test moves.
    Manual(ManualClock),
}

/// Now, in nanoseconds since the epoch. Never decreases within a thread; nor from one to another that is told, because telling
/// takes longer than the few nanoseconds by which a reading can be behind.
///
/// This is the clock of the machine, except in a handler that a test runtime runs: there it is the manual clock of the
/// test.
#[inline]
pub fn now_ns() -> u64 {
    if IS_MANUAL.get() { TimeSource::current().now_ns() } else { best::now_ns() }
}

impl TimeSource {
    /// The source by which the calling thread goes now.
    pub fn current() -> Self {
        CURRENT.with_borrow(|current| current.clone().map_or(Self::System, Self::Manual))
    }

    /// Runs `work`, during which the calling thread goes by this source.
    pub fn scope<R>(&self, work: impl FnOnce() -> R) -> R {
        let clock = match self {
            Self::System => None,
            Self::Manual(clock) => Some(clock.clone()),
        };
        let _restored = Restore(set_current(clock));
        work()
    }

    /// The output of the future that `make` makes. Whoever polls it goes by this source meanwhile.
    pub async fn run<F: Future>(&self, make: impl FnOnce() -> F) -> F::Output {
        match self {
            Self::System => make().await,
            Self::Manual(_) => {
                let mut future = pin!(self.scope(make));
                poll_fn(|context| self.scope(|| future.as_mut().poll(context))).await
            }
        }
    }

    /// Now, in nanoseconds since the epoch.
    #[inline]
    pub fn now_ns(&self) -> u64 {
        match self {
            Self::System => best::now_ns(),
            Self::Manual(clock) => clock.now_ns(),
        }
    }

    /// Now, as an instant. Instants of a manual clock mean something to that clock only.
    #[inline]
    pub fn instant(&self) -> Instant {
        match self {
            Self::System => Instant::now(),
            Self::Manual(clock) => clock.instant(),
        }
    }

    /// The instant `duration` from now; thirty years from now where the clock has no such instant.
    pub fn after(&self, duration: Duration) -> Instant {
        let now = self.instant();
        now.checked_add(duration).unwrap_or_else(|| now + timer::FAR_FUTURE)
    }

    /// Sleeps for a duration, counted from this call.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.after(duration))
    }

    /// Sleeps until a point in time of this source.
    pub fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep::new(self.clone(), deadline)
    }

    /// Runs a future until it is ready or the deadline passes. The future is polled first.
    ///
    /// # Errors
    /// [`Elapsed`] when the deadline passed first; the future is dropped then.
    pub async fn timeout_at<F: Future>(&self, deadline: Instant, future: F) -> Result<F::Output, Elapsed> {
        timer::race(self.sleep_until(deadline), future).await
    }

    /// Runs a future for at most `limit`, counted from this call.
    ///
    /// # Errors
    /// [`Elapsed`] when the limit passed first; the future is dropped then.
    pub fn timeout<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> impl Future<Output = Result<F::Output, Elapsed>> + use<F> {
        timer::race(self.sleep(limit), future)
    }
}

/// Makes `clock` the thread's and returns the one before.
fn set_current(clock: Option<ManualClock>) -> Option<ManualClock> {
    IS_MANUAL.set(clock.is_some());
    CURRENT.replace(clock)
}

/// Puts a thread's source back, however the scope ends.
struct Restore(Option<ManualClock>);

impl Drop for Restore {
    fn drop(&mut self) {
        drop(set_current(self.0.take()));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};

    struct Count(std::sync::atomic::AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn both_faces_of_a_manual_clock_move_together_and_by_nothing_else() {
        let clock = ManualClock::new();
        let time = TimeSource::Manual(clock.clone());
        let (ns, instant) = (time.now_ns(), time.instant());
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!((time.now_ns(), time.instant()), (ManualClock::START_NS, instant));
        clock.advance(SECOND);
        assert_eq!((time.now_ns(), time.instant()), (ns + 1_000_000_000, instant + SECOND));
        clock.advance(Duration::MAX);
        assert_eq!(clock.elapsed(), ManualClock::FULL);
        let seen = |clock: ManualClock| clock.now_ns() - ManualClock::START_NS;
        let now = seen(clock.clone());
        assert_eq!(seen(clock.ahead_by(SECOND)), now + 1_000_000_000);
        assert_eq!(seen(clock.behind_by(SECOND)), now - 1_000_000_000);
    }

    #[test]
    fn a_wait_ends_when_the_clock_is_moved_to_its_end_and_not_before() {
        let clock = ManualClock::new();
        let time = TimeSource::Manual(clock.clone());
        let count = Arc::new(Count(0.into()));
        let waker = Waker::from(count.clone());
        let mut context = Context::from_waker(&waker);
        let mut wait = pin!(time.timeout(SECOND, std::future::pending::<()>()));
        assert!(wait.as_mut().poll(&mut context).is_pending());
        assert_eq!(clock.until_next_wait(), Some(SECOND));
        clock.advance(SECOND - Duration::from_nanos(1));
        assert!(wait.as_mut().poll(&mut context).is_pending());
        assert_eq!(count.0.load(std::sync::atomic::Ordering::Relaxed), 0);
        clock.advance(Duration::from_nanos(1));
        assert_eq!(count.0.load(std::sync::atomic::Ordering::Relaxed), 1);
        assert_eq!(wait.as_mut().poll(&mut context), Poll::Ready(Err(Elapsed)));
    }

    #[test]
    fn a_wait_that_is_dropped_leaves_nothing_behind() {
        let clock = ManualClock::new();
        {
            let mut sleep = pin!(TimeSource::Manual(clock.clone()).sleep(SECOND));
            assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert!(clock.until_next_wait().is_some());
        }
        assert_eq!(clock.until_next_wait(), None);
    }

    #[test]
    fn a_thread_goes_by_a_source_within_its_scope_only() {
        let outer = TimeSource::Manual(ManualClock::new());
        outer.scope(|| {
            assert_eq!(now_ns(), ManualClock::START_NS);
            TimeSource::System.scope(|| assert_ne!(now_ns(), ManualClock::START_NS));
            assert!(std::panic::catch_unwind(|| TimeSource::System.scope(|| panic!("left"))).is_err());
            assert_eq!(now_ns(), ManualClock::START_NS, "the outer scope is back after a panic");
        });
        assert_ne!(now_ns(), ManualClock::START_NS);
    }
}
