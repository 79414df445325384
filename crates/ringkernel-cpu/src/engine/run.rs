//! The loop of an actor: the only code that touches its state.
//!
//! One message at a time: take it, check it, run its handler, send on what the handler produced, and only then take
//! the next. What may have to wait (an async handler, a full output queue, a full mailbox of another kernel) is an await
//! in a future of its own, made when it comes to that; the worker is free meanwhile, and the usual message costs no
//! allocation.

use std::any::Any;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use ringkernel_core::RingKernelError;
use ringkernel_core::backend::{AnswerTo, Hosted, Mail, Restarts, send_on};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::hlc::HlcClock;
use ringkernel_core::registry::{
    AsyncHandler, CooperativeHandler, HandlerFn, HandlerRegistration, KernelRegistration, SyncHandler,
};
use ringkernel_core::runtime::{Fault, KernelState, LaunchOptions, WaitingOn};
use ringkernel_core::sync::atomic::Ordering;

use super::actor::{Actor, Inboxes, Loop};
use super::context::CpuContext;
use super::deferred::Deferred;
use super::invoke::{InHand, Outcome, invoke, invoke_async, invoke_cooperative};
use super::mailbox::Inbox;
use super::polled::Polled;
use super::ports::Ports;
use super::{fault, pace};
use crate::protocol::lifecycle::Permission;
use crate::protocol::ring::Taken;

type State = Box<dyn Any + Send>;

/// The handler did not finish with this message, and its state cannot be trusted any more.
struct Faulted {
    mail: Mail,
    fault: Box<Fault>,
}

/// A message for its handler.
struct Accepted<'a> {
    mail: Taken<'a, Mail>,
    handler: &'static HandlerRegistration,
    /// The place of the handler among those of the kernel.
    index: usize,
    now_ns: u64,
}

/// Why a message was not handled, and where its answer was to go.
struct Broken {
    answer_to: Option<AnswerTo>,
    /// Its handler's; `None` when it could not be decoded.
    fault: Option<Box<Fault>>,
}

struct Runner {
    inbox: Inbox,
    core: Core,
}

/// All of a runner that handling a message needs, which is read in the inbox meanwhile.
struct Core {
    actor: Arc<Actor>,
    ports: Ports,
    state: State,
    restarts: Restarts,
}

/// The loop of `actor`, from launch to termination.
pub(crate) fn actor_loop(actor: Arc<Actor>, inboxes: Inboxes, state: State) -> Loop {
    let generation = actor.address().generation();
    let deferred = Deferred::new(actor.options.input_queue_capacity, generation);
    let ports = Ports::new(HlcClock::new(generation), inboxes.polled.map(Polled::new), deferred);
    let core = Core { actor, ports, state, restarts: Restarts::default() };
    let runner = Runner { inbox: inboxes.main, core };
    // In a box, because the future would hold its argument twice.
    Box::pin(Box::new(runner).run())
}

/// A fresh initial state for a kernel that is launched with these options.
pub(crate) fn make_state(options: &LaunchOptions, kernel: &KernelRegistration) -> Result<State, Box<Fault>> {
    fault::run(kernel.location, || match &options.initial_state {
        Some(state) => state.make(),
        None => (kernel.state.initial)(),
    })
}

impl Runner {
    async fn run(mut self: Box<Self>) {
        loop {
            let Self { inbox, core } = &mut *self;
            match core.actor.take_notice() {
                Permission::Work => {}
                // Dropping the runner ends the actor.
                Permission::Rest { state: KernelState::Terminating, .. } => return,
                Permission::Rest { .. } => {
                    asleep().await;
                    continue;
                }
            }
            if !core.has_room_for_output() {
                Box::pin(core.wait_for_output()).await;
                continue;
            }
            // Also when a message comes just now: whoever lets a turn handle none must not be given a handler to run.
            if pace::is_spent() {
                if inbox.is_empty() {
                    asleep().await;
                } else {
                    let_others_run().await;
                }
                continue;
            }
            if pace::is_callers() && !inbox.next_type().is_none_or(|next| core.actor.callers_may_run(next)) {
                let_others_run().await;
                continue;
            }
            // Also while a sender has claimed a place and not filled it: it will wake the actor when it has.
            let Some(mail) = inbox.take(&core.actor.mailbox) else {
                asleep().await;
                continue;
            };
            pace::count_message();
            let handled = match core.accept(mail) {
                None => Ok(()),
                Some(Accepted { mail, handler, index, now_ns }) => match handler.run {
                    HandlerFn::Sync(run) => core.handle(mail, handler, index, run, now_ns),
                    HandlerFn::Cooperative(run) => {
                        core.handle_cooperative(mail.into_inner(), handler, run, now_ns)
                    }
                    HandlerFn::Async(run) => {
                        Box::pin(core.handle_async(mail.into_inner(), handler, run, now_ns)).await
                    }
                },
            };
            if let Err(faulted) = handled {
                self.recover(*faulted);
            }
            let core = &mut self.core;
            core.ports.contacts.wake();
            if !core.ports.outbox.is_empty() {
                Box::pin(core.flush_outbox()).await;
            }
            if core.ports.are_leaving {
                Box::pin(core.flush_leaving()).await;
            }
        }
    }

