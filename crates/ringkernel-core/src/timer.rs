//! Sleeping and timeouts for futures on any executor.
//!
//! One thread named `ringkernel-timer`, started by the first sleep, drives the timer wheel of a tokio
//! runtime that runs nothing else. A [`Sleep`] belongs to that wheel, so the task that awaits it may run
//! on tokio, on another executor or under a plain `block_on`.
//!
//! A sleep goes by the [`TimeSource`] of its thread: in a handler that a test runtime runs, by the manual clock of the test,
//! and then the timer thread has no part in it.
//!
//! Where the thread cannot be started, [`start`] says why, and sleeps still end on time: they then wake
//! their own task again and again, which costs processor time instead of a failure in the middle of a wait.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{future, io, thread};
use tokio::runtime::{Builder, Handle};

use crate::clock::{Due, TimeSource};

/// Longest sleep in practice: later deadlines count as this far away. Thirty years, as in tokio.
pub(crate) const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 86_400);

/// The deadline came before the future was ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the deadline passed")]
pub struct Elapsed;

/// The timer thread could not be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the timer thread could not be started ({kind}): check the limits on threads and open files")]
#[non_exhaustive]
pub struct TimerError {
    /// What the operating system answered.
    pub kind: io::ErrorKind,
}

/// Starts the timer thread, unless it runs already.
///
/// Sleeps do this by themselves; a runtime calls it to learn early that the thread cannot be had.
///
/// # Errors
///
/// [`TimerError`] when the thread or its timer could not be created. The answer does not change later.
pub fn start() -> Result<(), TimerError> {
    wheel().map(drop)
}

fn wheel() -> Result<&'static Handle, TimerError> {
    static WHEEL: OnceLock<Result<Handle, TimerError>> = OnceLock::new();
    WHEEL
        .get_or_init(|| spawn_wheel().map_err(|error| TimerError { kind: error.kind() }))
        .as_ref()
        .map_err(|e| *e)
}

fn spawn_wheel() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("ringkernel-timer".into())
        .spawn(move || runtime.block_on(future::pending::<()>()))?;
    Ok(handle)
}

/// Sleeps for a duration. The clock starts at this call, not at the first poll.
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(after(duration))
}

/// Sleeps until a point in time; ready at the first poll when that has passed.
pub fn sleep_until(deadline: Instant) -> Sleep {
    TimeSource::current().sleep_until(deadline)
}

/// The instant `duration` from now; thirty years from now where the clock has no such instant.
pub fn after(duration: Duration) -> Instant {
    TimeSource::current().after(duration)
}

/// Future of [`sleep`] and [`sleep_until`]. It touches the timer thread at its first pending poll.
#[derive(Debug)]
#[must_use = "a sleep does nothing unless awaited"]
pub struct Sleep {
    time: TimeSource,
    deadline: Instant,
    driver: Option<Driver>,
}

#[derive(Debug)]
enum Driver {
    Wheel(Pin<Box<tokio::time::Sleep>>),
    /// No timer thread: every poll asks the clock and schedules the next poll.
    Clock,
    /// Whoever moves the manual clock wakes.
    Manual(Due),
}

impl Driver {
    fn new(time: &TimeSource, deadline: Instant) -> Self {
        if let TimeSource::Manual(clock) = time {
            return Self::Manual(Due::new(clock.clone()));
        }
        let Ok(handle) = wheel() else { return Self::Clock };
        // The sleep belongs to the runtime that is entered when it is made.
        let _entered = handle.enter();
        Self::Wheel(Box::pin(tokio::time::sleep_until(deadline.into())))
    }
}

