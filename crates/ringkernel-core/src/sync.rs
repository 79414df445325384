//! The synchronisation primitives of this project: those of the standard library, or loom's under `cfg(loom)`.
//!
//! Every atomic of the host runtime comes from here, so that any protocol can be model-checked by a loom test
//! of the very code that ships. Under loom, values are created inside `loom::model` and constructors are not
//! `const`. Of `hint` and `thread` only what both sides have may be used: `spin_loop`, `yield_now`, `spawn`.

/// Atomic integers and fences.
pub mod atomic {
    #[cfg(loom)]
    pub use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
    #[cfg(not(loom))]
    pub use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

#[cfg(loom)]
pub use loom::{cell::UnsafeCell, hint, sync::Arc, thread};
#[cfg(not(loom))]
pub use std::{hint, sync::Arc, thread};

/// `std::cell::UnsafeCell` with loom's interface: access happens inside a closure, whose extent loom checks for
/// overlap with other accesses.
#[cfg(not(loom))]
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Unwraps the value.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

#[cfg(not(loom))]
impl<T: ?Sized> UnsafeCell<T> {
    /// Calls `access` with a pointer for reading. Dereferencing it is up to the caller, who has to know that
    /// nobody writes meanwhile.
    #[inline(always)]
    pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
        access(self.0.get())
    }

    /// Calls `access` with a pointer for writing. Dereferencing it is up to the caller, who has to know that
    /// nobody else reads or writes meanwhile.
    #[inline(always)]
    pub fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
        access(self.0.get())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::UnsafeCell;

    #[test]
    fn both_accesses_reach_the_same_value() {
        let cell = UnsafeCell::new(1);
        // SAFETY: the cell is local to this thread and no reference into it is alive.
        cell.with_mut(|value| unsafe { *value = 2 });
        // SAFETY: as above; the write is over.
        assert_eq!(cell.with(|value| unsafe { *value }), 2);
        assert_eq!(cell.into_inner(), 2);
    }
}
