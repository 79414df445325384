//! The dispatcher itself.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ringkernel_abi::MessageId;

use super::answers::{AlreadyPending, Answers};
use super::config::{DispatcherBuilder, DispatcherConfig};
use super::metrics::DispatcherMetrics;
use super::receipt::{DispatchError, DispatchReceipt};
use super::routing::{Balance, Route, Routes, Routing};
use crate::clock;
use crate::error::RingKernelError;
use crate::k2k::tenant::QuotaLimit;
use crate::k2k::{
    DeliveryReceipt, DeliveryStatus, K2KAttachment, K2KBroker, K2KRefused, K2KSender, RefusalReason,
};
use crate::message::unit::or_silence;
use crate::message::{Band, MessageEnvelope, Priority, RingMessage};
use crate::persistent_message::message_flags::{FLAG_HIGH_PRIORITY, FLAG_REQUIRES_RESPONSE};
use crate::persistent_message::{DispatchTable, PersistentMessage};
use crate::registry;
use crate::runtime::{BoxFuture, KernelId};
use crate::timer;

/// Sends messages to kernels through a broker: to a kernel by name, or to the kernels that are registered for their type.
///
/// A dispatch tries as often as its [`RetryPolicy`](super::RetryPolicy) says and takes at most the
/// [timeout](DispatcherConfig::timeout). It says for certain whether a kernel got the message.
pub struct KernelDispatcher {
    config: DispatcherConfig,
    /// Held for its name, and to send.
    attachment: K2KAttachment,
    routing: Routing,
    answers: Arc<Answers>,
    metrics: Arc<DispatcherMetrics>,
    handlers: Mutex<DispatchTable>,
    broker: Arc<K2KBroker>,
}

impl KernelDispatcher {
    /// A dispatcher with the default options and no routes.
    pub fn new(broker: Arc<K2KBroker>) -> Self {
        Self::builder(broker).build()
    }

    /// A dispatcher with these options and no routes.
    pub fn with_config(broker: Arc<K2KBroker>, config: DispatcherConfig) -> Self {
        Self::builder(broker).with_config(config).build()
    }

    /// Builds a dispatcher.
    pub fn builder(broker: Arc<K2KBroker>) -> DispatcherBuilder {
        DispatcherBuilder::new(broker)
    }

    pub(super) fn start(
        broker: Arc<K2KBroker>,
        config: DispatcherConfig,
        routes: Routes,
        handlers: DispatchTable,
    ) -> Self {
        let metrics = Arc::<DispatcherMetrics>::default();
        let answers = Arc::new(Answers::new(metrics.clone()));
        let unique = || KernelId::from(format!("dispatcher-{}", MessageId::generate()));
        let name = config.name.clone().unwrap_or_else(unique);
        let attachment = broker.attach(config.tenant, config.audit_tag, name, answers.clone());
        let (routing, handlers) = (Routing::new(routes), Mutex::new(handlers));
        Self { config, attachment, routing, answers, metrics, handlers, broker }
    }

    /// Sends a message to a kernel, with the message's own priority.
    ///
    /// # Errors
    /// [`DispatchError`]. Unless that is [`NoAnswer`](DispatchError::NoAnswer) or [`InvalidAnswer`](DispatchError::InvalidAnswer),
    /// no kernel has the message.
    pub async fn dispatch<T: PersistentMessage>(
        &self,
        kernel_id: KernelId,
        message: T,
    ) -> Result<DispatchReceipt, DispatchError> {
        match self.begin(Whither::Kernel(kernel_id), self.pack_flagged(&message)) {
            Ok(receipt) => Ok(receipt),
            Err(later) => later.await,
        }
    }

    /// Sends a message to a kernel with another priority than its own.
    ///
    /// # Errors
    /// As [`dispatch`](Self::dispatch).
    pub async fn dispatch_priority<T: PersistentMessage>(
        &self,
        kernel_id: KernelId,
        message: T,
        priority: Priority,
    ) -> Result<DispatchReceipt, DispatchError> {
        let mut envelope = self.pack_flagged(&message).with_priority(priority);
        // What the message itself would say of its priority counts no longer.
        envelope.header.flags &= !FLAG_HIGH_PRIORITY;
        match self.begin(Whither::Kernel(kernel_id), envelope) {
            Ok(receipt) => Ok(receipt),
            Err(later) => later.await,
        }
    }

