//! What becomes of an actor's messages when the device reports.

use std::sync::{Arc, Weak};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use super::wire::numbers::{OUTSIDE, PUBLISHED};
use super::{Actor, Broken, Deeds, Given, Handled, Spent, Tally, Written};
use crate::backend::bridge::{Left, answer_outside, send_on, send_outside};
use crate::backend::topics::publish_outside;
use crate::backend::{AnswerTo, Hosted, Mail};
use crate::dead_letter::DeadLetterReason;
use crate::error::RingKernelError;
use crate::k2k::Counted;
use crate::runtime::{KernelId, KernelState};
use crate::sync::atomic::Ordering;

/// Has the driver look at an actor.
struct Recall(Weak<Actor>);

impl Wake for Recall {
    fn wake(self: Arc<Self>) {
        if let Some(actor) = self.0.upgrade() {
            actor.shared.schedule(&actor);
        }
    }
}

/// An answer that somebody waits for, or nobody.
#[derive(Debug)]
pub struct Owed {
    pub(super) answer_to: AnswerTo,
    accepted_ns: u64,
    deadline_ns: u64,
}

impl Owed {
    /// The answer to a message, which has none to give from now on.
    fn of(mail: &mut Mail) -> Self {
        let answer_to = std::mem::replace(&mut mail.answer_to, AnswerTo::Output);
        Self { answer_to, accepted_ns: mail.accepted_ns, deadline_ns: mail.deadline_ns }
    }
}

/// A message whose handler has faulted, until the driver has done to the device what its restart policy says. Its caller hears
/// after that.
#[must_use = "a caller waits for `Actor::recovered`"]
pub struct Faulted {
    /// What is to be done.
    pub next: AfterFault,
    mail: Option<Mail>,
    error: RingKernelError,
}

/// What is to be done with an actor whose handler has faulted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFault {
    /// It goes on with its initial state.
    Restart,
    /// It takes nothing more, and what waits for it becomes dead letters.
    Close,
}

/// Refusals of one message, for another tenant's kernel or for the quota, that are put on record one by one; all are counted.
const RECORDED: u32 = 64;

impl Actor {
    /// A message was handled, and its handler has given this.
    pub fn handled(self: &Arc<Self>, handled: Handled, given: impl IntoIterator<Item = Given>) {
        self.profile(handled.message_type);
        self.count(handled.deeds, handled.token.unwrap_or(0));
        self.telemetry.record_processed(self.shared.time.now_ns().saturating_sub(handled.accepted_ns));
        let in_hand = handled.token.unwrap_or(0);
        let mut unanswered = self.conclude(in_hand, handled.deferred);
        for given in given {
            let answers = match &given {
                Given::Answer { token, .. } | Given::Oversized { token, .. } => *token == in_hand,
                Given::Output(_) => false,
            };
            match (given, unanswered.take_if(|_| answers)) {
                (Given::Answer { answer, .. }, Some(owed)) => self.answer(owed, answer),
                (Given::Oversized { answer, size, .. }, owed) => self.give_up_answer(owed, answer, size),
                (given, _) => self.give(given),
            }
        }
        unanswered.into_iter().for_each(|owed| self.refuse(owed));
        if handled.ends {
            self.request_termination();
        }
    }

    /// Messages from kernels were handled, which are on the account that the kernel was launched on.
    pub fn tallied(&self, tally: &Tally) {
        self.counters.sent.fetch_add(u64::from(tally.sent), Ordering::Relaxed);
        self.charge_ns(0, tally.taken_ns);
        self.telemetry.record_all(&tally.handled);
    }

    /// Takes a message that was handled from those with the device. `None` when its answer comes later, if it does.
    fn conclude(&self, token: u32, deferred: bool) -> Option<Owed> {
        let mut inner = self.inner();
        let owed = Owed::of(&mut inner.mailbox.take(token)?);
        if !deferred {
            return Some(owed);
        }
        if owed.answer_to.is_awaited() {
            inner.owed.insert(token, owed);
        }
        None
    }

    /// Passes on what a handler has given to the host.
    pub fn give(self: &Arc<Self>, given: Given) {
        match given {
            Given::Output(written) => {
                self.inner().pending.push_back(written.into_envelope());
                self.flush_pending();
            }
            Given::Answer { token, answer } => match self.owed(token) {
                Some(owed) => self.answer(owed, answer),
                None => self.bury_envelope(answer.into_envelope(), DeadLetterReason::LateReply),
            },
            Given::Oversized { token, answer, size } => {
                let owed = self.owed(token);
                self.give_up_answer(owed, answer, size);
            }
        }
    }

