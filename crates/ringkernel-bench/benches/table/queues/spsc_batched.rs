//! One sender, one receiver, 64 messages at a time.

use std::ops::Range;

use disruptor::{BusySpin, Polling, Producer as _};
use ringbuf::HeapRb;
use ringbuf::traits::{Consumer as _, Producer as _, Split as _};
use ringkernel::queue::SpscQueue;
use ringkernel::queue::ring::spsc::{self as ring, ReadChunk};
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Target, Threads};

use super::drive::one_sender;
use super::packet::{Packet, Received};
use super::{BATCH, CAPACITY, by_hand};

pub(crate) fn comparison<const WORDS: usize>(
    id: &'static str,
    title: &'static str,
    count: u64,
) -> Comparison {
    // Whole batches only.
    let count = count.next_multiple_of(BATCH as u64);
    Comparison {
        id,
        title: title.into(),
        setup: "As one by one, but up to 64 messages are published and taken at once, by the interface that each queue has for \
                that: ours from an iterator, read in place; rtrb's chunks, written and read in place; ringbuf's iterators; the \
                disruptor's batches.".into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ring", move || ours::<WORDS>(count)),
            Contestant::ours("SpscQueue", move || ours_queue::<WORDS>(count)),
            Contestant::peer("rtrb chunks", move || rtrb::<WORDS>(count)),
            Contestant::peer("ringbuf", move || ringbuf::<WORDS>(count)),
            Contestant::peer("disruptor", move || disruptor::<WORDS>(count)),
            Contestant::floor("by hand", move || by_hand::batched::<WORDS>(count)),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ring",
            limit: 1.15,
            against: Against::BestOf(&["rtrb chunks"]),
        }],
    }
}

fn ours<const WORDS: usize>(count: u64) -> f64 {
    let (mut producer, mut consumer) = ring::channel::<Packet<WORDS>>(CAPACITY).expect("a power of two");
    one_sender(
        count,
        move || push_batches(count, |packets| producer.push_batch(packets)),
        move |received| {
            while !received.is_complete() {
                read(consumer.read_chunk(BATCH), received);
            }
        },
    )
}

fn ours_queue<const WORDS: usize>(count: u64) -> f64 {
    let queue = SpscQueue::<Packet<WORDS>>::new(CAPACITY).expect("a power of two");
    let (mut producer, mut consumer) = queue.split();
    one_sender(
        count,
        move || push_batches(count, |packets| producer.try_enqueue_batch(packets)),
        move |received| {
            while !received.is_complete() {
                read(consumer.read_chunk(BATCH), received);
            }
        },
    )
}

/// The packets of a batch that are still to be sent.
struct Batch<const WORDS: usize>(Range<u64>);

impl<const WORDS: usize> Iterator for Batch<WORDS> {
    type Item = Packet<WORDS>;

    #[inline(always)]
    fn next(&mut self) -> Option<Packet<WORDS>> {
        self.0.next().map(Packet::numbered)
    }
}

/// Sends `count` packets by a `push` that takes as many of a batch as there is room for.
#[inline(always)]
fn push_batches<const WORDS: usize>(count: u64, mut push: impl FnMut(&mut Batch<WORDS>) -> usize) {
    let mut position = 0;
    while position < count {
        let mut batch = Batch(position..count.min(position + BATCH as u64));
        match push(&mut batch) {
            0 => std::hint::spin_loop(),
            pushed => position += pushed as u64,
        }
    }
}

/// Reads a chunk in place and gives its slots back.
#[inline(always)]
fn read<const WORDS: usize>(chunk: ReadChunk<'_, Packet<WORDS>>, received: &mut Received<1>) {
    if chunk.is_empty() {
        std::hint::spin_loop();
    }
    let (first, second) = chunk.as_slices();
    first.iter().chain(second).for_each(|packet| received.take(packet));
    chunk.commit_all();
}

fn rtrb<const WORDS: usize>(count: u64) -> f64 {
    let (mut producer, mut consumer) = rtrb::RingBuffer::<Packet<WORDS>>::new(CAPACITY);
    one_sender(
        count,
        move || {
            let mut position = 0;
            while position < count {
                match producer.write_chunk_uninit(BATCH) {
                    Ok(chunk) => {
                        position += chunk.fill_from_iter((position..).map(Packet::numbered)) as u64;
                    }
                    Err(_) => std::hint::spin_loop(),
                }
            }
        },
        move |received| {
            while !received.is_complete() {
                let ready = consumer.slots().min(BATCH);
                let Ok(chunk) = consumer.read_chunk(ready) else { continue };
                if ready == 0 {
                    std::hint::spin_loop();
                }
                let (first, second) = chunk.as_slices();
                first.iter().chain(second).for_each(|packet| received.take(packet));
                chunk.commit_all();
            }
        },
    )
}

fn ringbuf<const WORDS: usize>(count: u64) -> f64 {
    let (mut producer, mut consumer) = HeapRb::<Packet<WORDS>>::new(CAPACITY).split();
    one_sender(
        count,
        move || {
            let mut position = 0;
            while position < count {
                let batch = position..count.min(position + BATCH as u64);
                match producer.push_iter(batch.map(Packet::numbered)) {
                    0 => std::hint::spin_loop(),
                    pushed => position += pushed as u64,
                }
            }
        },
        move |received| {
            while !received.is_complete() {
                let mut taken = 0;
                for packet in consumer.pop_iter().take(BATCH) {
                    received.take(&packet);
                    taken += 1;
                }
                if taken == 0 {
                    std::hint::spin_loop();
                }
            }
        },
    )
}

fn disruptor<const WORDS: usize>(count: u64) -> f64 {
    let builder = disruptor::build_single_producer(CAPACITY, Packet::<WORDS>::default, BusySpin);
    let (mut poller, builder) = builder.new_event_poller();
    let mut producer = builder.build();
    one_sender(
        count,
        move || {
            for batch in 0..count / BATCH as u64 {
                producer.batch_publish(BATCH, |slots| {
                    for (slot, position) in slots.zip(batch * BATCH as u64..) {
                        *slot = Packet::numbered(position);
                    }
                });
            }
        },
        move |received| {
            while !received.is_complete() {
                match poller.take(BATCH as u64) {
                    Ok(mut events) => (&mut events).for_each(|packet| received.take(packet)),
                    Err(Polling::NoEvents) => std::hint::spin_loop(),
                    Err(Polling::Shutdown) => break,
                }
            }
        },
    )
}
