//! Launches that wait for a program, and the thread that makes it, so that the driver goes on serving everybody else.
//!
//! There is at most one such thread at a time. It is told what the launches that wait need, gives back what it has made, and ends. A compiler
//! cannot be interrupted, and one that takes longer than a runtime has for its end must keep none of its kernels alive: the thread has nothing of
//! the runtime but what the work needs. On CUDA that is text alone; on WebGPU, where the device makes the pipelines, it is the device, too, and
//! the programs so far.

use std::any::Any;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Actor, Launch, Shared};
use crate::backend::Hosted;
use crate::error::{Result, RingKernelError};
use crate::runtime::{Backend, KernelState};

#[cfg(test)]
mod tests;

/// Launches that wait at most; further ones are refused.
const CAPACITY: usize = 1 << 16;

/// Launches that wait for a program, in their order. `N` is what a launch needs of a program, `P` a program that was made.
pub struct Backlog<N, P> {
    waiting: VecDeque<(N, Launch)>,
    making: Option<Making<N, P>>,
    /// How many of the next programs are made for one need alone, because one for all of them was refused.
    apart: usize,
    backend: Backend,
    shared: Weak<Shared>,
    thread_name: &'static str,
}

/// A program that is being made.
struct Making<N, P> {
    needs: Vec<N>,
    /// The first kernel that waits for it.
    kernel: &'static str,
    made: Receiver<Result<P>>,
    thread: JoinHandle<()>,
}

