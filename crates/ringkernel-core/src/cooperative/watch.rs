//! How a backend hears of accesses to cells while it runs lanes on this thread.
//!
//! The CPU checks plain accesses for data races, and lets other lanes run at atomic ones. Where nobody watches, an
//! access costs one look at a thread-local byte.

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::Rc;

/// Whether an access reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

/// One access to a plain cell.
#[derive(Debug, Clone, Copy)]
pub struct CellAccess {
    /// Address of the cell, or of the element of an array.
    pub address: usize,
    /// Whether it reads or writes.
    pub kind: AccessKind,
    /// Where in the user's source.
    pub at: &'static Location<'static>,
}

/// Who is told of accesses.
pub trait Watch {
    /// A plain cell is about to be accessed. May unwind, and the access then does not happen.
    fn plain(&self, access: CellAccess);
    /// An atomic operation is about to happen. Other lanes may run before it does.
    fn atomic(&self);
}

/// What is watched on this thread: nothing, atomic operations, or plain accesses as well.
const NOTHING: u8 = 0;
const ATOMICS: u8 = 1;
const EVERYTHING: u8 = 2;

thread_local! {
    static WATCHED: Cell<u8> = const { Cell::new(NOTHING) };
    static WATCH: RefCell<Option<Rc<dyn Watch>>> = const { RefCell::new(None) };
}

/// Ends a watch when it is dropped.
pub struct WatchGuard {
    outer: Option<Rc<dyn Watch>>,
    outer_watched: u8,
}

impl std::fmt::Debug for WatchGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WatchGuard")
    }
}

/// What a watch is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// Atomic operations.
    Atomics,
    /// Plain accesses and atomic operations.
    Everything,
}

/// Tells `watch` of accesses on this thread until the guard is dropped.
#[must_use]
pub fn watch(watch: Rc<dyn Watch>, watched: Watched) -> WatchGuard {
    let watched = match watched {
        Watched::Atomics => ATOMICS,
        Watched::Everything => EVERYTHING,
    };
    WatchGuard { outer: WATCH.replace(Some(watch)), outer_watched: WATCHED.replace(watched) }
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        WATCHED.set(self.outer_watched);
        WATCH.replace(self.outer.take());
    }
}

/// The watch, which is not borrowed while it is told: it may run other lanes meanwhile.
fn current() -> Option<Rc<dyn Watch>> {
    WATCH.with_borrow(Option::clone)
}

/// Announces a plain access.
#[inline]
pub(super) fn plain<T>(cell: &Cell<T>, kind: AccessKind, at: &'static Location<'static>) {
    if WATCHED.get() == EVERYTHING && size_of::<T>() != 0 {
        let access = CellAccess { address: std::ptr::from_ref(cell).addr(), kind, at };
        current().iter().for_each(|watch| watch.plain(access));
    }
}

/// Announces an atomic operation.
#[inline]
pub(super) fn atomic() {
    if WATCHED.get() != NOTHING {
        current().iter().for_each(|watch| watch.atomic());
    }
}
