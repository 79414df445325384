//! Every operation on scalars computes what Rust computes, bit for bit, on values at the edges of their types.

use ringkernel_codegen::ir::{
    Answer, BinaryOp, CheckedOp, ExprId, ExpressionKind, MathFunction, Projection, Root, Scalar, Statement,
    Type, TypeId, UnaryOp,
};
use ringkernel_codegen::wgsl::Kernels;

use super::build::{Builder, FunctionBuilder, place};
use super::device::Session;

/// Pairs of operands that one message holds.
const PAIRS: usize = 128;

/// What is computed from two operands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Unary(UnaryOp),
    Binary(BinaryOp),
    Math(MathFunction, usize),
    Checked(CheckedOp),
    Cast,
}

/// An operation, the types of its operands and its result, and what it gives; `Err` is the kind of a fault.
pub(crate) struct Case {
    pub(crate) operation: Operation,
    pub(crate) left: Scalar,
    pub(crate) right: Scalar,
    pub(crate) result: Scalar,
    pub(crate) expected: Box<dyn Fn(u64, u64) -> Result<u64, u32>>,
}

impl Case {
    fn is_unary(&self) -> bool {
        match self.operation {
            Operation::Unary(_) | Operation::Math(_, 1) | Operation::Cast => true,
            Operation::Checked(op) => matches!(op, CheckedOp::Negate | CheckedOp::ToUsize),
            Operation::Binary(_) | Operation::Math(..) => false,
        }
    }
}

/// Adds a kernel that computes an operation on all pairs of a message and keeps the results in its state.
fn kernel(b: &mut Builder, case: &Case, number: usize) {
    let unit = b.ty(Type::Unit);
    let (size, truth) = (b.scalar(Scalar::Usize), b.scalar(Scalar::Bool));
    let (left, right, result) = (b.scalar(case.left), b.scalar(case.right), b.scalar(case.result));
    let len = PAIRS as u32;
    let lefts = b.ty(Type::Array { element: left, len });
    let rights = b.ty(Type::Array { element: right, len });
    let results = b.ty(Type::Array { element: result, len });
    let count = b.scalar(Scalar::U32);
    let message = b.structure("Pairs", &[("left", lefts), ("right", rights), ("count", count)]);
    let state = b.structure("Results", &[("results", results)]);
    let message = b.message(message);

    let mut f = FunctionBuilder::new(&format!("compute_{number}"), unit);
    let count = f.load("count", place(Root::Message, &[Projection::Part(2)], count, 1));
    let index = f.variable("index", size);
    let body = f.block(|f| {
        let (at, count) = (f.get(index), f.get(count));
        let end = f.expression(ExpressionKind::Cast(count), size);
        let done = f.binary(BinaryOp::GreaterEqual, at, end, truth);
        let leave = vec![Statement::Break { label: 0 }];
        f.push(Statement::If { condition: done, accept: leave, reject: vec![], meets: false, line: 5 });
        let step = Projection::Index(at);
        let a = f.load("a", place(Root::Message, &[Projection::Part(0), step], left, 2));
        let b = f.load("b", place(Root::Message, &[Projection::Part(1), step], right, 2));
        let (a, b) = (f.get(a), f.get(b));
        let value = compute(f, case.operation, a, b, result);
        f.push(Statement::Store {
            place: place(Root::State, &[Projection::Part(0), step], result, 4),
            value,
        });
        let (old, one) = (f.get(index), f.int(1, size));
        let next = f.binary(BinaryOp::Add, old, one, size);
        f.push(Statement::Set { local: index, value: next });
    });
    f.push(Statement::Loop { label: 0, body, meets: false });
    let function = b.function(f);
    b.kernel(&format!("kernel_{number}"), state, message, function, Answer::None);
}

fn compute(f: &mut FunctionBuilder, operation: Operation, a: ExprId, b: ExprId, result: TypeId) -> ExprId {
    match operation {
        Operation::Unary(op) => f.expression(ExpressionKind::Unary(op, a), result),
        Operation::Binary(op) => f.expression(ExpressionKind::Binary(op, a, b), result),
        Operation::Math(function, 1) => f.expression(ExpressionKind::Math(function, vec![a]), result),
        Operation::Math(function, _) => f.expression(ExpressionKind::Math(function, vec![a, b]), result),
        Operation::Cast => f.expression(ExpressionKind::Cast(a), result),
        Operation::Checked(op) => {
            let local = f.local("checked", result);
            f.push(Statement::Checked { local, op, left: a, right: b, line: 3 });
            f.get(local)
        }
    }
}

