//! Cooperative kernels: what lanes do together, and that a fault of one of them is one of the block.

use ringkernel_abi::CellKind;
use ringkernel_codegen::ir::{
    Answer, BinaryOp, BlockArray, CellOp, ContextOp, ExprId, ExpressionKind, FaultKind, Literal, LocalId,
    Module, Place, Projection, Root, Scalar, Statement, Type, TypeId, WarpOp,
};
use ringkernel_codegen::wgsl::Kernels;

use super::build::{Builder, FunctionBuilder, place};
use super::device::{Outcome, print, run};
use super::scalars::words;

/// Lanes of the blocks in these tests: two warps, the second one not full.
const LANES: u32 = 40;

fn block(shared_memory: u32) -> Kernels {
    Kernels::Cooperative { kernel: 0, block_size: LANES, grid_size: 1, shared_memory }
}

/// A handler that is being built, with what every test needs.
struct Cooperative {
    b: Builder,
    f: FunctionBuilder,
    int: TypeId,
    size: TypeId,
    truth: TypeId,
    state: TypeId,
    answer: TypeId,
    /// The lane's number, a local.
    lane: LocalId,
}

impl Cooperative {
    /// The state is an array of 64 plain cells and one of 4 atomic ones; the message two words; the answer one.
    fn new() -> Self {
        let mut b = Builder::new();
        let (int, size, truth) = (b.scalar(Scalar::U32), b.scalar(Scalar::Usize), b.scalar(Scalar::Bool));
        let plain = b.ty(Type::Cell { kind: CellKind::Plain, element: int, len: Some(64) });
        let atomic = b.ty(Type::Cell { kind: CellKind::Atomic, element: int, len: Some(4) });
        let state = b.structure("Cells", &[("plain", plain), ("atomic", atomic)]);
        let answer = b.structure("Answer", &[("value", int)]);
        let mut f = FunctionBuilder::new("work", answer);
        let lane = f.local("lane", int);
        f.push(Statement::Context { op: ContextOp::ThreadId, result: Some(lane), line: 1 });
        Self { b, f, int, size, truth, state, answer, lane }
    }

    fn cell(&mut self, part: u32, index: ExprId) -> Place {
        let ty = self.int;
        let index = self.f.expression(ExpressionKind::Cast(index), self.size);
        place(Root::State, &[Projection::Part(part), Projection::Index(index)], ty, 9)
    }

    fn set_own(&mut self, value: ExprId) {
        let lane = self.f.get(self.lane);
        let place = self.cell(0, lane);
        self.f.push(Statement::Cell {
            op: CellOp::Set,
            place,
            arguments: vec![value],
            result: None,
            line: 9,
        });
    }

    fn context(&mut self, op: ContextOp, ty: TypeId, line: u32) -> ExprId {
        let local = self.f.local("", ty);
        self.f.push(Statement::Context { op, result: Some(local), line });
        self.f.get(local)
    }

    fn warp(&mut self, op: WarpOp, value: ExprId, argument: u32, ty: TypeId) -> ExprId {
        let argument = self.f.int(argument.into(), self.int);
        let mask = self.f.int(u32::MAX.into(), self.int);
        self.context(ContextOp::Warp { op, value, argument, mask }, ty, 5)
    }

    fn barrier(&mut self, line: u32) {
        self.f.push(Statement::Context { op: ContextOp::SyncThreads, result: None, line });
    }

    fn input(&mut self, part: u32) -> ExprId {
        let local = self.f.load("input", place(Root::Message, &[Projection::Part(part)], self.int, 2));
        self.f.get(local)
    }

    fn answer(mut self, value: ExprId) -> Module {
        let value = self.f.expression(ExpressionKind::Compose(vec![value]), self.answer);
        self.f.give(value);
        let message = self.b.structure("Input", &[("a", self.int), ("b", self.int)]);
        let (message, answer) = (self.b.message(message), self.b.message(self.answer));
        let function = self.b.function(self.f);
        self.b.kernel("work", self.state, message, function, Answer::Always(answer));
        self.b.module.kernels[0].cooperative = true;
        self.b.module
    }
}

