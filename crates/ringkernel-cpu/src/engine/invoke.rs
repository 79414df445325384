//! Running one handler on one message, so that the watchdog sees it and a panic becomes a fault.

use std::any::Any;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use ringkernel_core::context::{Reply, RingContext};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::message::DecodeError;
use ringkernel_core::registry::{HandlerFn, HandlerRegistration};
use ringkernel_core::runtime::Fault;
use tokio::runtime::Handle;

use super::actor::Actor;
use super::context::CpuContext;
use super::fault;
use super::mail::Mail;

/// Runs a handler, guarded and watched. `now_ns` is the time of the call, which its caller has just read.
pub(crate) async fn invoke(
    now_ns: u64,
    handler: &'static HandlerRegistration,
    backend: &mut CpuContext<'_>,
    state: &mut (dyn Any + Send),
    payload: &[u8],
) -> Result<Result<Reply, DecodeError>, Box<Fault>> {
    let actor = backend.actor.clone();
    let span = actor.shared.config.profiling.then(|| {
        tracing::info_span!(
            "handler",
            kernel = actor.id().as_str(),
            handler = handler.name,
            message = handler.message.name
        )
    });
    let mut context = RingContext::new(backend);
    match handler.run {
        HandlerFn::Sync(run) => {
            let _entered = span.as_ref().map(tracing::Span::enter);
            guarded(&actor, handler, now_ns, || run(&mut context, state, payload))
        }
        HandlerFn::Async(run) => {
            let mut future = guarded(&actor, handler, now_ns, || run(&mut context, state, payload))?;
            poll_fn(|cx: &mut Context<'_>| {
                let _tokio = actor.shared.tokio.as_ref().map(Handle::enter);
                let _entered = span.as_ref().map(tracing::Span::enter);
                match guarded(&actor, handler, Actor::now_ns(), || future.as_mut().poll(cx)) {
                    Ok(poll) => poll.map(Ok),
                    Err(fault) => Poll::Ready(Err(fault)),
                }
            })
            .await
        }
    }
}

/// Runs the user's code so that the watchdog sees it and a panic becomes a fault.
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

/// A message in hand. Dead-lettered if the loop is dropped before it is done.
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