    /// Restarts after a fault, or fails. The caller hears when that is done.
    fn recover(&mut self, Faulted { mail, fault }: Faulted) {
        let core = &mut self.core;
        let failed = !core.restart();
        // This fault, also when making a new state or dropping the old one has faulted meanwhile.
        let error = RingKernelError::HandlerFault { kernel: core.actor.id().to_string(), fault };
        core.actor.bury_as(mail, DeadLetterReason::HandlerFault, error.clone());
        core.refuse_deferred(&error);
        if failed {
            self.close(DeadLetterReason::KernelFailed);
            self.core.actor.announce();
        }
    }

    /// Refuses everything from now on and accounts for everything that is left.
    fn close(&mut self, reason: DeadLetterReason) {
        let actor = &self.core.actor;
        actor.mailbox.close();
        self.inbox.drain(&actor.mailbox, |mail| actor.bury(mail, reason));
        self.core.close(reason);
    }
}

impl Core {
    /// Merges the time of a message and finds its handler, or accounts for a message that cannot be handled.
    #[inline]
    fn accept<'a>(&mut self, mail: Taken<'a, Mail>) -> Option<Accepted<'a>> {
        let actor = &self.actor;
        let mut now_ns = pace::now_ns();
        if mail.is_late(now_ns) {
            actor.bury(mail.into_inner(), DeadLetterReason::Expired);
            return None;
        }
        let mut merged = self.ports.clock.update_alone_at(&mail.origin.timestamp, now_ns);
        if merged.is_err() {
            // This thread may have been kept from running since it read the clock.
            now_ns = pace::read_ns();
            merged = self.ports.clock.update_alone_at(&mail.origin.timestamp, now_ns);
        }
        if merged.is_err() {
            actor.bury(mail.into_inner(), DeadLetterReason::ClockDrift);
            return None;
        }
        let Some(index) = actor.handler_index(mail.message_type) else {
            actor.bury(mail.into_inner(), DeadLetterReason::UnhandledMessage);
            return None;
        };
        Some(Accepted { mail, index, handler: &actor.kernel.handlers[index], now_ns })
    }

    /// Runs the handler for a message and passes its answer on. `Err` after a fault, which has been recorded.
    #[inline]
    fn handle(
        &mut self,
        mut mail: Taken<'_, Mail>,
        handler: &'static HandlerRegistration,
        index: usize,
        run: SyncHandler,
        now_ns: u64,
    ) -> Result<(), Box<Faulted>> {
        let actor = &self.actor;
        if actor.pulse.is_quick(index) {
            actor.shared.ready.leave_on_bench();
        } else {
            actor.shared.ready.hand_over();
        }
        let answer_to = std::mem::replace(&mut mail.answer_to, AnswerTo::Output);
        let mut context = CpuContext::new(actor, &mut self.ports, &mail, answer_to, now_ns);
        let outcome = invoke(handler, run, &mut context, &mut *self.state, &mail.payload);
        let answer_to = context.answer_to.take();
        let done_ns = pace::read_ns();
        let taken_ns = done_ns.saturating_sub(now_ns);
        actor.pulse.note(index, taken_ns);
        self.ports.payers.charge_ns(&actor.account, mail.payer, taken_ns);
        let concluded = self.conclude(&mail, answer_to, done_ns, outcome);
        concluded.or_else(|broken| self.break_off(mail.into_inner(), broken))
    }

    /// [`handle`](Self::handle) for a handler that all lanes of a grid run.
    #[cold]
    fn handle_cooperative(
        &mut self,
        mut mail: Mail,
        handler: &'static HandlerRegistration,
        run: CooperativeHandler,
        now_ns: u64,
    ) -> Result<(), Box<Faulted>> {
        let actor = &self.actor;
        actor.shared.ready.hand_over();
        let answer_to = std::mem::replace(&mut mail.answer_to, AnswerTo::Output);
        let mut context = CpuContext::new(actor, &mut self.ports, &mail, answer_to, now_ns);
        let outcome = invoke_cooperative(handler, run, &mut context, &mut *self.state, &mail.payload);
        let answer_to = context.answer_to.take();
        let done_ns = pace::read_ns();
        let taken_ns = done_ns.saturating_sub(now_ns);
        self.ports.payers.charge_ns(&actor.account, mail.payer, taken_ns);
        let concluded = self.conclude(&mail, answer_to, done_ns, outcome);
        concluded.or_else(|broken| self.break_off(mail, broken))
    }

    /// [`handle`](Self::handle) for a handler that may wait. The time that it waits counts.
    async fn handle_async(
        &mut self,
        mut mail: Mail,
        handler: &'static HandlerRegistration,
        run: AsyncHandler,
        now_ns: u64,
    ) -> Result<(), Box<Faulted>> {
        let actor = &self.actor;
        actor.shared.ready.hand_over();
        let answer_to = std::mem::replace(&mut mail.answer_to, AnswerTo::Output);
        let in_hand = InHand::new(actor, mail, now_ns);
        let mut context = CpuContext::new(actor, &mut self.ports, in_hand.mail(), answer_to, now_ns);
        let outcome =
            invoke_async(handler, run, &mut context, &mut *self.state, &in_hand.mail().payload).await;
        let answer_to = context.answer_to.take();
        let mail = in_hand.done();
        let done_ns = pace::read_ns();
        let taken_ns = done_ns.saturating_sub(now_ns);
        self.ports.payers.charge_ns(&actor.account, mail.payer, taken_ns);
        let concluded = self.conclude(&mail, answer_to, done_ns, outcome);
        concluded.or_else(|broken| self.break_off(mail, broken))
    }

    /// Passes the answer of a handler on and counts the message, if it was handled.
    #[inline]
    fn conclude(
        &mut self,
        mail: &Mail,
        answer_to: Option<AnswerTo>,
        done_ns: u64,
        outcome: Outcome,
    ) -> Result<(), Broken> {
        let actor = &self.actor;
        let reply = match outcome {
            Ok(Ok(reply)) => reply.into_message(),
            Ok(Err(_)) => return Err(Broken { answer_to, fault: None }),
            Err(fault) => return Err(Broken { answer_to, fault: Some(fault) }),
        };
        actor.telemetry.record_processed(done_ns.saturating_sub(mail.accepted_ns));
        match (answer_to, reply) {
            // The caller's time is over, whoever ran the handler and whether the caller has noticed.
            (Some(answer_to), Some(reply)) if mail.is_late(done_ns) && answer_to.is_awaited() => {
                self.ports.answer_late(actor, mail, answer_to, reply, done_ns);
            }
            // Nobody waits, and there is nothing to put into the output queue.
            (Some(AnswerTo::Output) | None, None) => {}
            (Some(answer_to), None) if !answer_to.is_awaited() => {}
            (Some(answer_to), reply) => {
                self.ports.answer(actor, answer_to, mail.answer_correlation(), reply, done_ns);
            }
            // The answer was deferred; what is returned all the same is an output like any other.
            (None, output) => {
                self.ports.answer(actor, AnswerTo::Output, mail.answer_correlation(), output, done_ns);
            }
        }
        Ok(())
    }

    /// Accounts for a message whose handling broke off. `Err` after a fault, which has been recorded.
    #[cold]
    fn break_off(&mut self, mut mail: Mail, broken: Broken) -> Result<(), Box<Faulted>> {
        mail.answer_to = broken.answer_to.unwrap_or(AnswerTo::Output);
        match broken.fault {
            None => {
                self.actor.bury(mail, DeadLetterReason::DecodeFailed);
                Ok(())
            }
            Some(fault) => {
                self.actor.record_fault(fault.clone());
                Err(Box::new(Faulted { mail, fault }))
            }
        }
    }

    /// Puts a fresh state in place of that of a handler that has faulted, if the restart policy allows it. False when the
    /// actor has failed.
    fn restart(&mut self) -> bool {
        let now = self.actor.shared.time.instant();
        if !self.restarts.may_restart(self.actor.options.restart, now) {
            return !self.set_failed();
        }
        match make_state(&self.actor.options, self.actor.kernel) {
            Ok(state) => {
                self.replace_state(state);
                self.actor.counters.restarts.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(fault) => {
                self.actor.record_fault(fault);
                !self.set_failed()
            }
        }
    }

    /// Puts a state in place of one that a fault may have left half-changed. Its destructor is the user's code.
    fn replace_state(&mut self, state: State) {
        self.actor.shared.ready.hand_over();
        let old = std::mem::replace(&mut self.state, state);
        if let Err(fault) = fault::run(self.actor.kernel.location, || drop(old)) {
            self.actor.record_fault(fault);
        }
    }

    /// Becomes failed, unless it is being terminated anyway.
    fn set_failed(&mut self) -> bool {
        // Before the state, so that who sees the state finds the reason.
        self.actor.set_failed();
        self.actor.lifecycle.change(KernelState::Failed, |state| state != KernelState::Terminating).is_ok()
    }

    /// Accounts for everything that is left but the mailbox.
    fn close(&mut self, reason: DeadLetterReason) {
        let actor = &self.actor;
        if let (Some(mailbox), Some(polled)) = (&actor.polled, &mut self.ports.polled) {
            mailbox.close();
            polled.drain(mailbox, |mail| actor.bury(mail, reason));
        }
        let error = self.actor.error_of(reason);
        self.refuse_deferred(&error);
        self.ports.contacts.wake();
        self.ports.outbox.deliver();
        self.ports.outbox.abandon();
        // An actor that was abandoned has no output queue any more.
        let no_room = if self.actor.is_abandoned() { reason } else { DeadLetterReason::QueueFull };
        for envelope in self.ports.pending.drain(..) {
            if let Err(envelope) = self.actor.output.push(envelope) {
                self.actor.telemetry.record_dropped();
                self.actor.bury_envelope(envelope, no_room);
            }
        }
        self.actor.output.close();
    }

    fn refuse_deferred(&mut self, error: &RingKernelError) {
        for owed in self.ports.deferred.drain() {
            owed.answer_to.refuse(|| error.clone());
        }
    }

    /// Whether all outputs are in the queue and another would find room.
    #[inline]
    fn has_room_for_output(&mut self) -> bool {
        self.ports.pending.is_empty() && self.actor.output.free_slots() > 0
    }

    /// Waits until outputs that found no room are in the queue, and until the queue has room again.
    async fn wait_for_output(&mut self) {
        let actor = &self.actor;
        let has_room = |pending: &mut VecDeque<_>| {
            while let Some(envelope) = pending.pop_front() {
                if let Err(envelope) = actor.output.push(envelope) {
                    pending.push_front(envelope);
                    return false;
                }
            }
            actor.output.free_slots() > 0
        };
        while !has_room(&mut self.ports.pending) {
            actor.set_waiting_on(Some(WaitingOn::Output));
            let mut room = actor.output.listen_for_room();
            // Listen before trying again, so that room made in between is not missed.
            if !has_room(&mut self.ports.pending) {
                poll_fn(|context| {
                    if actor.state() != KernelState::Active {
                        return Poll::Ready(());
                    }
                    Pin::new(&mut room).poll(context)
                })
                .await;
            }
            // The loop takes notice of that.
            if actor.state() != KernelState::Active {
                break;
            }
        }
        actor.set_waiting_on(None);
    }

    async fn flush_outbox(&mut self) {
        let actor = &self.actor;
        self.ports.outbox.deliver();
        if self.ports.outbox.is_empty() {
            return;
        }
        actor.set_waiting_on(Some(WaitingOn::Outbox));
        let limit = actor.shared.config.k2k_timeout;
        let give_up = || {
            if actor.state() != KernelState::Active {
                actor.take_notice();
            }
            actor.state() == KernelState::Terminating
        };
        self.ports.outbox.flush(limit, give_up).await;
        actor.set_waiting_on(None);
    }
}