fn bytes(scalar: Scalar) -> usize {
    scalar.size() as usize
}

fn message(case: &Case, pairs: &[(u64, u64)]) -> Vec<u8> {
    let mut message = Vec::new();
    let mut put = |values: &mut dyn Iterator<Item = u64>, size: usize| {
        while !message.len().is_multiple_of(size) {
            message.push(0);
        }
        let start = message.len();
        for value in values {
            message.extend(&value.to_le_bytes()[..size]);
        }
        message.resize(start + size * PAIRS, 0);
    };
    put(&mut pairs.iter().map(|pair| pair.0), bytes(case.left));
    put(&mut pairs.iter().map(|pair| pair.1), bytes(case.right));
    while !message.len().is_multiple_of(4) {
        message.push(0);
    }
    message.extend((pairs.len() as u32).to_le_bytes());
    message
}

fn results(case: &Case, state: &[u32], count: usize) -> Vec<u64> {
    let memory: Vec<u8> = state.iter().flat_map(|word| word.to_le_bytes()).collect();
    let size = bytes(case.result);
    let value = |index: usize| {
        let mut all = [0; 8];
        all[..size].copy_from_slice(&memory[index * size..(index + 1) * size]);
        u64::from_le_bytes(all)
    };
    (0..count).map(value).collect()
}

/// Runs all cases on the pairs of all these values; `same` says whether two results count as equal.
pub(crate) fn check(
    cases: &[Case],
    values: &dyn Fn(Scalar) -> Vec<u64>,
    same: &dyn Fn(&Case, u64, u64) -> bool,
) {
    let mut b = Builder::new();
    cases.iter().enumerate().for_each(|(number, case)| kernel(&mut b, case, number));
    let Some(session) = Session::new(&b.module, Kernels::Scalar) else { return };
    for (number, case) in cases.iter().enumerate() {
        let (lefts, mut rights) = (values(case.left), values(case.right));
        if case.is_unary() {
            rights.truncate(1);
        }
        let all = lefts.iter().flat_map(|left| rights.iter().map(|right| (*left, *right)));
        let (fine, faulting): (Vec<_>, Vec<_>) =
            all.partition(|pair| (case.expected)(pair.0, pair.1).is_ok());
        let state = vec![0u32; PAIRS * 2];
        let name =
            || format!("{:?} of {:?} and {:?} to {:?}", case.operation, case.left, case.right, case.result);
        for pairs in fine.chunks(PAIRS) {
            let outcome = session.run(number as u32, &message(case, pairs), &state);
            assert_eq!(outcome.fault, [0; 4], "{} on {pairs:x?}", name());
            for (pair, result) in pairs.iter().zip(results(case, &outcome.state, pairs.len())) {
                let expected = (case.expected)(pair.0, pair.1).expect("faulting pairs are apart");
                assert!(
                    same(case, result, expected),
                    "{} on {pair:x?}: {result:x}, not {expected:x}",
                    name()
                );
            }
        }
        for pair in faulting.iter().step_by(faulting.len().div_ceil(6).max(1)) {
            let outcome = session.run(number as u32, &message(case, &[*pair]), &state);
            let kind = (case.expected)(pair.0, pair.1).expect_err("these fault");
            assert_eq!(outcome.fault, [kind, 0, 0, 3], "{} on {pair:x?}", name());
            assert_eq!(outcome.state, state, "{} on {pair:x?} leaves zero", name());
        }
    }
}

fn equal(_: &Case, a: u64, b: u64) -> bool {
    a == b
}

/// Values at the edges of a type, as bits.
fn edges(scalar: Scalar) -> Vec<u64> {
    let width = match scalar {
        Scalar::Bool => return vec![0, 1],
        scalar => scalar.size() * 8,
    };
    let mask = u64::MAX >> (64 - width);
    let top = 1u64 << (width - 1);
    let mut values = vec![0, 1, 2, 3, 7, 10, mask, mask - 1, mask - 6, top, top - 1, top + 1];
    values.extend([
        0x5a5a_5a5a_5a5a_5a5a & mask,
        0x1234_5678_9abc_def1 & mask,
        1 << (width / 2),
        (1 << (width / 2)) - 1,
    ]);
    values.extend([31, 32, 33, 63, 64].map(|value| value & mask));
    values.sort_unstable();
    values.dedup();
    values
}

