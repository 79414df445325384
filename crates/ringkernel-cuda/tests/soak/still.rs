//! What the grid has to stop for in the middle of its work: another program, more places, larger blocks, memory of users. Each is
//! checked to do what it is for, and the grid goes on where it was.

use ringkernel::prelude::*;
use ringkernel::runtime::RingKernelRuntime;
use ringkernel_testkit::kernels::account::{Add, Total};
use ringkernel_testkit::kernels::lanes::{Numbers, Reduced};
use ringkernel_testkit::kernels::load::{Done, Load, Work, result};
use ringkernel_testkit::kernels::plain::{Doubled, Number};
use ringkernel_testkit::kernels::soak::{Answered, Places, Question, passed};
use ringkernel_testkit::kernels::walker::{Walk, Walked, walk};

use crate::Soak;

/// What has been done besides the soak's own messages.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Besides {
    pub(crate) launched: u64,
    /// Messages that were handled, each with an answer.
    pub(crate) answered: u64,
    /// Kernels of a kind, crowds, blocks and buffers.
    pub(crate) kinds: u64,
    pub(crate) crowds: u64,
    pub(crate) blocks: u64,
    pub(crate) buffers: u64,
}

impl Besides {
    pub(crate) fn add(&mut self, other: Self) {
        self.launched += other.launched;
        self.answered += other.answered;
        self.kinds += other.kinds;
        self.crowds += other.crowds;
        self.blocks += other.blocks;
        self.buffers += other.buffers;
    }
}

/// Does all of it once. `round` counts from 0.
pub(crate) async fn shake(soak: &Soak, round: u64) -> Besides {
    let mut besides = Besides::default();
    buffers(soak, round, &mut besides).await;
    kind(soak, round, &mut besides).await;
    block(soak, round, &mut besides).await;
    // Places do not become fewer again.
    if round.is_multiple_of(3) && round < 6 {
        crowd(soak, round / 3, &mut besides).await;
    }
    besides
}

/// Memory that the device reaches, and memory of the device: both are had while the grid is still.
async fn buffers(soak: &Soak, round: u64, besides: &mut Besides) {
    let before = soak.runtime.grid_launches();
    let mapped = soak.runtime.mapped_buffer::<u64>(1000).expect("there is memory");
    if !soak.eventually(|| soak.runtime.grid_launches() > before).await {
        soak.ledger().wrong("the grid did not stop for mapped memory, or did not start again".into());
    }
    let memory = soak.runtime.memory().expect("it has memory");
    let buffer = memory.allocate(100_000).expect("there is memory");
    let bytes: Vec<u8> = (0..100_000u64).map(|index| (index * 7 + round) as u8).collect();
    let mut back = vec![0; bytes.len()];
    buffer.copy_from_host(&bytes).expect("it is large enough");
    buffer.copy_to_host(&mut back).expect("it is large enough");
    if back != bytes {
        soak.ledger().wrong(format!("a buffer does not keep what is copied into it in round {round}"));
    }
    drop(mapped);
    besides.buffers += 2;
}

/// A kernel of a kind that, unless all are in one program, was not launched before.
async fn kind(soak: &Soak, round: u64, besides: &mut Besides) {
    let launch = |id: &'static str, options: LaunchOptions| soak.runtime.launch(id, options);
    let options = LaunchOptions::default();
    let handle = match round % 4 {
        0 => {
            let handle = launch("testkit.doubler", options).await.expect("it launches");
            let doubled: Doubled = handle.call(Number::of(round), soak.patience).await.expect("an answer");
            soak.expect("a doubler", doubled.value, 2 * round);
            handle
        }
        1 => {
            let state = Load { salt: round, ..Load::default() };
            let handle = launch("testkit.load", options.with_state(state)).await.expect("it launches");
            let done: Done =
                handle.call(Work { value: round, priority: 128 }, soak.patience).await.expect("an answer");
            soak.expect("a kernel under load", done.result, result(round, round));
            handle
        }
        2 => {
            let handle = launch("testkit.account", options).await.expect("it launches");
            let total: Total = handle.call(Add { amount: round }, soak.patience).await.expect("an answer");
            soak.expect("an account", total, Total { sum: round, count: 1 });
            handle
        }
        _ => {
            let handle = launch("testkit.walker", options).await.expect("it launches");
            let steps = 1000 + round as u32;
            let walked: Walked = handle.call(Walk { steps }, soak.patience).await.expect("an answer");
            soak.expect("a walker", walked.place, walk(steps));
            handle
        }
    };
    handle.terminate().await.expect("it terminates");
    besides.launched += 1;
    besides.answered += 1;
    besides.kinds += 1;
}

/// A block, or a grid of several, which is larger than those before, and takes longer messages.
async fn block(soak: &Soak, round: u64, besides: &mut Besides) {
    let lanes = 32 * (1 + round as u32 % 16);
    let options =
        LaunchOptions::multi_block(1 + round as u32 % 3, lanes).with_handler("testkit.lanes.grid_sum");
    let options = options.with_max_payload(65_536 << (round % 5));
    let handle = soak.runtime.launch("block", options).await.expect("it launches");
    for count in [1, 150, 1_000 * (1 + round as u32 % 10)] {
        let values: Vec<u32> = (0..count).map(|value| value.wrapping_mul(round as u32 + 1)).collect();
        let sum = values.iter().copied().map(u64::from).sum();
        let reduced: Reduced = handle.call(Numbers { values }, soak.patience).await.expect("an answer");
        soak.expect("a sum of lanes", (reduced.sum, reduced.tree), (sum, sum));
        besides.answered += 1;
    }
    handle.terminate().await.expect("it terminates");
    besides.launched += 1;
    besides.blocks += 1;
}

/// More actors than there are places, which double.
async fn crowd(soak: &Soak, round: u64, besides: &mut Besides) {
    let actors = soak.ledger().actors.len();
    let places = (actors + 1).next_power_of_two().max(256) << round;
    let mut crowd = Vec::new();
    for number in 0..places - actors + 8 {
        let options = LaunchOptions::default().with_handler("testkit.soak").with_queue_capacity(8);
        let options = options.with_state(Places::of(number as u64));
        let id = format!("crowd-{number}");
        crowd.push(soak.runtime.launch(&id, options).await.expect("it launches"));
    }
    for (value, handle) in (0..).zip(&crowd) {
        let answered: Answered = handle.call(Question { value }, soak.patience).await.expect("an answer");
        soak.expect("one of a crowd", answered, Answered { value, result: passed(value, value) });
    }
    besides.launched += crowd.len() as u64;
    besides.answered += crowd.len() as u64;
    for handle in crowd {
        handle.terminate().await.expect("it terminates");
    }
    besides.crowds += 1;
}
