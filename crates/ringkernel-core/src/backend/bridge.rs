//! Kernels as members of a broker: reached from outside of their runtime, and reaching what is there, by name.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Hosted, Outside};
use crate::context::K2KRefusal;
use crate::dead_letter::DeadLetterReason;
use crate::error::{Result, RingKernelError};
use crate::k2k::{
    Counted, DeliveryStatus, Departing, K2KAttachment, K2KBroker, K2KMessage, K2KPort, K2KRefused, K2KSender,
    Leaving, RefusalReason,
};
use crate::message::MessageEnvelope;
use crate::runtime::{BoxFuture, KernelId, LaunchOptions, Submission, TenantId};

/// When a sender that waits for room looks for itself.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What has become of a message that was to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "who waits has to be polled"]
pub enum Left {
    /// Nothing is left to do.
    Done,
    /// It waits, and the queue is to be polled.
    Waits,
}

/// Where a kernel is attached to the broker of its runtime, and what waits there for room.
#[derive(Default)]
pub struct Bridge {
    attached: Mutex<Attached>,
    /// Whoever runs the kernel uses it, and its end.
    leaving: Mutex<Leaving>,
}

#[derive(Debug, Default)]
enum Attached {
    /// There is no broker, or it is not attached yet.
    #[default]
    No,
    To(K2KAttachment),
    /// The kernel has ended.
    Ended,
}

impl Bridge {
    fn open(&self, attach: impl FnOnce() -> K2KAttachment) {
        let mut attached = self.attached();
        // One that has ended meanwhile must not take the name from its successor.
        if matches!(*attached, Attached::No) {
            *attached = Attached::To(attach());
        }
    }

    /// Takes the kernel's name away, because it has ended. Gives what has found no room until now.
    pub(super) fn close(&self) -> Vec<(KernelId, MessageEnvelope)> {
        let before = std::mem::replace(&mut *self.attached(), Attached::Ended);
        // Detached without the lock, because the broker has locks of its own.
        drop(before);
        self.leaving().drain().collect()
    }

    fn attached(&self) -> MutexGuard<'_, Attached> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leaving(&self) -> MutexGuard<'_, Leaving> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends in the kernel's name; `None` where it is not attached.
    pub fn sender(&self) -> Option<K2KSender> {
        match &*self.attached() {
            Attached::To(attachment) => Some(attachment.sender().clone()),
            Attached::No | Attached::Ended => None,
        }
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").field("attached", &*self.attached()).finish_non_exhaustive()
    }
}

/// Checks that neither an endpoint nor a kernel of another runtime has the name of a kernel that is about to be launched.
///
/// # Errors
/// [`RingKernelError::KernelAlreadyLaunched`].
pub fn check_name(broker: Option<&Arc<K2KBroker>>, kernel_id: &str, options: &LaunchOptions) -> Result<()> {
    let broker = broker.filter(|_| options.enable_k2k);
    if broker.is_some_and(|broker| is_known(broker, options.tenancy.tenant, kernel_id)) {
        return Err(RingKernelError::KernelAlreadyLaunched { id: kernel_id.into() });
    }
    Ok(())
}

/// Whether a tenant has a name at a broker.
pub fn is_known(broker: &K2KBroker, tenant: TenantId, name: &str) -> bool {
    broker.sub_broker(tenant).is_some_and(|names| names.knows(&name.into()))
}

/// Attaches an actor to the broker of its runtime, if there is one and other kernels may reach the actor. It comes before the actor is
/// active, so that nothing that it sends is early.
pub fn attach<A: Hosted>(actor: &Arc<A>) {
    if let Some(broker) = actor.host().config.k2k_broker.as_ref().filter(|_| actor.options.enable_k2k) {
        let broker: &Arc<K2KBroker> = broker;
        let port = Arc::new(Door { actor: Arc::downgrade(actor) });
        let tenancy = actor.tenancy();
        actor.bridge.open(|| broker.attach(tenancy.tenant, tenancy.audit, actor.id().clone(), port));
    }
}

