//! Sections 2 and 11: the queue trait, its errors and figures, tiers, the factory and the monitor.

use std::sync::Arc;
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel_core::queue::{
    MessageQueue, MpscQueue, QueueError, QueueFactory, QueueMonitor, QueueMonitorConfig, QueueStatistics,
    QueueTier, SpscQueue,
};

#[derive(RingMessage, Debug, PartialEq)]
struct Job {
    number: u32,
}

const NOW: Duration = Duration::ZERO;
const SOON: Duration = Duration::from_secs(10);

/// Calls every method of the printed trait.
async fn every_method<Q: MessageQueue<Job>>(queue: &Q) {
    assert_eq!((queue.capacity(), queue.len()), (4, 0));
    assert!(queue.is_empty() && !queue.is_full());
    assert_eq!(queue.try_dequeue(), None);
    for number in 0..3 {
        queue.try_enqueue(Job { number }).expect("there is room");
    }
    queue.enqueue(Job { number: 3 }, SOON).await.expect("there is room");
    assert!(queue.is_full() && !queue.is_empty());

    // A refused message comes back, at once and after waiting.
    let refused = queue.try_enqueue(Job { number: 4 });
    assert!(matches!(refused, Err(QueueError::Full(Job { number: 4 }))));
    let refused = queue.enqueue(Job { number: 5 }, Duration::from_millis(5)).await;
    assert!(matches!(refused, Err(QueueError::Full(Job { number: 5 }))));

    assert_eq!(queue.try_dequeue(), Some(Job { number: 0 }));
    for number in 1..4 {
        assert_eq!(queue.dequeue(SOON).await.ok(), Some(Job { number }));
    }
    assert!(matches!(queue.dequeue(NOW).await, Err(QueueError::Timeout)));

    let QueueStatistics { total_enqueued, total_dequeued, total_dropped, average_latency_ns, peak_depth } =
        queue.statistics();
    assert_eq!((total_enqueued, total_dequeued, total_dropped, peak_depth), (4, 4, 0, 4));
    assert!(average_latency_ns > 0, "the first message waited behind three others");

    queue.close();
    assert!(matches!(queue.dequeue(SOON).await, Err(QueueError::Closed)));
    let refused = queue.try_enqueue(Job { number: 6 });
    assert_eq!(refused.err().and_then(QueueError::into_message), Some(Job { number: 6 }));
}

#[tokio::test]
async fn both_queues_have_the_printed_methods() {
    every_method(&SpscQueue::new(4).expect("a power of two")).await;
    every_method(&MpscQueue::new(4).expect("a power of two")).await;
    every_method(&Arc::new(SpscQueue::new(4).expect("a power of two"))).await;
}

#[test]
fn errors_print_and_are_errors() {
    let errors: [QueueError<Job>; 4] =
        [QueueError::Full(Job { number: 1 }), QueueError::Empty, QueueError::Timeout, QueueError::Closed];
    let texts = ["the queue is full", "the queue is empty", "before the deadline", "the queue is closed"];
    for (error, text) in errors.iter().zip(texts) {
        let error: &dyn std::error::Error = error;
        assert!(error.to_string().contains(text), "{error}");
    }
    assert_eq!(QueueStatistics::default().total_enqueued, 0);
}

#[test]
fn a_capacity_is_a_power_of_two() {
    let error = SpscQueue::<Job>::new(100).expect_err("100 is none");
    assert!(error.to_string().contains("use 128"), "{error}");
}

#[test]
fn tiers_have_the_printed_capacities() {
    let capacities = [
        (QueueTier::Small, 256),
        (QueueTier::Medium, 1024),
        (QueueTier::Large, 4096),
        (QueueTier::ExtraLarge, 16384),
    ];
    for (tier, capacity) in capacities {
        assert_eq!(tier.capacity(), capacity);
    }
    assert_eq!(QueueTier::default(), QueueTier::Medium);
    assert_eq!(QueueTier::Small.upgrade(), QueueTier::Medium);
    assert_eq!(QueueTier::ExtraLarge.upgrade(), QueueTier::ExtraLarge);
    assert_eq!(QueueTier::Large.downgrade(), QueueTier::Medium);
    assert_eq!(QueueTier::Small.downgrade(), QueueTier::Small);
}

#[test]
fn the_factory_makes_queues_of_a_tier() {
    // Create queues with specific tiers
    let small_queue = QueueFactory::create_spsc(QueueTier::Small);
    let large_queue = QueueFactory::create_mpsc(QueueTier::Large);

    // Auto-select tier based on throughput requirements
    let tier = QueueTier::for_throughput(10_000, 100); // 10k msg/s, 100ms buffer
    let queue = QueueFactory::create_spsc(tier);

    assert_eq!((small_queue.capacity(), large_queue.capacity()), (256, 4096));
    assert_eq!((tier, queue.capacity()), (QueueTier::Medium, 1024));
    assert_eq!(QueueFactory::create_spsc_of::<Job>(tier).capacity(), 1024);
}

#[test]
fn the_monitor_reports_health_and_metrics() {
    let queue = QueueFactory::create_spsc(QueueTier::Small);
    let monitor = QueueMonitor::new(
        queue,
        QueueMonitorConfig {
            warning_threshold: 0.75,  // Warn at 75% capacity
            critical_threshold: 0.90, // Critical at 90%
            sample_interval: Duration::from_millis(100),
        },
    );

    // Check queue health
    let health = monitor.check_health();
    println!("Depth: {}/{}", health.current_depth, health.capacity);
    println!("Healthy: {}", health.is_healthy);
    println!("Level: {:?}", health.pressure_level);
    assert_eq!((health.current_depth, health.capacity, health.is_healthy), (0, 256, true));

    let levels: Vec<_> = (0..256)
        .map(|number| {
            let envelope = MessageEnvelope::new(&Job { number });
            monitor.queue().try_enqueue(envelope).expect("there is room");
            format!("{:?}", monitor.check_health().pressure_level)
        })
        .collect();
    let first = |level: &str| levels.iter().position(|other| other == level).map(|index| index + 1);
    assert_eq!(first("Warning"), Some(192), "75 % of 256");
    assert_eq!(first("Critical"), Some(231), "90 % of 256 is 230.4");
    assert!(!monitor.check_health().is_healthy);

    // Get detailed metrics
    let metrics = monitor.metrics();
    println!("Enqueued: {}, Dequeued: {}", metrics.total_enqueued, metrics.total_dequeued);
    println!("Peak depth: {}", metrics.peak_depth);
    assert_eq!((metrics.total_enqueued, metrics.total_dequeued, metrics.peak_depth), (256, 0, 256));
    assert_eq!(metrics.suggested_upgrade, Some(QueueTier::Medium));
}

#[test]
fn a_monitor_watches_a_shared_queue() {
    let queue = Arc::new(QueueFactory::create_mpsc(QueueTier::Small));
    let monitor = QueueMonitor::new(queue.clone(), QueueMonitorConfig::default());
    queue.try_enqueue(MessageEnvelope::new(&Job { number: 1 })).expect("there is room");
    assert_eq!(monitor.check_health().current_depth, 1);
}
