//! What a dispatch gives, or why it failed.

use std::time::Duration;

use ringkernel_abi::{CorrelationId, MessageId};

use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;
use crate::k2k::DeliveryStatus;
use crate::message::DecodeError;
use crate::runtime::KernelId;

/// A message that was dispatched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DispatchReceipt {
    /// The message.
    pub message_id: MessageId,
    /// The kernel that it went to.
    pub kernel: KernelId,
    /// Whether that kernel has it, or a hop on the way.
    pub status: DeliveryStatus,
    /// How many attempts it took.
    pub attempts: u32,
    /// How long it took, from the call until a kernel had it.
    pub latency: Duration,
}

/// Why a dispatch failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// No kernel is for messages of this type.
    #[error(
        "no kernel is registered for `{message}`; add one with `route`, or name the kernel with `dispatch`"
    )]
    NoRoute {
        /// The type's name, or its number when no such type is known.
        message: String,
    },
    /// No attempt succeeded.
    #[error("the message did not reach kernel `{kernel}` in {attempts} attempts: {status:?}")]
    Undelivered {
        /// The kernel of the last attempt.
        kernel: KernelId,
        /// What came of the last attempt.
        status: DeliveryStatus,
        /// How many attempts there were.
        attempts: u32,
    },
    /// The time was over before an attempt succeeded.
    #[error("the message did not reach kernel `{kernel}` within {after:?}")]
    Timeout {
        /// The kernel of the last attempt.
        kernel: KernelId,
        /// The time allowed.
        after: Duration,
    },
    /// The kernel has the message, and did not answer in time. An answer that comes later is counted and dropped.
    #[error("kernel `{kernel}` did not answer within {after:?}")]
    NoAnswer {
        /// The kernel.
        kernel: KernelId,
        /// The time allowed.
        after: Duration,
    },
    /// The kernel has had the message, and there will be no answer: its handler gave none or has faulted, or the kernel has ended.
    #[error("kernel `{kernel}` gives no answer: {error}")]
    Unanswered {
        /// The kernel.
        kernel: KernelId,
        /// Why not.
        error: Box<RingKernelError>,
    },
    /// Another call waits for an answer that carries the same. Nothing was sent.
    #[error("an answer that carries {correlation} is waited for already; give each call an id of its own")]
    AnswerPending {
        /// What it carries.
        correlation: CorrelationId,
    },
    /// The kernel answered something else than its message says.
    #[error("the answer of kernel `{kernel}` could not be read: {error}")]
    InvalidAnswer {
        /// The kernel.
        kernel: KernelId,
        /// What was wrong with it.
        error: Box<RingKernelError>,
    },
    /// The message does not hold the key by which it is routed.
    #[error("the key of the message could not be read: {0}")]
    InvalidKey(DecodeError),
    /// It was not even tried, or not tried again: another tenant's kernel, or a quota.
    #[error(transparent)]
    Refused(Box<RingKernelError>),
}

impl From<DispatchError> for RingKernelError {
    fn from(error: DispatchError) -> Self {
        let text = error.to_string();
        match error {
            DispatchError::NoRoute { message } => {
                Self::UnhandledMessage { kernel: "dispatcher".into(), message, handled: Vec::new() }
            }
            DispatchError::Undelivered { kernel, status, .. } => match status {
                DeliveryStatus::Timeout | DeliveryStatus::QueueFull => {
                    Self::Undeliverable { kernel: kernel.to_string(), reason: DeadLetterReason::QueueFull }
                }
                _ => Self::Undeliverable {
                    kernel: kernel.to_string(),
                    reason: DeadLetterReason::TargetNotFound,
                },
            },
            DispatchError::Timeout { after, .. } | DispatchError::NoAnswer { after, .. } => {
                Self::Timeout { operation: text, after }
            }
            DispatchError::InvalidKey(error) => Self::DeserializationError(error),
            DispatchError::AnswerPending { .. } => Self::InvalidConfig(text),
            DispatchError::InvalidAnswer { error, .. }
            | DispatchError::Unanswered { error, .. }
            | DispatchError::Refused(error) => *error,
        }
    }
}
