//! Messages on their way out: roles of fields, padding, parts of variable length, vectors in scratch memory.

use ringkernel_codegen::ir::{
    Answer, BinaryOp, ContextOp, ExprId, ExpressionKind, FaultKind, MessageIndex, Module, Place, Projection,
    Root, Scalar, Statement, Type, TypeId,
};
use ringkernel_codegen::wgsl::{Kernels, PayloadBytes};

use super::build::{Builder, FunctionBuilder, place};
use super::device::{Outcome, print, run};
use super::runtime::SCRATCH_WORDS;
use super::scalars::words;

/// A handler that is being built. The message is `{ count: u32, list: Vec<u16> }`.
struct Sending {
    b: Builder,
    f: FunctionBuilder,
    int: TypeId,
    byte: TypeId,
    half: TypeId,
    size: TypeId,
    halves: TypeId,
    id: TypeId,
}

impl Sending {
    fn new() -> Self {
        let mut b = Builder::new();
        let (int, byte, half, size, wide) = (
            b.scalar(Scalar::U32),
            b.scalar(Scalar::U8),
            b.scalar(Scalar::U16),
            b.scalar(Scalar::Usize),
            b.scalar(Scalar::U64),
        );
        let halves = b.ty(Type::Vec(half));
        let id = b.structure("MessageId", &[("hi", wide), ("lo", wide)]);
        let unit = b.ty(Type::Unit);
        Self { b, f: FunctionBuilder::new("send", unit), int, byte, half, size, halves, id }
    }

    fn input(&mut self, part: u32) -> ExprId {
        let ty = if part == 0 { self.int } else { self.halves };
        let local = self.f.load("input", place(Root::Message, &[Projection::Part(part)], ty, 2));
        self.f.get(local)
    }

    fn zero(&mut self, ty: TypeId) -> ExprId {
        self.f.expression(ExpressionKind::Zero, ty)
    }

    fn context(&mut self, op: ContextOp, ty: TypeId) -> ExprId {
        let local = self.f.local("", ty);
        self.f.push(Statement::Context { op, result: Some(local), line: 5 });
        self.f.get(local)
    }

    fn enqueue(&mut self, message: MessageIndex, value: ExprId) {
        let op = ContextOp::EnqueueOutput { message, value };
        self.f.push(Statement::Context { op, result: None, line: 5 });
    }

    fn finish(mut self) -> Module {
        let unit = self.b.ty(Type::Unit);
        let message = self.b.structure("Input", &[("count", self.int), ("list", self.halves)]);
        let message = self.b.message(message);
        let function = self.b.function(self.f);
        self.b.kernel("sender", unit, message, function, Answer::None);
        self.b.module
    }
}

