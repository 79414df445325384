//! An open device, its queue, and waiting for what it does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel_core::memory::Ledger;
use ringkernel_core::runtime::Backend;
use wgpu::{ErrorFilter, PollError, PollType};

use super::{
    Adapter, AdapterDescription, Capabilities, DeviceError, Health, Loss, Recorder, Submission, capabilities,
};

/// An open device. Clones are the same device, which is closed when the last one and everything made of it is dropped.
#[derive(Debug, Clone)]
pub struct Device {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    raw: wgpu::Device,
    queue: wgpu::Queue,
    backend: Backend,
    description: AdapterDescription,
    capabilities: Capabilities,
    health: Arc<Health>,
    ledger: Ledger,
}

/// How a thread waits for a device: it looks again and again for `spin`, then it sleeps, in all for `limit` at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long it looks before it sleeps. Waking a thread takes longer than most short submissions.
    pub spin: Duration,
    /// How long it waits in all.
    pub limit: Duration,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The work is done, and what was read back by it has been delivered.
    Done,
    /// The time was over first.
    TimedOut,
}

impl Device {
    /// Opens a device with everything useful that it has, and with its own limits.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] with what the driver says.
    pub fn open(adapter: &Adapter) -> Result<Self, DeviceError> {
        Self::open_with(adapter, capabilities::wanted(&adapter.adapter))
    }

