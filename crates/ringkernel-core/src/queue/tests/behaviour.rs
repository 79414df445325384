//! What the queues promise to one thread: refusal, closing, dropping, statistics, lazy memory.

use super::counted::Drops;
use crate::queue::{
    CapacityError, MessageQueue, MpscQueue, QueueError, QueueStatistics, QueueStats, QueueTier, SpscQueue,
};

/// Runs one generic check on a queue of each kind.
macro_rules! on_both {
    ($check:ident, $capacity:expr) => {{
        $check(SpscQueue::new($capacity).unwrap());
        $check(MpscQueue::new($capacity).unwrap());
    }};
}

#[test]
fn an_illegal_capacity_is_an_error_that_names_the_next_legal_one() {
    for (requested, suggested) in [(0, 1), (3, 4), (1000, 1024)] {
        let error = SpscQueue::<u64>::new(requested).unwrap_err();
        assert_eq!((error.requested, error.suggested), (requested, suggested));
        assert_eq!(MpscQueue::<u64>::new(requested).unwrap_err().suggested, suggested);
        assert!(error.to_string().ends_with(&format!("not {requested}: use {suggested}")));
    }
}

#[test]
fn a_capacity_beyond_memory_is_an_error_and_not_an_abort() {
    for requested in [usize::MAX, 1 << (usize::BITS - 1), 1 << (usize::BITS - 3)] {
        let CapacityError { suggested, max, .. } = SpscQueue::<[u8; 64]>::new(requested).unwrap_err();
        assert_eq!(suggested, max);
        assert!(max.checked_mul(64).is_some_and(|bytes| isize::try_from(bytes).is_ok()));
        assert!(SpscQueue::<[u8; 64]>::new(max).is_ok());
        assert!(MpscQueue::<[u8; 64]>::new(requested).is_err());
    }
}

#[test]
fn every_slot_is_usable_and_full_means_the_next_is_refused() {
    fn check(queue: impl MessageQueue<u64>) {
        let capacity = queue.capacity() as u64;
        for number in 0..capacity {
            assert!(!queue.is_full());
            queue.try_enqueue(number).unwrap();
        }
        assert!(queue.is_full());
        assert_eq!(queue.try_enqueue(99), Err(QueueError::Full(99)));
        assert_eq!(queue.try_dequeue(), Some(0));
        assert!(!queue.is_full());
        queue.try_enqueue(capacity).unwrap();
        assert!((1..=capacity).all(|number| queue.try_dequeue() == Some(number)));
        assert!(queue.is_empty());
    }
    for capacity in [1, 2, 4, 64] {
        on_both!(check, capacity);
    }
}

#[test]
fn a_closed_queue_gives_what_it_has_and_refuses_more() {
    fn check(queue: impl MessageQueue<u64>) {
        queue.try_enqueue(1).unwrap();
        queue.close();
        queue.close();
        assert!(queue.is_closed());
        let refused = queue.try_enqueue(2).unwrap_err();
        assert!(refused.is_closed() && !refused.is_full());
        assert_eq!(refused.into_message(), Some(2));
        assert_eq!(queue.try_dequeue(), Some(1));
        assert_eq!(queue.try_dequeue(), None);
    }
    on_both!(check, 2);
}

#[test]
fn closing_a_full_queue_refuses_instead_of_reporting_it_full() {
    fn check(queue: impl MessageQueue<u64>) {
        queue.try_enqueue(1).unwrap();
        queue.close();
        assert_eq!(queue.try_enqueue(2), Err(QueueError::Refused(2)));
    }
    on_both!(check, 1);
}

#[test]
fn memory_is_allocated_by_the_first_message_only() {
    let queue = SpscQueue::<[u64; 8]>::with_tier(QueueTier::ExtraLarge);
    assert_eq!((queue.allocated_bytes(), queue.try_dequeue()), (0, None));
    queue.try_enqueue([0; 8]).unwrap();
    assert!(queue.allocated_bytes() >= 16_384 * 64);
    let queue = MpscQueue::<[u64; 8]>::with_tier(QueueTier::ExtraLarge);
    assert_eq!((queue.allocated_bytes(), queue.try_dequeue()), (0, None));
    queue.try_enqueue([0; 8]).unwrap();
    assert!(queue.allocated_bytes() >= 16_384 * 72);
}

#[test]
fn a_dropped_queue_drops_what_is_in_it_once() {
    let drops = Drops::default();
    let fill = |queue: &dyn Fn(u64)| (0..5).for_each(queue);
    let spsc = SpscQueue::new(4).unwrap();
    spsc.try_enqueue(drops.value(9)).unwrap();
    drop(spsc.try_dequeue());
    fill(&|number| drop(spsc.try_enqueue(drops.value(number))));
    assert_eq!(drops.count(), 2);
    drop(spsc);
    assert_eq!(drops.count(), 6);
    let mpsc = MpscQueue::new(4).unwrap();
    mpsc.try_enqueue(drops.value(9)).unwrap();
    drop(mpsc.try_dequeue());
    fill(&|number| drop(mpsc.try_enqueue(drops.value(number))));
    drop(mpsc);
    assert_eq!(drops.count(), 12);
}

#[test]
fn a_consumer_that_goes_away_destroys_and_counts_what_is_left() {
    let drops = Drops::default();
    let (mut producer, mut consumer) = SpscQueue::new(4).unwrap().split();
    for number in 0..3 {
        producer.try_enqueue(drops.value(number)).unwrap();
    }
    assert_eq!(consumer.try_dequeue().unwrap().number, 0);
    drop(consumer);
    assert_eq!(drops.count(), 3);
    let statistics = producer.statistics();
    assert_eq!((statistics.total_dequeued, statistics.total_dropped), (1, 2));
    assert!(
        matches!(producer.try_enqueue(drops.value(7)), Err(QueueError::Refused(value)) if value.number == 7)
    );

    let (producer, consumer) = MpscQueue::new(4).unwrap().split();
    producer.try_enqueue(drops.value(0)).unwrap();
    drop(consumer);
    assert_eq!(producer.statistics().total_dropped, 1);
    assert!(producer.is_closed() && producer.is_empty());
}

