//! The parts of a state that lanes share: plain cells, whose order barriers make.
//!
//! All lanes of one message run on one thread of the CPU, so that a cell needs no more than `std::cell::Cell` and no
//! access is undefined behaviour, racing or not. Cells are not `Sync`, which keeps other threads out. On a device, a
//! plain cell is plain memory and a data race is a data race: that is why the CPU reports one.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;

use super::watch::{self, AccessKind};
use crate::message::GpuType;

/// A state as the lanes of a cooperative handler see it: each of them, at the same time, and none exclusively.
///
/// Dereferences to the state, whose parts are [`SharedCell`], [`SharedArray`], [`AtomicCell`](super::AtomicCell) and
/// [`AtomicArray`](super::AtomicArray).
#[repr(transparent)]
pub struct Shared<S>(S);

impl<S> Shared<S> {
    /// A state, seen as one that lanes share.
    pub fn of(state: &S) -> &Self {
        // SAFETY: `Shared<S>` is a transparent wrapper of `S`, so that both have one layout, and the reference that is
        // returned borrows what the one given borrows.
        unsafe { &*std::ptr::from_ref(state).cast::<Self>() }
    }
}

impl<S> Deref for Shared<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: fmt::Debug> fmt::Debug for Shared<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A value that lanes share and that barriers order: what one lane has set, another gets after both have met.
///
/// Two lanes that use it without a barrier in between, one of them setting, are a data race. The CPU reports that as a
/// fault in builds with debug assertions and in runtimes with `debug`; devices do not notice.
///
/// ```
/// use ringkernel_core::cooperative::SharedCell;
///
/// let total = SharedCell::new(1u32);
/// total.set(total.get() + 1);
/// assert_eq!(total.get(), 2);
/// ```
#[repr(transparent)]
pub struct SharedCell<T>(Cell<T>);

impl<T: GpuType> SharedCell<T> {
    /// A cell with this value.
    pub const fn new(value: T) -> Self {
        Self(Cell::new(value))
    }

    /// The value.
    #[track_caller]
    pub fn get(&self) -> T {
        watch::plain(&self.0, AccessKind::Read, Location::caller());
        self.0.get()
    }

    /// Puts `value` in its place.
    #[track_caller]
    pub fn set(&self, value: T) {
        watch::plain(&self.0, AccessKind::Write, Location::caller());
        self.0.set(value);
    }
}

impl<T: GpuType + Default> Default for SharedCell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: GpuType> Clone for SharedCell<T> {
    fn clone(&self) -> Self {
        Self::new(self.0.get())
    }
}

impl<T: GpuType> fmt::Debug for SharedCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.get().fmt_field(f)
    }
}

/// `N` values, each as a [`SharedCell`]. An index from `N` is a fault.
///
/// ```
/// use ringkernel_core::cooperative::SharedArray;
///
/// let squares: SharedArray<u32, 4> = SharedArray::from_fn(|index| (index * index) as u32);
/// assert_eq!((squares.len(), squares.get(3)), (4, 9));
/// ```
#[repr(transparent)]
pub struct SharedArray<T, const N: usize>([Cell<T>; N]);

impl<T: GpuType, const N: usize> SharedArray<T, N> {
    /// An array with these values.
    pub fn new(values: [T; N]) -> Self {
        Self(values.map(Cell::new))
    }

    /// An array whose values come from their indices.
    pub fn from_fn(mut value: impl FnMut(usize) -> T) -> Self {
        Self(std::array::from_fn(|index| Cell::new(value(index))))
    }

    /// The value at `index`.
    #[track_caller]
    pub fn get(&self, index: usize) -> T {
        let cell = &self.0[index];
        watch::plain(cell, AccessKind::Read, Location::caller());
        cell.get()
    }

    /// Puts `value` at `index`.
    #[track_caller]
    pub fn set(&self, index: usize, value: T) {
        let cell = &self.0[index];
        watch::plain(cell, AccessKind::Write, Location::caller());
        cell.set(value);
    }

    /// How many values there are: `N`.
    pub const fn len(&self) -> usize {
        N
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        N == 0
    }
}

impl<T: GpuType + Default, const N: usize> Default for SharedArray<T, N> {
    fn default() -> Self {
        Self::from_fn(|_| T::default())
    }
}

impl<T: GpuType, const N: usize> Clone for SharedArray<T, N> {
    fn clone(&self) -> Self {
        Self::from_fn(|index| self.0[index].get())
    }
}

impl<T: GpuType, const N: usize> fmt::Debug for SharedArray<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<T> = self.0.iter().map(Cell::get).collect();
        f.debug_list().entries(values.iter().map(crate::message::FieldDebug)).finish()
    }
}