    /// As [`open`](Self::open), but the host copies all that it could reach in place. For tests of what happens on other devices.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_apart(adapter: &Adapter) -> Result<Self, DeviceError> {
        Self::open_with(adapter, capabilities::wanted(&adapter.adapter) - capabilities::REACHING)
    }

    fn open_with(adapter: &Adapter, required_features: wgpu::Features) -> Result<Self, DeviceError> {
        let description = adapter.description().clone();
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("ringkernel"),
            required_features,
            required_limits: adapter.adapter.limits(),
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.adapter.request_device(&descriptor));
        let (raw, queue) = opened.map_err(|error| DeviceError::Refused {
            device: description.to_string(),
            message: error.to_string(),
        })?;
        let health = Arc::new(Health::default());
        let of_loss = health.clone();
        raw.set_device_lost_callback(move |reason, message| {
            of_loss.lose(match reason {
                wgpu::DeviceLostReason::Destroyed => Loss::Destroyed,
                wgpu::DeviceLostReason::Unknown => Loss::Driver { message },
            });
        });
        let of_errors = health.clone();
        raw.on_uncaptured_error(Arc::new(move |error| of_errors.note(&error)));
        let capabilities = Capabilities::of(&raw);
        let backend = adapter.api.backend();
        let ledger = Ledger::default();
        Ok(Self {
            shared: Arc::new(Shared { raw, queue, backend, description, capabilities, health, ledger }),
        })
    }

    /// The backend that the device was opened for.
    pub fn backend(&self) -> Backend {
        self.shared.backend
    }

    /// What it is.
    pub fn description(&self) -> &AdapterDescription {
        &self.shared.description
    }

    /// What it can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.shared.capabilities
    }

    /// What it has reported by itself.
    pub fn health(&self) -> &Health {
        &self.shared.health
    }

    /// Why it is gone, if it is. Everything in its memory is gone, too.
    pub fn lost(&self) -> Option<&Loss> {
        self.shared.health.lost()
    }

    /// How much of its memory this process uses through it.
    pub fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    /// Begins to record work.
    pub fn record(&self, label: &str) -> Recorder {
        Recorder::new(self, label)
    }

    /// Loses the device as a fault of the driver would: work under way is given up, everything after this fails with
    /// [`DeviceError::Lost`]. For tests of what comes then.
    pub fn simulate_loss(&self) {
        self.shared.raw.destroy();
        self.shared.health.lose(Loss::Destroyed);
    }

    /// Looks once whether work has been done, and delivers what was read back by it. True when nothing is under way.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn poll(&self) -> Result<bool, DeviceError> {
        match self.poll_raw(PollType::Poll)? {
            Ok(status) => Ok(status.is_queue_empty()),
            Err(error) => Err(self.broken("polling", &error)),
        }
    }

    /// Waits until a submission is done.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn wait(&self, submission: &Submission, patience: Patience) -> Result<Waited, DeviceError> {
        self.wait_for(Some(submission.index.clone()), patience)
    }

    /// Waits until everything that was submitted is done.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn wait_idle(&self, patience: Patience) -> Result<Waited, DeviceError> {
        self.wait_for(None, patience)
    }

    fn wait_for(
        &self,
        submission_index: Option<wgpu::SubmissionIndex>,
        patience: Patience,
    ) -> Result<Waited, DeviceError> {
        let started = Instant::now();
        loop {
            let elapsed = started.elapsed();
            let spins = elapsed < patience.spin.min(patience.limit);
            let timeout = if spins { Duration::ZERO } else { patience.limit.saturating_sub(elapsed) };
            let wait = PollType::Wait { submission_index: submission_index.clone(), timeout: Some(timeout) };
            match self.poll_raw(wait)? {
                Ok(_) => return Ok(Waited::Done),
                Err(PollError::Timeout) if spins => std::hint::spin_loop(),
                Err(PollError::Timeout) => return Ok(Waited::TimedOut),
                Err(error) => return Err(self.broken("waiting for a submission", &error)),
            }
        }
    }

    /// Polls. wgpu panics when the driver answers that the device is gone; here that is a loss.
    fn poll_raw(&self, how: PollType) -> Result<Result<wgpu::PollStatus, PollError>, DeviceError> {
        let polled = catch_unwind(AssertUnwindSafe(|| self.shared.raw.poll(how)));
        let polled = polled.map_err(|_| {
            self.shared
                .health
                .lose(Loss::Driver { message: "the driver failed while it was waited for".into() });
        });
        match (polled, self.lost()) {
            (_, Some(loss)) => Err(DeviceError::Lost(loss.clone())),
            (Ok(polled), None) => Ok(polled),
            (Err(()), None) => unreachable!("the loss has just been noted"),
        }
    }

    /// The loss, if there was one; otherwise an operation that should have been possible was not.
    pub(crate) fn broken(&self, operation: &str, error: &dyn std::fmt::Display) -> DeviceError {
        match self.lost() {
            Some(loss) => DeviceError::Lost(loss.clone()),
            None => DeviceError::Invalid { operation: operation.into(), message: error.to_string() },
        }
    }

    /// Runs an operation and gives the first error that it caused, instead of leaving it to whoever listens for stray ones.
    /// Errors of the driver's answer to a loss are not among them: the loss comes through [`lost`](Self::lost).
    pub(crate) fn checked<T>(&self, operation: impl FnOnce(&wgpu::Device) -> T) -> Result<T, wgpu::Error> {
        let raw = &self.shared.raw;
        let memory = raw.push_error_scope(ErrorFilter::OutOfMemory);
        let internal = raw.push_error_scope(ErrorFilter::Internal);
        let validation = raw.push_error_scope(ErrorFilter::Validation);
        let result = operation(raw);
        let errors = [pollster::block_on(validation.pop()), pollster::block_on(internal.pop())];
        let memory = pollster::block_on(memory.pop());
        match memory.or_else(|| errors.into_iter().flatten().next()) {
            None => Ok(result),
            Some(error) => Err(error),
        }
    }

    /// [`DeviceError::Lost`] when the device is gone.
    pub(crate) fn check_alive(&self) -> Result<(), DeviceError> {
        self.lost().map_or(Ok(()), |loss| Err(DeviceError::Lost(loss.clone())))
    }

    pub(crate) fn raw(&self) -> &wgpu::Device {
        &self.shared.raw
    }

    pub(crate) fn queue(&self) -> &wgpu::Queue {
        &self.shared.queue
    }
}

impl Patience {
    /// Sleeps from the start, for `limit` at most.
    pub const fn asleep(limit: Duration) -> Self {
        Self { spin: Duration::ZERO, limit }
    }
}
