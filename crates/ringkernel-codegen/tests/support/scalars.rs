//! Scalar kernels, built by hand: what every printer prints, and what every target computes.

use ringkernel_codegen::ir::{
    Answer, BinaryOp, CheckedOp, ExpressionKind, Module, Projection, Root, Scalar, Statement, Type,
};

use super::build::{Builder, FunctionBuilder, place};

/// `fn adder(_, request: AddRequest { a, b }) -> AddResponse { sum: a + b }`.
pub(crate) fn adder() -> Module {
    let mut b = Builder::new();
    let (unit, int) = (b.ty(Type::Unit), b.scalar(Scalar::U32));
    let request = b.structure("AddRequest", &[("a", int), ("b", int)]);
    let response = b.structure("AddResponse", &[("sum", int)]);
    let (request, answer) = (b.message(request), (b.message(response), response));
    let mut f = FunctionBuilder::new("adder", answer.1);
    let left = f.load("a", place(Root::Message, &[Projection::Part(0)], int, 7));
    let right = f.load("b", place(Root::Message, &[Projection::Part(1)], int, 7));
    let sum = f.local("sum", int);
    let (left, right) = (f.get(left), f.get(right));
    f.push(Statement::Checked { local: sum, op: CheckedOp::Add, left, right, line: 7 });
    let sum = f.get(sum);
    let value = f.expression(ExpressionKind::Compose(vec![sum]), answer.1);
    f.give(value);
    let function = b.function(f);
    b.kernel("adder", unit, request, function, Answer::Always(answer.0));
    b.module
}

/// Little-endian bytes of words.
pub(crate) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Adds what is in the message to the element of the state that it names, in a loop of as many rounds as it says.
pub(crate) fn counter() -> Module {
    let mut b = Builder::new();
    let (unit, int, wide, size, truth) = (
        b.ty(Type::Unit),
        b.scalar(Scalar::U8),
        b.scalar(Scalar::I64),
        b.scalar(Scalar::Usize),
        b.scalar(Scalar::Bool),
    );
    let totals = b.ty(Type::Array { element: int, len: 6 });
    let state = b.structure("Totals", &[("all", wide), ("totals", totals)]);
    let message = b.structure("Add", &[("index", wide), ("rounds", int), ("value", int)]);
    let message = b.message(message);
    let mut f = FunctionBuilder::new("count", unit);
    let index = f.load("index", place(Root::Message, &[Projection::Part(0)], wide, 3));
    let rounds = f.load("rounds", place(Root::Message, &[Projection::Part(1)], int, 3));
    let value = f.load("value", place(Root::Message, &[Projection::Part(2)], int, 3));
    let at = f.local("at", size);
    let index = f.get(index);
    f.push(Statement::Checked { local: at, op: CheckedOp::ToUsize, left: index, right: index, line: 4 });
    let round = f.variable("round", int);
    let zero = f.int(0, int);
    f.push(Statement::Set { local: round, value: zero });
    let body = f.block(|f| {
        let (current, last) = (f.get(round), f.get(rounds));
        let done = f.binary(BinaryOp::GreaterEqual, current, last, truth);
        f.push(Statement::If {
            condition: done,
            accept: vec![Statement::Break { label: 0 }],
            reject: vec![],
            meets: false,
            line: 5,
        });
        let at = f.get(at);
        let element = place(Root::State, &[Projection::Part(1), Projection::Index(at)], int, 6);
        let old = f.load("old", element.clone());
        let sum = f.local("", int);
        let (left, right) = (f.get(old), f.get(value));
        f.push(Statement::Checked { local: sum, op: CheckedOp::Add, left, right, line: 6 });
        let sum = f.get(sum);
        f.push(Statement::Store { place: element, value: sum });
        let one = f.int(1, int);
        let current = f.get(round);
        let next = f.binary(BinaryOp::Add, current, one, int);
        f.push(Statement::Set { local: round, value: next });
    });
    f.push(Statement::Loop { label: 0, body, meets: false });
    let all = place(Root::State, &[Projection::Part(0)], wide, 8);
    let old = f.load("all", all.clone());
    let (old, step) = (f.get(old), f.int(-3, wide));
    let next = f.binary(BinaryOp::Add, old, step, wide);
    f.push(Statement::Store { place: all, value: next });
    let function = b.function(f);
    b.kernel("counter", state, message, function, Answer::None);
    b.module
}

/// The payload of a message to the counter.
pub(crate) fn add(index: i64, rounds: u8, value: u8) -> Vec<u8> {
    let mut bytes = index.to_le_bytes().to_vec();
    bytes.extend([rounds, value, 0, 0, 0, 0, 0, 0]);
    bytes
}