impl Sleep {
    pub(crate) fn new(time: TimeSource, deadline: Instant) -> Self {
        Self { time, deadline, driver: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.get_mut();
        if sleep.time.instant() >= sleep.deadline {
            return Poll::Ready(());
        }
        match sleep.driver.get_or_insert_with(|| Driver::new(&sleep.time, sleep.deadline)) {
            Driver::Manual(due) => {
                due.register(sleep.deadline, context.waker());
                Poll::Pending
            }
            Driver::Wheel(wheel) => wheel.as_mut().poll(context),
            Driver::Clock => {
                context.waker().wake_by_ref();
                thread::yield_now();
                Poll::Pending
            }
        }
    }
}

/// Runs a future until it is ready or the deadline passes.
///
/// The future is polled first, so one that is ready wins even when the deadline has passed, and costs
/// neither a clock read nor a timer.
///
/// # Errors
///
/// [`Elapsed`] when the deadline passed first; the future is dropped then.
pub async fn timeout_at<F: Future>(deadline: Instant, future: F) -> Result<F::Output, Elapsed> {
    race(sleep_until(deadline), future).await
}

/// The future's output, unless the sleep ends while the future is pending.
pub(crate) async fn race<F: Future>(mut sleep: Sleep, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    future::poll_fn(move |context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        Pin::new(&mut sleep).poll(context).map(|()| Err(Elapsed))
    })
    .await
}

/// Runs a future for at most `limit`, counted from this call; see [`timeout_at`].
///
/// # Errors
///
/// [`Elapsed`] when the limit passed first; the future is dropped then.
pub fn timeout<F: Future>(limit: Duration, future: F) -> impl Future<Output = Result<F::Output, Elapsed>> {
    race(sleep(limit), future)
}

#[cfg(all(test, not(loom), not(miri)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::task::{Wake, Waker};

    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// The smallest executor there is, to show that no runtime is needed.
    fn block_on<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }

    #[test]
    fn sleep_ends_after_its_duration_without_a_runtime() {
        let begin = Instant::now();
        block_on(sleep(Duration::from_millis(30)));
        assert!(begin.elapsed() >= Duration::from_millis(30));
    }

    #[tokio::test]
    async fn sleep_works_inside_a_runtime_without_timers_of_its_own() {
        let (sender, receiver) = mpsc::channel();
        tokio::spawn(async move {
            sleep(Duration::from_millis(5)).await;
            sender.send(()).unwrap();
        })
        .await
        .unwrap();
        receiver.try_recv().unwrap();
    }

    #[test]
    fn an_earlier_sleep_made_later_ends_first() {
        let begin = Instant::now();
        let long =
            thread::spawn(|| block_on(timeout(Duration::from_secs(60), sleep(Duration::from_secs(1)))));
        block_on(sleep(Duration::from_millis(20)));
        assert!(begin.elapsed() < Duration::from_millis(900));
        long.join().unwrap().unwrap();
    }

    #[test]
    fn a_ready_future_beats_a_deadline_that_has_passed() {
        assert_eq!(block_on(timeout(Duration::ZERO, future::ready(7))), Ok(7));
    }

    #[test]
    fn a_pending_future_is_given_up_at_the_deadline() {
        assert_eq!(block_on(timeout(Duration::from_millis(10), future::pending::<()>())), Err(Elapsed));
        assert_eq!(block_on(timeout(Duration::ZERO, future::pending::<()>())), Err(Elapsed));
    }

    #[test]
    fn a_limit_beyond_the_clock_never_elapses() {
        let woken = timeout(Duration::MAX, sleep(Duration::from_millis(5)));
        assert_eq!(block_on(woken), Ok(()));
    }

    #[test]
    fn a_sleep_without_the_timer_thread_still_ends() {
        let deadline = after(Duration::from_millis(5));
        block_on(Sleep { time: TimeSource::System, deadline, driver: Some(Driver::Clock) });
        assert!(Instant::now() >= deadline);
    }

    #[test]
    fn the_thread_is_started_once() {
        start().unwrap();
        let first: *const Handle = wheel().unwrap();
        assert!(std::ptr::eq(first, wheel().unwrap()));
    }
}
