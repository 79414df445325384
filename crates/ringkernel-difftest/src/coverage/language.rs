//! What the typed language has: every operator, function and conversion on every type that the code generator's own
//! validator accepts it on.
//!
//! Nothing is listed twice: each cell is tried, in a module that has nothing else. The enums are listed here, but the
//! compiler sees to it that the lists are whole.

use ringkernel_codegen::ir::{
    BinaryOp, CheckedOp, ExprId, Expression, ExpressionKind, Function, Literal, Local, LocalId, MathFunction,
    Module, Scalar, Statement, Type, TypeId, UnaryOp,
};
use ringkernel_codegen::validate::validate;

use super::Table;
use crate::types::{SCALARS, rust_name};

/// All variants of an enum. A variant that is missing here is an error of the compiler.
macro_rules! all {
    ($ty:ident: $($variant:ident)*) => {{
        const fn is_listed(value: $ty) -> bool {
            match value {
                $($ty::$variant => true,)*
            }
        }
        let all = [$($ty::$variant),*];
        debug_assert!(all.iter().all(|value| is_listed(*value)));
        all
    }};
}

/// The operators, functions and conversions of the typed language, by the type of their first operand.
pub fn typed_cells() -> Table {
    let mut cells = Table::new();
    for scalar in SCALARS {
        let mut add = |name: String, accepted: bool| {
            if accepted {
                cells.insert((name, rust_name(scalar)));
            }
        };
        for op in all!(UnaryOp: Not Negate) {
            add(format!("{op:?}"), accepts(scalar, 1, |operands| ExpressionKind::Unary(op, operands[0])));
        }
        for op in all!(BinaryOp: Add Subtract Multiply Divide Remainder BitAnd BitOr BitXor ShiftLeft ShiftRight
            Equal NotEqual Less LessEqual Greater GreaterEqual And Or)
        {
            let binary = |operands: &[ExprId]| ExpressionKind::Binary(op, operands[0], operands[1]);
            add(format!("{op:?}"), accepts(scalar, 2, binary));
        }
        for function in all!(MathFunction: Min Max Abs SaturatingAdd SaturatingSubtract SaturatingMultiply
            AddOverflows SubtractOverflows MultiplyOverflows CountOnes LeadingZeros TrailingZeros ReverseBits
            SwapBytes RotateLeft RotateRight AbsDiff Signum Sqrt Floor Ceil Trunc Round RoundTiesEven Fract MulAdd
            Recip Copysign IsNan IsInfinite IsFinite IsSignNegative Exp Exp2 Ln Log2 Log10 Sin Cos Tan Asin Acos
            Atan Atan2 Sinh Cosh Tanh Powf Powi Hypot Cbrt ToDegrees ToRadians)
        {
            let math = |operands: &[ExprId]| ExpressionKind::Math(function, operands.to_vec());
            add(format!("{function:?}"), (1..=3).any(|count| accepts(scalar, count, math)));
        }
        for op in all!(CheckedOp: Add Subtract Multiply Divide Remainder WrappingDivide WrappingRemainder Negate
            ShiftLeft ShiftRight ToUsize)
        {
            add(format!("checked {op:?}"), accepts_checked(scalar, op));
        }
        add("select".to_owned(), accepts(scalar, 1, |own| ExpressionKind::Select(ExprId(0), own[0], own[0])));
        for literal in [Literal::Bool(true), Literal::Int(1), Literal::F32(0), Literal::F64(0)] {
            add("literal".to_owned(), accepts(scalar, 0, |_| ExpressionKind::Literal(literal)));
        }
        for to in SCALARS.into_iter().filter(|to| *to != scalar) {
            let name = rust_name(to);
            add(format!("cast to {name}"), gives(scalar, to, ExpressionKind::Cast));
            add(format!("bits to {name}"), gives(scalar, to, ExpressionKind::Bitcast));
        }
    }
    cells
}

