//! The runtime that a test holds.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ringkernel_core::Result;
use ringkernel_core::context::IntoReply;
use ringkernel_core::dead_letter::DeadLetter;
use ringkernel_core::message::RingMessage;
use ringkernel_core::runtime::{ActorRef, KernelHandle, LaunchOptions, RingKernelRuntime, SendError};
use ringkernel_cpu::{CpuRuntime, Injection, Step, SteppedRuntime};

use super::stalled::Unfinished;
use super::task::{Flag, Resume};
use super::{ManualClock, Probe, Task, TestRuntimeBuilder, Trace, probe, stub};

/// Steps that a report shows.
const SHOWN: usize = 10;

/// A runtime in which nothing runs until the test says so, and no time passes; see the [module](super).
///
/// Dropping it terminates all kernels; messages that wait become dead letters. It has no threads.
pub struct TestRuntime {
    pub(super) stepped: SteppedRuntime,
    pub(super) trace: Trace,
    tasks: Vec<Arc<dyn Resume>>,
    seed: Option<u64>,
    pub(super) step_limit: u64,
}

impl TestRuntime {
    /// A runtime that runs kernels in the order in which they became able to run.
    ///
    /// # Panics
    /// When the program's kernels and messages contradict each other; [`builder`](Self::builder) gives that as an error.
    #[expect(clippy::new_without_default, reason = "a runtime is nothing that one has by default")]
    #[track_caller]
    pub fn new() -> Self {
        Self::started(Self::builder())
    }