fn input(count: u32, list: &[u16]) -> Vec<u8> {
    let mut bytes = words(&[count, 12, list.len() as u32]);
    bytes.extend(list.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn outcome(module: &Module, message: &[u8]) -> Option<Outcome> {
    run(module, Kernels::Scalar, 0, message, &[])
}

#[test]
fn padding_and_what_is_not_there_are_zero() {
    let mut s = Sending::new();
    let option = s.b.ty(Type::Option(s.half));
    let pair = s.b.ty(Type::Tuple(vec![s.byte, s.int]));
    let ty = s.b.structure(
        "Padded",
        &[("a", s.byte), ("none", option), ("some", option), ("pair", pair), ("b", s.byte)],
    );
    let message = s.b.message(ty);
    let (one, two, three) = (s.f.int(1, s.byte), s.f.int(0x0202, s.half), s.f.int(0x0303_0303, s.int));
    let none = s.zero(option);
    let some = s.f.expression(ExpressionKind::Some(Some(two)), option);
    let pair = s.f.expression(ExpressionKind::Compose(vec![one, three]), pair);
    let value = s.f.expression(ExpressionKind::Compose(vec![one, none, some, pair, one]), ty);
    s.enqueue(message, value);
    let Some(outcome) = outcome(&s.finish(), &input(0, &[])) else { return };
    assert_eq!(outcome.fault, [0; 4]);
    assert_eq!(outcome.sent[0].op, 1);
    assert_eq!(outcome.sent[0].payload, words(&[1, 0, 0, 1, 0x0202, 1, 0x0303_0303, 1]));
}

/// A message with all roles: id, correlation (an option), priority (0 is the default, 200).
fn with_roles(s: &mut Sending) -> (TypeId, TypeId, MessageIndex) {
    let option = s.b.ty(Type::Option(s.id));
    let ty = s.b.structure("Roles", &[("id", s.id), ("about", option), ("priority", s.byte)]);
    let message = s.b.message(ty);
    let roles = &mut s.b.module.messages[message.0 as usize];
    (roles.id, roles.correlation, roles.priority, roles.default_priority) = (Some(0), Some(1), Some(2), 200);
    (ty, option, message)
}

#[test]
fn roles_of_fields_are_told_and_a_nil_id_is_filled_in() {
    let mut s = Sending::new();
    let (ty, option, message) = with_roles(&mut s);
    let wide = s.b.scalar(Scalar::U64);
    let nil = s.zero(ty);
    s.enqueue(message, nil);
    let (high, low) = (s.f.int(0x0000_0002_0000_0001, wide), s.f.int(0x0000_0004_0000_0003, wide));
    let id = s.f.expression(ExpressionKind::Compose(vec![high, low]), s.id);
    let about = s.f.expression(ExpressionKind::Compose(vec![low, high]), s.id);
    let about = s.f.expression(ExpressionKind::Some(Some(about)), option);
    let priority = s.f.int(9, s.byte);
    let full = s.f.expression(ExpressionKind::Compose(vec![id, about, priority]), ty);
    s.enqueue(message, full);
    let Some(outcome) = outcome(&s.finish(), &input(0, &[])) else { return };
    let (nil, full) = (&outcome.sent[0], &outcome.sent[1]);
    assert_eq!((nil.id, nil.correlation, nil.priority), ([1, 0, 77, 0], [0; 4], 200));
    assert_eq!(nil.payload[..16], words(&[1, 0, 77, 0]));
    assert_eq!((full.id, full.correlation, full.priority), ([1, 2, 3, 4], [3, 4, 1, 2], 9));
}

#[test]
fn a_request_gives_the_correlation_of_its_answer_and_a_refusal_its_reason() {
    let mut s = Sending::new();
    let (ty, _, message) = with_roles(&mut s);
    let actor = s.b.structure("ActorRef", &[("index", s.int), ("generation", s.int)]);
    let asked = s.b.ty(Type::Tuple(vec![s.int, s.id]));
    let report = s.b.structure("Report", &[("asked", asked), ("refused", asked)]);
    let report_message = s.b.message(report);
    let generation = s.f.int(1, s.int);
    let nil = s.zero(ty);
    let mut results = Vec::new();
    for index in [6, 404] {
        let index = s.f.int(index, s.int);
        let target = s.f.expression(ExpressionKind::Compose(vec![index, generation]), actor);
        let op = ContextOp::RequestActor { target, message, value: nil };
        results.push(s.context(op, asked));
    }
    let value = s.f.expression(ExpressionKind::Compose(results), report);
    s.enqueue(report_message, value);
    let Some(outcome) = outcome(&s.finish(), &input(0, &[])) else { return };
    assert_eq!((outcome.sent[0].op, outcome.sent[0].target), (4, (6, 1)));
    let reported = words(&[0, 0, 1, 0, 77, 0, 2, 0, 0, 0, 0, 0]);
    assert_eq!(outcome.sent[1].payload, reported);
}

/// Sends the message's list, a list of `count` numbers that it has made, and the message's list with a number more.
fn lists() -> Module {
    let mut s = Sending::new();
    let (byte, halves, size, half) = (s.byte, s.halves, s.size, s.half);
    let numbers = s.b.ty(Type::Vec(s.int));
    let truth = s.b.scalar(Scalar::Bool);
    let option = s.b.ty(Type::Option(numbers));
    let ty = s.b.structure(
        "Lists",
        &[("a", byte), ("given", halves), ("made", option), ("none", option), ("longer", halves)],
    );
    let message = s.b.message(ty);
    let (count, given) = (s.input(0), s.input(1));
    let longer = s.f.variable("longer", halves);
    s.f.push(Statement::Set { local: longer, value: given });
    let made = s.f.variable("made", numbers);
    let none = s.f.int(0, size);
    s.f.push(Statement::VecNew { local: made, capacity: none, line: 7 });
    let round = s.f.variable("round", s.int);
    let int = s.int;
    let body = s.f.block(|f| {
        let current = f.get(round);
        let done = f.binary(BinaryOp::GreaterEqual, current, count, truth);
        let leave = vec![Statement::Break { label: 0 }];
        f.push(Statement::If { condition: done, accept: leave, reject: vec![], meets: false, line: 5 });
        let vector = place(Root::Local(made), &[], numbers, 8);
        f.push(Statement::VecPush { vector, value: current, line: 8 });
        let one = f.int(1, int);
        let next = f.binary(BinaryOp::Add, current, one, int);
        f.push(Statement::Set { local: round, value: next });
    });
    s.f.push(Statement::Loop { label: 0, body, meets: false });
    let last = s.f.int(0x7777, half);
    let vector = place(Root::Local(longer), &[], halves, 9);
    s.f.push(Statement::VecPush { vector, value: last, line: 9 });
    let (made, longer) = (s.f.get(made), s.f.get(longer));
    let a = s.f.int(0xff, byte);
    let made = s.f.expression(ExpressionKind::Some(Some(made)), option);
    let none = s.zero(option);
    let value = s.f.expression(ExpressionKind::Compose(vec![a, given, made, none, longer]), ty);
    s.enqueue(message, value);
    s.finish()
}

#[test]
fn parts_of_variable_length_follow_the_head_in_order() {
    let module = lists();
    let program = print(&module, Kernels::Scalar);
    insta::assert_snapshot!(program.text);
    assert_eq!(program.kernels[0].output, PayloadBytes::Variable);
    assert!(program.kernels[0].uses_scratch);
    let Some(outcome) = outcome(&module, &input(3, &[10, 11, 12])) else { return };
    assert_eq!(outcome.fault, [0; 4]);
    let mut expected = words(&[0xff, 44, 3, 1, 52, 3, 0, 0, 0, 64, 4]);
    expected.extend([10, 0, 11, 0, 12, 0, 0, 0]);
    expected.extend(words(&[0, 1, 2]));
    expected.extend([10, 0, 11, 0, 12, 0, 0x77, 0x77]);
    assert_eq!(outcome.sent[0].payload, expected);
}

#[test]
fn a_vector_that_finds_no_room_is_a_fault() {
    let Some(outcome) = outcome(&lists(), &input(SCRATCH_WORDS as u32 + 1, &[1])) else { return };
    assert_eq!(outcome.fault, [FaultKind::OutOfMemory.number(), 0, 0, 8]);
    assert_eq!(outcome.sent, []);
}

#[test]
fn elements_of_the_message_are_read_in_place_and_within_bounds() {
    let mut s = Sending::new();
    let ty = s.b.structure("Element", &[("value", s.half)]);
    let message = s.b.message(ty);
    let (index, list) = (s.input(0), s.input(1));
    let index = s.f.expression(ExpressionKind::Cast(index), s.size);
    let element =
        Place { root: Root::Vector(list), projections: vec![Projection::Index(index)], ty: s.half, line: 4 };
    let element = s.f.load("element", element);
    let element = s.f.get(element);
    let value = s.f.expression(ExpressionKind::Compose(vec![element]), ty);
    s.enqueue(message, value);
    let module = s.finish();
    let Some(inside) = outcome(&module, &input(2, &[7, 8, 9])) else { return };
    assert_eq!(inside.sent[0].payload, [9, 0]);
    let outside = outcome(&module, &input(3, &[7, 8, 9])).expect("it ran before");
    assert_eq!(outside.fault, [FaultKind::IndexOutOfBounds.number(), 0, 0, 4]);
    assert_eq!(outside.sent, []);
}

#[test]
fn polled_messages_are_read_where_they_lie() {
    let mut s = Sending::new();
    let (unit_input, actor) = (
        s.b.structure("Input", &[("count", s.int), ("list", s.halves)]),
        s.b.structure("ActorRef", &[("index", s.int), ("generation", s.int)]),
    );
    let polled = s.b.message(unit_input);
    let option = s.b.ty(Type::Option(unit_input));
    let source = s.zero(actor);
    let got = s.context(ContextOp::PollActor { source, message: polled }, option);
    let value = s.f.expression(ExpressionKind::SomeValue(got), unit_input);
    s.enqueue(polled, value);
    let Some(outcome) = outcome(&s.finish(), &input(5, &[1, 2])) else { return };
    assert_eq!(outcome.sent[0].payload, input(5, &[1, 2]));
}
