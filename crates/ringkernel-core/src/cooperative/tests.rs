//! Cells by themselves: values, bounds, what a watch hears, and what lanes exchange.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::{
    AccessKind, AtomicArray, AtomicCell, BlockMemory, CellAccess, LaneNumber, LanePosition, LaneValue,
    Shared, SharedArray, SharedCell, Watch, Watched, watch,
};

/// Writes down what it hears.
#[derive(Default)]
struct Diary {
    plain: RefCell<Vec<(AccessKind, u32)>>,
    addresses: RefCell<Vec<usize>>,
    atomic: RefCell<u32>,
}

impl Watch for Diary {
    fn plain(&self, access: CellAccess) {
        self.plain.borrow_mut().push((access.kind, access.at.line()));
        self.addresses.borrow_mut().push(access.address);
    }

    fn atomic(&self) {
        *self.atomic.borrow_mut() += 1;
    }
}

#[test]
fn a_watch_hears_of_every_access_and_its_place_until_it_ends() {
    let (cell, array) = (SharedCell::new(1u32), SharedArray::<u64, 3>::default());
    let diary = Rc::new(Diary::default());
    let guard = watch(diary.clone(), Watched::Everything);
    cell.get();
    let line = line!() - 1;
    cell.set(2);
    array.set(2, 5);
    array.get(0);
    drop(guard);
    cell.get();
    use AccessKind::{Read, Write};
    let heard = [(Read, line), (Write, line + 2), (Write, line + 3), (Read, line + 4)];
    assert_eq!(*diary.plain.borrow(), heard);
    let addresses = diary.addresses.borrow();
    assert_eq!(addresses[0], addresses[1]);
    assert_eq!(addresses[2] - addresses[3], 16, "each element has its own address");
}

#[test]
fn a_watch_of_atomics_hears_of_nothing_else_and_an_inner_one_takes_its_place() {
    let (cell, atomic) = (SharedCell::new(1u32), AtomicCell::new(1u32));
    let (outer, inner) = (Rc::new(Diary::default()), Rc::new(Diary::default()));
    let guard = watch(outer.clone(), Watched::Atomics);
    cell.set(3);
    atomic.fetch_add(1);
    let within = watch(inner.clone(), Watched::Everything);
    atomic.load();
    cell.get();
    drop(within);
    atomic.store(0);
    drop(guard);
    atomic.store(1);
    assert_eq!((outer.plain.borrow().len(), *outer.atomic.borrow()), (0, 2));
    assert_eq!((inner.plain.borrow().len(), *inner.atomic.borrow()), (1, 1));
}

#[test]
fn a_watch_may_end_an_access_and_use_cells_itself() {
    struct Refuse(SharedCell<u32>);
    impl Watch for Refuse {
        fn plain(&self, access: CellAccess) {
            if access.kind == AccessKind::Write && self.0.get() == 0 {
                panic!("refused");
            }
        }
        fn atomic(&self) {}
    }
    let cell = SharedCell::new(1u32);
    // Its own cell is watched, too: the watch is not borrowed while it is told.
    let guard = watch(Rc::new(Refuse(SharedCell::new(0))), Watched::Everything);
    assert!(catch_unwind(AssertUnwindSafe(|| cell.set(2))).is_err());
    drop(guard);
    assert_eq!(cell.get(), 1, "the access did not happen");
}

#[test]
fn an_index_too_large_is_named_with_the_line_of_its_user() {
    let array = SharedArray::<u32, 4>::default();
    let atomics = AtomicArray::<i64, 2>::default();
    let block = BlockMemory::new::<f32>(3).array::<f32>().expect("of this type");
    let place = |work: &dyn Fn()| {
        let (sender, receiver) = std::sync::mpsc::channel();
        let (hook, this_thread) = (std::panic::take_hook(), std::thread::current().id());
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().id() == this_thread {
                let _ = sender.send(info.location().map_or(0, std::panic::Location::line));
            }
        }));
        let outcome = catch_unwind(AssertUnwindSafe(work));
        std::panic::set_hook(hook);
        assert!(outcome.is_err());
        receiver.recv().expect("the hook has run")
    };
    assert_eq!(place(&|| _ = array.get(4)), line!());
    assert_eq!(place(&|| array.set(usize::MAX, 1)), line!());
    assert_eq!(place(&|| _ = atomics.fetch_max(2, 1)), line!());
    assert_eq!(place(&|| block.set(3, 1.0)), line!());
}

