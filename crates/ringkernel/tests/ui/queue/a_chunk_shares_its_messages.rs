//! Two threads may look at the messages of a chunk only when they may share the messages.

use ringkernel::queue::SpscQueue;
use std::cell::Cell;

fn main() {
    let (_producer, mut consumer) = SpscQueue::<Cell<u64>>::new(8).unwrap().split();
    let chunk = consumer.read_chunk(8);
    std::thread::scope(|scope| {
        scope.spawn(|| chunk.as_slices().0.len());
    });
}