    /// A runtime that chooses the kernel to run at random from this seed, anew for every message.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn seeded(seed: u64) -> Self {
        Self::started(Self::builder().seed(seed))
    }

    /// Configures a runtime.
    pub fn builder() -> TestRuntimeBuilder {
        TestRuntimeBuilder::default()
    }

    #[track_caller]
    fn started(builder: TestRuntimeBuilder) -> Self {
        match builder.build() {
            Ok(test) => test,
            Err(error) => panic!("no test runtime can be started: {error}"),
        }
    }

    pub(super) fn over(stepped: SteppedRuntime, seed: Option<u64>, step_limit: u64) -> Self {
        Self { stepped, trace: Trace::default(), tasks: Vec::new(), seed, step_limit }
    }

    // ---- kernels

    /// Starts a kernel. See [`RingKernelRuntime::launch`].
    ///
    /// In a runtime with a seed, the lanes of a cooperative kernel run in the order of that seed, unless
    /// [`with_lane_schedule`](LaunchOptions::with_lane_schedule) has named another.
    ///
    /// # Errors
    /// As there.
    pub fn launch(&self, kernel_id: &str, mut options: LaunchOptions) -> Result<KernelHandle> {
        if options.lane_schedule == 0 {
            options.lane_schedule = self.seed.unwrap_or(0);
        }
        self.stepped.launch(kernel_id, options)
    }

    /// A mailbox of the test with this name, to which kernels send messages of type `M`.
    ///
    /// # Errors
    /// [`RingKernelError::KernelAlreadyLaunched`](crate::RingKernelError::KernelAlreadyLaunched) when the name is taken.
    pub fn probe<M: RingMessage>(&self, name: &str) -> Result<Probe<M>> {
        let options = LaunchOptions::default().with_k2k(true);
        let (kernel, log) = self.stepped.launch_probe(name, probe::Registration::<M>::KERNEL, options)?;
        Ok(Probe::new(kernel, log))
    }

    /// A kernel with this name that handles messages of type `M` with a closure. What it returns is the answer: a message
    /// or an `Option` of one.
    ///
    /// # Errors
    /// [`RingKernelError::KernelAlreadyLaunched`](crate::RingKernelError::KernelAlreadyLaunched) when the name is taken.
    pub fn stub<M: RingMessage, R: IntoReply>(
        &self,
        name: &str,
        answer: impl FnMut(M) -> R + Send + 'static,
    ) -> Result<KernelHandle> {
        let options = LaunchOptions::default().with_k2k(true).with_state(stub::Stub::new(answer));
        self.stepped.launch_kernel(name, stub::Registration::<M>::KERNEL, options)
    }

    // ---- messages

    /// Puts a message into the kernel's mailbox. Nothing runs.
    ///
    /// # Errors
    /// As [`KernelHandle::try_send`].
    pub fn send<M: RingMessage>(&self, kernel: &KernelHandle, message: M) -> Result<(), SendError<M>> {
        kernel.try_send(message)
    }

    /// Sends a request and runs until it is answered. It has no deadline, for no time passes.
    ///
    /// # Errors
    /// As [`KernelHandle::call`], and [`RingKernelError::Stalled`](crate::RingKernelError::Stalled) when nothing can run and there is no answer.
    pub fn call<Req: RingMessage, Resp: RingMessage>(
        &mut self,
        kernel: &KernelHandle,
        request: Req,
    ) -> Result<Resp> {
        let called = self.finish(kernel.call(request, Duration::MAX));
        called.map_err(|end| self.stalled(end, format!("the call to kernel `{}`", kernel.id())))?
    }

    /// The kernel's next output, for which it runs until there is one.
    ///
    /// # Errors
    /// As [`KernelHandle::receive_as`], and [`RingKernelError::Stalled`](crate::RingKernelError::Stalled) when nothing can run and there is no output.
    pub fn receive<M: RingMessage>(&mut self, kernel: &KernelHandle) -> Result<M> {
        let received = self.finish(kernel.receive_as());
        received.map_err(|end| self.stalled(end, format!("receiving from kernel `{}`", kernel.id())))?
    }

    // ---- running

    /// Runs exactly one message of one kernel, which the schedule chooses. `None` when no kernel can run.
    pub fn step(&mut self) -> Option<Step> {
        self.step_by(SteppedRuntime::step)
    }

    /// Runs exactly one message of this kernel. `None` when it has none, or cannot run.
    pub fn step_kernel(&mut self, kernel: &KernelHandle) -> Option<Step> {
        let kernel: ActorRef = kernel.actor_ref();
        self.step_by(|stepped| stepped.step_kernel(kernel))
    }

    /// Runs until no kernel can run, and says how many steps that took.
    ///
    /// # Panics
    /// After [`step_limit`](TestRuntimeBuilder::step_limit) steps: kernels that go on sending to each other are never
    /// idle. [`run_at_most`](Self::run_at_most) stops without a panic.
    #[track_caller]
    pub fn run_until_idle(&mut self) -> u64 {
        let steps = self.run_at_most(self.step_limit);
        if steps == self.step_limit && self.step().is_some() {
            let last = self.trace.tail(SHOWN);
            panic!("the kernels are not idle after {steps} steps; the last were\n{last}");
        }
        steps
    }

    /// Runs until no kernel can run, or for this many steps. Says how many it were.
    pub fn run_at_most(&mut self, steps: u64) -> u64 {
        (0..steps).find(|_| self.step().is_none()).unwrap_or(steps)
    }

    /// Runs until the future is ready.
    ///
    /// # Errors
    /// [`RingKernelError::Stalled`](crate::RingKernelError::Stalled) when nothing can run and the future is not ready, or after
    /// [`step_limit`](TestRuntimeBuilder::step_limit) steps.
    pub fn block_on<F: Future>(&mut self, future: F) -> Result<F::Output> {
        self.finish(future).map_err(|end| self.stalled(end, "what the test waits for".into()))
    }

    /// Gives a future to the runtime, which brings it on with every step: a call with a timeout, a send that waits for
    /// room, a termination.
    pub fn spawn<T: Send + 'static>(&mut self, future: impl Future<Output = T> + Send + 'static) -> Task<T> {
        let (task, resume) = Task::new(future);
        if resume.clone().resume() {
            self.tasks.push(resume);
        }
        task
    }

    // ---- time and faults

    /// The clock of everything in this runtime. [`advance`](ManualClock::advance) moves it; nothing else does, except a
    /// slow handler that was [injected](Injection::slow).
    pub fn clock(&self) -> &ManualClock {
        self.stepped.clock()
    }

    /// Has something go wrong.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`](crate::RingKernelError::InvalidConfig) for a value that cannot be meant, [`RingKernelError::KernelNotFound`](crate::RingKernelError::KernelNotFound) when the
    /// kernel is not running.
    pub fn inject(&self, injection: Injection) -> Result<()> {
        self.stepped.inject(injection)
    }

    /// Ends everything that was injected into a kernel.
    ///
    /// # Errors
    /// [`RingKernelError::KernelNotFound`](crate::RingKernelError::KernelNotFound) when the kernel is not running.
    pub fn heal(&self, kernel: &KernelHandle) -> Result<()> {
        self.stepped.heal(kernel.actor_ref())
    }

    /// How many injections wait for a message that has not come yet. A test that is over and has some left has not
    /// tested what it meant to.
    pub fn injections_left(&self) -> usize {
        self.stepped.injections_left()
    }

    // ---- what happened

    /// All steps so far, in order.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The seed of the schedule.
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// Takes the messages that could not be delivered or handled since the last call, oldest first.
    pub fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.stepped.take_dead_letters()
    }

    /// The runtime underneath, for its figures and kernels.
    pub fn runtime(&self) -> &CpuRuntime {
        &self.stepped
    }

    /// Terminates all kernels. Their queued messages become dead letters.
    ///
    /// # Errors
    /// [`RingKernelError::ShutdownTimeout`](crate::RingKernelError::ShutdownTimeout) naming kernels whose async handler still waits; they are ended all the same.
    pub fn shutdown(&mut self) -> Result<()> {
        let runtime = &*self.stepped;
        // Nothing here has to be waited for.
        match pin!(runtime.shutdown()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => unreachable!("a runtime without threads stops at once"),
        }
    }

    // ---- underneath

    fn step_by(&mut self, step: impl Fn(&mut SteppedRuntime) -> Option<Step>) -> Option<Step> {
        loop {
            self.resume_tasks();
            if let Some(step) = step(&mut self.stepped) {
                self.trace.push(step.clone());
                self.resume_tasks();
                return Some(step);
            }
            // What ran without a message, such as a termination, may have brought a task on, and that something else.
            if !self.tasks.iter().any(|task| task.is_notified()) {
                return None;
            }
        }
    }

    fn resume_tasks(&mut self) {
        self.tasks.retain(|task| task.clone().resume());
    }

    /// The output of a future, for which the runtime runs.
    fn finish<F: Future>(&mut self, future: F) -> Result<F::Output, Unfinished> {
        let mut future = pin!(future);
        let flag = Flag::raised();
        let waker = Waker::from(flag.clone());
        let mut context = Context::from_waker(&waker);
        for _ in 0..=self.step_limit {
            if flag.lower()
                && let Poll::Ready(output) = future.as_mut().poll(&mut context)
            {
                return Ok(output);
            }
            let stepped = self.step().is_some();
            // What ran without a message, such as a termination, may be what the future waits for.
            if !stepped && !flag.is_raised() {
                return Err(Unfinished::Idle);
            }
        }
        Err(Unfinished::StepLimit)
    }
}

impl fmt::Debug for TestRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestRuntime")
            .field("seed", &self.seed)
            .field("kernels", &self.stepped.list_kernels())
            .field("clock", self.clock())
            .field("steps", &self.trace.len())
            .finish_non_exhaustive()
    }
}
