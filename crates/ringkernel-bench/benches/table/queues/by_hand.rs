//! A ring for one sender and one receiver with nothing around it: no closing, no dropping, no halves. The floor.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

use super::drive::one_sender;
use super::packet::Packet;
use super::{BATCH, CAPACITY};

struct Ring<const WORDS: usize> {
    head: CachePadded<AtomicU64>,
    tail: CachePadded<AtomicU64>,
    slots: Box<[UnsafeCell<Packet<WORDS>>]>,
}

// SAFETY: a slot is written by the sender between `head + CAPACITY` and `tail`, and read by the receiver between `tail` and
// `head`; each learns of the other's progress by acquiring what it released. The functions of this file are the only users.
unsafe impl<const WORDS: usize> Sync for Ring<WORDS> {}

impl<const WORDS: usize> Ring<WORDS> {
    fn new() -> Self {
        Self {
            head: CachePadded::default(),
            tail: CachePadded::default(),
            slots: (0..CAPACITY).map(|_| UnsafeCell::new(Packet::default())).collect(),
        }
    }

    #[inline(always)]
    fn slot(&self, position: u64) -> *mut Packet<WORDS> {
        self.slots[position as usize & (CAPACITY - 1)].get()
    }

    /// Sends `count` packets, publishing every `batch`.
    fn send(&self, count: u64, batch: u64) {
        let mut head_seen = 0;
        for first in (0..count).step_by(batch as usize) {
            let end = count.min(first + batch);
            while end - head_seen > CAPACITY as u64 {
                // Pairs with the receiver's release of `head`.
                head_seen = self.head.load(Ordering::Acquire);
                if end - head_seen > CAPACITY as u64 {
                    std::hint::spin_loop();
                }
            }
            for position in first..end {
                // SAFETY: the slot's last packet was taken (`head_seen`) and `tail` does not cover the slot yet.
                unsafe { self.slot(position).write(Packet::numbered(position)) };
            }
            self.tail.store(end, Ordering::Release);
        }
    }

    /// Receives `count` packets, giving slots back after at most `batch`.
    fn receive(&self, count: u64, batch: u64, mut take: impl FnMut(&Packet<WORDS>)) {
        let (mut head, mut tail_seen) = (0, 0);
        while head < count {
            while tail_seen == head {
                // Pairs with the sender's release of `tail`.
                tail_seen = self.tail.load(Ordering::Acquire);
                if tail_seen == head {
                    std::hint::spin_loop();
                }
            }
            let end = tail_seen.min(head + batch);
            for position in head..end {
                // SAFETY: `tail` covers the slot and `head` does not, so the sender leaves it alone.
                take(unsafe { &*self.slot(position) });
            }
            head = end;
            self.head.store(head, Ordering::Release);
        }
    }
}

fn transfer<const WORDS: usize>(count: u64, batch: u64) -> f64 {
    let ring = Ring::<WORDS>::new();
    one_sender(
        count,
        || ring.send(count, batch),
        |received| ring.receive(count, batch, |packet| received.take(packet)),
    )
}

pub(crate) fn one_by_one<const WORDS: usize>(count: u64) -> f64 {
    transfer::<WORDS>(count, 1)
}

pub(crate) fn batched<const WORDS: usize>(count: u64) -> f64 {
    transfer::<WORDS>(count, BATCH as u64)
}
