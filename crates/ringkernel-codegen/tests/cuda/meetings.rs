//! Where lanes meet: what they learn of each other, and that none waits for ever. The lanes follow scripts in the message.

use proptest::prelude::*;
use ringkernel_codegen::cuda::host::{HostProgram, RunError, Services, Shape};
use ringkernel_codegen::cuda::{
    Checks, HandlerEntry, KernelFacts, Options, PayloadBytes, Program, Requirements,
};
use ringkernel_codegen::ir::{
    Answer, BinaryOp, ContextOp, MessageIndex, Module, Projection, Root, Scalar, Statement,
};

use super::build::{Builder, FunctionBuilder, place};
use super::target::{compile, host, print};

const BARRIER: u8 = 0;
const FAULT: u8 = 1;
const RETURN: u8 = 2;
/// A barrier at another place in the source.
const OTHER_BARRIER: u8 = 3;
const GRID_BARRIER: u8 = 4;

/// Steps of each lane's script.
const STEPS: usize = 6;

/// A handler in which each lane follows its script, and leaves it when the block is broken, as printed loops are left.
const TEXT: &str = r"
RK_FN void rk_run_handler(rk_lane* rk, rk_u32 handler) {
    rk_u8* script = rk->message + 6u * (rk->block * rk->block_dim + rk->thread);
    for (rk_u32 step = 0u; step < 6u && !rk_gives_up(rk) && script[step] != 2u; step += 1u) {
        if (script[step] == 0u) {
            rk_meet(rk, 10u, 0u, 10u);
        } else if (script[step] == 3u) {
            rk_meet(rk, 30u, 0u, 30u);
        } else if (script[step] == 4u) {
            rk_meet_grid(rk, 40u, 0u, 40u);
        } else {
            rk_raise(rk, 1u, 77u, 0u, 20u);
        }
    }
    if (handler == 0u) {
        rk_finish(rk);
    } else {
        rk_finish_grid(rk);
    }
}
";

fn program(checks: Checks) -> Program {
    let nothing = PayloadBytes::AtMost(0);
    let facts = KernelFacts {
        kernel: 0,
        cooperative: true,
        state_bytes: 0,
        answer: nothing,
        output: nothing,
        sent: nothing,
        requests: false,
        publishes: false,
        polls: false,
        defers: false,
        uses_scratch: false,
    };
    let handler = HandlerEntry { kernel: 0, message: MessageIndex(0), answer: Answer::None };
    Program {
        text: TEXT.to_owned(),
        dispatch: String::new(),
        handlers: vec![handler.clone(), handler],
        kernels: vec![facts],
        requirements: Requirements { shared_bytes: 272, alignment_bytes: 0, meets_grid: true },
        options: Options { checks, ..Options::default() },
    }
}

/// The kinds and lines of the faults of all lanes that follow these scripts.
fn faults(program: &HostProgram, handler: u32, blocks: u32, scripts: &[[u8; STEPS]]) -> Vec<(u32, u32, u32)> {
    let shape =
        Shape { block_dim: scripts.len() as u32 / blocks, grid_dim: blocks, shared_memory: 0, scratch: 0 };
    let run = program.run(handler, shape, &[], &scripts.concat(), &mut Services::default());
    let faults = run.expect("no lane waits for ever").faults;
    faults.iter().map(|fault| (fault.lane, fault.kind, fault.line)).collect()
}

/// A script that begins like this, and returns then.
fn script(steps: &[u8]) -> [u8; STEPS] {
    std::array::from_fn(|index| steps.get(index).copied().unwrap_or(RETURN))
}

const DIVERGENCE: u32 = 6;

#[test]
fn lanes_that_all_meet_have_no_fault() {
    let program = program(Checks::Presence);
    compile(&program);
    let Some(program) = host(&program) else { return };
    assert_eq!(faults(&program, 0, 1, &[script(&[BARRIER, BARRIER, OTHER_BARRIER]); 70]), []);
}

#[test]
fn a_fault_is_the_only_one_in_its_block() {
    let Some(program) = host(&program(Checks::Presence)) else { return };
    let mut scripts = [script(&[BARRIER; 4]); 40];
    scripts[33] = script(&[BARRIER, FAULT]);
    assert_eq!(faults(&program, 0, 1, &scripts), [(33, 1, 20)]);
    // Also when the other lanes meet no more before they return.
    scripts.fill(script(&[BARRIER]));
    scripts[0] = script(&[BARRIER, FAULT, BARRIER]);
    assert_eq!(faults(&program, 0, 1, &scripts), [(0, 1, 20)]);
}

#[test]
fn lanes_that_wait_for_one_that_has_returned_have_diverged() {
    let Some(program) = host(&program(Checks::Presence)) else { return };
    let mut scripts = [script(&[BARRIER, BARRIER]); 3];
    scripts[1] = script(&[BARRIER]);
    assert_eq!(faults(&program, 0, 1, &scripts), [(0, DIVERGENCE, 10), (2, DIVERGENCE, 10)]);
    let mut scripts = [script(&[BARRIER]); 3];
    scripts[1] = script(&[BARRIER, OTHER_BARRIER]);
    assert_eq!(faults(&program, 0, 1, &scripts), [(1, DIVERGENCE, 30)]);
}