/// The outcome on a state of zeros.
fn outcome(module: &Module, shared_memory: u32, input: [u32; 2]) -> Option<Outcome> {
    run(module, block(shared_memory), 0, &words(&input), &[0; 68])
}

fn answered(outcome: &Outcome) -> u32 {
    assert_eq!(outcome.fault, [0; 4]);
    assert_eq!(outcome.sent.len(), 1, "lane 0 answers, and no other");
    u32::from_le_bytes(outcome.sent[0].payload[..].try_into().expect("one word"))
}

#[test]
fn warps_have_32_lanes_and_blocks_are_reduced_over_warps() {
    let mut c = Cooperative::new();
    let lane = c.f.get(c.lane);
    let sum = c.warp(WarpOp::Sum, lane, 0, c.int);
    let below = c.warp(WarpOp::ShuffleUp, lane, 1, c.int);
    let across = c.warp(WarpOp::ShuffleXor, lane, 3, c.int);
    let one = c.f.int(1, c.int);
    let zero = c.f.int(0, c.int);
    let odd = c.f.binary(BinaryOp::BitAnd, lane, one, c.int);
    let odd = c.f.binary(BinaryOp::NotEqual, odd, zero, c.truth);
    let votes = c.warp(WarpOp::Ballot, odd, 0, c.int);
    let mut value = below;
    for (shift, part) in [(8, across), (16, sum)] {
        let shift = c.f.int(shift, c.int);
        let part = c.f.binary(BinaryOp::ShiftLeft, part, shift, c.int);
        value = c.f.binary(BinaryOp::BitXor, value, part, c.int);
    }
    value = c.f.binary(BinaryOp::BitXor, value, votes, c.int);
    c.set_own(value);
    let total = c.context(ContextOp::BlockReduce { op: WarpOp::Sum, value: lane }, c.int, 6);
    let module = c.answer(total);
    let Some(outcome) = outcome(&module, 0, [0, 0]) else { return };
    assert_eq!(answered(&outcome), (0..LANES).sum::<u32>());
    for lane in 0..LANES {
        let (start, count) = (lane / 32 * 32, if lane < 32 { 32 } else { LANES - 32 });
        let below = if lane == start { lane } else { lane - 1 };
        let sum: u32 = (start..start + count).sum();
        let votes = 0xaaaa_aaaa & (u32::MAX >> (32 - count));
        assert_eq!(
            outcome.state[lane as usize],
            below ^ ((lane ^ 3) << 8) ^ (sum << 16) ^ votes,
            "lane {lane}"
        );
    }
}

/// Lanes write to block memory, meet, and read what another lane has written.
fn reversal(element: Scalar) -> Module {
    let mut c = Cooperative::new();
    let element = c.b.scalar(element);
    c.f.function.block_arrays.push(BlockArray { element, line: 3 });
    let len = c.input(0);
    let len = c.f.expression(ExpressionKind::Cast(len), c.size);
    c.f.push(Statement::Context { op: ContextOp::BlockArray { array: 0, len }, result: None, line: 3 });
    let lane = c.f.get(c.lane);
    let own = c.f.expression(ExpressionKind::Cast(lane), c.size);
    let value = c.f.expression(ExpressionKind::Cast(lane), element);
    let at = |index| place(Root::BlockArray(0), &[Projection::Index(index)], element, 4);
    c.f.push(Statement::Cell {
        op: CellOp::Set,
        place: at(own),
        arguments: vec![value],
        result: None,
        line: 4,
    });
    c.barrier(5);
    let last = c.f.int(i128::from(LANES) - 1, c.size);
    let other = c.f.binary(BinaryOp::Subtract, last, own, c.size);
    let got = c.f.local("got", element);
    c.f.push(Statement::Cell {
        op: CellOp::Get,
        place: at(other),
        arguments: vec![],
        result: Some(got),
        line: 6,
    });
    let got = c.f.get(got);
    let got = c.f.expression(ExpressionKind::Cast(got), c.int);
    c.set_own(got);
    let zero = c.f.int(0, c.int);
    c.answer(zero)
}

