//! An open device.
//!
//! A context of its own, instead of the one that CUDA libraries of the process share, so that a program that breaks a rule
//! takes nobody else with it, and so that it can be ended. Each call enters it and leaves it again, so that the thread's
//! other CUDA work finds what it has left.
//!
//! Calls hold a read lock and none of them waits for a grid; ending the context takes the write lock. So nobody is inside when
//! it ends, and whoever comes later finds [`DriverError::Ended`].

use std::fmt;
use std::marker::PhantomData;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use ringkernel_core::memory::Pages;

use super::direct::Ranges;
use super::error::is_loss;
use super::library::driver;
use super::still::{Pending, Retired};
use super::sys::{ContextHandle, Functions, StreamHandle};
use super::{DeviceDescription, DriverError, Failure};

/// An open device. Clones are the same one, which ends with the last of them and of what belongs to it, or by
/// [`destroy`](Self::destroy).
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    driver: &'static Functions,
    handle: ContextHandle,
    description: DeviceDescription,
    /// The stream on which new memory is filled.
    filling: StreamHandle,
    /// Memory of users that it has locked.
    direct: Ranges,
    life: RwLock<Life>,
    /// Locked by who has entered, never the other way round.
    pending: Mutex<Pending>,
}

/// How far a context is from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Open,
    /// Being destroyed, perhaps under a grid that is stuck. The device may still use its memory.
    Ending,
    /// Destroyed: the device uses nothing of it any more.
    Ended,
}

/// A context that is this thread's current one.
pub(super) struct Current<'a> {
    inner: &'a Inner,
    _life: Option<RwLockReadGuard<'a, Life>>,
    /// It is a thread's.
    _not_send: PhantomData<*const ()>,
}

impl Context {
    /// Opens a device.
    ///
    /// # Errors
    /// Those of the driver, for example where another process has the device for itself.
    pub fn open(device: &DeviceDescription) -> Result<Self, DriverError> {
        let driver = driver()?;
        driver.init().map_err(DriverError::NotUsable)?;
        let handle = driver.create_context(driver.device(device.ordinal)?)?;
        // A new context is current; calls enter it by themselves. It is there, so that leaving it cannot fail.
        driver.pop_context()?;
        let mut inner = Inner {
            driver,
            handle,
            description: device.clone(),
            filling: StreamHandle::null(),
            direct: Ranges::default(),
            life: RwLock::new(Life::Open),
            pending: Mutex::new(Pending::default()),
        };
        let filling = inner.push(None)?.create_stream()?;
        inner.filling = filling;
        Ok(Self(Arc::new(inner)))
    }

    /// What it is a context of.
    pub fn description(&self) -> &DeviceDescription {
        &self.0.description
    }

    /// What a compiler calls the device's instructions, such as "sm_90".
    pub fn compile_target(&self) -> String {
        self.0.description.compile_target()
    }

    /// The device's free and total memory, in bytes, with what other programs use counted as not free.
    ///
    /// # Errors
    /// [`DriverError::Lost`] and [`DriverError::Ended`].
    pub fn memory(&self) -> Result<(usize, usize), DriverError> {
        self.enter()?.memory()
    }

    /// Whether a grid runs in it. What was dropped meanwhile is freed when none does.
    ///
    /// # Errors
    /// [`DriverError::Ended`].
    pub fn is_running(&self) -> Result<bool, DriverError> {
        let current = self.enter()?;
        Ok(self.pending().is_running(&current))
    }

    /// Ends it, with all that belongs to it, and also when a grid runs. Afterwards everything of it is
    /// [`DriverError::Ended`], drops free nothing of the device, and what is mapped can still be read and written by the host.
    ///
    /// A grid that runs is ended on a thread of its own, because the driver may wait for it; this waits for that thread as
    /// long as `patience`. Memory of the host that such a grid could still write to is never given back.
    ///
    /// # Errors
    /// [`DriverError::Timeout`] when the device has not let go of the grid until then.
    pub fn destroy(&self, patience: Duration) -> Result<(), DriverError> {
        let mut life = self.0.life.write().unwrap_or_else(PoisonError::into_inner);
        match *life {
            Life::Open => {}
            Life::Ending => return Err(timeout(patience)),
            Life::Ended => return Ok(()),
        }
        let (running, last) = self.0.last_of_it();
        if !running {
            let done = last.destroy();
            *life = after(&done);
            return outcome(done);
        }
        *life = Life::Ending;
        drop(life);
        let (sender, receiver) = mpsc::channel();
        let context = self.clone();
        std::thread::spawn(move || {
            let done = last.destroy();
            *context.0.life.write().unwrap_or_else(PoisonError::into_inner) = after(&done);
            // Nobody may be waiting any more.
            let _ = sender.send(done);
        });
        match receiver.recv_timeout(patience) {
            Ok(done) => outcome(done),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(timeout(patience)),
        }
    }