/// Why a message to a name outside of the runtime was not accepted.
fn refusal_of(refused: &K2KRefused) -> K2KRefusal {
    match &refused.reason {
        RefusalReason::Undelivered(receipt) => match receipt.status {
            DeliveryStatus::QueueFull | DeliveryStatus::Timeout => K2KRefusal::OutboxFull,
            DeliveryStatus::TenantMismatch => K2KRefusal::TenantMismatch,
            DeliveryStatus::QuotaExceeded => K2KRefusal::QuotaExceeded,
            _ => K2KRefusal::TargetNotFound,
        },
        RefusalReason::Refused(RingKernelError::TenantMismatch { .. }) => K2KRefusal::TenantMismatch,
        RefusalReason::Refused(RingKernelError::QuotaExceeded(_)) => K2KRefusal::QuotaExceeded,
        RefusalReason::Refused(_) => K2KRefusal::TargetNotFound,
    }
}

/// Where messages from outside come in. They take places among those of hosts. What a handler returns for one goes back to its source if
/// that waits for an answer, else into the output queue of its kernel.
struct Door<A> {
    actor: Weak<A>,
}

impl<A: Hosted> K2KPort for Door<A> {
    fn deliver(&self, message: K2KMessage) -> Result<(), (K2KMessage, DeliveryStatus)> {
        let Some(actor) = self.actor.upgrade() else { return Err((message, DeliveryStatus::NotFound)) };
        let K2KMessage { id, source, destination, envelope, hops, sent_at, priority } = message;
        let MessageEnvelope { header, payload } = envelope;
        let tenant = actor.tenancy().tenant;
        let broker = actor.host().config.k2k_broker.as_ref();
        let outside = broker.map(|broker| Box::new(Outside::new(broker, tenant, &source, &header)));
        let mut submission = Submission::from(MessageEnvelope { header, payload });
        // The broker has asked the quota of who has sent it, and who pays for it.
        let checked = actor.check(&submission.message);
        let payer = checked.and_then(|()| Ok(actor.account.number_of(header.audit_tag)?));
        let restore = |mut submission: Submission| {
            submission.outside.iter_mut().for_each(|outside| outside.release());
            let envelope = MessageEnvelope { header, payload: submission.message.payload };
            K2KMessage { id, source, destination, envelope, hops, sent_at, priority }
        };
        match payer {
            Ok(payer) => submission.payer = Some(payer),
            Err(error) => {
                // It has reached its destination, which does not take it: a dead letter there, as between kernels of one runtime.
                let reason = match error {
                    RingKernelError::MessageTooLarge { .. } => DeadLetterReason::MessageTooLarge,
                    RingKernelError::QuotaExceeded(_) => DeadLetterReason::QuotaExceeded,
                    _ => DeadLetterReason::UnhandledMessage,
                };
                actor.bury_envelope(restore(submission).envelope, reason);
                if let Some(mut outside) = outside {
                    outside.note_buried(reason);
                    outside.refuse(|| error);
                }
                return Ok(());
            }
        }
        submission.outside = outside;
        actor.accept(submission).map_err(|refused| {
            let status = match refused.error {
                RingKernelError::QueueFull { .. } => DeliveryStatus::QueueFull,
                _ => DeliveryStatus::NotFound,
            };
            (restore(refused.message), status)
        })
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if let Some(actor) = self.actor.upgrade() {
                // Room may have come between the attempt and now, and nobody tells of it twice.
                let _ = actor.host().time.timeout(LOOK_AGAIN, actor.listen_for_room()).await;
            }
        })
    }

    fn pending(&self) -> usize {
        self.actor.upgrade().map_or(0, |actor| actor.input_depth())
    }
}

/// Sends a message of a kernel, on the account of this number, to a name outside of its runtime. Where there is no room, the message
/// waits for some, at most for the runtime's `k2k_timeout`; whoever runs the actor has to [`send_on`] then.
///
/// # Errors
/// Why it was not accepted.
pub fn leave<A: Hosted>(
    actor: &A,
    destination: &KernelId,
    envelope: MessageEnvelope,
    payer: u32,
) -> Result<Left, K2KRefusal> {
    let departing =
        Departing { envelope, audit: actor.account.tags().tag_of(payer), counted: Counted::NotYet };
    depart(actor, destination, departing).map_err(|(_, refusal)| refusal)
}

