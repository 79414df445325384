//! The loop of an actor: the only code that touches its state.
//!
//! One message at a time: take it, check it, run its handler, send on what the handler produced, and only then take
//! the next. Everything that may have to wait (an async handler, a full output queue, a full mailbox of another
//! kernel) is an await; the worker is free meanwhile.

use std::any::Any;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use ringkernel_core::RingKernelError;
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::{Fault, KernelState, LaunchOptions, RestartPolicy, WaitingOn};
use ringkernel_core::sync::atomic::Ordering;

use super::actor::{Actor, Inboxes, Loop};
use super::context::CpuContext;
use super::deferred::Deferred;
use super::fault;
use super::invoke::{InHand, invoke};
use super::mail::{AnswerTo, Mail};
use super::mailbox::Inbox;
use super::polled::Polled;
use super::ports::Ports;

/// Messages that an actor handles before others get their turn.
const BATCH: u32 = 64;

type State = Box<dyn Any + Send>;

/// The handler did not finish with this message, and its state cannot be trusted any more.
struct Faulted {
    mail: Mail,
    fault: Box<Fault>,
}

struct Runner {
    actor: Arc<Actor>,
    inbox: Inbox,
    ports: Ports,
    state: State,
    restarts: VecDeque<Instant>,
}

/// The loop of `actor`, from launch to termination.
pub(crate) fn actor_loop(actor: Arc<Actor>, inboxes: Inboxes, state: State) -> Loop {
    let deferred = Deferred::new(actor.options.input_queue_capacity, actor.address().generation());
    let ports = Ports::new(inboxes.polled.map(Polled::new), deferred);
    let runner = Runner { actor, inbox: inboxes.main, ports, state, restarts: VecDeque::new() };
    Box::pin(runner.run())
}

/// A fresh initial state for a kernel that is launched with these options.
pub(crate) fn make_state(options: &LaunchOptions, kernel: &KernelRegistration) -> Result<State, Box<Fault>> {
    fault::run(kernel.location, || match &options.initial_state {
        Some(state) => state.make(),
        None => (kernel.state.initial)(),
    })
}

impl Runner {
    async fn run(mut self) {
        let mut batch = 0;
        loop {
            match self.actor.state() {
                KernelState::Active => {}
                // Dropping the runner ends the actor.
                KernelState::Terminating => return,
                _ => {
                    asleep().await;
                    continue;
                }
            }
            self.wait_for_output().await;
            if !self.step().await {
                asleep().await;
            }
            batch += 1;
            if batch == BATCH {
                batch = 0;
                let_others_run().await;
            }
        }
    }

    /// Handles one message. False when there was none.
    async fn step(&mut self) -> bool {
        if !self.actor.lifecycle.begin_work() {
            // The busy bit was set for a moment, and somebody may have seen it.
            self.actor.announce();
            return true;
        }
        let mail = self.inbox.pop();
        let some = mail.is_some();
        if let Some(mail) = mail {
            self.actor.shared.ready.hand_over();
            // Counted before its place is free, so that what was received never goes down.
            self.actor.counters.taken.fetch_add(1, Ordering::Relaxed);
            self.actor.mailbox.release();
            if let Err(faulted) = self.handle(mail).await {
                self.recover(faulted);
            }
        }
        self.actor.lifecycle.end_work();
        if self.actor.state() != KernelState::Active {
            // Somebody may be waiting for the message in hand to be done.
            self.actor.announce();
        }
        if !self.ports.outbox.is_empty() {
            self.flush_outbox().await;
        }
        some
    }

    /// Runs the handler for a message and passes its answer on. `Err` after a fault, which has been recorded.
    async fn handle(&mut self, mut mail: Mail) -> Result<(), Faulted> {
        let actor = &self.actor;
        let now_ns = Actor::now_ns();
        if mail.deadline_ns != 0 && now_ns > mail.deadline_ns {
            actor.bury(mail, DeadLetterReason::Expired);
            return Ok(());
        }
        if actor.clock.update_at(&mail.timestamp, now_ns).is_err() {
            actor.bury(mail, DeadLetterReason::ClockDrift);
            return Ok(());
        }
        let Some(handler) = actor.handler(mail.message_type) else {
            actor.bury(mail, DeadLetterReason::UnhandledMessage);
            return Ok(());
        };
        let answer_to = std::mem::replace(&mut mail.answer_to, AnswerTo::Output);
        let correlation = mail.correlation_id.or_request(mail.message_id);
        let in_hand = InHand::new(actor, mail, now_ns);
        let mut context = CpuContext {
            actor,
            ports: &mut self.ports,
            origin: in_hand.mail().origin(),
            correlation,
            answer_to: Some(answer_to),
        };
        let outcome = invoke(now_ns, handler, &mut context, &mut *self.state, &in_hand.mail().payload).await;
        let answer_to = context.answer_to.take();
        let mut mail = in_hand.done();
        let done_ns = Actor::now_ns();
        match outcome {
            Ok(Ok(reply)) => {
                actor.telemetry.record_processed(done_ns.saturating_sub(mail.accepted_ns));
                match (answer_to, reply.into_message()) {
                    (Some(answer_to), reply) => {
                        self.ports.answer(actor, answer_to, correlation, reply, done_ns);
                    }
                    // The answer was deferred; what is returned all the same is an output like any other.
                    (None, Some(output)) => {
                        self.ports.answer(actor, AnswerTo::Output, correlation, Some(output), done_ns);
                    }
                    (None, None) => {}
                }
                Ok(())
            }
            Ok(Err(_)) => {
                mail.answer_to = answer_to.unwrap_or(AnswerTo::Output);
                actor.bury(mail, DeadLetterReason::DecodeFailed);
                Ok(())
            }
            Err(fault) => {
                actor.record_fault(fault.clone());
                mail.answer_to = answer_to.unwrap_or(AnswerTo::Output);
                Err(Faulted { mail, fault })
            }
        }
    }

