//! Random sequences of operations, compared with a `VecDeque`.

use super::counted::Drops;
use crate::queue::{MessageQueue, MpscQueue, QueueError, SpscQueue};
use proptest::prelude::*;
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy)]
enum Step {
    Enqueue,
    Dequeue,
    Close,
    Batch(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        20 => Just(Step::Enqueue),
        16 => Just(Step::Dequeue),
        1 => Just(Step::Close),
        2 => (0_usize..4).prop_map(Step::Batch),
    ];
    prop::collection::vec(step, 0..if cfg!(miri) { 40 } else { 300 })
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 256 },
        failure_persistence: None,
        ..Default::default()
    }
}

/// What a queue of this capacity must do.
struct Model {
    capacity: usize,
    messages: VecDeque<u64>,
    closed: bool,
    enqueued: u64,
    peak: usize,
}

impl Model {
    fn new(capacity: usize) -> Self {
        Self { capacity, messages: VecDeque::new(), closed: false, enqueued: 0, peak: 0 }
    }

    fn enqueue(&mut self, message: u64) -> Result<(), QueueError<u64>> {
        if self.closed {
            return Err(QueueError::Refused(message));
        }
        if self.messages.len() == self.capacity {
            return Err(QueueError::Full(message));
        }
        self.messages.push_back(message);
        self.enqueued += 1;
        self.peak = self.peak.max(self.messages.len());
        Ok(())
    }

    fn check(&self, queue: &impl MessageQueue<super::counted::Counted>) {
        assert_eq!(queue.len(), self.messages.len());
        assert_eq!(queue.is_closed(), self.closed);
        assert_eq!(queue.is_full(), self.messages.len() == self.capacity);
        let statistics = queue.statistics();
        assert_eq!(statistics.total_enqueued, self.enqueued);
        assert_eq!(statistics.total_dequeued, self.enqueued - self.messages.len() as u64);
        assert_eq!(statistics.peak_depth, self.peak);
    }
}

fn check(queue: impl MessageQueue<super::counted::Counted>, drops: &Drops, steps: &[Step]) {
    let mut model = Model::new(queue.capacity());
    let mut made = 0;
    for step in steps {
        match step {
            Step::Enqueue => {
                made += 1;
                let answer = queue.try_enqueue(drops.value(made));
                match (answer, model.enqueue(made)) {
                    (Ok(()), Ok(())) => {}
                    (Err(QueueError::Full(back)), Err(QueueError::Full(expected)))
                    | (Err(QueueError::Refused(back)), Err(QueueError::Refused(expected))) => {
                        assert_eq!(back.number, expected);
                    }
                    (answer, expected) => panic!("{answer:?} instead of {expected:?}"),
                }
            }
            Step::Dequeue => {
                assert_eq!(queue.try_dequeue().map(|message| message.number), model.messages.pop_front());
            }
            Step::Close => {
                queue.close();
                model.closed = true;
            }
            Step::Batch(count) => {
                for _ in 0..*count {
                    assert_eq!(queue.try_dequeue().map(|message| message.number), model.messages.pop_front());
                }
            }
        }
        model.check(&queue);
    }
    assert_eq!(drops.count() as u64, made - model.messages.len() as u64);
    drop(queue);
    assert_eq!(drops.count() as u64, made);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_spsc_queue_behaves_like_a_bounded_deque(shift in 0_u32..3, steps in steps()) {
        let drops = Drops::default();
        check(SpscQueue::new(1 << shift).unwrap(), &drops, &steps);
    }

    #[test]
    fn an_mpsc_queue_behaves_like_a_bounded_deque(shift in 0_u32..3, steps in steps()) {
        let drops = Drops::default();
        check(MpscQueue::new(1 << shift).unwrap(), &drops, &steps);
    }

    #[test]
    fn halves_behave_like_a_bounded_deque_until_one_goes_away(shift in 0_u32..3, steps in steps()) {
        let drops = Drops::default();
        let (mut producer, mut consumer) = SpscQueue::new(1 << shift).unwrap().split();
        let mut model = Model::new(1 << shift);
        let mut made = 0;
        for step in &steps {
            match step {
                Step::Enqueue => {
                    made += 1;
                    let accepted = producer.try_enqueue(drops.value(made)).is_ok();
                    prop_assert_eq!(accepted, model.enqueue(made).is_ok());
                }
                Step::Dequeue => {
                    let number = consumer.try_dequeue().map(|message| message.number);
                    prop_assert_eq!(number, model.messages.pop_front());
                }
                Step::Batch(limit) => {
                    let count = consumer.try_dequeue_batch(*limit, |message| {
                        assert_eq!(Some(message.number), model.messages.pop_front());
                    });
                    prop_assert!(count == *limit || model.messages.is_empty());
                }
                Step::Close if made % 2 == 0 => {
                    producer.close();
                    model.closed = true;
                }
                Step::Close => {
                    consumer.close();
                    model.closed = true;
                }
            }
            prop_assert_eq!(consumer.len(), model.messages.len());
            prop_assert_eq!(consumer.is_drained(), model.closed && model.messages.is_empty());
        }
        let left = model.messages.len() as u64;
        drop(consumer);
        prop_assert_eq!(drops.count() as u64, made);
        prop_assert_eq!(producer.statistics().total_dropped, left);
        prop_assert!(producer.try_enqueue(drops.value(0)).is_err());
    }
}
