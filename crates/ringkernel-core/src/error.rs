//! The crate's error type.
//!
//! Operations return the smallest error that can occur there (`SendError`, `QueueError`, `DecodeError`, ...);
//! all of them convert into [`RingKernelError`], so that `?` works in an application. Every text says what
//! happened, with which value, and what to do about it.

use std::time::Duration;

use ringkernel_abi::TenantId;

use crate::dead_letter::DeadLetterReason;
use crate::hlc::ClockDrift;
use crate::k2k::tenant::QuotaExceeded;
use crate::message::DecodeError;
use crate::persistent_message::DispatchTableError;
#[cfg(not(loom))]
use crate::pubsub::{PubSubError, ReceiveError};
use crate::queue::{CapacityError, QueueError};
use crate::registry::RegistryError;
use crate::runtime::{Backend, Fault, KernelState};

/// Result of a RingKernel operation. The error defaults to [`RingKernelError`].
pub type Result<T, E = RingKernelError> = std::result::Result<T, E>;

/// Everything that can go wrong in RingKernel.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RingKernelError {
    /// No kernel has this name: neither registered (at launch) nor running (everywhere else).
    #[error("no kernel is named `{id}`{}; available: {}", nearest_text(.nearest), list_text(.available))]
    KernelNotFound {
        /// The name that was asked for.
        id: String,
        /// The names that would have been accepted, sorted.
        available: Vec<String>,
        /// The accepted name that is closest to `id`, when one is close.
        nearest: Option<String>,
    },
    /// An instance of this id has been launched and has not terminated, or somebody has this name at the runtime's broker.
    #[error(
        "the id `{id}` is taken: by a kernel that has not terminated, or, at the broker of the runtime, by an endpoint or by \
         a kernel of another runtime; terminate or drop that first, or launch under another id"
    )]
    KernelAlreadyLaunched {
        /// The id that is taken.
        id: String,
    },
    /// The kernel is not in a state from which the call is possible.
    #[error("kernel `{kernel}` is {from} and cannot become {to}")]
    InvalidStateTransition {
        /// The kernel.
        kernel: String,
        /// Its state.
        from: KernelState,
        /// The state that was asked for.
        to: KernelState,
    },
    /// The kernel has terminated (or is about to), and takes or gives no more messages.
    #[error("kernel `{kernel}` has terminated; launch it again to send to it")]
    KernelTerminated {
        /// The kernel.
        kernel: String,
    },
    /// The kernel failed and its restart policy does not restart it.
    #[error("kernel `{kernel}` has failed: {fault}")]
    KernelFailed {
        /// The kernel.
        kernel: String,
        /// Why it failed.
        fault: Box<Fault>,
    },
    /// The handler that was processing this request faulted.
    #[error("the handler of kernel `{kernel}` faulted while processing this message: {fault}")]
    HandlerFault {
        /// The kernel.
        kernel: String,
        /// What happened, and where.
        fault: Box<Fault>,
    },
    /// A handler has been running for longer than the runtime waits for it.
    #[error("kernel `{kernel}` has been in one handler for {running_for:?} and did not return in time")]
    KernelStuck {
        /// The kernel.
        kernel: String,
        /// How long its handler has been running.
        running_for: Duration,
    },
    /// A queue had no room.
    #[error("the queue of `{queue}` is full ({capacity} messages); wait, or raise its capacity")]
    QueueFull {
        /// Whose queue it is.
        queue: String,
        /// Its capacity in messages.
        capacity: usize,
    },
    /// A queue had no message.
    #[error("the queue is empty")]
    QueueEmpty,
    /// An operation on a queue did not happen. The message that it may have handed back is not in here.
    #[error(transparent)]
    Queue(QueueError<()>),
    /// Something took longer than its deadline.
    #[error("{operation} did not finish within {after:?}")]
    Timeout {
        /// What was waited for.
        operation: String,
        /// The time allowed.
        after: Duration,
    },
    /// In a test runtime, which runs only when it is told to: running on does not bring this about.
    #[error("{operation} cannot finish: {reason}")]
    Stalled {
        /// What was waited for.
        operation: String,
        /// Why not, and what everything waits for instead.
        reason: String,
    },
    /// The handler ended without an answer.
    #[error("kernel `{kernel}` gave no answer to this message: its handler returned nothing")]
    NoReply {
        /// The kernel.
        kernel: String,
    },
    /// The kernel put the answer off, and the right to give it made way for those of newer requests.
    #[error(
        "kernel `{kernel}` put its answer off and can no longer give it, because it has put off more answers since than its mailbox \
         has places; have it answer sooner, or raise `LaunchOptions::with_input_queue_capacity`"
    )]
    AnswerDisplaced {
        /// The kernel.
        kernel: String,
    },
    /// The message was accepted but then could not be handled.
    #[error("kernel `{kernel}` could not take the message: {reason}")]
    Undeliverable {
        /// The kernel.
        kernel: String,
        /// Why.
        reason: DeadLetterReason,
    },
    /// The encoded message is larger than the kernel accepts.
    #[error(
        "the message has {size} bytes and the limit is {max}; raise it with `LaunchOptions::with_max_payload`"
    )]
    MessageTooLarge {
        /// Encoded size in bytes.
        size: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// The kernel has no handler for this message type.
    #[error("kernel `{kernel}` does not handle `{message}`; it handles: {}", list_text(.handled))]
    UnhandledMessage {
        /// The kernel.
        kernel: String,
        /// The type's name, or its number when no such type is known.
        message: String,
        /// The types that it handles.
        handled: Vec<String>,
    },
    /// An envelope holds another type than the one asked for.
    #[error("the envelope holds `{actual}`, not `{expected}`")]
    UnexpectedMessageType {
        /// The type asked for.
        expected: String,
        /// The type in the envelope, or its number.
        actual: String,
    },
    /// Bytes could not be decoded.
    #[error("the message could not be decoded: {0}")]
    DeserializationError(#[from] DecodeError),
    /// An option has a value that cannot work.
    #[error("invalid configuration: {0}")]
    InvalidConfig(String),
    /// A message was not registered with a dispatch table, or not dispatched by it.
    #[error(transparent)]
    Dispatch(#[from] DispatchTableError),
    /// Something was not published, or nobody subscribed.
    #[cfg(not(loom))]
    #[error(transparent)]
    PubSub(PubSubError),
    /// A subscription gave no publication.
    #[cfg(not(loom))]
    #[error(transparent)]
    Subscription(#[from] ReceiveError),
    /// The registered kernels or messages contradict each other.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The backend cannot be used here.
    #[error("the {backend} backend is not available: {reason}")]
    BackendUnavailable {
        /// The backend.
        backend: Backend,
        /// Why not, and what would make it available.
        reason: String,
    },
    /// The backend has no such device.
    #[error("the {backend} backend has no device {index}{}; it has, counted from 0: {}", name_text(.name), list_text(.devices))]
    DeviceNotAvailable {
        /// The backend.
        backend: Backend,
        /// The index that was asked for, among the devices of that name.
        index: usize,
        /// The name that was asked for.
        name: Option<String>,
        /// The devices that there are, in the order of their indices.
        devices: Vec<String>,
    },
    /// The device is gone, with everything in its memory.
    #[error("the device of the {backend} backend is gone: {reason}; start a new runtime")]
    DeviceLost {
        /// The backend.
        backend: Backend,
        /// What happened to it.
        reason: String,
    },
    /// A device refused what a backend told it to do, which is a defect of the backend. It did not happen.
    #[error("the device of the {backend} backend refused an operation: {reason}")]
    DeviceRefused {
        /// The backend.
        backend: Backend,
        /// The operation, and what the device says.
        reason: String,
    },
    /// The compiler of a device refused a program.
    #[error("the compiler of the {backend} backend refused the program `{program}`:\n{message}")]
    ProgramRefused {
        /// The backend.
        backend: Backend,
        /// The program, named after its kernel.
        program: String,
        /// What the compiler says.
        message: String,
    },
    /// A copy is larger than the buffer.
    #[error("{bytes} bytes cannot be copied into or out of a buffer of {size} bytes")]
    CopyTooLarge {
        /// How many bytes were to be copied.
        bytes: usize,
        /// The size of the buffer in bytes.
        size: usize,
    },
    /// The backend cannot do this.
    #[error("the {backend} backend does not support {feature}")]
    Unsupported {
        /// The backend.
        backend: Backend,
        /// What it lacks.
        feature: String,
    },
    /// A timestamp is too far ahead of this clock.
    #[error(transparent)]
    ClockSkew(#[from] ClockDrift),
    /// The runtime has been shut down.
    #[error("the runtime has been shut down")]
    RuntimeShutDown,
    /// Shutdown gave up waiting for handlers that do not return.
    #[error("shutdown waited {waited:?} and gave up on handlers that do not return, in: {}", list_text(.kernels))]
    ShutdownTimeout {
        /// How long it waited.
        waited: Duration,
        /// The kernels whose handler is still running.
        kernels: Vec<String>,
    },
    /// A message would have crossed from one tenant to another. It was not sent.
    #[error(
        "tenant {from} may not reach what belongs to tenant {to}; kernels exchange messages within one tenant only"
    )]
    TenantMismatch {
        /// The sender's tenant.
        from: TenantId,
        /// The tenant that the target belongs to.
        to: TenantId,
    },
    /// A tenant wanted more than its quota allows.
    #[error(transparent)]
    QuotaExceeded(#[from] QuotaExceeded),
    /// There is no more of something.
    #[error("could not get {what}: {reason}")]
    ResourceExhausted {
        /// What was asked for.
        what: String,
        /// The answer of the system or the device.
        reason: String,
    },
}

impl RingKernelError {
    /// Whether the same call can succeed later without any change.
    pub fn is_recoverable(&self) -> bool {
        matches!(
            self,
            Self::QueueFull { .. }
                | Self::QueueEmpty
                | Self::Timeout { .. }
                | Self::QuotaExceeded(_)
                | Self::ResourceExhausted { .. }
        )
    }
}

impl<T> From<QueueError<T>> for RingKernelError {
    fn from(error: QueueError<T>) -> Self {
        Self::Queue(error.without_message())
    }
}

impl From<CapacityError> for RingKernelError {
    fn from(error: CapacityError) -> Self {
        Self::InvalidConfig(error.to_string())
    }
}

fn nearest_text(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

fn name_text(name: &Option<String>) -> String {
    name.as_ref().map(|name| format!(" named `{name}`")).unwrap_or_default()
}

fn list_text(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}
