//! Health of a queue: how full it is, and what to do about it.

use super::message_queue::MessageQueue;
use super::tier::QueueTier;
use crate::message::MessageEnvelope;
use crate::timer;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

/// When a queue counts as under pressure, and how often [`QueueMonitor::samples`] looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueMonitorConfig {
    /// Utilization from which the level is [`PressureLevel::Warning`], above 0 and at most 1.
    pub warning_threshold: f64,
    /// Utilization from which the level is [`PressureLevel::Critical`], not below the warning and at most 1.
    pub critical_threshold: f64,
    /// Time between two samples, above zero.
    pub sample_interval: Duration,
}

impl Default for QueueMonitorConfig {
    /// Warning at 75 %, critical at 90 %, ten samples a second.
    fn default() -> Self {
        Self {
            warning_threshold: 0.75,
            critical_threshold: 0.90,
            sample_interval: Duration::from_millis(100),
        }
    }
}

impl QueueMonitorConfig {
    /// Checks the fields against each other.
    ///
    /// # Errors
    ///
    /// [`MonitorConfigError`] for the first field that is out of its range.
    pub fn validate(&self) -> Result<(), MonitorConfigError> {
        let Self { warning_threshold: warning, critical_threshold: critical, sample_interval } = *self;
        if !(warning > 0.0 && warning <= 1.0) {
            return Err(MonitorConfigError::Warning { warning });
        }
        if !(critical >= warning && critical <= 1.0) {
            return Err(MonitorConfigError::Critical { warning, critical });
        }
        if sample_interval.is_zero() {
            return Err(MonitorConfigError::Interval);
        }
        Ok(())
    }

    /// The same configuration, with the default in place of what makes no sense.
    fn repaired(self) -> Self {
        let default = Self::default();
        match self.validate() {
            Ok(()) => self,
            Err(MonitorConfigError::Interval) => Self { sample_interval: default.sample_interval, ..self },
            Err(MonitorConfigError::Warning { .. } | MonitorConfigError::Critical { .. }) => {
                Self { sample_interval: self.sample_interval, ..default }.repaired()
            }
        }
    }
}

/// A monitor configuration that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorConfigError {
    /// The warning threshold is not a utilization.
    #[error("the warning threshold must be above 0 and at most 1, not {warning}")]
    Warning {
        /// The threshold given.
        warning: f64,
    },
    /// The critical threshold is below the warning threshold or not a utilization.
    #[error("the critical threshold must be from {warning} (the warning threshold) to 1, not {critical}")]
    Critical {
        /// The warning threshold given.
        warning: f64,
        /// The critical threshold given.
        critical: f64,
    },
    /// Samples without time between them.
    #[error("the sample interval must be above zero")]
    Interval,
}

/// How much a queue is filled, in three steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum PressureLevel {
    /// Below the warning threshold.
    #[default]
    Normal,
    /// At or above the warning threshold.
    Warning,
    /// At or above the critical threshold.
    Critical,
}

/// A queue at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueHealth {
    /// Messages in the queue.
    pub current_depth: usize,
    /// Largest number of messages.
    pub capacity: usize,
    /// `current_depth / capacity`, from 0 to 1.
    pub utilization: f64,
    /// True while the level is [`PressureLevel::Normal`].
    pub is_healthy: bool,
    /// Where the utilization stands against the thresholds.
    pub pressure_level: PressureLevel,
}

/// A queue's figures since it was made, and what follows from them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueMetrics {
    /// Messages that were accepted.
    pub total_enqueued: u64,
    /// Messages that were taken.
    pub total_dequeued: u64,
    /// Accepted messages that were destroyed inside the queue.
    pub total_dropped: u64,
    /// Mean time in the queue in nanoseconds, over a sample of the messages.
    pub average_latency_ns: u64,
    /// Highest number of messages seen in the queue.
    pub peak_depth: usize,
    /// The queue at this moment.
    pub health: QueueHealth,
    /// Messages in the queue.
    pub current_depth: usize,
    /// Largest number of messages.
    pub capacity: usize,
    /// `current_depth / capacity`, from 0 to 1.
    pub utilization: f64,
    /// The smallest tier in which the peak would have stayed below the warning threshold; `None` while it
    /// does so in this queue, or when no tier is larger.
    pub suggested_upgrade: Option<QueueTier>,
}

