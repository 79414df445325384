//! Memory that the lanes of one block share for the duration of one message.

use std::any::{Any, type_name};
use std::cell::Cell;
use std::fmt;
use std::ops::Range;
use std::panic::Location;
use std::rc::Rc;

use super::watch::{self, AccessKind};
use crate::message::GpuType;

/// An array in the memory of the block, from `ctx.shared_array`. Clones are the same array.
///
/// Its elements are as plain as a [`SharedCell`](super::SharedCell), and barriers order them. What an element is before
/// a lane has set it is left open, as on a device; where the CPU checks for data races, getting it is a fault.
pub struct BlockArray<T>(Rc<[Cell<T>]>);

/// What a backend keeps of a block's array, without its type.
#[derive(Debug, Clone)]
pub struct BlockMemory {
    cells: Rc<dyn Any>,
    addresses: Range<usize>,
    len: usize,
    type_name: &'static str,
}

impl BlockMemory {
    /// An array of `len` elements.
    pub fn new<T: GpuType + Default>(len: usize) -> Self {
        let cells: Rc<[Cell<T>]> = (0..len).map(|_| Cell::default()).collect();
        let start = cells.as_ptr().addr();
        let addresses = start..start + size_of_val(&*cells);
        Self { cells: Rc::new(cells), addresses, len, type_name: type_name::<T>() }
    }

    /// Where it lies.
    pub fn addresses(&self) -> Range<usize> {
        self.addresses.clone()
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The name of the elements' type.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The array, if its elements are of type `T`.
    pub(crate) fn array<T: 'static>(&self) -> Option<BlockArray<T>> {
        self.cells.downcast_ref::<Rc<[Cell<T>]>>().map(|cells| BlockArray(cells.clone()))
    }
}

impl<T: GpuType> BlockArray<T> {
    /// The element at `index`. An index from [`len`](Self::len) is a fault.
    #[track_caller]
    pub fn get(&self, index: usize) -> T {
        let cell = &self.0[index];
        watch::plain(cell, AccessKind::Read, Location::caller());
        cell.get()
    }

    /// Puts `value` at `index`. An index from [`len`](Self::len) is a fault.
    #[track_caller]
    pub fn set(&self, index: usize, value: T) {
        let cell = &self.0[index];
        watch::plain(cell, AccessKind::Write, Location::caller());
        cell.set(value);
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Clone for BlockArray<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for BlockArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockArray of {} {}", self.0.len(), type_name::<T>())
    }
}