#[test]
fn block_memory_is_shared_and_parts_of_its_words_are_apart() {
    for scalar in [Scalar::U8, Scalar::I16, Scalar::U32, Scalar::U64, Scalar::F32] {
        let Some(outcome) = outcome(&reversal(scalar), LANES * 8, [LANES, 0]) else { return };
        answered(&outcome);
        let expected: Vec<u32> = (0..LANES).rev().collect();
        assert_eq!(outcome.state[..LANES as usize], expected, "{scalar:?}");
    }
}

#[test]
fn too_much_block_memory_and_indices_beyond_it_are_faults_of_the_block() {
    let module = reversal(Scalar::U32);
    let Some(full) = outcome(&module, LANES * 4 - 4, [LANES, 0]) else { return };
    assert_eq!(full.fault, [FaultKind::SharedMemory.number(), 0, 0, 3]);
    assert_eq!(full.sent, []);
    // The last lanes find no element; lane 39 is the only one at first.
    let short = outcome(&module, LANES * 4, [LANES - 1, 0]).expect("it ran before");
    assert_eq!(short.fault, [FaultKind::IndexOutOfBounds.number(), 0, 0, 6]);
    assert_eq!(short.sent, []);
}

/// Each lane loops as often as its number of rounds says and meets the others in every round.
fn rounds(own_rounds: bool) -> Module {
    let mut c = Cooperative::new();
    let (limit, bad) = (c.input(0), c.input(1));
    let lane = c.f.get(c.lane);
    let limit = if own_rounds {
        let is_bad = c.f.binary(BinaryOp::Equal, lane, bad, c.truth);
        let (one, zero) = (c.f.int(1, c.int), c.f.int(0, c.int));
        let more = c.f.expression(ExpressionKind::Select(is_bad, one, zero), c.int);
        c.f.binary(BinaryOp::Add, limit, more, c.int)
    } else {
        limit
    };
    let round = c.f.variable("round", c.int);
    let counter = c.f.int(0, c.int);
    let place_of_counter = c.cell(1, counter);
    let (truth, int) = (c.truth, c.int);
    let body = c.f.block(|f| {
        let current = f.get(round);
        let done = f.binary(BinaryOp::GreaterEqual, current, limit, truth);
        let (accept, reject) = (vec![Statement::Break { label: 0 }], vec![]);
        f.push(Statement::If { condition: done, accept, reject, meets: true, line: 11 });
        if !own_rounds {
            // The lane that the message names fails in the third round.
            let two = f.int(2, int);
            let third = f.binary(BinaryOp::Equal, current, two, truth);
            let named = f.binary(BinaryOp::Equal, lane, bad, truth);
            let fails = f.binary(BinaryOp::And, third, named, truth);
            let code = f.int(77, int);
            let (accept, reject) = (vec![Statement::Fail { code, line: 12 }], vec![]);
            f.push(Statement::If { condition: fails, accept, reject, meets: false, line: 12 });
        }
        f.push(Statement::Context { op: ContextOp::SyncThreads, result: None, line: 13 });
        let one = f.int(1, int);
        f.push(Statement::Cell {
            op: CellOp::FetchAdd,
            place: place_of_counter.clone(),
            arguments: vec![one],
            result: None,
            line: 14,
        });
        let next = f.binary(BinaryOp::Add, current, one, int);
        f.push(Statement::Set { local: round, value: next });
    });
    c.f.push(Statement::Loop { label: 0, body, meets: true });
    c.barrier(15);
    let seen = c.f.local("seen", c.int);
    let place = place_of_counter;
    c.f.push(Statement::Cell { op: CellOp::Load, place, arguments: vec![], result: Some(seen), line: 16 });
    let seen = c.f.get(seen);
    c.answer(seen)
}

#[test]
fn lanes_that_loop_together_meet_in_every_round() {
    let module = rounds(false);
    insta::assert_snapshot!(print(&module, block(0)).text);
    let Some(outcome) = outcome(&module, 0, [5, 1000]) else { return };
    assert_eq!(answered(&outcome), 5 * LANES);
}