/// Watches a queue: a `Q` that it owns, or an `Arc` or reference to a shared one.
#[derive(Debug)]
pub struct QueueMonitor<Q, T = MessageEnvelope> {
    queue: Q,
    config: QueueMonitorConfig,
    _message: PhantomData<fn() -> T>,
}

impl<T: Send, Q: MessageQueue<T>> QueueMonitor<Q, T> {
    /// Watches `queue`. A value that [`QueueMonitorConfig::validate`] refuses is replaced by that of the default
    /// configuration, as [`config`](Self::config) then shows; [`try_new`](Self::try_new) refuses it instead.
    pub fn new(queue: Q, config: QueueMonitorConfig) -> Self {
        Self { queue, config: config.repaired(), _message: PhantomData }
    }

    /// Watches `queue`.
    ///
    /// # Errors
    ///
    /// [`MonitorConfigError`] when [`QueueMonitorConfig::validate`] fails.
    pub fn try_new(queue: Q, config: QueueMonitorConfig) -> Result<Self, MonitorConfigError> {
        config.validate()?;
        Ok(Self { queue, config, _message: PhantomData })
    }

    /// The queue that is watched.
    pub fn queue(&self) -> &Q {
        &self.queue
    }

    /// Gives the queue back.
    pub fn into_queue(self) -> Q {
        self.queue
    }

    /// The thresholds and the interval in force.
    pub fn config(&self) -> &QueueMonitorConfig {
        &self.config
    }

    /// The queue as it is now.
    pub fn check_health(&self) -> QueueHealth {
        let capacity = self.queue.capacity();
        let current_depth = self.queue.len();
        let utilization = current_depth as f64 / capacity as f64;
        let pressure_level = if utilization >= self.config.critical_threshold {
            PressureLevel::Critical
        } else if utilization >= self.config.warning_threshold {
            PressureLevel::Warning
        } else {
            PressureLevel::Normal
        };
        let is_healthy = pressure_level == PressureLevel::Normal;
        QueueHealth { current_depth, capacity, utilization, is_healthy, pressure_level }
    }

    /// The queue's figures so far.
    pub fn metrics(&self) -> QueueMetrics {
        let statistics = self.queue.statistics();
        let health = self.check_health();
        QueueMetrics {
            total_enqueued: statistics.total_enqueued,
            total_dequeued: statistics.total_dequeued,
            total_dropped: statistics.total_dropped,
            average_latency_ns: statistics.average_latency_ns,
            peak_depth: statistics.peak_depth,
            health,
            current_depth: health.current_depth,
            capacity: health.capacity,
            utilization: health.utilization,
            suggested_upgrade: self.suggest_upgrade(statistics.peak_depth, health.capacity),
        }
    }

    fn suggest_upgrade(&self, peak_depth: usize, capacity: usize) -> Option<QueueTier> {
        let warns_at = |capacity: usize| peak_depth as f64 >= self.config.warning_threshold * capacity as f64;
        if !warns_at(capacity) {
            return None;
        }
        let mut larger = QueueTier::ALL.into_iter().filter(|tier| tier.capacity() > capacity);
        let enough = larger.clone().find(|tier| !warns_at(tier.capacity()));
        enough.or_else(|| larger.next_back())
    }

    /// Samples of the queue's health, one every `sample_interval`, the first at once.
    pub fn samples(&self) -> HealthSamples<'_, Q, T> {
        HealthSamples { monitor: self, due: Instant::now() }
    }
}

/// The samples of [`QueueMonitor::samples`]. They run on no thread of their own: time passes in
/// [`next`](Self::next).
#[derive(Debug)]
pub struct HealthSamples<'a, Q, T = MessageEnvelope> {
    monitor: &'a QueueMonitor<Q, T>,
    due: Instant,
}

impl<T: Send, Q: MessageQueue<T>> HealthSamples<'_, Q, T> {
    /// Waits until the next sample is due and takes it. `None` once the queue is closed and empty. A caller
    /// that comes late gets a sample at once and the next a full interval later: missed ones are not made up.
    pub async fn next(&mut self) -> Option<QueueHealth> {
        timer::sleep_until(self.due).await;
        self.due = timer::after(self.monitor.config.sample_interval);
        let queue = &self.monitor.queue;
        if queue.is_closed() && queue.is_empty() { None } else { Some(self.monitor.check_health()) }
    }
}
