//! A half is used by one thread at a time.

use ringkernel::queue::SpscQueue;

fn main() {
    let (mut producer, _consumer) = SpscQueue::<u64>::new(8).unwrap().split();
    std::thread::scope(|scope| {
        scope.spawn(|| producer.try_enqueue(1));
        scope.spawn(|| producer.try_enqueue(2));
    });
}
