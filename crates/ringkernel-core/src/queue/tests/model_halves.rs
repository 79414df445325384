//! Random sequences of operations on halves, in ones, in batches and in place, compared with a `VecDeque`.

use super::counted::{Counted, Drops};
use super::model::config;
use crate::queue::{MpscQueue, SpscQueue};
use proptest::prelude::*;
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// One message.
    Enqueue,
    /// As many as fit of this number.
    Offer(usize),
    /// Reserves the first number of slots, fills the second.
    Reserve(usize, usize),
    Dequeue,
    Peek,
    Batch(usize),
    /// Looks at the first number of messages, commits the second.
    Read(usize, usize),
    /// Looks at the first number of messages, moves the second out, drops the rest of the iterator.
    Iterate(usize, usize),
    CloseProducer,
    CloseConsumer,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let few = || 0_usize..6;
    let step = prop_oneof![
        8 => Just(Step::Enqueue),
        4 => few().prop_map(Step::Offer),
        4 => (few(), few()).prop_map(|(slots, count)| Step::Reserve(slots, count)),
        4 => Just(Step::Dequeue),
        2 => Just(Step::Peek),
        3 => few().prop_map(Step::Batch),
        3 => (few(), few()).prop_map(|(limit, count)| Step::Read(limit, count)),
        3 => (few(), few()).prop_map(|(limit, count)| Step::Iterate(limit, count)),
        1 => prop_oneof![6 => Just(Step::Enqueue), 1 => Just(Step::CloseProducer), 1 => Just(Step::CloseConsumer)],
    ];
    prop::collection::vec(step, 0..if cfg!(miri) { 40 } else { 300 })
}

/// What the queue must hold, and whether it is closed.
#[derive(Default)]
struct Model {
    capacity: usize,
    made: u64,
    messages: VecDeque<u64>,
    closed: bool,
    /// Whether the producer has closed, or learned that it is closed.
    ended: bool,
    drops: Drops,
}

