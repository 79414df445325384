//! The threads of a sample: they start together, the receiver stops the clock.

use std::sync::Barrier;
use std::time::Instant;

use crossbeam_utils::Backoff;
use ringkernel_bench::host::on_two_processors;
use ringkernel_bench::statistics::ns_each;

use super::packet::{Packet, Received};

/// Nanoseconds a message while `send` runs on one processor and `receive` on another. Each owns its end of the queue: ends that
/// lie side by side on the stack of a third thread would share a cache line, which costs whoever keeps positions there more than
/// the queue does.
pub(crate) fn one_sender(
    count: u64,
    send: impl FnOnce() + Send,
    receive: impl FnOnce(&mut Received<1>) + Send,
) -> f64 {
    let start = Barrier::new(2);
    on_two_processors(
        || {
            start.wait();
            send();
        },
        || {
            let mut received = Received::expecting(count);
            start.wait();
            let started = Instant::now();
            receive(&mut received);
            let elapsed = started.elapsed();
            assert!(received.is_complete());
            ns_each(elapsed, count)
        },
    )
}

/// Sends `count` packets by a `push` that refuses when the queue is full, polling for room.
#[inline(always)]
pub(crate) fn push_each<const WORDS: usize>(
    count: u64,
    mut push: impl FnMut(Packet<WORDS>) -> Result<(), Packet<WORDS>>,
) {
    for position in 0..count {
        let mut packet = Packet::numbered(position);
        while let Err(refused) = push(packet) {
            packet = refused;
            std::hint::spin_loop();
        }
    }
}

/// Receives until complete by a `pop` that finds nothing when the queue is empty, polling for more.
#[inline(always)]
pub(crate) fn pop_each<const WORDS: usize>(
    received: &mut Received<1>,
    mut pop: impl FnMut() -> Option<Packet<WORDS>>,
) {
    while !received.is_complete() {
        match pop() {
            Some(packet) => received.take(&packet),
            None => std::hint::spin_loop(),
        }
    }
}

/// Nanoseconds a message from two senders to one receiver. The three threads share two processors, so those that poll give
/// way after a while; nothing is pinned.
pub(crate) fn two_senders<S: FnOnce(usize) + Send>(
    count: u64,
    senders: [S; 2],
    receive: impl FnOnce(&mut Received<2>),
) -> f64 {
    let start = Barrier::new(3);
    std::thread::scope(|scope| {
        for (index, send) in senders.into_iter().enumerate() {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                send(index);
            });
        }
        let mut received = Received::expecting(count);
        start.wait();
        let started = Instant::now();
        receive(&mut received);
        let elapsed = started.elapsed();
        assert!(received.is_complete());
        ns_each(elapsed, count)
    })
}

/// [`push_each`] for threads that share processors.
pub(crate) fn push_each_giving_way<const WORDS: usize>(
    sender: usize,
    count: u64,
    mut push: impl FnMut(Packet<WORDS>) -> Result<(), Packet<WORDS>>,
) {
    for position in 0..count {
        let backoff = Backoff::new();
        let mut packet = Packet::numbered(Received::<2>::number(sender, position));
        while let Err(refused) = push(packet) {
            packet = refused;
            backoff.snooze();
        }
    }
}

/// [`pop_each`] for threads that share processors.
pub(crate) fn pop_each_giving_way<const WORDS: usize>(
    received: &mut Received<2>,
    mut pop: impl FnMut() -> Option<Packet<WORDS>>,
) {
    let backoff = Backoff::new();
    while !received.is_complete() {
        match pop() {
            Some(packet) => {
                received.take(&packet);
                backoff.reset();
            }
            None => backoff.snooze(),
        }
    }
}
