//! Running one handler on one message, so that the watchdog sees it and a panic becomes a fault.

use std::any::Any;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use ringkernel_core::backend::{Hosted, Mail};
use ringkernel_core::context::{Reply, RingContext};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::message::DecodeError;
use ringkernel_core::registry::{AsyncHandler, CooperativeHandler, HandlerRegistration, SyncHandler};
use ringkernel_core::runtime::Fault;
use tokio::runtime::Handle;
use tracing::Span;

use super::actor::Actor;
use super::context::CpuContext;
use super::{fault, stepping};
use crate::cooperative::{CpuGrid, GridOptions, Shape};

/// What became of a handler.
pub(crate) type Outcome = Result<Result<Reply, DecodeError>, Box<Fault>>;

/// Runs a handler, guarded and watched.
#[inline]
pub(crate) fn invoke(
    handler: &HandlerRegistration,
    run: SyncHandler,
    backend: &mut CpuContext<'_>,
    state: &mut (dyn Any + Send),
    payload: &[u8],
) -> Outcome {
    let (actor, now_ns) = (backend.actor, backend.now_ns);
    let span = entering(handler, backend, payload);
    let _entered = span.as_ref().map(Span::enter);
    let mut context = RingContext::new(backend);
    // Written here by the handler: an outcome that goes through the layers of the guard is copied in each.
    let mut outcome = None;
    let guarded = guarded(actor, handler, now_ns, || {
        stepping::around_handler(actor, || outcome = Some(run(&mut context, state, payload)));
    });
    match (guarded, outcome) {
        (Ok(()), Some(outcome)) => Ok(outcome),
        (Err(fault), _) => Err(fault),
        (Ok(()), None) => unreachable!("a handler that returned has an outcome"),
    }
}

/// Runs a handler that may wait, guarded and watched.
pub(crate) async fn invoke_async(
    handler: &HandlerRegistration,
    run: AsyncHandler,
    backend: &mut CpuContext<'_>,
    state: &mut (dyn Any + Send),
    payload: &[u8],
) -> Outcome {
    let (actor, now_ns) = (backend.actor, backend.now_ns);
    let span = entering(handler, backend, payload);
    let mut context = RingContext::new(backend);
    let mut future = guarded(actor, handler, now_ns, || {
        stepping::before_handler(actor);
        run(&mut context, state, payload)
    })?;
    poll_fn(|cx: &mut Context<'_>| {
        let _tokio = actor.shared.tokio.as_ref().map(Handle::enter);
        let _entered = span.as_ref().map(Span::enter);
        match guarded(actor, handler, Actor::now_ns(), || {
            let poll = future.as_mut().poll(cx);
            if poll.is_ready() {
                stepping::after_handler(actor);
            }
            poll
        }) {
            Ok(poll) => poll.map(Ok),
            Err(fault) => Poll::Ready(Err(fault)),
        }
    })
    .await
}

/// Runs a handler on all lanes of its grid, guarded and watched.
pub(crate) fn invoke_cooperative(
    handler: &HandlerRegistration,
    run: CooperativeHandler,
    backend: &mut CpuContext<'_>,
    state: &mut (dyn Any + Send),
    payload: &[u8],
) -> Outcome {
    let (actor, now_ns) = (backend.actor, backend.now_ns);
    let span = entering(handler, backend, payload);
    let _entered = span.as_ref().map(Span::enter);
    let mut grid = CpuGrid::new(backend, grid_options(actor, handler, state));
    guarded(actor, handler, now_ns, || stepping::around_handler(actor, || run(&mut grid, state, payload)))
}

/// Notes that a handler is about to be entered. Gives the span to enter with it, if handlers are profiled.
#[inline]
fn entering(handler: &HandlerRegistration, backend: &CpuContext<'_>, payload: &[u8]) -> Option<Span> {
    let actor = backend.actor;
    if let Some(stepping) = &actor.shared.stepping {
        stepping.note_entered(backend, handler, payload);
    }
    actor.shared.config.profiling.then(|| {
        tracing::info_span!(
            "handler",
            kernel = actor.id().as_str(),
            handler = handler.name,
            message = handler.message.name
        )
    })
}

/// How the lanes of a cooperative handler run.
fn grid_options(actor: &Actor, handler: &HandlerRegistration, state: &(dyn Any + Send)) -> GridOptions {
    let start = std::ptr::from_ref(state).addr();
    GridOptions {
        shape: Shape::of(actor.kernel, &actor.options),
        shared_memory: actor.options.shared_memory,
        schedule: actor.options.lane_schedule,
        check_races: cfg!(debug_assertions) || actor.shared.config.debug,
        state: start..start + size_of_val(state),
        handler: handler.location,
    }
}

/// Runs the user's code so that the watchdog sees it and a panic becomes a fault.
#[inline]
fn guarded<R>(
    actor: &Actor,
    handler: &HandlerRegistration,
    now_ns: u64,
    work: impl FnOnce() -> R,
) -> Result<R, Box<Fault>> {
    actor.set_handler_entered(now_ns);
    let outcome = fault::run(handler.location, work);
    actor.set_handler_entered(0);
    outcome
}

/// A message in the hand of an async handler. Dead-lettered if the loop is dropped before it is done.
pub(crate) struct InHand<'a> {
    actor: &'a Arc<Actor>,
    mail: Option<Mail>,
}

impl<'a> InHand<'a> {
    pub(crate) fn new(actor: &'a Arc<Actor>, mail: Mail, now_ns: u64) -> Self {
        actor.set_in_hand(now_ns);
        Self { actor, mail: Some(mail) }
    }

    pub(crate) fn mail(&self) -> &Mail {
        self.mail.as_ref().expect("it is in hand until it is done")
    }

    pub(crate) fn done(mut self) -> Mail {
        self.mail.take().expect("it is in hand until it is done")
    }
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.actor.set_in_hand(0);
        if let Some(mail) = self.mail.take() {
            self.actor.bury(mail, DeadLetterReason::KernelTerminated);
        }
    }
}
