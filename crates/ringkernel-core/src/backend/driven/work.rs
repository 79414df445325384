//! What the device is at: for the watchdog, and for spans.

use std::time::Duration;

use tracing::span::EnteredSpan;

use super::{Actor, Shared};
use crate::backend::Hosted;
use crate::runtime::KernelState;
use crate::sync::atomic::Ordering;

/// A submission that the device is at. It is over when this is dropped.
#[must_use = "the submission is over when this is dropped"]
pub struct Work<'a> {
    shared: &'a Shared,
    _span: Option<EnteredSpan>,
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.shared.working_since_ns.store(0, Ordering::Relaxed);
    }
}

impl Shared {
    /// Notes that the device is given work now. The driver calls this around every submission. Where handlers are profiled, it is
    /// a span, in which those of the handlers are opened.
    pub fn begin_work(&self) -> Work<'_> {
        // Relaxed: whoever sees it late sees a submission begin, or end, a little later.
        self.working_since_ns.store(self.time.now_ns(), Ordering::Relaxed);
        let span = self.config.profiling.then(|| tracing::info_span!("submission", backend = %self.backend));
        Work { shared: self, _span: span.map(tracing::Span::entered) }
    }

    /// Reports the kernels that the device has had in hand for longer than the watchdog allows, each once.
    pub(super) fn watch(&self) {
        let now_ns = self.time.now_ns();
        // Of many actors none is looked at for as long as nothing takes that long.
        let since =
            [&self.working_since_ns, &self.in_hand_ns].map(|since_ns| since_ns.load(Ordering::Relaxed));
        let at_work_ns = since.into_iter().filter(|since_ns| *since_ns != 0).min();
        let at_work_ns = at_work_ns.map_or(0, |since_ns| now_ns.saturating_sub(since_ns));
        if u128::from(at_work_ns) <= self.config.watchdog.as_nanos() {
            return;
        }
        for actor in self.directory.actors_in_any_order() {
            let Some(running_for) = actor.stuck_for(now_ns) else { continue };
            let since_ns = actor.working_since_ns();
            if actor.reported_ns.swap(since_ns, Ordering::Relaxed) != since_ns {
                self.stuck_handlers.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(kernel = actor.id().as_str(), ?running_for, "a handler does not return");
            }
        }
    }
}

impl Actor {
    /// Since when the device has had work of it in hand, as far as the driver knows; 0 for none.
    fn working_since_ns(&self) -> u64 {
        match self.in_hand_ns.load(Ordering::Relaxed) {
            0 => self.shared.working_since_ns.load(Ordering::Relaxed),
            since_ns => since_ns,
        }
    }

    /// For how long the device has been at work for it.
    pub(super) fn at_work_for(&self, now_ns: u64) -> Option<Duration> {
        let since_ns = self.working_since_ns();
        if since_ns == 0 {
            return None;
        }
        let takes_part = || {
            let inner = self.inner();
            let from_kernels = self.kernels_waiting(&inner) > 0 && inner.state == KernelState::Active;
            from_kernels || inner.mailbox.is_fed()
        };
        let in_hand = self.in_hand_ns.load(Ordering::Relaxed) != 0;
        (in_hand || takes_part()).then(|| Duration::from_nanos(now_ns.saturating_sub(since_ns)))
    }

    /// Opens and closes the span of a handler that has run, where handlers are profiled.
    pub(super) fn profile(&self, message_type: Option<u64>) {
        if !self.shared.config.profiling {
            return;
        }
        let index = message_type.and_then(|message_type| self.handler_index(message_type));
        if let Some(handler) = index.map(|index| &self.kernel.handlers[index]) {
            let _span = tracing::info_span!(
                "handler",
                kernel = self.id().as_str(),
                handler = handler.name,
                message = handler.message.name
            )
            .entered();
        }
    }
}
