//! One sender, one receiver, one message at a time.

use disruptor::{BusySpin, Polling, Producer as _};
use ringbuf::HeapRb;
use ringbuf::traits::{Consumer as _, Producer as _, Split as _};
use ringkernel::queue::ring::{PushError, spsc as ring};
use ringkernel::queue::{QueueError, SpscQueue};
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Target, Threads};

use super::drive::{one_sender, pop_each, push_each};
use super::envelopes::Numbered;
use super::packet::Packet;
use super::{CAPACITY, by_hand, envelopes};

/// `M` is the message whose encoded size is that of the packets.
pub(crate) fn comparison<const WORDS: usize, M: Numbered>(
    id: &'static str,
    title: &'static str,
    count: u64,
) -> Comparison {
    Comparison {
        id,
        title: title.into(),
        setup: "Two threads on two processors, 1,024 slots. Every message is built, moved in, moved out and checked one by one \
                (the disruptor writes and reads in place, and gives back slots after each poll). Rings poll with PAUSE; kanal and \
                crossbeam-channel wait in their own way. `ring` and `SpscQueue` carry the same bare bytes as the peers, the queue \
                with counters and wake-ups; `envelopes` are whole messages: encoded, with the 256-byte header, an identifier, a \
                timestamp of the hybrid logical clock, through a queue that counts, and decoded.".into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ring", move || ours::<WORDS>(count)),
            Contestant::ours("SpscQueue", move || ours_queue::<WORDS>(count)),
            Contestant::ours("SpscQueue of envelopes", move || envelopes::one_by_one::<M>(count / 4)),
            Contestant::peer("rtrb", move || rtrb::<WORDS>(count)),
            Contestant::peer("ringbuf", move || ringbuf::<WORDS>(count)),
            Contestant::peer("disruptor", move || disruptor::<WORDS>(count)),
            Contestant::peer("kanal", move || kanal::<WORDS>(count / 2)),
            Contestant::peer("crossbeam-channel", move || crossbeam::<WORDS>(count / 4)),
            Contestant::floor("by hand", move || by_hand::one_by_one::<WORDS>(count)),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "ring",
            limit: 1.15,
            against: Against::BestOf(&["rtrb", "ringbuf", "disruptor"]),
        }],
    }
}

fn ours<const WORDS: usize>(count: u64) -> f64 {
    let (mut producer, mut consumer) = ring::channel::<Packet<WORDS>>(CAPACITY).expect("a power of two");
    one_sender(
        count,
        move || {
            push_each(count, |packet| match producer.push(packet) {
                Ok(()) => Ok(()),
                Err(PushError::Full(packet) | PushError::Closed(packet)) => Err(packet),
            });
        },
        move |received| pop_each(received, || consumer.pop()),
    )
}

fn ours_queue<const WORDS: usize>(count: u64) -> f64 {
    let queue = SpscQueue::<Packet<WORDS>>::new(CAPACITY).expect("a power of two");
    let (mut producer, mut consumer) = queue.split();
    one_sender(
        count,
        move || {
            push_each(count, |packet| match producer.try_enqueue(packet) {
                Ok(()) => Ok(()),
                Err(QueueError::Full(packet)) => Err(packet),
                Err(other) => panic!("{other:?}"),
            });
        },
        move |received| pop_each(received, || consumer.try_dequeue()),
    )
}

fn rtrb<const WORDS: usize>(count: u64) -> f64 {
    let (mut producer, mut consumer) = rtrb::RingBuffer::<Packet<WORDS>>::new(CAPACITY);
    one_sender(
        count,
        move || {
            push_each(count, |packet| producer.push(packet).map_err(|rtrb::PushError::Full(packet)| packet));
        },
        move |received| pop_each(received, || consumer.pop().ok()),
    )
}

fn ringbuf<const WORDS: usize>(count: u64) -> f64 {
    let (mut producer, mut consumer) = HeapRb::<Packet<WORDS>>::new(CAPACITY).split();
    one_sender(
        count,
        move || push_each(count, |packet| producer.try_push(packet)),
        move |received| pop_each(received, || consumer.try_pop()),
    )
}

fn disruptor<const WORDS: usize>(count: u64) -> f64 {
    let builder = disruptor::build_single_producer(CAPACITY, Packet::<WORDS>::default, BusySpin);
    let (mut poller, builder) = builder.new_event_poller();
    let mut producer = builder.build();
    one_sender(
        count,
        move || {
            for position in 0..count {
                producer.publish(|slot| *slot = Packet::numbered(position));
            }
        },
        move |received| {
            while !received.is_complete() {
                match poller.poll() {
                    Ok(mut events) => (&mut events).for_each(|packet| received.take(packet)),
                    Err(Polling::NoEvents) => std::hint::spin_loop(),
                    Err(Polling::Shutdown) => break,
                }
            }
        },
    )
}

fn kanal<const WORDS: usize>(count: u64) -> f64 {
    let (sender, receiver) = kanal::bounded::<Packet<WORDS>>(CAPACITY);
    one_sender(
        count,
        move || push_each(count, |packet| sender.send(packet).map_err(|_| packet)),
        move |received| pop_each(received, || receiver.recv().ok()),
    )
}

fn crossbeam<const WORDS: usize>(count: u64) -> f64 {
    let (sender, receiver) = crossbeam_channel::bounded::<Packet<WORDS>>(CAPACITY);
    one_sender(
        count,
        move || push_each(count, |packet| sender.send(packet).map_err(|refused| refused.0)),
        move |received| pop_each(received, || receiver.recv().ok()),
    )
}
