//! Two senders, one receiver.

use crossbeam_queue::ArrayQueue;
use disruptor::{BusySpinWithSpinLoopHint, Polling, Producer as _};
use ringkernel::queue::ring::{PushError, mpsc as ring};
use ringkernel::queue::{MpscQueue, QueueError};
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Target, Threads};

use super::drive::{pop_each_giving_way, push_each_giving_way, two_senders};
use super::packet::Packet as PacketOf;
use super::packet::Received;
use super::{CAPACITY, envelopes};

type Packet = PacketOf<8>;

pub(crate) fn comparison(count: u64) -> Comparison {
    Comparison {
        id: "mpsc-64",
        title: "MPSC 64 B, 2 producers".into(),
        setup: "Three threads on two processors, 1,024 slots; the order of each producer's messages is checked. The rings, \
                ArrayQueue, ThingBuf and the disruptor are polled and give the processor way after a while; the channels block in \
                their own way. `envelopes` as for SPSC.".into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::Several,
        contestants: vec![
            Contestant::ours("ring", move || ours(count)),
            Contestant::ours("MpscQueue", move || ours_queue(count)),
            Contestant::ours("MpscQueue of envelopes", move || envelopes::two_producers(count / 4)),
            Contestant::peer("kanal", move || kanal(count)),
            Contestant::peer("thingbuf", move || thingbuf(count)),
            Contestant::peer("disruptor", move || disruptor(count)),
            Contestant::peer("ArrayQueue", move || array_queue(count)),
            Contestant::peer("crossbeam-channel", move || crossbeam(count / 2)),
            Contestant::peer("tokio mpsc", move || tokio_mpsc(count / 4)),
        ],
        targets: vec![Target { measure: 0, ours: "ring", limit: 1.15, against: Against::BestOf(&["kanal"]) }],
    }
}

fn ours(count: u64) -> f64 {
    let (producer, mut consumer) = ring::channel::<Packet>(CAPACITY).expect("a power of two");
    let senders = [producer.clone(), producer].map(|producer| {
        move |sender| {
            push_each_giving_way(sender, count / 2, |packet| match producer.push(packet) {
                Ok(()) => Ok(()),
                Err(PushError::Full(packet) | PushError::Closed(packet)) => Err(packet),
            });
        }
    });
    two_senders(count, senders, |received| pop_each_giving_way(received, || consumer.pop()))
}

fn ours_queue(count: u64) -> f64 {
    let (producer, mut consumer) = MpscQueue::<Packet>::new(CAPACITY).expect("a power of two").split();
    let senders = [producer.clone(), producer].map(|producer| {
        move |sender| {
            push_each_giving_way(sender, count / 2, |packet| match producer.try_enqueue(packet) {
                Ok(()) => Ok(()),
                Err(QueueError::Full(packet)) => Err(packet),
                Err(other) => panic!("{other:?}"),
            });
        }
    });
    two_senders(count, senders, |received| pop_each_giving_way(received, || consumer.try_dequeue()))
}

fn kanal(count: u64) -> f64 {
    let (sender, receiver) = kanal::bounded::<Packet>(CAPACITY);
    let senders = [sender.clone(), sender].map(|channel| {
        move |sender| {
            push_each_giving_way(sender, count / 2, |packet| channel.send(packet).map_err(|_| packet));
        }
    });
    two_senders(count, senders, |received| pop_each_giving_way(received, || receiver.recv().ok()))
}

fn thingbuf(count: u64) -> f64 {
    let queue = thingbuf::ThingBuf::<Packet>::new(CAPACITY);
    let senders = [&queue, &queue].map(|queue| {
        move |sender| {
            push_each_giving_way(sender, count / 2, |packet| {
                queue.push(packet).map_err(|full| full.into_inner())
            });
        }
    });
    two_senders(count, senders, |received| pop_each_giving_way(received, || queue.pop()))
}

fn disruptor(count: u64) -> f64 {
    let builder = disruptor::build_multi_producer(CAPACITY, Packet::default, BusySpinWithSpinLoopHint);
    let (mut poller, builder) = builder.new_event_poller();
    let producer = builder.build();
    let senders = [producer.clone(), producer].map(|mut producer| {
        move |sender| {
            push_each_giving_way(sender, count / 2, |packet| {
                producer.try_publish(|slot| *slot = packet).map(drop).map_err(|_| packet)
            });
        }
    });
    two_senders(count, senders, |received: &mut Received<2>| {
        let backoff = crossbeam_utils::Backoff::new();
        while !received.is_complete() {
            match poller.poll() {
                Ok(mut events) => {
                    (&mut events).for_each(|packet| received.take(packet));
                    backoff.reset();
                }
                Err(Polling::NoEvents) => backoff.snooze(),
                Err(Polling::Shutdown) => break,
            }
        }
    })
}

fn array_queue(count: u64) -> f64 {
    let queue = ArrayQueue::<Packet>::new(CAPACITY);
    let senders = [&queue, &queue]
        .map(|queue| move |sender| push_each_giving_way(sender, count / 2, |packet| queue.push(packet)));
    two_senders(count, senders, |received| pop_each_giving_way(received, || queue.pop()))
}

fn crossbeam(count: u64) -> f64 {
    let (sender, receiver) = crossbeam_channel::bounded::<Packet>(CAPACITY);
    let senders = [sender.clone(), sender].map(|channel| {
        move |sender| {
            push_each_giving_way(sender, count / 2, |packet| {
                channel.send(packet).map_err(|refused| refused.0)
            });
        }
    });
    two_senders(count, senders, |received| pop_each_giving_way(received, || receiver.recv().ok()))
}

fn tokio_mpsc(count: u64) -> f64 {
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<Packet>(CAPACITY);
    let senders = [sender.clone(), sender].map(|channel| {
        move |sender| {
            push_each_giving_way(sender, count / 2, |packet| {
                channel.blocking_send(packet).map_err(|refused| refused.0)
            });
        }
    });
    two_senders(count, senders, |received| pop_each_giving_way(received, || receiver.blocking_recv()))
}
