//! Kernels as members of a broker: reached from outside of their runtime, and reaching what is there, by name.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::Hosted;
use crate::context::K2KRefusal;
use crate::dead_letter::DeadLetterReason;
use crate::error::{Result, RingKernelError};
use crate::k2k::{
    Counted, DeliveryStatus, K2KAttachment, K2KBroker, K2KMessage, K2KPort, K2KRefused, K2KSender,
    RefusalReason,
};
use crate::message::MessageEnvelope;
use crate::runtime::{BoxFuture, KernelId, LaunchOptions, Submission, TenantId};

/// When a sender that waits for room looks for itself.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Where a kernel is attached to the broker of its runtime.
#[derive(Debug, Default)]
pub struct Bridge(Mutex<Attached>);

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
        let mut attached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has ended meanwhile must not take the name from its successor.
        if matches!(*attached, Attached::No) {
            *attached = Attached::To(attach());
        }
    }

    /// Takes the kernel's name away, because it has ended.
    pub(super) fn close(&self) {
        let before =
            std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), Attached::Ended);
        // Detached without the lock, because the broker has locks of its own.
        drop(before);
    }

    /// Sends in the kernel's name; `None` where it is not attached.
    pub fn sender(&self) -> Option<K2KSender> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Attached::To(attachment) => Some(attachment.sender().clone()),
            Attached::No | Attached::Ended => None,
        }
    }
}

/// Checks that nobody outside of the runtime has the name of a kernel that is about to be launched.
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
            _ => K2KRefusal::TargetNotFound,
        },
        RefusalReason::Refused(RingKernelError::TenantMismatch { .. }) => K2KRefusal::TenantMismatch,
        RefusalReason::Refused(RingKernelError::QuotaExceeded(_)) => K2KRefusal::QuotaExceeded,
        RefusalReason::Refused(_) => K2KRefusal::TargetNotFound,
    }
}

/// Where messages from outside come in. They take places among those of hosts, and what a handler returns for one goes into the output
/// queue of its kernel.
struct Door<A> {
    actor: Weak<A>,
}

impl<A: Hosted> K2KPort for Door<A> {
    fn deliver(&self, message: K2KMessage) -> Result<(), (K2KMessage, DeliveryStatus)> {
        let Some(actor) = self.actor.upgrade() else { return Err((message, DeliveryStatus::NotFound)) };
        let K2KMessage { id, source, destination, envelope, hops, sent_at, priority } = message;
        let MessageEnvelope { header, payload } = envelope;
        // The broker has asked the quota of who has sent it, and who pays for it.
        let payer = Some(actor.host().tags.number_of(header.audit_tag));
        let submission = Submission { payer, ..MessageEnvelope { header, payload }.into() };
        let checked = actor.check(&submission.message);
        let restore = |submission: Submission| {
            let envelope = MessageEnvelope { header, payload: submission.message.payload };
            K2KMessage { id, source, destination, envelope, hops, sent_at, priority }
        };
        if let Err(error) = checked {
            // It has reached its destination, which does not take it: a dead letter there, as between kernels of one runtime.
            let reason = match error {
                RingKernelError::MessageTooLarge { .. } => DeadLetterReason::MessageTooLarge,
                _ => DeadLetterReason::UnhandledMessage,
            };
            actor.bury_envelope(restore(submission).envelope, reason);
            return Ok(());
        }
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

/// Sends a message of a kernel, on the account of this number, to a name that is not one of its runtime.
///
/// # Errors
/// Why it was not accepted.
pub fn try_send_outside<A: Hosted>(
    actor: &A,
    destination: &KernelId,
    envelope: MessageEnvelope,
    payer: u32,
) -> Result<(), K2KRefusal> {
    let sender = actor.bridge.sender().ok_or(K2KRefusal::TargetNotFound)?;
    let audit = actor.host().tags.tag_of(payer);
    let sent = sender.try_send_on(destination, envelope, audit, Counted::NotYet);
    sent.map(drop).map_err(|refused| refusal_of(&refused))
}

/// Sends a message that a kernel's handler on a device has addressed to a name which is not one of its runtime; the message comes back as
/// a dead letter if nobody has it.
pub(super) fn send_outside<A: Hosted>(
    actor: &A,
    destination: &KernelId,
    envelope: MessageEnvelope,
    payer: u32,
    counted: Counted,
) {
    let Some(sender) = actor.bridge.sender() else {
        return actor.host().bury(
            actor.marked(envelope),
            Some(destination.clone()),
            DeadLetterReason::KernelTerminated,
        );
    };
    let audit = actor.host().tags.tag_of(payer);
    if let Err(refused) = sender.try_send_on(destination, envelope, audit, counted) {
        let reason = match refusal_of(&refused) {
            K2KRefusal::OutboxFull | K2KRefusal::QuotaExceeded => DeadLetterReason::QueueFull,
            _ => DeadLetterReason::KernelTerminated,
        };
        actor.host().bury(actor.marked(refused.envelope), Some(destination.clone()), reason);
    }
}