/// Sends a message outside, or keeps it until there is room; gives it back with the reason where nobody will take it.
fn depart<A: Hosted>(
    actor: &A,
    destination: &KernelId,
    departing: Departing,
) -> Result<Left, (MessageEnvelope, K2KRefusal)> {
    let Some(sender) = actor.bridge.sender() else {
        return Err((departing.envelope, K2KRefusal::TargetNotFound));
    };
    let patience = actor.host().config.k2k_timeout;
    actor.bridge.leaving().send(&sender, destination, departing, patience).map_err(|refused| {
        let refusal = refusal_of(&refused);
        (refused.envelope, refusal)
    })
}

/// Sends what waits for room outside of the runtime, as far as there is some; what nobody will take becomes a dead letter. Ready when
/// nothing waits any longer.
pub fn send_on<A: Hosted>(actor: &A, context: &mut Context<'_>) -> Poll<()> {
    let Some(sender) = actor.bridge.sender() else { return Poll::Ready(()) };
    // Not under the lock: ports of the user's may run meanwhile.
    let mut leaving = std::mem::take(&mut *actor.bridge.leaving());
    let mut dead = Vec::new();
    let polled = leaving.poll(&sender, context, |destination, refused| {
        dead.push((destination.clone(), reason_of(refusal_of(&refused)), refused.envelope));
    });
    *actor.bridge.leaving() = leaving;
    for (destination, reason, envelope) in dead {
        actor.host().bury(actor.marked(envelope), Some(destination), reason);
    }
    polled
}

/// Sends a message that a kernel's handler on a device has addressed to a name which is not one of its runtime; the message comes back as
/// a dead letter if nobody takes it.
pub(super) fn send_outside<A: Hosted>(
    actor: &A,
    destination: &KernelId,
    envelope: MessageEnvelope,
    payer: u32,
    counted: Counted,
) -> Left {
    let departing = Departing { envelope, audit: actor.account.tags().tag_of(payer), counted };
    // What has been counted is not asked for again; the device knows no budgets, though.
    let within_budget = match counted {
        Counted::NotYet => Ok(()),
        Counted::Already => actor.account.within_budget(payer),
    };
    let departed = match within_budget {
        Ok(()) => depart(actor, destination, departing),
        Err(_) => Err((departing.envelope, K2KRefusal::QuotaExceeded)),
    };
    departed.unwrap_or_else(|(envelope, refusal)| {
        actor.host().bury(actor.marked(envelope), Some(destination.clone()), reason_of(refusal));
        Left::Done
    })
}

/// Sends the answer to a message that the broker has brought. Whoever waits for it hears if it cannot be sent.
pub fn answer_outside<A: Hosted>(actor: &A, mut outside: Outside, answer: MessageEnvelope) -> Left {
    let source = outside.source().clone();
    // An answer is part of the request, which was counted, and on its account.
    let departing = Departing { envelope: answer, audit: Some(outside.audit()), counted: Counted::Already };
    match depart(actor, &source, departing) {
        Ok(left) => {
            outside.release();
            left
        }
        Err((envelope, _)) => {
            actor.bury_envelope(envelope, DeadLetterReason::LateReply);
            let (kernel, reason) = (source.to_string(), DeadLetterReason::LateReply);
            outside.refuse(|| RingKernelError::Undeliverable { kernel, reason });
            Left::Done
        }
    }
}

/// Why a message that nobody takes is a dead letter.
fn reason_of(refusal: K2KRefusal) -> DeadLetterReason {
    match refusal {
        K2KRefusal::OutboxFull => DeadLetterReason::QueueFull,
        K2KRefusal::QuotaExceeded => DeadLetterReason::QuotaExceeded,
        K2KRefusal::TenantMismatch => DeadLetterReason::TenantMismatch,
        _ => DeadLetterReason::TargetNotFound,
    }
}
