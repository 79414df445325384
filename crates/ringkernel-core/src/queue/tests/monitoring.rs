//! Tiers, the factory and the monitor. The specification's own example is a test of the facade.

use crate::queue::{
    MessageQueue, MonitorConfigError, MpscQueue, PressureLevel, QueueMonitor, QueueMonitorConfig, QueueTier,
    SpscQueue,
};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_tier_is_the_smallest_that_holds_the_throughput() {
    for (rate, headroom_ms, tier) in [
        (0, 0, QueueTier::Small),
        (256_000, 1, QueueTier::Small),
        (256_001, 1, QueueTier::Medium),
        (10_000, 100, QueueTier::Medium),
        (40_000, 100, QueueTier::Large),
        (100_000, 100, QueueTier::ExtraLarge),
        (u64::MAX, u64::MAX, QueueTier::ExtraLarge),
    ] {
        assert_eq!(QueueTier::for_throughput(rate, headroom_ms), tier, "{rate} {headroom_ms}");
    }
}

#[test]
fn tiers_step_up_and_down_and_stop_at_the_ends() {
    assert_eq!(QueueTier::default(), QueueTier::Medium);
    for pair in QueueTier::ALL.windows(2) {
        assert_eq!((pair[0].upgrade(), pair[1].downgrade()), (pair[1], pair[0]));
        assert!(pair[0].capacity() < pair[1].capacity());
    }
    assert_eq!(QueueTier::ExtraLarge.upgrade(), QueueTier::ExtraLarge);
    assert_eq!(QueueTier::Small.downgrade(), QueueTier::Small);
}

#[test]
fn the_factory_makes_queues_of_any_message() {
    use crate::queue::QueueFactory;
    let spsc: SpscQueue<String> = QueueFactory::create_spsc_of(QueueTier::Small);
    let mpsc: MpscQueue<u64> = QueueFactory::create_mpsc_of(QueueTier::Large);
    assert_eq!((spsc.capacity(), mpsc.capacity()), (256, 4096));
    assert_eq!(QueueFactory::create_for_throughput(40_000, 100).capacity(), 4096);
}

#[test]
fn pressure_follows_the_depth() {
    let queue = Arc::new(SpscQueue::<u64>::new(8).unwrap());
    let monitor = QueueMonitor::new(Arc::clone(&queue), QueueMonitorConfig::default());
    let mut levels = vec![monitor.check_health().pressure_level];
    for number in 0..8 {
        queue.try_enqueue(number).unwrap();
        levels.push(monitor.check_health().pressure_level);
    }
    use PressureLevel::{Critical, Normal, Warning};
    assert_eq!(levels, [Normal, Normal, Normal, Normal, Normal, Normal, Warning, Warning, Critical]);
    assert!(!monitor.check_health().is_healthy);
    assert_eq!(monitor.check_health().utilization, 1.0);
    while queue.try_dequeue().is_some() {}
    assert!(monitor.check_health().is_healthy);
}

#[cfg(not(miri))]
#[test]
fn an_upgrade_is_suggested_from_the_peak_and_only_to_a_larger_tier() {
    for (capacity, fill, expected) in [
        (256, 100, None),
        (256, 192, Some(QueueTier::Medium)),
        (512, 512, Some(QueueTier::Medium)),
        (1024, 1024, Some(QueueTier::Large)),
        (16_384, 16_384, None),
    ] {
        let queue = SpscQueue::<u8>::new(capacity).unwrap();
        (0..fill).for_each(|_| queue.try_enqueue(0).unwrap());
        while queue.try_dequeue().is_some() {}
        let monitor = QueueMonitor::new(queue, QueueMonitorConfig::default());
        assert_eq!(monitor.metrics().suggested_upgrade, expected, "{fill} of {capacity}");
    }
}

#[test]
fn values_that_make_no_sense_are_replaced_where_there_is_no_error_to_give() {
    let default = QueueMonitorConfig::default();
    let senseless = [
        QueueMonitorConfig { warning_threshold: f64::NAN, ..default },
        QueueMonitorConfig { critical_threshold: 0.1, sample_interval: Duration::ZERO, ..default },
        QueueMonitorConfig { sample_interval: Duration::ZERO, ..default },
    ];
    for config in senseless {
        let monitor = QueueMonitor::new(SpscQueue::<u64>::new(2).unwrap(), config);
        assert_eq!(*monitor.config(), default);
    }
}

#[test]
fn thresholds_that_make_no_sense_are_refused() {
    let check = |warning_threshold, critical_threshold, millis| {
        let sample_interval = Duration::from_millis(millis);
        let config = QueueMonitorConfig { warning_threshold, critical_threshold, sample_interval };
        QueueMonitor::try_new(SpscQueue::<u8>::new(1).unwrap(), config).map(drop)
    };
    assert_eq!(check(0.0, 0.9, 1), Err(MonitorConfigError::Warning { warning: 0.0 }));
    assert!(matches!(check(f64::NAN, 0.9, 1), Err(MonitorConfigError::Warning { .. })));
    assert!(matches!(check(0.75, 0.5, 1), Err(MonitorConfigError::Critical { .. })));
    assert!(matches!(check(0.75, 1.1, 1), Err(MonitorConfigError::Critical { .. })));
    assert_eq!(check(0.75, 0.9, 0), Err(MonitorConfigError::Interval));
    assert_eq!(check(1.0, 1.0, 1), Ok(()));
}

#[cfg(not(miri))]
#[tokio::test]
async fn samples_come_at_the_interval_until_the_queue_is_closed_and_empty() {
    let queue = Arc::new(MpscQueue::<u64>::new(4).unwrap());
    let sample_interval = Duration::from_millis(15);
    let config = QueueMonitorConfig { sample_interval, ..Default::default() };
    let monitor = QueueMonitor::new(Arc::clone(&queue), config);
    let mut samples = monitor.samples();
    let begin = std::time::Instant::now();
    assert_eq!(samples.next().await.unwrap().current_depth, 0);
    queue.try_enqueue(1).unwrap();
    assert_eq!(samples.next().await.unwrap().current_depth, 1);
    queue.close();
    assert!(samples.next().await.is_some());
    assert!(begin.elapsed() >= 2 * sample_interval);
    queue.try_dequeue().unwrap();
    assert_eq!(samples.next().await, None);
}