/// Waits until what has left for names outside of the runtime has been taken there, given up, or the kernel is to end.
impl Core {
    async fn flush_leaving(&mut self) {
        let actor = &self.actor;
        actor.set_waiting_on(Some(WaitingOn::Outbox));
        poll_fn(|context| {
            if actor.state() != KernelState::Active {
                actor.take_notice();
            }
            match actor.state() {
                KernelState::Terminating => Poll::Ready(()),
                _ => send_on(&**actor, context),
            }
        })
        .await;
        actor.set_waiting_on(None);
        self.ports.are_leaving = false;
    }
}

/// Ends the actor and frees what it holds, however its loop ends: by itself, or dropped by a runtime that no longer
/// waits for an async handler.
impl Drop for Runner {
    fn drop(&mut self) {
        self.close(DeadLetterReason::KernelTerminated);
        let core = &mut self.core;
        core.replace_state(Box::new(()));
        core.actor.shared.retire(&core.actor);
        // The state is set last: who sees it finds everything freed.
        let _ = core.actor.lifecycle.change(KernelState::Terminated, |_| true);
        core.actor.announce();
    }
}

/// Sleeps until the actor is woken. Whoever has something for it wakes it, so there is nothing to register.
async fn asleep() {
    let mut slept = false;
    poll_fn(|_| if std::mem::replace(&mut slept, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// Ends the turn and asks for another.
async fn let_others_run() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
