//! The parts of a state that lanes change at any time: atomic cells.
//!
//! Every operation is one step that no other lane divides, and orders nothing else, as the atomics of a device do. All
//! lanes of one message run on one thread of the CPU, so that a `Cell` behind them is enough; an operation is a place
//! where another lane may go on, so that lanes that wait for each other's cells make progress.

use std::cell::Cell;
use std::fmt;

use super::watch;
use crate::message::GpuType;

/// Scalars with atomic operations: `i32`, `u32`, `i64`, `u64` and, for what adds and stores, `f32`.
pub trait AtomicScalar: GpuType + PartialEq + Default + fmt::Debug {
    /// Sum; integers wrap.
    #[must_use]
    fn wrapping_sum(self, other: Self) -> Self;
}

/// Integers with all atomic operations: `i32`, `u32`, `i64`, `u64`.
pub trait AtomicInteger: AtomicScalar + Ord {
    /// Bits that are set in both.
    #[must_use]
    fn bits_and(self, other: Self) -> Self;
    /// Bits that are set in either.
    #[must_use]
    fn bits_or(self, other: Self) -> Self;
    /// Bits that are set in one of them.
    #[must_use]
    fn bits_xor(self, other: Self) -> Self;
    /// Difference, wrapping.
    #[must_use]
    fn wrapping_difference(self, other: Self) -> Self;
}

macro_rules! atomic_integers {
    ($($type:ty),*) => {$(
        impl AtomicScalar for $type {
            fn wrapping_sum(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
        }

        impl AtomicInteger for $type {
            fn bits_and(self, other: Self) -> Self {
                self & other
            }

            fn bits_or(self, other: Self) -> Self {
                self | other
            }

            fn bits_xor(self, other: Self) -> Self {
                self ^ other
            }

            fn wrapping_difference(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
        }
    )*};
}

atomic_integers!(i32, u32, i64, u64);

impl AtomicScalar for f32 {
    fn wrapping_sum(self, other: Self) -> Self {
        self + other
    }
}

fn update<T: Copy>(cell: &Cell<T>, change: impl FnOnce(T) -> T) -> T {
    watch::atomic();
    let old = cell.get();
    cell.set(change(old));
    old
}

fn exchange_if<T: AtomicInteger>(cell: &Cell<T>, expected: T, new: T) -> Result<T, T> {
    let old = update(cell, |old| if old == expected { new } else { old });
    if old == expected { Ok(old) } else { Err(old) }
}

/// A value that lanes change at any time, one whole operation after the other.
///
/// Operations order nothing but themselves: what a lane has put into plain cells is there for others after a barrier.
/// Every operation that changes the value returns the one before.
///
/// ```
/// use ringkernel_core::cooperative::AtomicCell;
///
/// let count = AtomicCell::new(40u64);
/// assert_eq!(count.fetch_add(2), 40);
/// assert_eq!(count.compare_exchange(42, 7), Ok(42));
/// assert_eq!(count.compare_exchange(42, 8), Err(7));
/// assert_eq!(count.load(), 7);
/// ```
#[repr(transparent)]
pub struct AtomicCell<T>(Cell<T>);

/// `N` values, each as an [`AtomicCell`]. An index from `N` is a fault.
///
/// ```
/// use ringkernel_core::cooperative::AtomicArray;
///
/// let counts: AtomicArray<u32, 8> = AtomicArray::default();
/// counts.fetch_add(3, 5);
/// assert_eq!((counts.load(3), counts.len()), (5, 8));
/// ```
#[repr(transparent)]
pub struct AtomicArray<T, const N: usize>([Cell<T>; N]);

/// Writes the operations of a cell and of an array, which differ in how they find the value.
macro_rules! operations {
    ([$($generics:tt)*] $type:ty, ($($index:ident: usize)?), $this:ident => $cell:expr) => {
        impl<T: AtomicScalar, $($generics)*> $type {
            /// The value.
            #[track_caller]
            pub fn load(&self $(, $index: usize)?) -> T {
                let $this = self;
                update($cell, |value| value)
            }

            /// Puts `value` in its place.
            #[track_caller]
            pub fn store(&self, $($index: usize,)? value: T) {
                let $this = self;
                update($cell, |_| value);
            }

            /// Puts `value` in its place and returns the old one.
            #[track_caller]
            pub fn exchange(&self, $($index: usize,)? value: T) -> T {
                let $this = self;
                update($cell, |_| value)
            }

            /// Adds `value`; integers wrap.
            #[track_caller]
            pub fn fetch_add(&self, $($index: usize,)? value: T) -> T {
                let $this = self;
                update($cell, |old| old.wrapping_sum(value))
            }
        }

        impl<T: AtomicInteger, $($generics)*> $type {
            /// Subtracts `value`, wrapping.
            #[track_caller]
            pub fn fetch_sub(&self, $($index: usize,)? value: T) -> T {
                let $this = self;
                update($cell, |old| old.wrapping_difference(value))
            }

            /// Keeps the smaller one.
            #[track_caller]
            pub fn fetch_min(&self, $($index: usize,)? value: T) -> T {
                let $this = self;
                update($cell, |old| old.min(value))
            }

            /// Keeps the larger one.
            #[track_caller]
            pub fn fetch_max(&self, $($index: usize,)? value: T) -> T {
                let $this = self;
                update($cell, |old| old.max(value))
            }

            /// Keeps the bits that are set in both.
            #[track_caller]
            pub fn fetch_and(&self, $($index: usize,)? value: T) -> T {
                let $this = self;
                update($cell, |old| old.bits_and(value))
            }

            /// Adds the bits of `value`.
            #[track_caller]
            pub fn fetch_or(&self, $($index: usize,)? value: T) -> T {
                let $this = self;
                update($cell, |old| old.bits_or(value))
            }

            /// Turns the bits of `value` over.
            #[track_caller]
            pub fn fetch_xor(&self, $($index: usize,)? value: T) -> T {
                let $this = self;
                update($cell, |old| old.bits_xor(value))
            }

            /// Puts `new` in the place of `expected`.
            ///
            /// # Errors
            /// The value that is there, when it is another.
            #[track_caller]
            pub fn compare_exchange(&self, $($index: usize,)? expected: T, new: T) -> Result<T, T> {
                let $this = self;
                exchange_if($cell, expected, new)
            }
        }
    };
}

operations!([] AtomicCell<T>, (), this => &this.0);
operations!([const N: usize] AtomicArray<T, N>, (index: usize), this => &this.0[index]);

impl<T: AtomicScalar> AtomicCell<T> {
    /// A cell with this value.
    pub const fn new(value: T) -> Self {
        Self(Cell::new(value))
    }
}

impl<T: AtomicScalar, const N: usize> AtomicArray<T, N> {
    /// An array with these values.
    pub fn new(values: [T; N]) -> Self {
        Self(values.map(Cell::new))
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

impl<T: AtomicScalar> Default for AtomicCell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: AtomicScalar, const N: usize> Default for AtomicArray<T, N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Cell::default()))
    }
}

impl<T: AtomicScalar> Clone for AtomicCell<T> {
    fn clone(&self) -> Self {
        Self::new(self.0.get())
    }
}

impl<T: AtomicScalar, const N: usize> Clone for AtomicArray<T, N> {
    fn clone(&self) -> Self {
        Self(self.0.each_ref().map(Cell::clone))
    }
}

impl<T: AtomicScalar> fmt::Debug for AtomicCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.get().fmt(f)
    }
}

impl<T: AtomicScalar, const N: usize> fmt::Debug for AtomicArray<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(Cell::get)).finish()
    }
}
