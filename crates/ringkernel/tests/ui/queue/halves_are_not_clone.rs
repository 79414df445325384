//! There is one producer and one consumer of an SPSC queue.

use ringkernel::queue::SpscQueue;

fn main() {
    let (producer, consumer) = SpscQueue::<u64>::new(8).unwrap().split();
    let second_producer = producer.clone();
    let second_consumer = consumer.clone();
}
