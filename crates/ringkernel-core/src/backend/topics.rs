//! Kernels among the topics of their tenant: what they publish, and what they are subscribed to.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use super::{Hosted, Payers};
use crate::context::K2KRefusal;
use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;
use crate::k2k::Counted;
use crate::k2k::tenant::TenantInfo;
use crate::message::MessageEnvelope;
use crate::pubsub::{PubSubBroker, PubSubError, Publication, Taken, Topic, TopicAttachment, TopicPort};
use crate::registry::KernelRegistration;
use crate::runtime::{BoxFuture, KernelId, KernelState, Submission, Tenancy};

/// When a publisher that waits for room looks for itself.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Where a kernel publishes and is subscribed.
#[derive(Debug, Default)]
pub struct Topics {
    /// The topics of its tenant; `None` until it publishes first.
    broker: OnceLock<Arc<PubSubBroker>>,
    subscribed: Mutex<Subscribed>,
}

#[derive(Debug, Default)]
enum Subscribed {
    /// It has neither patterns nor published, or is not subscribed yet.
    #[default]
    No,
    /// Kept to be dropped, which ends the subscriptions, if it has any, and its stay.
    To { _attachment: TopicAttachment },
    /// The kernel has ended.
    Ended,
}

impl Topics {
    fn broker<A: Hosted>(&self, actor: &A) -> &Arc<PubSubBroker> {
        self.broker.get_or_init(|| {
            let (pubsub, registration) = (actor.host().pubsub(), actor.account.tenant());
            let found = pubsub.for_kernel(actor.tenancy(), registration, actor.id(), &[]);
            let (broker, attachment) =
                found.expect("a runtime has the broker of all tenants, and nothing is subscribed to");
            // Also a kernel that is subscribed to nothing is there while it runs.
            self.keep(attachment);
            broker
        })
    }

    /// Ends the subscriptions, because the kernel has ended.
    pub(super) fn close(&self) {
        let before = std::mem::replace(&mut *self.subscribed(), Subscribed::Ended);
        // Detached without the lock, because the broker has locks of its own.
        drop(before);
    }

    fn keep(&self, attachment: TopicAttachment) {
        let mut subscribed = self.subscribed();
        if matches!(*subscribed, Subscribed::No) {
            *subscribed = Subscribed::To { _attachment: attachment };
            return;
        }
        drop(subscribed);
        drop(attachment);
    }

    fn subscribed(&self) -> std::sync::MutexGuard<'_, Subscribed> {
        self.subscribed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The places of a kernel among the subscribers of its tenant, taken before it is launched. Dropping it gives them back.
#[derive(Debug)]
pub struct Places(Option<TopicAttachment>);

impl Places {
    /// Takes those that a kernel needs which is launched under this registration.
    pub(super) fn take<'a>(
        pubsub: impl FnOnce() -> &'a PubSubBroker,
        tenancy: Tenancy,
        registration: Option<&Arc<TenantInfo>>,
        id: &KernelId,
        kernel: &KernelRegistration,
    ) -> Result<Self, PubSubError> {
        if kernel.subscribes.is_empty() {
            return Ok(Self(None));
        }
        let patterns: Vec<Topic> = kernel.subscribes.iter().map(|pattern| Topic::from(*pattern)).collect();
        let (_, attachment) = pubsub().for_kernel(tenancy, registration, id, &patterns)?;
        Ok(Self(Some(attachment)))
    }
}

/// Subscribes an actor to what its kernel says. It comes before the actor is active, and what is retained is in its mailbox then.
pub fn subscribe<A: Hosted>(actor: &Arc<A>, places: Places) {
    let Some(attachment) = places.0 else { return };
    attachment.open(Arc::new(Port { actor: Arc::downgrade(actor) }));
    actor.topics.keep(attachment);
}

/// Publishes a message of an actor, which [`account`](super::Account) has admitted.
///
/// # Errors
/// Gives the message back with the reason.
pub fn publish<A: Hosted>(
    actor: &A,
    topic: impl Into<Topic>,
    envelope: MessageEnvelope,
) -> Result<(), (PubSubError, MessageEnvelope)> {
    let envelope = actor.marked(envelope);
    let timestamp = envelope.header.timestamp;
    let publication = Publication::new(topic, actor.id().clone(), envelope, timestamp);
    actor.topics.broker(actor).publish_of_kernel(publication).map(drop)
}

/// Why a publication was not accepted.
pub fn publish_refusal(error: &PubSubError) -> K2KRefusal {
    match error {
        PubSubError::QuotaExceeded(_) => K2KRefusal::QuotaExceeded,
        _ => K2KRefusal::NoTopic,
    }
}

/// Publishes a message that a kernel's handler on a device has published, for the account of this number; it comes back as a dead letter if
/// it cannot be.
pub(super) fn publish_outside<A: Hosted>(
    actor: &A,
    topic: &str,
    envelope: MessageEnvelope,
    payer: u32,
    counted: Counted,
) {
    let admitted = match counted {
        Counted::NotYet => Payers::default().admit(&actor.account, payer),
        Counted::Already => actor.account.within_budget(payer),
    };
    let published = match admitted {
        Ok(()) => publish(actor, topic, envelope),
        Err(exceeded) => Err((exceeded.into(), envelope)),
    };
    if let Err((error, envelope)) = published {
        tracing::debug!(kernel = actor.id().as_str(), topic, %error, "not published");
        actor.telemetry.record_dropped();
        actor.bury_envelope(envelope, DeadLetterReason::NotPublished);
    }
}

/// Where publications come in. They take places among the messages of hosts, and what a handler returns for one goes into the output
/// queue of its kernel.
struct Port<A> {
    actor: Weak<A>,
}

impl<A: Hosted> TopicPort for Port<A> {
    fn deliver(&self, publication: &Publication) -> Taken {
        let Some(actor) = self.actor.upgrade() else { return Taken::Gone };
        let submission = Submission::from(publication.envelope.clone());
        if let Err(error) = actor.check(&submission.message) {
            let reason = match error {
                RingKernelError::MessageTooLarge { .. } => DeadLetterReason::MessageTooLarge,
                _ => DeadLetterReason::UnhandledMessage,
            };
            actor.telemetry.record_dropped();
            actor.bury_envelope(publication.envelope.clone(), reason);
            return Taken::Yes;
        }
        match actor.accept(submission) {
            Ok(()) => Taken::Yes,
            Err(refused) if matches!(refused.error, RingKernelError::QueueFull { .. }) => Taken::Full,
            // It stays subscribed until somebody ends it, and what it misses is not for nobody.
            Err(_) if actor.state() == KernelState::Failed => {
                actor.telemetry.record_dropped();
                actor.bury_envelope(publication.envelope.clone(), DeadLetterReason::KernelFailed);
                Taken::Yes
            }
            Err(_) => Taken::Gone,
        }
    }

    fn refuse(&self, publication: &Publication) {
        if let Some(actor) = self.actor.upgrade() {
            actor.telemetry.record_dropped();
            actor.bury_envelope(publication.envelope.clone(), DeadLetterReason::QueueFull);
        }
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if let Some(actor) = self.actor.upgrade() {
                // Room may have come between the attempt and now, and nobody tells of it twice.
                let _ = actor.host().time.timeout(LOOK_AGAIN, actor.listen_for_room()).await;
            }
        })
    }
}