    /// The answer that is owed for a message, which is owed no longer.
    fn owed(&self, token: u32) -> Option<Owed> {
        let mut inner = self.inner();
        let deferred = inner.owed.remove(&token);
        // A right may be used by the very handler that has kept it.
        deferred.or_else(|| inner.mailbox.fed_mut(token).map(Owed::of))
    }

    /// An answer was too large to be written: whoever waits for it hears so, and what there is of it is a dead letter.
    fn give_up_answer(&self, owed: Option<Owed>, answer: Written, size: usize) {
        self.bury_envelope(answer.into_envelope(), DeadLetterReason::MessageTooLarge);
        let max = self.options.max_payload;
        owed.into_iter()
            .for_each(|owed| owed.answer_to.refuse(|| RingKernelError::MessageTooLarge { size, max }));
    }

    /// Gives an answer to whoever waits for it.
    fn answer(self: &Arc<Self>, owed: Owed, answer: Written) {
        if !owed.answer_to.is_awaited() {
            // What nobody waits for is an output.
            return self.give(Given::Output(answer));
        }
        if owed.deadline_ns != 0 && self.shared.time.now_ns() > owed.deadline_ns {
            self.bury_envelope(answer.into_envelope(), DeadLetterReason::LateReply);
            let operation = format!("the call to kernel `{}`", self.id());
            let after = Duration::from_nanos(owed.deadline_ns.saturating_sub(owed.accepted_ns));
            return owed.answer_to.refuse(|| RingKernelError::Timeout { operation, after });
        }
        match owed.answer_to {
            AnswerTo::Caller(caller) => {
                if let Err(Ok(late)) = caller.send(Ok(answer.into_answer())) {
                    self.bury_envelope(late.into_envelope(), DeadLetterReason::LateReply);
                }
            }
            AnswerTo::Outside(outside) => {
                self.left(answer_outside(self.as_ref(), *outside, answer.into_envelope()));
            }
            AnswerTo::Output | AnswerTo::Kernel(_) => {}
        }
    }

    /// Has the driver look after what waits for room outside of the runtime.
    fn left(self: &Arc<Self>, left: Left) {
        if left == Left::Waits {
            // Relaxed, as everywhere: the driver alone writes and reads it.
            self.is_held_up.store(true, Ordering::Relaxed);
            self.shared.schedule(self);
        }
    }

    /// Sends on what waits for room outside of the runtime; the driver is told when there may be some.
    pub fn send_on(self: &Arc<Self>) {
        if self.is_held_up() {
            let waker = Waker::from(Arc::new(Recall(Arc::downgrade(self))));
            let is_done = send_on(self.as_ref(), &mut Context::from_waker(&waker)).is_ready();
            self.is_held_up.store(!is_done, Ordering::Relaxed);
        }
    }

    /// Whether what it has sent waits for room outside of the runtime: it is given nothing from hosts then.
    pub fn is_held_up(&self) -> bool {
        self.is_held_up.load(Ordering::Relaxed)
    }

    /// Tells a caller that there will be no answer.
    fn refuse(&self, owed: Owed) {
        owed.answer_to.refuse(|| RingKernelError::NoReply { kernel: self.id().to_string() });
    }

    /// A right to answer gave way to a newer one.
    pub fn right_gave_way(&self, token: u32) {
        let owed = self.inner().owed.remove(&token);
        let error = || RingKernelError::AnswerDisplaced { kernel: self.id().to_string() };
        owed.into_iter().for_each(|owed| owed.answer_to.refuse(error));
    }

