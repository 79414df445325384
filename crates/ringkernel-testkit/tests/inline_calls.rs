//! A thread that calls an idle kernel may run its handler itself: when, and what must not change by that.

use std::thread;
use std::time::Duration;

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;
use ringkernel_cpu::CpuFactory;
use ringkernel_testkit::rig::{Rig, reachable};
use ringkernel_testkit::wait::LIMIT;

/// Quick messages after which a handler is trusted for sure.
const WARM_UP: u32 = 500;

#[derive(RingMessage, Debug)]
struct Work {
    sleep_ms: u64,
}

/// The same, as a type of its own.
#[derive(RingMessage, Debug)]
struct OtherWork {
    sleep_ms: u64,
}

#[derive(RingMessage, Debug)]
struct Done {
    thread: u64,
}

fn done_here() -> Done {
    Done { thread: this_thread() }
}

/// A number that other running threads do not have, found quickly: a quick handler is what this is about.
fn this_thread() -> u64 {
    thread_local!(static HERE: u8 = const { 0 });
    HERE.with(|here| std::ptr::from_ref(here).addr() as u64)
}

#[derive(Default)]
struct Worker;

#[ring_kernel(id = "inline.worker", backends(cpu))]
impl Worker {
    #[handler]
    fn work(&mut self, _ctx: &mut RingContext, work: Work) -> Done {
        thread::sleep(Duration::from_millis(work.sleep_ms));
        done_here()
    }

    #[handler]
    fn other(&mut self, _ctx: &mut RingContext, work: OtherWork) -> Done {
        thread::sleep(Duration::from_millis(work.sleep_ms));
        done_here()
    }
}

/// A kernel whose handler for `Work` has been quick so often that it is trusted, on a runtime of two workers.
async fn trusted(options: LaunchOptions) -> (Rig, KernelHandle) {
    let rig = Rig::start_with(&CpuFactory, |config| config.workers = 2).await;
    let kernel = rig.launch_with("inline.worker", options).await;
    for _ in 0..WARM_UP {
        kernel.call::<_, Done>(Work { sleep_ms: 0 }, LIMIT).await.unwrap();
    }
    (rig, kernel)
}

/// How many of some calls this thread has run itself.
fn run_here(kernel: &KernelHandle) -> usize {
    let here = this_thread();
    let call = || kernel.call_blocking::<_, Done>(Work { sleep_ms: 0 }, LIMIT).unwrap();
    (0..WARM_UP).filter(|_| call().thread == here).count()
}

#[tokio::test]
async fn a_caller_runs_a_quick_handler_unless_it_is_told_not_to() {
    // Some and not all: a thread that the system holds up looks like a slow handler.
    let (rig, kernel) = trusted(LaunchOptions::default()).await;
    assert!(run_here(&kernel) > 0, "no call was run by its caller");
    rig.finish().await;
    let (rig, kernel) = trusted(LaunchOptions::default().with_inline_calls(false)).await;
    assert_eq!(run_here(&kernel), 0);
    rig.finish().await;
}

#[tokio::test]
async fn a_quick_handler_does_not_vouch_for_another() {
    let (rig, kernel) = trusted(LaunchOptions::default()).await;
    let here = this_thread();
    for _ in 0..8 {
        let done = kernel.call::<_, Done>(OtherWork { sleep_ms: 5 }, LIMIT).await.unwrap();
        assert_ne!(done.thread, here, "a slow handler was run by its caller");
    }
    rig.finish().await;
}

#[tokio::test]
async fn an_answer_after_the_deadline_is_late_whoever_ran_the_handler() {
    let (rig, kernel) = trusted(LaunchOptions::default()).await;
    let late = kernel.call::<_, Done>(Work { sleep_ms: 60 }, Duration::from_millis(20)).await.unwrap_err();
    assert!(matches!(late, RingKernelError::Timeout { .. }), "{late}");
    let letters = rig.dead_letters(1).await;
    assert_eq!(letters[0].reason, DeadLetterReason::LateReply);
    // The kernel goes on.
    kernel.call::<_, Done>(Work { sleep_ms: 0 }, LIMIT).await.unwrap();
    rig.finish().await;
}

#[derive(RingMessage, Debug)]
struct Poke {
    target: ActorRef,
}

#[derive(RingMessage, Debug)]
struct Ask;

#[derive(Default, Clone)]
struct Asker {
    target: Option<KernelHandle>,
}

#[ring_kernel(id = "inline.asker", backends(cpu))]
impl Asker {
    #[handler]
    fn poke(&mut self, ctx: &mut RingContext, poke: Poke) {
        assert!(ctx.send_to_kernel(poke.target, Work { sleep_ms: 0 }));
    }

    #[handler]
    fn ask(&mut self, _ctx: &mut RingContext, _ask: Ask) -> Option<Done> {
        self.target.as_ref()?.call_blocking(OtherWork { sleep_ms: 0 }, LIMIT).ok()
    }
}

#[tokio::test]
async fn a_handler_can_wait_for_a_kernel_that_it_has_just_sent_to() {
    let rig = Rig::start_with(&CpuFactory, |config| config.workers = 2).await;
    let target = rig.launch_as("target", "inline.worker", reachable()).await;
    let options = reachable().without_auto_activate().with_state(Asker { target: Some(target.clone()) });
    let asker = rig.launch_as("asker", "inline.asker", options).await;
    for _ in 0..200 {
        // Both are in the mailbox when the worker comes to it, so that it keeps the target's turn when it enters `ask`.
        asker.deactivate().await.ok();
        asker.send(Poke { target: target.actor_ref() }).await.unwrap();
        asker.send(Ask).await.unwrap();
        asker.activate().await.unwrap();
        let done = asker.receive_timeout(LIMIT).await.expect("the target has answered");
        assert!(done.is::<Done>());
    }
    rig.finish().await;
}