#[test]
fn atomic_operations_return_what_was_there() {
    let cell = AtomicCell::new(0b1100i32);
    assert_eq!((cell.fetch_and(0b0110), cell.load()), (0b1100, 0b0100));
    assert_eq!((cell.fetch_or(0b0001), cell.load()), (0b0100, 0b0101));
    assert_eq!((cell.fetch_xor(0b0111), cell.load()), (0b0101, 0b0010));
    assert_eq!((cell.fetch_min(-7), cell.load()), (2, -7));
    assert_eq!((cell.fetch_max(i32::MAX), cell.load()), (-7, i32::MAX));
    assert_eq!((cell.fetch_add(1), cell.load()), (i32::MAX, i32::MIN), "it wraps");
    assert_eq!((cell.fetch_sub(1), cell.load()), (i32::MIN, i32::MAX));
    assert_eq!((cell.exchange(3), cell.load()), (i32::MAX, 3));
    assert_eq!(cell.compare_exchange(4, 5), Err(3));
    assert_eq!((cell.compare_exchange(3, 5), cell.load()), (Ok(3), 5));
    let floats: AtomicArray<f32, 2> = AtomicArray::new([1.5, 2.5]);
    assert_eq!((floats.fetch_add(1, 0.5), floats.load(1), floats.exchange(0, 0.0)), (2.5, 3.0, 1.5));
    assert_eq!(format!("{floats:?} {cell:?}"), "[0.0, 3.0] 5");
}

#[test]
fn a_shared_state_is_the_state_itself() {
    let state = (SharedCell::new(7u8), AtomicCell::new(1u64));
    let shared = Shared::of(&state);
    shared.0.set(8);
    shared.1.fetch_add(1);
    assert_eq!((state.0.get(), state.1.load()), (8, 2));
    assert_eq!(format!("{shared:?}"), "(8, 2)");
    let copy = state.clone();
    copy.0.set(1);
    assert_eq!(state.0.get(), 8, "a clone has cells of its own");
}

#[test]
fn block_memory_gives_one_array_of_its_own_type() {
    let memory = BlockMemory::new::<u16>(5);
    let (one, same) = (memory.array::<u16>().expect("u16"), memory.array::<u16>().expect("u16"));
    one.set(4, 9);
    assert_eq!((same.get(4), same.len(), memory.addresses().len()), (9, 5, 10));
    assert!(memory.array::<i16>().is_none());
}

#[test]
fn lane_values_survive_their_bits() {
    fn check<V: LaneValue + PartialEq + std::fmt::Debug>(values: impl IntoIterator<Item = V>) {
        values.into_iter().for_each(|value| assert_eq!(V::from_bits64(value.to_bits64()), value));
    }
    check([i8::MIN, -1, 0, i8::MAX]);
    check([i16::MIN, -1, i16::MAX]);
    check([i32::MIN, -1, i32::MAX]);
    check([i64::MIN, -1, i64::MAX]);
    check([u8::MAX, 0]);
    check([u16::MAX]);
    check([u32::MAX]);
    check([u64::MAX]);
    check([f32::MIN, -0.0, f32::INFINITY]);
    check([f64::MIN_POSITIVE, f64::MAX]);
    check([true, false]);
    assert_eq!((200u8.sum(100), 1.5f32.smaller(f32::NAN), (-1i8).larger(3)), (44, 1.5, 3));
}

#[test]
fn the_last_warp_has_the_lanes_that_are_left() {
    let check = |block_dim: u32, thread: u32, lanes: u32| {
        let position = LanePosition { thread, block: 0, block_dim, grid_dim: 1 };
        assert_eq!(position.warp_lanes(), lanes, "lane {thread} of {block_dim}");
    };
    check(1, 0, 1);
    check(31, 30, 0x7fff_ffff);
    check(32, 0, u32::MAX);
    check(33, 31, u32::MAX);
    check(33, 32, 1);
    check(1024, 1023, u32::MAX);
    assert_eq!(LanePosition::SCALAR.warp_lanes(), 1);
}
