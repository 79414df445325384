//! One kernel instance as the host sees it. Its state lies in device memory; the driver alone speaks for it there.

use std::collections::{HashMap, VecDeque};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Mailbox, Owed, Shared};
use crate::apart::{apart, each_apart};
use crate::backend::{Hosted, Instance, Mail, Payers, Restarts, launch};
use crate::clock;
use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;
use crate::hlc::DEFAULT_MAX_DRIFT;
use crate::message::MessageEnvelope;
use crate::queue::Gate;
use crate::registry;
use crate::runtime::KernelState;
use crate::sync::atomic::{AtomicBool, AtomicU64};

/// An instance on a device.
pub struct Actor {
    instance: Instance,
    /// Its runtime.
    pub shared: Arc<Shared>,
    /// The row of [`Allowances`](super::Allowances) that its messages to other kernels count in, if its tenant has a limit.
    pub allowance: Option<u32>,
    inner: Mutex<Inner>,
    /// Messages from other kernels that its mailbox on the device has accepted. The driver writes it.
    pub received_from_kernels: AtomicU64,
    /// Notified when its mailbox has room again.
    pub(super) room: Gate,
    /// Whether the driver has been told to look at it.
    pub scheduled: AtomicBool,
    /// Whether what it has sent waits for room outside of the runtime.
    pub(super) is_held_up: AtomicBool,
    /// When the submission began for which the watchdog has reported it.
    pub(super) reported_ns: AtomicU64,
    /// Since when it has had a message in hand, nanoseconds since the epoch; 0 for none. The driver of a device that tells so
    /// writes it; one that works in submissions leaves it.
    pub in_hand_ns: AtomicU64,
}

/// What changes while it lives.
pub struct Inner {
    /// Its state.
    pub state: KernelState,
    /// Whether the device goes by `state`: it has no message in hand that was taken under another one.
    pub settled: bool,
    /// What hosts have sent.
    pub mailbox: Mailbox,
    /// Messages from kernels that wait on the device, as far as the driver has heard, where the device does not show them.
    pub kernels_waiting: usize,
    /// Messages for other kernels that wait for room there, as far as the driver has heard, where the device does not show them.
    pub outbox_waiting: usize,
    /// Outputs that found the queue full.
    pub pending: VecDeque<MessageEnvelope>,
    /// Answers that are deferred, by the token of their message.
    pub owed: HashMap<u32, Owed>,
    /// When it was restarted lately.
    pub restarts: Restarts,
    /// The number of the account that the message in hand is on, where the device has said so.
    pub payer: u32,
    /// Who pays for messages on other accounts.
    pub payers: Payers,
    /// Why it ended, when that was with the device.
    pub lost: Option<RingKernelError>,
}

impl Actor {
    /// An actor that is not on the device yet.
    pub fn new(instance: Instance, allowance: Option<u32>, shared: Arc<Shared>) -> Self {
        Self {
            instance,
            allowance,
            shared,
            inner: Mutex::new(Inner {
                state: KernelState::Created,
                settled: false,
                mailbox: Mailbox::default(),
                kernels_waiting: 0,
                outbox_waiting: 0,
                pending: VecDeque::new(),
                owed: HashMap::new(),
                restarts: Restarts::default(),
                payer: 0,
                payers: Payers::default(),
                lost: None,
            }),
            received_from_kernels: AtomicU64::new(0),
            room: Gate::new(),
            scheduled: AtomicBool::new(false),
            is_held_up: AtomicBool::new(false),
            reported_ns: AtomicU64::new(0),
            in_hand_ns: AtomicU64::new(0),
        }
    }

    /// What changes while it lives, locked. Nothing of the actor may be called meanwhile.
    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Messages that hosts may have waiting in its mailbox: kernels have a share of their own.
    pub fn host_capacity(&self) -> usize {
        self.options.input_queue_capacity - launch::kernels_share(&self.options)
    }

    /// Tells all who wait for room in its mailbox. A panic of theirs is not the driver's, who has messages in hand.
    pub fn tell_room(&self) {
        apart(|| self.room.notify_all());
    }

    /// Notes that the device goes by this state.
    pub fn settle(&self, state: KernelState) {
        let mut inner = self.inner();
        if inner.state == state && !inner.settled {
            inner.settled = true;
            drop(inner);
            self.announce();
        }
    }

    // ---- messages in