    /// Sends a message to a kernel and waits for the answer. A kernel of a runtime answers with what its handler returns, now or later,
    /// which then does not go into its output queue; an endpoint with a message to the source of this one, with this one's id as
    /// its correlation.
    ///
    /// The message expires when its answer is not waited for any longer.
    ///
    /// # Errors
    /// As [`dispatch`](Self::dispatch); [`Unanswered`](DispatchError::Unanswered) as soon as a kernel of a runtime cannot answer,
    /// [`AnswerPending`](DispatchError::AnswerPending) when another call waits for the same answer.
    pub async fn call<T: PersistentMessage>(
        &self,
        kernel_id: KernelId,
        message: T,
    ) -> Result<T::Response, DispatchError> {
        self.ask::<T>(Whither::Kernel(kernel_id), self.pack_flagged(&message)).await
    }

    /// Sends a message to a kernel that is registered for its type.
    ///
    /// # Errors
    /// As [`dispatch`](Self::dispatch), and [`NoRoute`](DispatchError::NoRoute).
    pub async fn dispatch_message<M: RingMessage>(
        &self,
        message: &M,
    ) -> Result<DispatchReceipt, DispatchError> {
        match self.begin(Whither::Route(self.route(M::TYPE_ID)?), self.pack(message)) {
            Ok(receipt) => Ok(receipt),
            Err(later) => later.await,
        }
    }

    /// Sends a packed message to a kernel that is registered for its type. The [flags](crate::persistent_message::message_flags) in its header
    /// act: one of high priority travels in the band High at least, and one that requires a response is answered by kernels of a
    /// runtime to the name that sends, which is this dispatcher's; who waits for answers uses [`call`](Self::call).
    ///
    /// # Errors
    /// As [`dispatch_message`](Self::dispatch_message).
    pub async fn dispatch_envelope(
        &self,
        envelope: MessageEnvelope,
    ) -> Result<DispatchReceipt, DispatchError> {
        match self.begin(Whither::Route(self.route(envelope.header.message_type)?), envelope) {
            Ok(receipt) => Ok(receipt),
            Err(later) => later.await,
        }
    }

    /// Sends a message to a kernel that is registered for its type, and waits for what that sends back.
    ///
    /// # Errors
    /// As [`dispatch_message`](Self::dispatch_message).
    pub async fn call_message<T: PersistentMessage>(
        &self,
        message: &T,
    ) -> Result<T::Response, DispatchError> {
        let whither = Whither::Route(self.route(T::TYPE_ID)?);
        self.ask::<T>(whither, self.pack_flagged(message)).await
    }

    /// Sends messages of type `M` to this kernel from now on.
    pub fn register<M: RingMessage>(&self, kernel: KernelId) {
        self.register_route(M::TYPE_ID, kernel);
    }

    /// Sends messages of this type to this kernel from now on.
    pub fn register_route(&self, message_type: u64, kernel: KernelId) {
        self.routing.set(message_type, Some(Route::new(vec![kernel], Balance::RoundRobin)));
    }

    /// Sends messages of type `M` to these kernels from now on, one of them for each message. With no kernel, the type has none.
    pub fn register_several<M: RingMessage>(&self, kernels: Vec<KernelId>, balance: Balance) {
        let route = (!kernels.is_empty()).then(|| Route::new(kernels, balance));
        self.routing.set(M::TYPE_ID, route);
    }

    /// Removes the route of a type; false when there is none.
    pub fn unregister(&self, message_type: u64) -> bool {
        self.handlers().forget(message_type);
        self.routing.set(message_type, None).is_some()
    }

    /// The kernels for a type; none where it has no route.
    pub fn get_route(&self, message_type: u64) -> Vec<KernelId> {
        self.routing.get(message_type).map_or_else(Vec::new, |route| route.kernels().to_vec())
    }

    /// Whether a type has a route.
    pub fn has_route(&self, message_type: u64) -> bool {
        self.routing.get(message_type).is_some()
    }

    /// The types that have a route, in ascending order, with their kernels.
    pub fn routes(&self) -> Vec<(u64, Vec<KernelId>)> {
        self.routing.all()
    }

    /// The figures so far.
    pub fn metrics(&self) -> &DispatcherMetrics {
        &self.metrics
    }

    /// Begins all figures anew.
    pub fn reset_metrics(&self) {
        self.metrics.reset();
    }

    /// Its options.
    pub fn config(&self) -> &DispatcherConfig {
        &self.config
    }

    /// The name under which it sends and is answered.
    pub fn id(&self) -> &KernelId {
        self.sender().id()
    }

