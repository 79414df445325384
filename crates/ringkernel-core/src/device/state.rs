//! The states that devices can hold.

use ringkernel_abi::{CellKind, TypeLayout};

use crate::cooperative::{AtomicArray, AtomicCell, AtomicScalar, SharedArray, SharedCell};
use crate::message::{Encoder, GpuType, MessageField};

/// A state, or a part of one, that a device can hold: laid out by C's rules, starting with the host's bytes.
///
/// Derived with `#[derive(DeviceState)]` for structs of cells, of `#[derive(GpuType)]` types, of other states, and of
/// what else has a fixed size in messages. A [`GpuType`] is one already, and a state without any byte needs none. The
/// host keeps its own layout of the struct, so that it needs no `#[repr(C)]`.
///
/// ```
/// use ringkernel_core::cooperative::{AtomicCell, SharedCell};
/// use ringkernel_core::device::DeviceState;
///
/// assert_eq!(AtomicCell::<u64>::STATE_LAYOUT.size(), 8);
/// assert_eq!(SharedCell::<[u16; 3]>::STATE_LAYOUT.align(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "no device can hold a state of type `{Self}`",
    note = "add `#[derive(DeviceState)]` to structs of cells and other states, `#[derive(GpuType)]` to plain types"
)]
pub trait DeviceState {
    /// Where its parts lie.
    const STATE_LAYOUT: TypeLayout;

    /// Writes it at `offset`, in as many bytes as the layout has.
    fn write_at(&self, encoder: &mut Encoder<'_>, offset: usize);
}

impl<T: MessageField> DeviceState for T {
    const STATE_LAYOUT: TypeLayout = T::LAYOUT;

    fn write_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        self.encode_at(encoder, offset);
    }
}

impl<T: GpuType> DeviceState for SharedCell<T> {
    const STATE_LAYOUT: TypeLayout =
        TypeLayout::Cell { kind: CellKind::Plain, element: &T::LAYOUT, len: None };

    fn write_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        self.get().encode_at(encoder, offset);
    }
}

impl<T: GpuType, const N: usize> DeviceState for SharedArray<T, N> {
    const STATE_LAYOUT: TypeLayout =
        TypeLayout::Cell { kind: CellKind::Plain, element: &T::LAYOUT, len: Some(N) };

    fn write_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        for index in 0..N {
            self.get(index).encode_at(encoder, offset + T::SIZE * index);
        }
    }
}

impl<T: AtomicScalar> DeviceState for AtomicCell<T> {
    const STATE_LAYOUT: TypeLayout =
        TypeLayout::Cell { kind: CellKind::Atomic, element: &T::LAYOUT, len: None };

    fn write_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        self.load().encode_at(encoder, offset);
    }
}

impl<T: AtomicScalar, const N: usize> DeviceState for AtomicArray<T, N> {
    const STATE_LAYOUT: TypeLayout =
        TypeLayout::Cell { kind: CellKind::Atomic, element: &T::LAYOUT, len: Some(N) };

    fn write_at(&self, encoder: &mut Encoder<'_>, offset: usize) {
        for index in 0..N {
            self.load(index).encode_at(encoder, offset + T::SIZE * index);
        }
    }
}