/// A handler that the lane whose number is in the message leaves at line 11, before the barrier at line 13.
fn early_return() -> Module {
    let mut b = Builder::new();
    let (int, truth) = (b.scalar(Scalar::U32), b.scalar(Scalar::Bool));
    let message = b.structure("Leaver", &[("lane", int)]);
    let (state, unit) = (b.structure("Nothing", &[]), b.ty(ringkernel_codegen::ir::Type::Unit));
    let message = b.message(message);
    let mut f = FunctionBuilder::new("work", unit);
    let lane = f.local("lane", int);
    f.push(Statement::Context { op: ContextOp::ThreadId, result: Some(lane), line: 10 });
    let leaver = f.load("leaver", place(Root::Message, &[Projection::Part(0)], int, 10));
    let (lane, leaver) = (f.get(lane), f.get(leaver));
    let condition = f.binary(BinaryOp::Equal, lane, leaver, truth);
    let (accept, reject) = (vec![Statement::Return { value: None }], vec![]);
    f.push(Statement::If { condition, accept, reject, meets: true, line: 11 });
    f.push(Statement::Context { op: ContextOp::SyncThreads, result: None, line: 13 });
    f.push(Statement::Return { value: None });
    let function = b.function(f);
    b.kernel("work", state, message, function, Answer::None);
    b.module.kernels[0].cooperative = true;
    b.module
}

#[test]
fn lanes_that_wait_in_vain_say_at_which_line() {
    let Some(program) = host(&print(&early_return())) else { return };
    let shape = Shape { block_dim: 3, grid_dim: 1, shared_memory: 0, scratch: 0 };
    for (leaver, waiting) in [(0u32, vec![1, 2]), (2, vec![0, 1]), (7, vec![])] {
        let run = program.run(0, shape, &[], &leaver.to_le_bytes(), &mut Services::default());
        let faults = run.expect("no lane waits for ever").faults;
        let faults: Vec<_> = faults.iter().map(|fault| (fault.lane, fault.kind, fault.line)).collect();
        let expected: Vec<_> = waiting.into_iter().map(|lane| (lane, DIVERGENCE, 13)).collect();
        assert_eq!(faults, expected, "lane {leaver} leaves");
    }
}

#[test]
fn lanes_at_two_barriers_have_diverged_where_sites_are_checked() {
    let mut scripts = [script(&[BARRIER]); 3];
    scripts[2] = script(&[OTHER_BARRIER]);
    let Some(unchecked) = host(&program(Checks::Presence)) else { return };
    assert_eq!(faults(&unchecked, 0, 1, &scripts), []);
    let checked = program(Checks::Sites);
    compile(&checked);
    let checked = host(&checked).expect("there was a compiler before");
    assert_eq!(
        faults(&checked, 0, 1, &scripts),
        [(0, DIVERGENCE, 10), (1, DIVERGENCE, 10), (2, DIVERGENCE, 30)]
    );
    assert_eq!(faults(&checked, 0, 1, &[script(&[BARRIER, OTHER_BARRIER]); 3]), []);
    // The first lane, with which the others compare, is the one that has returned.
    scripts[0] = script(&[]);
    scripts[2] = scripts[1];
    assert_eq!(faults(&checked, 0, 1, &scripts), [(1, DIVERGENCE, 10), (2, DIVERGENCE, 10)]);
}

#[test]
fn blocks_meet_at_the_barrier_of_the_grid() {
    let Some(program) = host(&program(Checks::Presence)) else { return };
    assert_eq!(faults(&program, 1, 3, &[script(&[GRID_BARRIER, BARRIER, GRID_BARRIER]); 6]), []);
    let mut scripts = [script(&[GRID_BARRIER, BARRIER, GRID_BARRIER]); 6];
    scripts[5] = script(&[GRID_BARRIER, FAULT]);
    assert_eq!(faults(&program, 1, 3, &scripts), [(5, 1, 20)]);
    // A block that returns early leaves the others diverged.
    let mut scripts = [script(&[GRID_BARRIER]); 6];
    (scripts[2], scripts[3]) = (script(&[]), script(&[]));
    let diverged = [0, 1, 4, 5].map(|lane| (lane, DIVERGENCE, 40));
    assert_eq!(faults(&program, 1, 3, &scripts), diverged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_script_leaves_a_lane_waiting(
        scripts in proptest::collection::vec(proptest::array::uniform6(0u8..4), 1..9),
        sites in proptest::bool::ANY,
    ) {
        static PROGRAMS: std::sync::OnceLock<Option<[HostProgram; 2]>> = std::sync::OnceLock::new();
        let make = || Some([host(&program(Checks::Presence))?, host(&program(Checks::Sites))?]);
        let Some(programs) = PROGRAMS.get_or_init(make) else { return Ok(()) };
        let found = faults(&programs[usize::from(sites)], 0, 1, &scripts);
        // What a lane alone would do, up to its fault or its return.
        let alone = |script: &[u8; STEPS]| -> (usize, bool) {
            let steps = script.iter().take_while(|step| **step != RETURN && **step != FAULT).count();
            (steps, script.get(steps) == Some(&FAULT))
        };
        let ways: Vec<_> = scripts.iter().map(alone).collect();
        let healthy = ways.iter().all(|(_, faulted)| !faulted);
        let together = ways.iter().all(|way| *way == ways[0]);
        if healthy && together && !sites {
            prop_assert_eq!(found.len(), 0);
        }
        if healthy && !together {
            prop_assert!(found.iter().all(|(_, kind, _)| *kind == DIVERGENCE) && !found.is_empty());
        }
        if !healthy && !sites {
            // Whether a lane gets as far as its fault depends on the others; but then they have diverged.
            prop_assert!(!found.is_empty());
        }
    }
}

#[test]
fn lanes_that_wait_for_ever_are_reported() {
    let mut text = program(Checks::Presence);
    text.text = "RK_FN void rk_run_handler(rk_lane* rk, rk_u32) { if (rk->thread == 1u) { RK_COUNT_BLOCK(rk, true); } }".into();
    let Some(program) = host(&text) else { return };
    let shape = Shape { block_dim: 2, ..Shape::default() };
    let run = program.run(0, shape, &[], &[], &mut Services::default());
    assert_eq!(run, Err(RunError::Hangs));
}
