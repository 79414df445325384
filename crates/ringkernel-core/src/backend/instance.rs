//! What the host knows of one kernel instance, whatever runs it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Account, Bridge, Output, Topics};
use crate::context::OutgoingMessage;
use crate::dead_letter::DeadLetterReason;
use crate::error::{Result, RingKernelError};
use crate::message::MessageEnvelope;
use crate::queue::{Gate, Waiting};
use crate::registry::{self, KernelRegistration};
use crate::runtime::{ActorRef, Fault, KernelId, LaunchOptions, Tenancy};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::telemetry::TelemetryRecorder;

/// A kernel instance: who it is, what comes out of it, and what has happened to it.
pub struct Instance {
    id: KernelId,
    address: ActorRef,
    launched: Instant,
    /// The registered kernel that it runs.
    pub kernel: &'static KernelRegistration,
    /// How it was launched.
    pub options: LaunchOptions,
    /// What it uses on its tenant's account.
    pub account: Account,
    /// Where it is attached to the broker of its runtime.
    pub bridge: Bridge,
    /// Where it publishes and is subscribed.
    pub topics: Topics,
    /// The way out to the host.
    pub output: Output,
    /// Counters and latencies.
    pub telemetry: TelemetryRecorder,
    /// Counts that telemetry does not have.
    pub counters: Counters,
    /// Notified after every change that somebody may wait for.
    changed: Gate,
    last_fault: Mutex<Option<Box<Fault>>>,
    /// Whether the runtime has stopped without it, because its handler did not return.
    abandoned: AtomicBool,
    /// Whether a fault, and not its user, ended the kernel.
    failed: AtomicBool,
}

/// Counts of an instance that its telemetry does not have. Each has one writer at a time: whoever runs it.
#[derive(Debug, Default)]
pub struct Counters {
    /// Answers, outputs and messages to other kernels.
    pub sent: AtomicU64,
    /// Errors that handlers have reported.
    pub errors_reported: AtomicU64,
    /// Faults of handlers.
    pub faults: AtomicU64,
    /// Restarts after faults.
    pub restarts: AtomicU64,
}

impl Instance {
    /// An instance that is launched now.
    pub fn new(
        id: KernelId,
        address: ActorRef,
        kernel: &'static KernelRegistration,
        options: LaunchOptions,
        account: Account,
        launched: Instant,
    ) -> Self {
        Self {
            output: Output::new(options.output_queue_capacity),
            id,
            address,
            launched,
            kernel,
            options,
            account,
            bridge: Bridge::default(),
            topics: Topics::default(),
            telemetry: TelemetryRecorder::new(),
            counters: Counters::default(),
            changed: Gate::new(),
            last_fault: Mutex::default(),
            abandoned: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    /// Its id.
    pub fn id(&self) -> &KernelId {
        &self.id
    }

    /// Its address, which no other instance of the process ever has.
    #[inline]
    pub fn address(&self) -> ActorRef {
        self.address
    }

    /// For whom it runs.
    #[inline]
    pub fn tenancy(&self) -> Tenancy {
        self.options.tenancy
    }

    /// A message that leaves the runtime, marked with for whom it runs.
    pub fn marked(&self, envelope: MessageEnvelope) -> MessageEnvelope {
        let Tenancy { tenant, audit } = self.tenancy();
        envelope.with_tenant_id(tenant).with_audit_tag(audit)
    }

    /// Time since its launch.
    pub fn uptime(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.launched)
    }

    // ---- messages

    /// The place of the handler for a message type among those of the kernel.
    #[inline]
    pub fn handler_index(&self, message_type: u64) -> Option<usize> {
        self.kernel.handlers.iter().position(|handler| handler.message.type_id == message_type)
    }

    /// Checks that it takes a message from a host.
    ///
    /// # Errors
    /// [`RingKernelError::MessageTooLarge`] and [`RingKernelError::UnhandledMessage`].
    #[inline]
    pub fn check(&self, message: &OutgoingMessage) -> Result<()> {
        let (size, max) = (message.payload.len(), self.options.max_payload);
        if size > max {
            return Err(RingKernelError::MessageTooLarge { size, max });
        }
        if self.handler_index(message.message_type).is_none() {
            return Err(self.unhandled(message.message_type));
        }
        Ok(())
    }

    #[cold]
    fn unhandled(&self, message_type: u64) -> RingKernelError {
        RingKernelError::UnhandledMessage {
            kernel: self.id.to_string(),
            message: registry::message_name(message_type),
            handled: self.kernel.handlers.iter().map(|handler| handler.message.name.into()).collect(),
        }
    }

    // ---- changes

    /// Tells all who wait for a change.
    pub fn announce(&self) {
        self.changed.notify_all();
    }

    /// A listener for changes. Listen first, then look, then wait.
    pub fn listen_for_change(&self) -> Waiting<'_> {
        self.changed.listen()
    }

    /// Notes that the runtime stops without it.
    pub fn set_abandoned(&self) {
        // Release pairs with the Acquire in `is_abandoned`.
        self.abandoned.store(true, Ordering::Release);
    }

    /// Whether the runtime has stopped without it.
    pub fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    // ---- what goes wrong

    /// The latest fault.
    pub fn last_fault(&self) -> Option<Box<Fault>> {
        self.last_fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts a fault and keeps it as the latest.
    pub(super) fn note_fault(&self, fault: Box<Fault>) {
        self.telemetry.record_error(fault.code);
        self.counters.faults.fetch_add(1, Ordering::Relaxed);
        *self.last_fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Notes that the latest fault has ended the kernel.
    pub fn set_failed(&self) {
        // Release pairs with the Acquire in `has_failed`.
        self.failed.store(true, Ordering::Release);
    }

    /// Whether a fault has ended the kernel.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// The fault that has ended the kernel.
    pub fn fatal_fault(&self) -> Option<Box<Fault>> {
        self.last_fault().filter(|_| self.has_failed())
    }

    /// What a caller hears about a message that was buried.
    pub fn error_of(&self, reason: DeadLetterReason) -> RingKernelError {
        let kernel = self.id.to_string();
        match (reason, self.last_fault()) {
            (DeadLetterReason::KernelTerminated, _) => RingKernelError::KernelTerminated { kernel },
            (DeadLetterReason::KernelFailed, Some(fault)) => RingKernelError::KernelFailed { kernel, fault },
            (reason, _) => RingKernelError::Undeliverable { kernel, reason },
        }
    }
}
