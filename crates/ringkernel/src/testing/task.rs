//! What the test itself waits for, while it goes on stepping.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use ringkernel_core::sync::atomic::{AtomicBool, Ordering};

/// A future that a test has given to its runtime with [`spawn`](super::TestRuntime::spawn): it goes on whenever the runtime
/// steps, and when it is asked for.
pub struct Task<T> {
    shared: Arc<Shared<T>>,
}

pub(super) struct Shared<T> {
    stage: Mutex<Stage<T>>,
    notified: AtomicBool,
}

enum Stage<T> {
    Running(Pin<Box<dyn Future<Output = T> + Send>>),
    Done(T),
    /// The result was taken, or polling panicked.
    Over,
}

/// A task of any type, as the runtime holds it.
pub(super) trait Resume: Send + Sync {
    /// Whether polling it may bring it on.
    fn is_notified(&self) -> bool;
    /// Polls it if it was notified. False when it need not be polled any more.
    fn resume(self: Arc<Self>) -> bool;
}

impl<T: Send + 'static> Task<T> {
    pub(super) fn new(future: impl Future<Output = T> + Send + 'static) -> (Self, Arc<dyn Resume>) {
        let stage = Mutex::new(Stage::Running(Box::pin(future)));
        let shared = Arc::new(Shared { stage, notified: AtomicBool::new(true) });
        (Self { shared: shared.clone() }, shared)
    }

    /// The result, once, when there is one. Does not step the runtime.
    pub fn take(&self) -> Option<T> {
        self.shared.clone().resume();
        let mut stage = self.shared.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Done(result) => Some(result),
            other => {
                *stage = other;
                None
            }
        }
    }
}

impl<T: Send + 'static> Resume for Shared<T> {
    fn is_notified(&self) -> bool {
        self.notified.load(Ordering::Acquire)
    }

    fn resume(self: Arc<Self>) -> bool {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let Stage::Running(future) = &mut *stage else {
            return false;
        };
        // Acquire pairs with the Release of `wake`: what led to it is visible to the future.
        if !self.notified.swap(false, Ordering::AcqRel) {
            return true;
        }
        let waker = Waker::from(self.clone());
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => true,
            Poll::Ready(result) => {
                *stage = Stage::Done(result);
                false
            }
        }
    }
}

impl<T: Send + 'static> Wake for Shared<T> {
    fn wake(self: Arc<Self>) {
        self.notified.store(true, Ordering::Release);
    }
}

impl<T> std::fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}

/// The waker of a future that the runtime waits for right now.
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn raised() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    pub(super) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Whether it was raised; it no longer is.
    pub(super) fn lower(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