macro_rules! integer_cases {
    ($($name:ident: $int:ident $unsigned:ident $scalar:ident $unsigned_scalar:ident;)*) => {$(
        #[test]
        fn $name() {
            let scalar = Scalar::$scalar;
            let mut cases = Vec::new();
            fn bits(value: $int) -> u64 {
                u64::from(value as $unsigned)
            }
            let mut add = |operation, right, result, expected: Box<dyn Fn($int, u64) -> Result<u64, u32>>| {
                let expected = Box::new(move |a: u64, b: u64| expected(a as $int, b));
                cases.push(Case { operation, left: scalar, right, result, expected });
            };
            let boolean = |value: bool| Ok(u64::from(value));
            for (op, f) in [
                (BinaryOp::Add, <$int>::wrapping_add as fn($int, $int) -> $int),
                (BinaryOp::Subtract, <$int>::wrapping_sub),
                (BinaryOp::Multiply, <$int>::wrapping_mul),
                (BinaryOp::BitAnd, |a, b| a & b),
                (BinaryOp::BitOr, |a, b| a | b),
                (BinaryOp::BitXor, |a, b| a ^ b),
            ] {
                add(Operation::Binary(op), scalar, scalar, Box::new(move |a, b| Ok(bits(f(a, b as $int)))));
            }
            for (op, f) in [
                (BinaryOp::Equal, (|a, b| a == b) as fn($int, $int) -> bool),
                (BinaryOp::NotEqual, |a, b| a != b),
                (BinaryOp::Less, |a, b| a < b),
                (BinaryOp::LessEqual, |a, b| a <= b),
                (BinaryOp::Greater, |a, b| a > b),
                (BinaryOp::GreaterEqual, |a, b| a >= b),
            ] {
                add(Operation::Binary(op), scalar, Scalar::Bool, Box::new(move |a, b| boolean(f(a, b as $int))));
            }
            add(Operation::Binary(BinaryOp::ShiftLeft), Scalar::U32, scalar, Box::new(|a, b| Ok(bits(a.wrapping_shl(b as u32)))));
            add(Operation::Binary(BinaryOp::ShiftRight), Scalar::U32, scalar, Box::new(|a, b| Ok(bits(a.wrapping_shr(b as u32)))));
            add(Operation::Unary(UnaryOp::Not), scalar, scalar, Box::new(|a, _| Ok(bits(!a))));
            for (function, f) in [
                (MathFunction::Min, <$int>::min as fn($int, $int) -> $int),
                (MathFunction::Max, <$int>::max),
                (MathFunction::SaturatingAdd, <$int>::saturating_add),
                (MathFunction::SaturatingSubtract, <$int>::saturating_sub),
                (MathFunction::SaturatingMultiply, <$int>::saturating_mul),
            ] {
                add(Operation::Math(function, 2), scalar, scalar, Box::new(move |a, b| Ok(bits(f(a, b as $int)))));
            }
            for (function, f) in [
                (MathFunction::AddOverflows, <$int>::overflowing_add as fn($int, $int) -> ($int, bool)),
                (MathFunction::SubtractOverflows, <$int>::overflowing_sub),
                (MathFunction::MultiplyOverflows, <$int>::overflowing_mul),
            ] {
                add(Operation::Math(function, 2), scalar, Scalar::Bool, Box::new(move |a, b| boolean(f(a, b as $int).1)));
            }
            for (function, f) in [
                (MathFunction::CountOnes, <$int>::count_ones as fn($int) -> u32),
                (MathFunction::LeadingZeros, <$int>::leading_zeros),
                (MathFunction::TrailingZeros, <$int>::trailing_zeros),
            ] {
                add(Operation::Math(function, 1), scalar, Scalar::U32, Box::new(move |a, _| Ok(f(a).into())));
            }
            add(Operation::Math(MathFunction::ReverseBits, 1), scalar, scalar, Box::new(|a, _| Ok(bits(a.reverse_bits()))));
            add(Operation::Math(MathFunction::SwapBytes, 1), scalar, scalar, Box::new(|a, _| Ok(bits(a.swap_bytes()))));
            add(Operation::Math(MathFunction::RotateLeft, 2), Scalar::U32, scalar, Box::new(|a, b| Ok(bits(a.rotate_left(b as u32)))));
            add(Operation::Math(MathFunction::RotateRight, 2), Scalar::U32, scalar, Box::new(|a, b| Ok(bits(a.rotate_right(b as u32)))));
            add(Operation::Math(MathFunction::AbsDiff, 2), scalar, Scalar::$unsigned_scalar, Box::new(|a, b| Ok(u64::from(a.abs_diff(b as $int)))));
            for (op, f) in [
                (CheckedOp::Add, <$int>::checked_add as fn($int, $int) -> Option<$int>),
                (CheckedOp::Subtract, <$int>::checked_sub),
                (CheckedOp::Multiply, <$int>::checked_mul),
            ] {
                add(Operation::Checked(op), scalar, scalar, Box::new(move |a, b| f(a, b as $int).map(bits).ok_or(4)));
            }
            for (op, f) in [
                (CheckedOp::Divide, <$int>::checked_div as fn($int, $int) -> Option<$int>),
                (CheckedOp::Remainder, <$int>::checked_rem),
                (CheckedOp::WrappingDivide, |a, b| (b != 0).then(|| a.wrapping_div(b))),
                (CheckedOp::WrappingRemainder, |a, b| (b != 0).then(|| a.wrapping_rem(b))),
            ] {
                add(Operation::Checked(op), scalar, scalar, Box::new(move |a, b| {
                    f(a, b as $int).map(bits).ok_or(if b as $int == 0 { 3 } else { 4 })
                }));
            }
            add(Operation::Checked(CheckedOp::ShiftLeft), Scalar::U32, scalar, Box::new(|a, b| a.checked_shl(b as u32).map(bits).ok_or(4)));
            add(Operation::Checked(CheckedOp::ShiftRight), Scalar::U32, scalar, Box::new(|a, b| a.checked_shr(b as u32).map(bits).ok_or(4)));
            if scalar.is_signed() {
                add(Operation::Unary(UnaryOp::Negate), scalar, scalar, Box::new(|a, _| Ok(bits(a.wrapping_neg()))));
                add(Operation::Math(MathFunction::Abs, 1), scalar, scalar, Box::new(|a, _| Ok(bits((a as i128).unsigned_abs() as $int))));
                add(Operation::Math(MathFunction::Signum, 1), scalar, scalar, Box::new(|a, _| Ok(bits((a as i128).signum() as $int))));
                add(Operation::Checked(CheckedOp::Negate), scalar, scalar, Box::new(|a, _| a.checked_neg().map(bits).ok_or(4)));
            }
            for (to, f) in [
                (Scalar::I8, (|a| u64::from(a as i8 as u8)) as fn($int) -> u64),
                (Scalar::I16, |a| u64::from(a as i16 as u16)),
                (Scalar::I32, |a| u64::from(a as i32 as u32)),
                (Scalar::I64, |a| a as i64 as u64),
                (Scalar::U8, |a| u64::from(a as u8)),
                (Scalar::U16, |a| u64::from(a as u16)),
                (Scalar::U32, |a| u64::from(a as u32)),
                (Scalar::U64, |a| a as u64),
                (Scalar::F32, |a| u64::from((a as f32).to_bits())),
                (Scalar::F64, |a| (a as f64).to_bits()),
            ] {
                add(Operation::Cast, scalar, to, Box::new(move |a, _| Ok(f(a))));
            }
            check(&cases, &edges, &equal);
        }
    )*};
}

integer_cases! {
    i8_is_as_in_rust: i8 u8 I8 U8;
    u8_is_as_in_rust: u8 u8 U8 U8;
    i16_is_as_in_rust: i16 u16 I16 U16;
    u16_is_as_in_rust: u16 u16 U16 U16;
    i32_is_as_in_rust: i32 u32 I32 U32;
    u32_is_as_in_rust: u32 u32 U32 U32;
    i64_is_as_in_rust: i64 u64 I64 U64;
    u64_is_as_in_rust: u64 u64 U64 U64;
}