    /// The handlers that were registered by name.
    pub(super) fn handlers(&self) -> MutexGuard<'_, DispatchTable> {
        self.handlers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends in the name of a kernel of the same tenant.
    pub(super) fn sender_of(&self, source: &KernelId) -> Option<K2KSender> {
        self.broker.sender_of(self.config.tenant, source)
    }

    fn sender(&self) -> &K2KSender {
        self.attachment.sender()
    }

    fn pack<M: RingMessage>(&self, message: &M) -> MessageEnvelope {
        let envelope = MessageEnvelope::new(message);
        if M::LAYOUT.priority.is_some() {
            envelope
        } else {
            envelope.with_priority(self.config.default_priority)
        }
    }

    /// A message with its flags. Whether an answer is waited for depends on the call.
    fn pack_flagged<T: PersistentMessage>(&self, message: &T) -> MessageEnvelope {
        let mut envelope = self.pack(message);
        envelope.header.flags |= message.message_flags() & !FLAG_REQUIRES_RESPONSE;
        envelope
    }

    /// The kernels for a type.
    pub(super) fn route(&self, message_type: u64) -> Result<Arc<Route>, DispatchError> {
        self.routing.get(message_type).ok_or_else(|| {
            self.metrics.unknown_type_errors.add(1);
            self.metrics.errors.add(1);
            DispatchError::NoRoute { message: registry::message_name(message_type) }
        })
    }

    /// Sends a request and waits for its answer.
    async fn ask<T: PersistentMessage>(
        &self,
        whither: Whither,
        envelope: MessageEnvelope,
    ) -> Result<T::Response, DispatchError> {
        let after = self.config.timeout;
        let mut envelope = envelope;
        let header = &mut envelope.header;
        header.flags |= FLAG_REQUIRES_RESPONSE;
        if header.deadline_ns == 0 {
            let after_ns = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
            header.deadline_ns = clock::now_ns().saturating_add(after_ns);
        }
        let mut waiting = self.answers.expect(header).map_err(|AlreadyPending(correlation)| {
            self.metrics.errors.add(1);
            DispatchError::AnswerPending { correlation }
        })?;
        let kernel = match self.begin(whither, envelope) {
            Ok(receipt) => receipt.kernel,
            Err(later) => later.await?.kernel,
        };
        let answer = match timer::timeout(after, waiting.answer()).await {
            Ok(Some(Ok(answer))) => answer.decode::<T::Response>(),
            Ok(Some(Err(error))) => {
                let silence = or_silence(Err(error));
                let count = if silence.is_ok() { &self.metrics.answers } else { &self.metrics.errors };
                count.add(1);
                return silence.map_err(|error| DispatchError::Unanswered { kernel, error: Box::new(error) });
            }
            Ok(None) | Err(timer::Elapsed) => {
                self.metrics.errors.add(1);
                return Err(DispatchError::NoAnswer { kernel, after });
            }
        };
        answer.map_err(|error| {
            self.metrics.errors.add(1);
            DispatchError::InvalidAnswer { kernel, error: Box::new(error) }
        })
    }