    /// The handler of a message could not finish; `token` is 0 for a message from another kernel. Afterwards the driver does to
    /// the device what comes of it, and calls [`recovered`](Self::recovered).
    pub fn faulted(&self, broken: Broken, token: u32) -> Faulted {
        let fault = Box::new(broken.fault);
        self.profile(broken.message_type);
        self.count(broken.deeds, token);
        self.record_fault(fault.clone());
        let error = RingKernelError::HandlerFault { kernel: self.id().to_string(), fault };
        let mut inner = self.inner();
        let may_restart = inner.restarts.may_restart(self.options.restart, self.shared.time.instant());
        let terminating = inner.state == KernelState::Terminating;
        if !may_restart {
            // Before the state, so that who sees the state finds the reason, and that nothing more is accepted.
            self.set_failed();
            inner.mailbox.close();
            if !terminating {
                inner.state = KernelState::Failed;
            }
        }
        let next = if may_restart && !terminating { AfterFault::Restart } else { AfterFault::Close };
        Faulted { next, mail: inner.mailbox.take(token), error }
    }

    /// What comes of a fault has been done on the device.
    pub fn recovered(&self, faulted: Faulted) {
        let Faulted { next, mail, error } = faulted;
        if next == AfterFault::Restart {
            self.counters.restarts.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(mail) = mail {
            self.bury_as(mail, DeadLetterReason::HandlerFault, error.clone());
        }
        self.refuse_owed(&error);
    }

    /// A message that it has written was not delivered or handled: for this reason, or because its target closes or is gone.
    /// What is for a name outside of the runtime comes this way, too, and what is published; `name` has both by their numbers.
    pub fn undelivered<'n>(
        self: &Arc<Self>,
        written: Written,
        reason: Option<DeadLetterReason>,
        name: impl FnOnce(u32) -> &'n str,
    ) {
        let counted = if self.allowance.is_some() { Counted::Already } else { Counted::NotYet };
        if written.target.generation() == OUTSIDE && reason.is_none() {
            let destination = KernelId::from(name(written.target.index()));
            let payer = written.payer;
            let left = send_outside(self.as_ref(), &destination, written.into_departing(), payer, counted);
            return self.left(left);
        }
        if written.target.generation() == PUBLISHED && reason.is_none() {
            let (topic, payer) = (name(written.target.index()), written.payer);
            return publish_outside(self.as_ref(), topic, written.into_envelope(), payer, counted);
        }
        if reason == Some(DeadLetterReason::LateReply) {
            return self.bury_envelope(written.into_envelope(), DeadLetterReason::LateReply);
        }
        let address = written.target;
        match self.shared.directory.by_address(address) {
            Some(target) => {
                let reason = reason.unwrap_or_else(|| target.closing_reason());
                target.bury(written.into_mail(), reason);
            }
            None => {
                let (envelope, _) = written.into_mail().into_envelope(address);
                let kernel = self.shared.directory.identity_of(address).map(|(id, _)| id);
                self.shared.bury(
                    self.marked(envelope),
                    kernel,
                    reason.unwrap_or(DeadLetterReason::KernelTerminated),
                );
            }
        }
    }

    /// The handler of a message that is done next has sent messages that were counted on the device, and others that would have been
    /// too many.
    pub fn spent(&self, spent: Spent) {
        if let Some(row) = self.allowance {
            self.shared.allowances().note_used(row, spent.drawn);
        }
        self.account.note_overdrawn(spent.overdrawn, RECORDED);
        self.inner().payer = spent.payer;
    }

    /// Charges the time of a handler, of the message with this token (0 for one from another kernel), to the account that it is on.
    pub fn charge_ns(&self, token: u32, taken_ns: u64) {
        let mut guard = self.inner();
        let inner = &mut *guard;
        let payer = inner.mailbox.fed_mut(token).map_or(inner.payer, |mail| mail.payer);
        inner.payers.charge_ns(&self.account, payer, taken_ns);
    }

    fn count(&self, deeds: Deeds, token: u32) {
        self.counters.sent.fetch_add(u64::from(deeds.sent), Ordering::Relaxed);
        if deeds.taken_ns > 0 {
            self.charge_ns(token, u64::from(deeds.taken_ns));
        }
        self.inner().payer = 0;
        self.counters.errors_reported.fetch_add(u64::from(deeds.errors_reported), Ordering::Relaxed);
        (0..deeds.errors_reported).for_each(|_| self.telemetry.record_error(0));
        (0..deeds.dropped).for_each(|_| self.telemetry.record_dropped());
        // The device counts without end what one handler tries in a loop; the driver has others to serve.
        let recorded = deeds.crossings.min(RECORDED);
        (0..recorded).for_each(|_| self.note_crossing(deeds.crossed_to));
        self.shared.count_crossings(u64::from(deeds.crossings - recorded));
    }
}
