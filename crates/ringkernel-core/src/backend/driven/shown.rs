//! What a device shows of its actors at any time, so that whoever asks looks at one and nobody at all of them.

use super::actor::{Actor, Inner};
use crate::runtime::KernelState;

/// What a device shows of the actors in its places.
pub trait Shown: Send + Sync {
    /// Messages from kernels that wait for the actor in this place.
    fn kernels_waiting(&self, place: u32) -> usize;

    /// Messages of the actor in this place that wait for room at other kernels. Whoever finds some also finds how full their targets
    /// are.
    fn outbox_waiting(&self, place: u32) -> usize;
}

impl Actor {
    /// Messages from kernels that wait on the device, as far as is known.
    pub(super) fn kernels_waiting(&self, inner: &Inner) -> usize {
        self.show(inner).map_or(inner.kernels_waiting, |shown| shown.kernels_waiting(self.address().index()))
    }

    /// Messages for other kernels that wait for room there, as far as is known.
    pub(super) fn outbox_waiting(&self, inner: &Inner) -> usize {
        self.show(inner).map_or(inner.outbox_waiting, |shown| shown.outbox_waiting(self.address().index()))
    }

    /// What the device shows, for as long as the place is this actor's. Of one that kernels do not reach, a place may show what a late sender
    /// has seen of the actor before.
    fn show(&self, inner: &Inner) -> Option<&dyn Shown> {
        let is_shown = self.options.enable_k2k && inner.state != KernelState::Terminated;
        self.shared.shown().filter(|_| is_shown)
    }
}