    /// Tries to send a message, and gives what is left to do where that fails. Most messages need one attempt and no waiting, hence
    /// neither a deadline nor a list of pauses, and the future of a dispatch holds none.
    #[inline]
    pub(super) fn begin(
        &self,
        whither: Whither,
        mut envelope: MessageEnvelope,
    ) -> Result<DispatchReceipt, Later<'_>> {
        let began_ns = clock::now_ns();
        let header = &mut envelope.header;
        if header.flags & FLAG_HIGH_PRIORITY != 0 && Band::from_u8(header.priority) < Band::High {
            header.priority = Priority::High.into();
        }
        match self.attempt(&whither, envelope) {
            Ok(receipt) => Ok(self.dispatched(receipt, began_ns, 1)),
            Err(failure) => Err(Box::pin(self.retry(whither, Failed { began_ns, failure }))),
        }
    }

    #[inline]
    fn dispatched(&self, receipt: DeliveryReceipt, began_ns: u64, attempts: u32) -> DispatchReceipt {
        let took_ns = clock::now_ns().saturating_sub(began_ns);
        self.metrics.dispatched(receipt.status, took_ns);
        if self.config.enable_logging {
            tracing::debug!(
                target: "ringkernel::dispatcher",
                id = %receipt.message_id,
                kernel = %receipt.destination,
                status = ?receipt.status,
                attempts,
                "message dispatched"
            );
        }
        DispatchReceipt {
            message_id: receipt.message_id,
            kernel: receipt.destination,
            status: receipt.status,
            attempts,
            latency: Duration::from_nanos(took_ns),
        }
    }

    /// Tries again after a first attempt, for as often and as long as the options say.
    async fn retry(&self, whither: Whither, failed: Failed) -> Result<DispatchReceipt, DispatchError> {
        let Failed { began_ns, mut failure } = failed;
        let after = self.config.timeout;
        let deadline: Instant = timer::after(after);
        let mut pauses = self.config.retry_policy.pauses();
        let mut attempts = 1;
        let error = loop {
            let Failure::Passing { kernel, refused } = failure else {
                break failure.into_error(attempts);
            };
            let Some(pause) = pauses.next() else {
                break Failure::Passing { kernel, refused }.into_error(attempts);
            };
            let pause_ends = timer::after(pause);
            timer::sleep_until(pause_ends.min(deadline)).await;
            if pause_ends >= deadline {
                break DispatchError::Timeout { kernel, after };
            }
            attempts += 1;
            self.metrics.retries.add(1);
            match self.attempt(&whither, refused.envelope) {
                Ok(receipt) => return Ok(self.dispatched(receipt, began_ns, attempts)),
                Err(next) => failure = next,
            }
        };
        let error = self.failed(error);
        if self.config.enable_logging {
            tracing::debug!(target: "ringkernel::dispatcher", attempts, %error, "message not dispatched");
        }
        Err(error)
    }

    /// Counts a dispatch that had a kernel.
    pub(super) fn failed(&self, error: DispatchError) -> DispatchError {
        self.metrics.errors.add(1);
        if !matches!(error, DispatchError::InvalidKey(_)) {
            self.metrics.delivery_errors.add(1);
        }
        error
    }

    /// Chooses a kernel and tries once to give it the message.
    /// Inlined, as what it calls, so that the envelope is copied once.
    #[inline(always)]
    fn attempt(&self, whither: &Whither, envelope: MessageEnvelope) -> Result<DeliveryReceipt, Failure> {
        let (sender, whither) = match whither {
            Whither::From(sender, route) => (sender, Ok(route)),
            Whither::Route(route) => (self.sender(), Ok(route)),
            Whither::Kernel(kernel) => (self.sender(), Err(kernel)),
        };
        let kernel = match whither {
            Err(kernel) => kernel,
            Ok(route) => {
                let load = |kernel: &KernelId| sender.pending_at(kernel);
                route
                    .choose(&envelope, load)
                    .map_err(|error| Failure::Final(DispatchError::InvalidKey(error)))?
            }
        };
        sender.try_send(kernel, envelope).map_err(|refused| Failure::of(kernel, refused))
    }
}

impl fmt::Debug for KernelDispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KernelDispatcher")
            .field("id", self.id())
            .field("routes", &self.routes())
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}

/// What is left to do of a dispatch.
pub(super) type Later<'a> = BoxFuture<'a, Result<DispatchReceipt, DispatchError>>;

/// Where a message is to go.
pub(super) enum Whither {
    Kernel(KernelId),
    Route(Arc<Route>),
    /// In the name of another kernel.
    From(K2KSender, Arc<Route>),
}

/// A first attempt that failed.
struct Failed {
    began_ns: u64,
    failure: Failure,
}

/// Why an attempt failed.
enum Failure {
    /// Another attempt can succeed.
    Passing {
        kernel: KernelId,
        refused: Box<K2KRefused>,
    },
    Final(DispatchError),
}

impl Failure {
    fn of(kernel: &KernelId, refused: K2KRefused) -> Self {
        let passes = match &refused.reason {
            RefusalReason::Undelivered(receipt) => {
                matches!(
                    receipt.status,
                    DeliveryStatus::QueueFull | DeliveryStatus::NotFound | DeliveryStatus::Timeout
                )
            }
            RefusalReason::Refused(RingKernelError::QuotaExceeded(exceeded)) => {
                matches!(exceeded.limit, QuotaLimit::MessageRate { .. })
            }
            RefusalReason::Refused(_) => false,
        };
        let failure = Self::Passing { kernel: kernel.clone(), refused: Box::new(refused) };
        if passes { failure } else { Self::Final(failure.into_error(1)) }
    }

    fn into_error(self, attempts: u32) -> DispatchError {
        match self {
            Self::Final(error) => error,
            Self::Passing { kernel, refused } => match refused.reason {
                RefusalReason::Undelivered(receipt) => {
                    DispatchError::Undelivered { kernel, status: receipt.status, attempts }
                }
                RefusalReason::Refused(error) => DispatchError::Refused(Box::new(error)),
            },
        }
    }
}