    /// The next message that the device can be given, which keeps its place in the mailbox until it is fed or given up. What
    /// cannot be handled is accounted for.
    pub fn next_mail(&self, now_ns: u64) -> Option<Mail> {
        loop {
            let mail = self.inner().mailbox.pop()?;
            match refusal(&mail, now_ns) {
                None => return Some(mail),
                Some(reason) => self.give_up(mail, reason),
            }
        }
    }

    /// Dead-letters a message that [`next_mail`](Self::next_mail) gave.
    pub fn give_up(&self, mail: Mail, reason: DeadLetterReason) {
        self.inner().mailbox.give_up();
        self.bury(mail, reason);
    }

    // ---- messages out

    /// Outputs that there is room for, behind those that wait already.
    pub fn room_for_output(&self, inner: &Inner) -> usize {
        if inner.pending.is_empty() { self.output.free_slots() } else { 0 }
    }

    /// Puts outputs that found no room into the queue, as far as it has room now.
    pub fn flush_pending(&self) {
        let mut inner = self.inner();
        while let Some(envelope) = inner.pending.pop_front() {
            if let Err(envelope) = self.output.push(envelope) {
                inner.pending.push_front(envelope);
                break;
            }
        }
    }

    // ---- the end

    /// Leaves the actor to a handler that does not return. Nobody waits for it any longer.
    pub fn abandon(&self) {
        self.set_abandoned();
        self.inner().mailbox.close();
        self.output.close();
        self.announce();
        self.tell_room();
    }

    /// Why messages to it are not handled once it closes.
    pub fn closing_reason(&self) -> DeadLetterReason {
        if self.has_failed() { DeadLetterReason::KernelFailed } else { DeadLetterReason::KernelTerminated }
    }

    /// Lets hosts send nothing more, and accounts for what they have sent.
    pub fn close_mailbox(&self, reason: DeadLetterReason, error: &RingKernelError) {
        let left = {
            let mut inner = self.inner();
            inner.mailbox.close();
            inner.mailbox.drain()
        };
        self.tell_room();
        each_apart(left, |mail| self.bury_as(mail, reason, error.clone()));
    }

    /// Lets hosts send nothing more, and accounts for what the device has not been given.
    pub fn close_unfed(&self, reason: DeadLetterReason) {
        let left = {
            let mut inner = self.inner();
            inner.mailbox.close();
            inner.mailbox.drain_unfed()
        };
        self.tell_room();
        each_apart(left, |mail| self.bury(mail, reason));
    }

    /// Tells the callers whose answers are deferred that there will be none.
    pub fn refuse_owed(&self, error: &RingKernelError) {
        let owed = std::mem::take(&mut self.inner().owed);
        each_apart(owed.into_values(), |owed| owed.answer_to.refuse(|| error.clone()));
    }

    /// Ends it for everybody who knows it. It is on the device no longer.
    pub fn retire(&self) {
        self.flush_pending();
        // What finds no room even now is not taken by anybody any more.
        for envelope in std::mem::take(&mut self.inner().pending) {
            self.bury_envelope(envelope, DeadLetterReason::KernelTerminated);
        }
        self.output.close();
        self.shared.retire(self);
        // The state is set last: who sees it finds everything freed.
        self.inner().state = KernelState::Terminated;
        self.announce();
        self.tell_room();
    }

    /// Accounts for everything and ends it, because the device is gone: its memory is lost, what hosts have sent is not.
    pub fn lose(&self, error: &RingKernelError) {
        self.inner().lost = Some(error.clone());
        self.close_mailbox(DeadLetterReason::KernelTerminated, error);
        self.refuse_owed(error);
        self.retire();
    }
}

/// Why a message is not to be handled.
fn refusal(mail: &Mail, now_ns: u64) -> Option<DeadLetterReason> {
    if mail.is_late(now_ns) {
        return Some(DeadLetterReason::Expired);
    }
    let ahead_ns = mail.origin.timestamp.physical().saturating_sub(clock::now_ns());
    if u128::from(ahead_ns) > DEFAULT_MAX_DRIFT.as_nanos() {
        return Some(DeadLetterReason::ClockDrift);
    }
    let known = registry::catalog().ok().and_then(|catalog| catalog.message(mail.message_type));
    // The device takes for granted that bytes are a message of their type.
    let garbled = known.is_some_and(|message| (message.check)(&mail.payload).is_err());
    garbled.then_some(DeadLetterReason::DecodeFailed)
}

/// What everybody knows of it.
impl Deref for Actor {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}