#[test]
fn a_fault_of_one_lane_ends_the_loop_of_all() {
    let module = rounds(false);
    for lane in [0, 1, 33, LANES - 1] {
        let Some(outcome) = outcome(&module, 0, [u32::MAX, lane]) else { return };
        assert_eq!(outcome.fault, [1, 77, 0, 12], "lane {lane}");
        assert_eq!(outcome.sent, []);
    }
}

#[test]
fn lanes_that_would_loop_on_alone_diverge() {
    let module = rounds(true);
    for lane in [0, 1, 33, LANES - 1] {
        let Some(outcome) = outcome(&module, 0, [3, lane]) else { return };
        // At the branch that the lane takes alone, not at a barrier behind it.
        assert_eq!(outcome.fault, [FaultKind::Divergence.number(), 0, 0, 11], "lane {lane}");
        assert_eq!(outcome.sent, []);
    }
}

#[test]
fn atomic_cells_count_every_lane_once() {
    for (op, scalar, start, expected) in [
        (CellOp::FetchAdd, Scalar::U32, 5, 5 + (0..LANES).sum::<u32>()),
        (CellOp::FetchSub, Scalar::I32, 0, 0u32.wrapping_sub((0..LANES).sum::<u32>())),
        (CellOp::FetchMin, Scalar::I32, (-3i32) as u32, (-3i32) as u32),
        (CellOp::FetchMax, Scalar::I32, (-3i32) as u32, LANES - 1),
        (CellOp::FetchMax, Scalar::U32, 7, LANES - 1),
        (CellOp::FetchXor, Scalar::U32, 1, 1 ^ (0..LANES).fold(0, |all, lane| all ^ lane)),
        (CellOp::FetchOr, Scalar::U32, 0, (0..LANES).fold(0, |all, lane| all | lane)),
        (CellOp::FetchAdd, Scalar::F32, 1f32.to_bits(), ((0..LANES).sum::<u32>() as f32 + 1.0).to_bits()),
    ] {
        let mut c = Cooperative::new();
        let ty = c.b.scalar(scalar);
        let cells = c.b.ty(Type::Cell { kind: CellKind::Atomic, element: ty, len: None });
        c.state = c.b.structure("Cell", &[("cell", cells)]);
        let lane = c.f.get(c.lane);
        let value = c.f.expression(ExpressionKind::Cast(lane), ty);
        let cell = place(Root::State, &[Projection::Part(0)], ty, 3);
        let old = c.f.local("old", ty);
        c.f.push(Statement::Cell { op, place: cell, arguments: vec![value], result: Some(old), line: 3 });
        let zero = c.f.expression(ExpressionKind::Literal(Literal::Int(0)), c.int);
        let module = c.answer(zero);
        let Some(outcome) = run(&module, block(0), 0, &words(&[0, 0]), &[start]) else { return };
        answered(&outcome);
        assert_eq!(outcome.state, [expected], "{op:?} of {scalar:?}");
    }
}

#[test]
fn one_lane_wins_a_compare_exchange() {
    let mut c = Cooperative::new();
    let result = c.b.ty(Type::Result(c.int, c.int));
    let zero = c.f.int(0, c.int);
    let cell = c.cell(1, zero);
    let lane = c.f.get(c.lane);
    let one = c.f.int(1, c.int);
    let mark = c.f.binary(BinaryOp::Add, lane, one, c.int);
    let won = c.f.local("won", result);
    c.f.push(Statement::Cell {
        op: CellOp::CompareExchange,
        place: cell,
        arguments: vec![zero, mark],
        result: Some(won),
        line: 3,
    });
    let won = c.f.get(won);
    let is_ok = c.f.expression(ExpressionKind::IsOk(won), c.truth);
    let seen = c.f.expression(ExpressionKind::ErrValue(won), c.int);
    let thousand = c.f.int(1000, c.int);
    let value = c.f.expression(ExpressionKind::Select(is_ok, thousand, seen), c.int);
    c.set_own(value);
    let module = c.answer(zero);
    let Some(outcome) = outcome(&module, 0, [0, 0]) else { return };
    answered(&outcome);
    let winner = outcome.state[64] - 1;
    for lane in 0..LANES {
        let expected = if lane == winner { 1000 } else { winner + 1 };
        assert_eq!(outcome.state[lane as usize], expected, "lane {lane}");
    }
}