impl<N: Clone + PartialEq, P: Send + 'static> Backlog<N, P> {
    /// No launch waits. Programs are made on threads of this name.
    pub fn new(shared: &Arc<Shared>, thread_name: &'static str) -> Self {
        Self {
            waiting: VecDeque::new(),
            making: None,
            apart: 0,
            backend: shared.backend,
            shared: Arc::downgrade(shared),
            thread_name,
        }
    }

    // ---- launches

    /// Has a launch wait behind the others for a program with what it needs. False when it failed, because too many wait.
    pub fn set_aside(&mut self, need: N, launch: Launch) -> bool {
        if self.waiting.len() < CAPACITY {
            self.waiting.push_back((need, launch));
            return true;
        }
        launch.fail(RingKernelError::ResourceExhausted {
            what: "a place among the launches that wait for a program".into(),
            reason: format!("{CAPACITY} wait already"),
        });
        false
    }

    /// Has a launch wait again that was taken, in front of the others.
    pub fn put_back(&mut self, need: N, launch: Launch) {
        self.waiting.push_front((need, launch));
    }

    /// Takes the first launch whose need is met.
    pub fn take(&mut self, is_met: impl Fn(&N) -> bool) -> Option<(N, Launch)> {
        let place = self.waiting.iter().position(|(need, _)| is_met(need))?;
        self.waiting.remove(place)
    }

    /// Ends an actor that waits, if it is to terminate. True when it did.
    pub fn give_up(&mut self, actor: &Arc<Actor>) -> bool {
        let is_its = |(_, launch): &(N, Launch)| Arc::ptr_eq(&launch.actor, actor);
        if actor.state() != KernelState::Terminating {
            return false;
        }
        let Some(place) = self.waiting.iter().position(is_its) else { return false };
        let Some((_, launch)) = self.waiting.remove(place) else { return false };
        launch.fail(RingKernelError::KernelTerminated { kernel: actor.id().to_string() });
        true
    }

    /// Whether a launch waits for any of these.
    pub fn is_waiting_for(&self, needs: &[N]) -> bool {
        self.waiting.iter().any(|(need, _)| needs.contains(need))
    }

    /// Has a program made for each of these needs alone: one for all of them does not do.
    pub fn set_apart(&mut self, needs: &[N]) {
        self.apart = needs.len();
    }

    /// There is no program that meets these needs together. What one alone does not meet fails; several are set apart.
    pub fn refuse(&mut self, needs: &[N], error: &RingKernelError) {
        if needs.len() > 1 { self.set_apart(needs) } else { self.fail(needs, error) }
    }

    fn fail(&mut self, needs: &[N], error: &RingKernelError) {
        while let Some((_, launch)) = self.take(|need| needs.contains(need)) {
            launch.fail(error.clone());
        }
    }

    /// Fails all that wait, because the runtime stops.
    pub fn shut_down(&mut self) {
        while let Some((_, launch)) = self.waiting.pop_front() {
            launch.fail(RingKernelError::RuntimeShutDown);
        }
    }

    /// Gives up all that wait, because the device is gone.
    pub fn lose(&mut self, error: &RingKernelError) {
        std::mem::take(&mut self.waiting).into_iter().for_each(|(_, launch)| launch.lose(error));
    }

    // ---- programs

    /// Begins to make a program for all that wait, by the work that `plan` gives for what they need, unless nothing waits or one is
    /// being made. The driver is woken when it is there. False when launches failed, because there is no thread for that.
    pub fn make<W>(&mut self, plan: impl FnMut(&[N]) -> W) -> bool
    where
        W: FnOnce() -> Result<P> + Send + 'static,
    {
        let name = self.thread_name;
        self.make_on(|work| std::thread::Builder::new().name(name.into()).spawn(work), plan)
    }

    /// The same on a thread that `spawn` starts.
    fn make_on<W>(
        &mut self,
        mut spawn: impl FnMut(Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>,
        mut plan: impl FnMut(&[N]) -> W,
    ) -> bool
    where
        W: FnOnce() -> Result<P> + Send + 'static,
    {
        let mut all_wait = true;
        // Nobody wakes the driver for those who are set apart behind one that fails.
        while self.making.is_none()
            && let Some((_, first)) = self.waiting.front()
        {
            let kernel = first.actor.kernel.id;
            let needs = self.next_needs();
            let work = plan(&needs);
            let (give, made) = sync_channel(1);
            let (backend, shared) = (self.backend, self.shared.clone());
            let thread = spawn(Box::new(move || {
                let made = catch_unwind(AssertUnwindSafe(work));
                let made = made.unwrap_or_else(|payload| Err(panicked(backend, kernel, &*payload)));
                // Nobody takes it when the runtime has ended.
                let _ = give.send(made);
                if let Some(shared) = shared.upgrade() {
                    shared.wake();
                }
            }));
            match thread {
                Ok(thread) => self.making = Some(Making { needs, kernel, made, thread }),
                Err(error) => {
                    all_wait = false;
                    let what = "the thread that compiles a program".into();
                    self.fail(
                        &needs,
                        &RingKernelError::ResourceExhausted { what, reason: error.to_string() },
                    );
                }
            }
        }
        all_wait
    }

    /// What the next program is made for: all that is needed, each once, or what was set apart and is needed first.
    fn next_needs(&mut self) -> Vec<N> {
        let most = if self.apart > 0 { 1 } else { usize::MAX };
        self.apart = self.apart.saturating_sub(1);
        let mut needs = Vec::new();
        for (need, _) in &self.waiting {
            if needs.len() < most && !needs.contains(need) {
                needs.push(need.clone());
            }
        }
        needs
    }

    /// The program that was made, and for what, once it is there.
    ///
    /// The inner error is that of the work; [`RingKernelError::ProgramRefused`] when it has panicked.
    pub fn made(&mut self) -> Option<(Vec<N>, Result<P>)> {
        let made = self.making.as_ref()?.made.try_recv();
        if matches!(made, Err(TryRecvError::Empty)) {
            return None;
        }
        let Making { needs, kernel, thread, .. } = self.making.take()?;
        // It has nothing left to do.
        let _ = thread.join();
        let program = made.unwrap_or_else(|gone| Err(panicked(self.backend, kernel, &gone.to_string())));
        Some((needs, program))
    }

    /// Waits at most so long for the program that is being made. A compiler that takes longer cannot be interrupted: its thread ends
    /// with it, and keeps no more of the runtime than the work has.
    pub fn end(self, within: Duration) {
        let Some(Making { kernel, made, thread, .. }) = self.making else { return };
        match made.recv_timeout(within) {
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!(kernel, "the runtime has ended, and the compiler is still at a program of it");
            }
            Ok(_) | Err(RecvTimeoutError::Disconnected) => drop(thread.join()),
        }
    }
}

/// What whoever launches hears of a panic.
fn panicked(backend: Backend, kernel: &str, payload: &(dyn Any + Send)) -> RingKernelError {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no text");
    let message = format!("the compiler has panicked: {text}");
    RingKernelError::ProgramRefused { backend, program: kernel.to_owned(), message }
}
