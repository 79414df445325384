//! One kernel for each operation on scalars: it takes two operands and a distance, and answers the result.

use ringkernel_codegen::ir::{
    Answer, BinaryOp, CheckedOp, ExpressionKind, MathFunction, Module, Projection, Root, Scalar, Statement,
    Type, UnaryOp,
};

use super::build::{Builder, FunctionBuilder, place};

/// An operation on operands `a`, `b` and a distance `d`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    /// `-a`, `!a`.
    Unary(UnaryOp),
    /// Of `a` and `b`.
    Binary(BinaryOp),
    /// Of `a` and `d`.
    Shift(BinaryOp),
    /// Of `a`.
    Math1(MathFunction),
    /// Of `a` and `b`.
    Math2(MathFunction),
    /// Of `a` and `d`.
    Rotate(MathFunction),
    /// Of `a` and `b`.
    Checked(CheckedOp),
    /// Of `a` and `d`.
    CheckedShift(CheckedOp),
    /// Of `a`, to the type of the result.
    Cast,
}

/// Bytes of the message to such a kernel: `a` and `b` each in 8 bytes, and the distance.
pub(crate) fn message(a: u64, b: u64, distance: u32) -> Vec<u8> {
    let mut bytes = a.to_le_bytes().to_vec();
    bytes.extend(b.to_le_bytes());
    bytes.extend(distance.to_le_bytes());
    bytes.extend([0; 4]);
    bytes
}

/// A module with a kernel for each operation, in order. The answer of each is its result in 8 bytes, from the low end.
pub(crate) fn module(operations: &[(Scalar, Operation, Scalar)]) -> Module {
    let mut b = Builder::new();
    let mut answers = Vec::new();
    let unit = b.ty(Type::Unit);
    for (of, operation, gives) in operations {
        let (ty, distance, result) = (b.scalar(*of), b.scalar(Scalar::U32), b.scalar(*gives));
        // Operands lie at fixed places, whatever their type.
        let filling = |b: &mut Builder, scalar: Scalar| {
            let byte = b.scalar(Scalar::U8);
            b.ty(Type::Array { element: byte, len: 8 - scalar.size() })
        };
        let fill = filling(&mut b, *of);
        let message =
            b.structure("Operands", &[("a", ty), ("", fill), ("b", ty), ("", fill), ("distance", distance)]);
        let message = b.message(message);
        let fill = filling(&mut b, *gives);
        let answer = b.structure("Outcome", &[("value", result), ("", fill)]);
        answers.push(answer);
        let mut f = FunctionBuilder::new("operation", answer);
        let left = f.load("a", place(Root::Message, &[Projection::Part(0)], ty, 1));
        let right = f.load("b", place(Root::Message, &[Projection::Part(2)], ty, 1));
        let by = f.load("d", place(Root::Message, &[Projection::Part(4)], distance, 1));
        let (left, right, by) = (f.get(left), f.get(right), f.get(by));
        let value = match *operation {
            Operation::Unary(op) => f.expression(ExpressionKind::Unary(op, left), result),
            Operation::Binary(op) => f.binary(op, left, right, result),
            Operation::Shift(op) => f.binary(op, left, by, result),
            Operation::Math1(math) => f.expression(ExpressionKind::Math(math, vec![left]), result),
            Operation::Math2(math) => f.expression(ExpressionKind::Math(math, vec![left, right]), result),
            Operation::Rotate(math) => f.expression(ExpressionKind::Math(math, vec![left, by]), result),
            Operation::Cast => f.expression(ExpressionKind::Cast(left), result),
            Operation::Checked(op) | Operation::CheckedShift(op) => {
                let right = if matches!(operation, Operation::Checked(_)) { right } else { by };
                let local = f.local("result", result);
                f.push(Statement::Checked { local, op, left, right, line: 1 });
                f.get(local)
            }
        };
        let zeros = f.expression(ExpressionKind::Zero, fill);
        let value = f.expression(ExpressionKind::Compose(vec![value, zeros]), answer);
        f.give(value);
        let function = b.function(f);
        let answer = b.message(answer);
        b.kernel("operation", unit, message, function, Answer::Always(answer));
    }
    b.module
}
