//! What decoding allocates is bounded by the length of its input, whatever the input claims.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use ringkernel::RingMessage;

use crate::generated::{Composites, composites, damage};

/// Counts what each thread allocates. Tests run on threads of their own.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator with the same arguments, and counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is that of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `alloc` above, that is, from the system's allocator with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that decoding allocates, all allocations summed.
fn allocated<M: RingMessage>(bytes: &[u8]) -> usize {
    let before = ALLOCATED.get();
    let decoded = M::deserialize(bytes);
    let after = ALLOCATED.get();
    drop(decoded);
    after - before
}

/// The most that a value can be larger than its encoding: a `String` of 24 bytes for a span of 8.
const GROWTH: usize = 3;

fn check<M: RingMessage>(bytes: &[u8]) {
    let (allocated, limit) = (allocated::<M>(bytes), GROWTH * bytes.len());
    assert!(allocated <= limit, "{allocated} bytes for an input of {}", bytes.len());
}

#[derive(RingMessage)]
struct Nested {
    lists: Vec<Vec<Vec<u8>>>,
}

/// A payload of 32-bit words.
fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn a_length_without_its_elements_allocates_nothing() {
    for count in [1, 1000, u32::MAX / 8, u32::MAX] {
        let bytes = words(&[8, count]);
        assert!(Nested::deserialize(&bytes).is_err());
        assert_eq!(allocated::<Nested>(&bytes), 0, "{count}");
    }
}

#[test]
fn lists_that_share_their_elements_are_refused() {
    // One outer list whose many entries all point to the same inner list, and so on: small input, huge value.
    let shared = |entries: u32| {
        let inner = 8 + 8 * entries;
        let mut input = vec![8, entries];
        (0..entries).for_each(|_| input.extend([inner, entries]));
        (0..entries).for_each(|_| input.extend([inner + 8 * entries, 1000]));
        input.extend([0; 250]);
        words(&input)
    };
    for entries in [2, 10, 100] {
        let bytes = shared(entries);
        assert!(Nested::deserialize(&bytes).is_err(), "{entries}");
        check::<Nested>(&bytes);
    }
}

#[test]
fn empty_lists_cost_their_place_and_no_more() {
    let sent = Nested { lists: vec![Vec::new(); 10_000] };
    let bytes = sent.serialize();
    assert_eq!(bytes.len(), 8 + 8 * 10_000);
    check::<Nested>(&bytes);
    assert_eq!(Nested::deserialize(&bytes).expect("its own encoding").lists.len(), 10_000);
}

proptest! {
    #[test]
    fn damaged_messages_stay_within_the_bound(message in composites(), damages in vec(damage(), 0..4)) {
        let mut bytes = message.serialize();
        damages.iter().for_each(|damage| if !bytes.is_empty() { damage.apply(&mut bytes) });
        check::<Composites>(&bytes);
    }
}