    /// Makes the context this thread's current one until what it gives is dropped.
    ///
    /// # Errors
    /// [`DriverError::Ended`].
    pub(super) fn enter(&self) -> Result<Current<'_>, DriverError> {
        let life = self.0.life.read().unwrap_or_else(PoisonError::into_inner);
        if *life != Life::Open {
            return Err(DriverError::Ended);
        }
        Ok(self.0.push(Some(life))?)
    }

    /// Frees what nobody uses any more, now or when no grid runs.
    pub(super) fn retire(&self, retired: Retired) {
        let life = self.0.life.read().unwrap_or_else(PoisonError::into_inner);
        match *life {
            Life::Open => match self.0.push(Some(life)) {
                Ok(current) => self.pending().retire(retired, &current),
                // The device may use it for as long as there is a context.
                Err(_) => std::mem::forget(retired),
            },
            Life::Ending => std::mem::forget(retired),
            Life::Ended => drop(retired.into_pages()),
        }
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn filling(&self) -> StreamHandle {
        self.0.filling
    }

    pub(super) fn direct(&self) -> &Ranges {
        &self.0.direct
    }

    /// Whether the device may still use memory of a context that is being ended.
    pub(super) fn is_ending(&self) -> bool {
        *self.0.life.read().unwrap_or_else(PoisonError::into_inner) == Life::Ending
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Context").field(&self.0.description).finish()
    }
}

impl Inner {
    fn push<'a>(&'a self, life: Option<RwLockReadGuard<'a, Life>>) -> Result<Current<'a>, Failure> {
        // SAFETY: The context is destroyed under the write lock of `life`, or when this is dropped. Here somebody holds the read
        // lock with the context open, or the write lock, or is its only owner.
        unsafe { self.driver.push_context(self.handle) }?;
        Ok(Current { inner: self, _life: life, _not_send: PhantomData })
    }

    /// What has to be destroyed, and whether a grid runs in it. The caller sees to it that nobody enters any more.
    fn last_of_it(&self) -> (bool, Last) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        // A context that cannot be entered is lost, and runs nothing.
        let running = self.push(None).is_ok_and(|current| pending.is_running(&current));
        let pages = std::mem::take(&mut *pending).into_pages();
        (running, Last { driver: self.driver, handle: self.handle, pages })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if *self.life.get_mut().unwrap_or_else(PoisonError::into_inner) != Life::Open {
            return;
        }
        let (running, last) = self.last_of_it();
        if running {
            // The driver may wait for the grid, and nobody else has to.
            std::thread::spawn(move || last.destroy());
        } else {
            // A context that cannot be destroyed is a leak, and nobody is left to tell.
            let _ = last.destroy();
        }
    }
}

/// What is left of a context that nobody enters any more.
struct Last {
    driver: &'static Functions,
    handle: ContextHandle,
    pages: Vec<Pages>,
}

impl Last {
    fn destroy(self) -> Result<(), Failure> {
        // SAFETY: Nobody is inside and nobody enters any more, which who made this has seen to, once.
        let done = unsafe { self.driver.destroy_context(self.handle) };
        if done.is_err() {
            // The device may still use them.
            self.pages.into_iter().for_each(std::mem::forget);
        }
        done
    }
}

fn after(done: &Result<(), Failure>) -> Life {
    if done.is_ok() { Life::Ended } else { Life::Ending }
}

fn outcome(done: Result<(), Failure>) -> Result<(), DriverError> {
    match done {
        // It was lost before, and is gone now.
        Err(failure) if is_loss(failure.code) => Ok(()),
        done => done.map_err(DriverError::from),
    }
}

fn timeout(patience: Duration) -> DriverError {
    DriverError::Timeout { operation: "ending a context", after: patience }
}

impl Current<'_> {
    pub(super) fn driver(&self) -> &'static Functions {
        self.inner.driver
    }
}

impl Drop for Current<'_> {
    fn drop(&mut self) {
        // It was pushed, so that there is one to pop.
        let _ = self.driver().pop_context();
    }
}