    /// Restarts after a fault, or fails. The caller hears when that is done.
    fn recover(&mut self, Faulted { mail, fault }: Faulted) {
        let restarted = self.may_restart().then(|| make_state(&self.actor.options, self.actor.kernel));
        let failed = match restarted {
            Some(Ok(state)) => {
                self.replace_state(state);
                self.actor.counters.restarts.fetch_add(1, Ordering::Relaxed);
                false
            }
            Some(Err(fault)) => {
                self.actor.record_fault(fault);
                self.set_failed()
            }
            None => self.set_failed(),
        };
        // This fault, also when making a new state or dropping the old one has faulted meanwhile.
        let error = RingKernelError::HandlerFault { kernel: self.actor.id().to_string(), fault };
        self.actor.bury_as(mail, DeadLetterReason::HandlerFault, error.clone());
        self.refuse_deferred(&error);
        if failed {
            self.close(DeadLetterReason::KernelFailed);
            self.actor.announce();
        }
    }

    fn may_restart(&mut self) -> bool {
        let RestartPolicy::Limited { max_restarts, window } = self.actor.options.restart else {
            return false;
        };
        let now = Instant::now();
        while self.restarts.front().is_some_and(|restart| now.duration_since(*restart) > window) {
            self.restarts.pop_front();
        }
        let allowed = self.restarts.len() < max_restarts as usize;
        if allowed {
            self.restarts.push_back(now);
        }
        allowed
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

    /// Refuses everything from now on and accounts for everything that is left.
    fn close(&mut self, reason: DeadLetterReason) {
        let actor = &self.actor;
        actor.mailbox.close();
        self.inbox.drain(&actor.mailbox, |mail| {
            actor.counters.taken.fetch_add(1, Ordering::Relaxed);
            actor.bury(mail, reason);
        });
        if let (Some(mailbox), Some(polled)) = (&actor.polled, &mut self.ports.polled) {
            mailbox.close();
            polled.drain(mailbox, |mail| {
                actor.counters.taken.fetch_add(1, Ordering::Relaxed);
                actor.bury(mail, reason);
            });
        }
        let error = self.actor.error_of(reason);
        self.refuse_deferred(&error);
        self.ports.outbox.deliver();
        self.ports.outbox.abandon();
        // An actor that was abandoned has no output queue any more.
        let no_room = if self.actor.is_abandoned() { reason } else { DeadLetterReason::QueueFull };
        for envelope in self.ports.pending.drain(..) {
            if let Err(envelope) = self.actor.output.push(envelope) {
                self.actor.telemetry.record_dropped();
                self.actor.shared.bury(envelope, Some(self.actor.id().clone()), no_room);
            }
        }
        self.actor.output.close();
    }

    fn refuse_deferred(&mut self, error: &RingKernelError) {
        for owed in self.ports.deferred.drain() {
            self.actor.refuse_answer(owed.answer_to, error.clone());
        }
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
                    if actor.state() == KernelState::Terminating {
                        return Poll::Ready(());
                    }
                    Pin::new(&mut room).poll(context)
                })
                .await;
            }
            if actor.state() == KernelState::Terminating {
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
        self.ports.outbox.flush(limit, || actor.state() == KernelState::Terminating).await;
        actor.set_waiting_on(None);
    }
}

/// Ends the actor and frees what it holds, however its loop ends: by itself, or dropped by a runtime that no longer
/// waits for an async handler.
impl Drop for Runner {
    fn drop(&mut self) {
        self.close(DeadLetterReason::KernelTerminated);
        self.replace_state(Box::new(()));
        self.actor.shared.retire(&self.actor);
        // The state is set last: who sees it finds everything freed.
        let _ = self.actor.lifecycle.change(KernelState::Terminated, |_| true);
        self.actor.announce();
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
