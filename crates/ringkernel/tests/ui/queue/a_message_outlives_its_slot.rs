//! What is read in place is given back before the next message is taken.

use ringkernel::queue::SpscQueue;

fn main() {
    let (_producer, mut consumer) = SpscQueue::<String>::new(8).unwrap().split();
    let oldest = consumer.peek();
    consumer.try_dequeue();
    println!("{oldest:?}");
}
