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
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        20 => Just(Step::Enqueue),
        16 => Just(Step::Dequeue),
        1 => Just(Step::Close),
    ];
    prop::collection::vec(step, 0..if cfg!(miri) { 40 } else { 300 })
}

pub(super) fn config() -> ProptestConfig {
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
}