/// Why the linker makes nothing of this cell, although the language has it; `None` where programs have to have it.
pub fn never_made(name: &str, ty: &str) -> Option<&'static str> {
    let unsigned = matches!(ty, "u8" | "u16" | "u32" | "u64" | "usize");
    match name {
        "Abs" | "Signum" if unsigned => Some("Rust has it for numbers with a sign"),
        "AddOverflows"
        | "MultiplyOverflows"
        | "Multiply"
        | "SaturatingAdd"
        | "SaturatingMultiply"
        | "ShiftLeft"
        | "ShiftRight"
        | "RotateLeft"
        | "RotateRight"
        | "CountOnes"
        | "LeadingZeros"
        | "TrailingZeros"
        | "ReverseBits"
        | "SwapBytes"
        | "checked WrappingDivide"
        | "checked WrappingRemainder"
            if ty == "usize" =>
        {
            Some("what depends on the width of `usize` is computed in 64 bits")
        }
        "bits to f32" | "bits to f64" if ty.starts_with('i') => Some("Rust makes floats of unsigned bits"),
        "bits to i32" | "bits to i64" if ty.starts_with('f') => Some("Rust makes unsigned bits of floats"),
        "cast to f32" | "cast to f64" if ty == "bool" => Some("Rust does not cast a `bool` to a float"),
        "cast to usize" if !matches!(ty, "bool" | "u8" | "u16" | "u32") => {
            Some("it may not fit, which a statement checks")
        }
        "checked ToUsize" if matches!(ty, "bool" | "u8" | "u16" | "u32" | "usize") => {
            Some("it fits everywhere")
        }
        _ => None,
    }
}

/// A function that has zeros of some types, a local of another, and nothing else.
struct Trial {
    module: Module,
}

impl Trial {
    fn new(operands: &[Scalar]) -> Self {
        let mut module = Module::default();
        let unit = module.types.intern(Type::Unit);
        let expressions = operands
            .iter()
            .map(|scalar| Expression {
                kind: ExpressionKind::Zero,
                ty: module.types.intern(Type::Scalar(*scalar)),
            })
            .collect();
        module.functions.push(Function {
            name: "trial".to_owned(),
            file: 0,
            parameters: Vec::new(),
            result: unit,
            locals: Vec::new(),
            expressions,
            block_arrays: Vec::new(),
            body: Vec::new(),
        });
        Self { module }
    }

    fn scalar(&mut self, scalar: Scalar) -> TypeId {
        self.module.types.intern(Type::Scalar(scalar))
    }

    fn is_valid(&self) -> bool {
        validate(&self.module).is_ok()
    }
}

/// Whether an expression of zeros is accepted, with some type: the first operand has this one, others may have another.
fn accepts(scalar: Scalar, count: usize, make: impl Fn(&[ExprId]) -> ExpressionKind) -> bool {
    SCALARS.into_iter().any(|second| {
        // Operand 0 is a condition for those who need one.
        let mut operands = vec![Scalar::Bool];
        operands.extend([scalar, second, second].into_iter().take(count));
        let ids: Vec<ExprId> = (1..=count as u32).map(ExprId).collect();
        SCALARS.into_iter().any(|result| {
            // A literal has no operand: its own type is what counts.
            let result = if count == 0 { scalar } else { result };
            let mut trial = Trial::new(&operands);
            let ty = trial.scalar(result);
            trial.module.functions[0].expressions.push(Expression { kind: make(&ids), ty });
            trial.is_valid()
        })
    })
}

fn gives(from: Scalar, to: Scalar, make: impl Fn(ExprId) -> ExpressionKind) -> bool {
    let mut trial = Trial::new(&[from]);
    let ty = trial.scalar(to);
    trial.module.functions[0].expressions.push(Expression { kind: make(ExprId(0)), ty });
    trial.is_valid()
}

fn accepts_checked(scalar: Scalar, op: CheckedOp) -> bool {
    [scalar, Scalar::U32].into_iter().any(|right| {
        [scalar, Scalar::Usize].into_iter().any(|result| {
            let mut trial = Trial::new(&[scalar, right]);
            let ty = trial.scalar(result);
            let function = &mut trial.module.functions[0];
            function.locals.push(Local { name: String::new(), ty, mutable: false });
            let (local, left, right) = (LocalId(0), ExprId(0), ExprId(1));
            function.body.push(Statement::Checked { local, op, left, right, line: 1 });
            trial.is_valid()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_those_that_the_validator_accepts() {
        let cells = typed_cells();
        let has = |name: &str, ty: &'static str| cells.contains(&(name.to_owned(), ty));
        assert!(has("Add", "i8") && has("checked Add", "i8") && !has("Add", "bool"));
        assert!(has("Divide", "f32") && !has("Divide", "i32") && has("checked Divide", "i32"));
        assert!(has("ShiftLeft", "u64") && !has("ShiftLeft", "f64"));
        assert!(has("cast to u8", "f64") && !has("cast to bool", "u8"));
        assert!(has("Sqrt", "f32") && !has("Sqrt", "i32") && has("MulAdd", "f64") && has("Powi", "f32"));
        assert!(has("RotateLeft", "i16") && has("bits to u32", "f32") && !has("bits to u64", "f32"));
        assert!(has("literal", "bool") && has("select", "f64") && has("And", "bool") && !has("And", "u8"));
    }
}