#[test]
fn the_last_producer_to_go_closes_the_queue_for_a_consumer_that_drains_it() {
    let (mut producer, mut consumer) = SpscQueue::<u64>::new(2).unwrap().split();
    producer.try_enqueue(1).unwrap();
    drop(producer);
    assert!(consumer.is_closed() && !consumer.is_drained());
    assert_eq!((consumer.try_dequeue(), consumer.is_drained()), (Some(1), true));

    let (producer, mut consumer) = MpscQueue::<u64>::new(2).unwrap().split();
    let second = producer.clone();
    drop(producer);
    assert!(!consumer.is_closed());
    second.try_enqueue(2).unwrap();
    drop(second);
    assert_eq!((consumer.try_dequeue(), consumer.is_drained()), (Some(2), true));
}

#[test]
fn either_half_can_close() {
    let (mut producer, mut consumer) = SpscQueue::<u64>::new(2).unwrap().split();
    producer.try_enqueue(1).unwrap();
    consumer.close();
    assert_eq!(producer.try_enqueue(2), Err(QueueError::Refused(2)));
    assert_eq!((consumer.try_dequeue(), consumer.is_drained()), (Some(1), true));
    let (mut producer, consumer) = SpscQueue::<u64>::new(2).unwrap().split();
    producer.close();
    assert!(consumer.is_drained());
}

#[test]
fn splitting_keeps_the_messages() {
    let queue = SpscQueue::<u64>::new(2).unwrap();
    queue.try_enqueue(1).unwrap();
    let (mut producer, mut consumer) = queue.split();
    producer.try_enqueue(2).unwrap();
    let mut taken = Vec::new();
    assert_eq!(consumer.try_dequeue_batch(8, |message| taken.push(message)), 2);
    assert_eq!(taken, [1, 2]);
}

#[test]
fn a_batch_takes_no_more_than_its_limit() {
    let (producer, mut consumer) = MpscQueue::<u64>::new(8).unwrap().split();
    for number in 0..5 {
        producer.try_enqueue(number).unwrap();
    }
    let mut taken = Vec::new();
    assert_eq!(consumer.try_dequeue_batch(3, |message| taken.push(message)), 3);
    assert_eq!((taken, consumer.len()), (vec![0, 1, 2], 2));
}

#[test]
fn statistics_count_accepted_taken_and_the_peak() {
    fn check(queue: impl MessageQueue<u64>) {
        for number in 0..3 {
            queue.try_enqueue(number).unwrap();
        }
        for _ in 0..10 {
            queue.try_dequeue().unwrap();
            queue.try_enqueue(0).unwrap();
        }
        queue.try_dequeue().unwrap();
        let QueueStatistics { total_enqueued, total_dequeued, total_dropped, peak_depth, .. } =
            queue.statistics();
        assert_eq!((total_enqueued, total_dequeued, total_dropped, peak_depth), (13, 11, 0, 3));
        assert_eq!(
            queue.stats(),
            QueueStats { enqueued: 13, dequeued: 11, dropped: 0, depth: 2, max_depth: 3 }
        );
    }
    on_both!(check, 4);
}

#[test]
fn a_refused_message_is_in_no_figure() {
    fn check(queue: impl MessageQueue<u64>) {
        queue.try_enqueue(1).unwrap();
        queue.try_enqueue(2).unwrap_err();
        let statistics = queue.statistics();
        assert_eq!((statistics.total_enqueued, statistics.total_dropped, statistics.peak_depth), (1, 0, 1));
    }
    on_both!(check, 1);
}

#[test]
fn the_average_latency_is_the_time_a_sampled_message_waited() {
    fn check(queue: impl MessageQueue<u64>) {
        assert_eq!(queue.statistics().average_latency_ns, 0);
        // Only the first and the 257th are measured: the first waits, the others cannot move the mean.
        queue.try_enqueue(0).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        queue.try_dequeue().unwrap();
        let one = queue.statistics().average_latency_ns;
        assert!(one >= 20_000_000, "{one}");
        for number in 1..256 {
            queue.try_enqueue(number).unwrap();
            queue.try_dequeue().unwrap();
        }
        assert_eq!(queue.statistics().average_latency_ns, one);
        queue.try_enqueue(256).unwrap();
        queue.try_dequeue().unwrap();
        assert!(queue.statistics().average_latency_ns < one);
    }
    on_both!(check, 2);
    on_both!(check, 512);
}

#[test]
fn messages_without_size_are_counted_like_any_other() {
    fn check(queue: impl MessageQueue<()>) {
        queue.try_enqueue(()).unwrap();
        queue.try_enqueue(()).unwrap();
        assert_eq!(queue.try_enqueue(()), Err(QueueError::Full(())));
        assert_eq!(
            [queue.try_dequeue(), queue.try_dequeue(), queue.try_dequeue()],
            [Some(()), Some(()), None]
        );
    }
    on_both!(check, 2);
}

#[test]
fn an_error_prints_without_its_message_and_says_what_happened() {
    struct Private;
    let error = QueueError::Full(Private);
    assert_eq!(format!("{error:?}"), "Full(..)");
    assert_eq!(error.to_string(), "the queue is full: the message is handed back");
    fn is_error<E: std::error::Error>(_: &E) {}
    is_error(&error);
    assert!(QueueError::<Private>::Timeout.into_message().is_none());
}