impl Model {
    fn new(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    /// How many of `count` messages will be accepted.
    fn room(&mut self, count: usize) -> usize {
        self.ended |= self.closed;
        if self.closed { 0 } else { count.min(self.capacity - self.messages.len()) }
    }

    fn make(&mut self) -> Counted {
        self.made += 1;
        self.drops.value(self.made)
    }

    fn accepted(&mut self, first: u64, count: usize) {
        self.messages.extend(first..first + count as u64);
    }

    fn expect(&mut self, messages: impl IntoIterator<Item = u64>) {
        for message in messages {
            assert_eq!(Some(message), self.messages.pop_front());
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn spsc_halves_behave_like_a_bounded_deque_until_one_goes_away(shift in 0_u32..4, steps in steps()) {
        let (mut producer, mut consumer) = SpscQueue::new(1 << shift).unwrap().split();
        let mut model = Model::new(1 << shift);
        for step in &steps {
            let first = model.made + 1;
            match *step {
                Step::Enqueue => {
                    let room = model.room(1);
                    prop_assert_eq!(producer.try_enqueue(model.make()).is_ok(), room == 1);
                    model.accepted(first, room);
                }
                Step::Offer(count) => {
                    let room = model.room(count);
                    let offer: Vec<_> = (0..count).map(|_| model.make()).collect();
                    let mut offer = offer.into_iter();
                    prop_assert_eq!(producer.try_enqueue_batch(&mut offer), room);
                    prop_assert_eq!(offer.next().map(|left| left.number), (room < count).then_some(first + room as u64));
                    model.accepted(first, room);
                }
                Step::Reserve(slots, count) => {
                    let room = model.room(slots);
                    let chunk = producer.write_chunk(slots);
                    prop_assert_eq!(chunk.is_some(), room == slots && !model.closed);
                    if let Some(mut chunk) = chunk {
                        for number in 0..count {
                            prop_assert_eq!(chunk.push(model.make()).is_ok(), number < slots);
                        }
                        prop_assert_eq!(consumer.len(), model.messages.len(), "nothing is published early");
                        model.accepted(first, count.min(slots));
                        prop_assert_eq!((chunk.len(), chunk.remaining()), (count.min(slots), slots.saturating_sub(count)));
                    }
                }
                Step::Dequeue => {
                    let number = consumer.try_dequeue().map(|message| message.number);
                    prop_assert_eq!(number, model.messages.pop_front());
                }
                Step::Peek => {
                    let number = consumer.peek().map(|message| message.number);
                    prop_assert_eq!(number, model.messages.front().copied());
                }
                Step::Batch(limit) => {
                    let expected = limit.min(model.messages.len());
                    let count = consumer.try_dequeue_batch(limit, |message| model.expect([message.number]));
                    prop_assert_eq!(count, expected);
                }
                Step::Read(limit, count) => {
                    let chunk = consumer.read_chunk(limit);
                    prop_assert_eq!(chunk.len(), limit.min(model.messages.len()));
                    let (front, back) = chunk.as_slices();
                    let numbers: Vec<_> = front.iter().chain(back).map(|message| message.number).collect();
                    prop_assert!(model.messages.iter().zip(&numbers).all(|(expected, number)| expected == number));
                    chunk.commit(count);
                    model.expect(numbers.into_iter().take(count));
                }
                Step::Iterate(limit, count) => {
                    let chunk = consumer.read_chunk(limit);
                    let numbers: Vec<_> = chunk.into_iter().take(count).map(|message| message.number).collect();
                    prop_assert_eq!(numbers.len(), count.min(limit).min(model.messages.len()));
                    model.expect(numbers);
                }
                Step::CloseProducer => {
                    producer.close();
                    (model.closed, model.ended) = (true, true);
                }
                Step::CloseConsumer => {
                    consumer.close();
                    model.closed = true;
                }
            }
            prop_assert_eq!(consumer.len(), model.messages.len());
            prop_assert_eq!(consumer.is_closed(), model.closed);
            prop_assert_eq!(consumer.is_drained(), model.ended && model.messages.is_empty());
            prop_assert_eq!(model.drops.count(), model.made as usize - model.messages.len());
        }
        let left = model.messages.len() as u64;
        drop(consumer);
        prop_assert_eq!(model.drops.count() as u64, model.made);
        prop_assert_eq!(producer.statistics().total_dropped, left);
        prop_assert!(producer.try_enqueue(model.make()).is_err());
    }

    #[test]
    fn mpsc_halves_behave_like_a_bounded_deque_until_one_goes_away(shift in 0_u32..4, steps in steps()) {
        let (producer, mut consumer) = MpscQueue::new(1 << shift).unwrap().split();
        let mut model = Model::new(1 << shift);
        for step in &steps {
            let first = model.made + 1;
            match *step {
                Step::Enqueue | Step::Reserve(..) => {
                    let room = model.room(1);
                    prop_assert_eq!(producer.try_enqueue(model.make()).is_ok(), room == 1);
                    model.accepted(first, room);
                }
                Step::Offer(count) => {
                    let room = model.room(count);
                    let mut offer: Vec<_> = (0..count).map(|_| model.make()).collect();
                    prop_assert_eq!(producer.try_enqueue_batch(&mut offer), room);
                    prop_assert_eq!(offer.len(), count - room);
                    prop_assert!(offer.iter().zip(first + room as u64..).all(|(left, number)| left.number == number));
                    model.accepted(first, room);
                }
                Step::Dequeue => {
                    let number = consumer.try_dequeue().map(|message| message.number);
                    prop_assert_eq!(number, model.messages.pop_front());
                }
                Step::Peek => {
                    let number = consumer.peek().map(|message| message.number);
                    prop_assert_eq!(number, model.messages.front().copied());
                }
                Step::Batch(limit) | Step::Read(limit, _) | Step::Iterate(limit, _) => {
                    let expected = limit.min(model.messages.len());
                    let count = consumer.try_dequeue_batch(limit, |message| model.expect([message.number]));
                    prop_assert_eq!(count, expected);
                }
                Step::CloseProducer => {
                    producer.close();
                    model.closed = true;
                }
                Step::CloseConsumer => {
                    consumer.close();
                    model.closed = true;
                }
            }
            prop_assert_eq!(consumer.len(), model.messages.len());
            prop_assert_eq!(consumer.is_closed(), model.closed);
            prop_assert_eq!(consumer.is_drained(), model.closed && model.messages.is_empty());
            prop_assert_eq!(model.drops.count(), model.made as usize - model.messages.len());
        }
        let left = model.messages.len() as u64;
        drop(consumer);
        prop_assert_eq!(model.drops.count() as u64, model.made);
        prop_assert_eq!(producer.statistics().total_dropped, left);
    }
}
