//! Operators on numbers and booleans.

use ringkernel_abi::device::Overflow;

use super::{Lowered, Lowerer};
use crate::ir::{self, CheckedOp, ExprId, ExpressionKind, Literal, MathFunction, Scalar, Statement, UnaryOp};
use crate::link::numbers::range;
use crate::source::{BinaryOp, Expr};

impl Lowerer<'_, '_> {
    /// Whether overflow is a fault in the function in hand.
    pub(super) fn overflow_faults(&self) -> bool {
        self.linker.sources.get(self.frame.source).overflow == Overflow::Faults
    }

    /// `left op right`, operands included.
    pub(super) fn operator(&mut self, op: BinaryOp, left: &Expr, right: &Expr, line: u32) -> Lowered<ExprId> {
        match op {
            BinaryOp::And | BinaryOp::Or => self.short_circuit(op, left, right),
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual => {
                let ty = self.ty(left);
                let values = self.values([left, right])?;
                self.compare(comparison(op), values[0], values[1], &ty, line)
            }
            _ => {
                let values = self.values([left, right])?;
                self.arithmetic(op, values[0], values[1], line)
            }
        }
    }

    fn short_circuit(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Lowered<ExprId> {
        let left = self.value(left)?;
        // Where the right one needs statements, they come behind the left one's value.
        let (block, value) = self.inside(|this| this.value(right))?;
        let and = op == BinaryOp::And;
        if let (true, Some(value)) = (block.is_empty(), value) {
            let op = if and { ir::BinaryOp::And } else { ir::BinaryOp::Or };
            return Ok(self.binary(op, left, value));
        }
        let ty = self.linker.scalar(Scalar::Bool);
        let result = self.changing("", ty);
        let (given, condition) = if and { (false, left) } else { (true, self.not(left)) };
        let given = self.bool(given);
        // The condition may read what is only now set.
        let condition = self.once(condition);
        self.set(result, given);
        let mut block = block;
        if let Some(value) = value {
            self.writes.push(result);
            block.push(Statement::Set { local: result, value });
        }
        let (reject, line) = (Vec::new(), right.line);
        self.emit(Statement::If { condition, accept: block, reject, meets: false, line });
        Ok(self.local(result))
    }

    /// `left op right` for arithmetic, bits and shifts.
    pub(super) fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
        line: u32,
    ) -> Lowered<ExprId> {
        let Some(scalar) = self.scalar_of(left) else {
            return Err(self.stop(line, "devices know this operator on numbers and booleans only"));
        };
        if scalar == Scalar::Bool {
            let op = match op {
                BinaryOp::BitAnd => ir::BinaryOp::And,
                BinaryOp::BitOr => ir::BinaryOp::Or,
                BinaryOp::BitXor => ir::BinaryOp::NotEqual,
                _ => return Err(self.stop(line, "`bool` has no arithmetic")),
            };
            return Ok(self.binary(op, left, right));
        }
        let faults = self.overflow_faults() || scalar == Scalar::Usize;
        let op = match op {
            BinaryOp::BitAnd => ir::BinaryOp::BitAnd,
            BinaryOp::BitOr => ir::BinaryOp::BitOr,
            BinaryOp::BitXor => ir::BinaryOp::BitXor,
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => {
                return Ok(self.shift(op == BinaryOp::ShiftLeft, left, right, faults, line));
            }
            BinaryOp::Divide if !scalar.is_float() => {
                return Ok(self.checked(CheckedOp::Divide, left, right, line));
            }
            BinaryOp::Remainder if !scalar.is_float() => {
                return Ok(self.checked(CheckedOp::Remainder, left, right, line));
            }
            BinaryOp::Divide => ir::BinaryOp::Divide,
            BinaryOp::Remainder => ir::BinaryOp::Remainder,
            BinaryOp::Add if faults && !scalar.is_float() => {
                return Ok(self.checked(CheckedOp::Add, left, right, line));
            }
            BinaryOp::Subtract if faults && !scalar.is_float() => {
                return Ok(self.checked(CheckedOp::Subtract, left, right, line));
            }
            BinaryOp::Multiply if faults && !scalar.is_float() => {
                return Ok(self.checked(CheckedOp::Multiply, left, right, line));
            }
            BinaryOp::Add => ir::BinaryOp::Add,
            BinaryOp::Subtract => ir::BinaryOp::Subtract,
            BinaryOp::Multiply => ir::BinaryOp::Multiply,
            _ => return Err(self.stop(line, "this operator gives a `bool`")),
        };
        Ok(self.binary(op, left, right))
    }

    /// Arithmetic that can fault.
    pub(super) fn checked(&mut self, op: CheckedOp, left: ExprId, right: ExprId, line: u32) -> ExprId {
        let ty =
            if op == CheckedOp::ToUsize { self.linker.scalar(Scalar::Usize) } else { self.type_of(left) };
        let local = self.temporary(ty);
        let line = self.line(line);
        self.emit(Statement::Checked { local, op, left, right, line });
        self.local(local)
    }

    /// `value as usize`, where that can lose bits on some device.
    pub(super) fn as_usize(&mut self, value: ExprId, line: u32) -> ExprId {
        self.checked(CheckedOp::ToUsize, value, value, line)
    }

    fn shift(&mut self, left_wards: bool, left: ExprId, distance: ExprId, faults: bool, line: u32) -> ExprId {
        let distance = self.distance(distance, faults);
        if faults {
            let op = if left_wards { CheckedOp::ShiftLeft } else { CheckedOp::ShiftRight };
            return self.checked(op, left, distance, line);
        }
        let op = if left_wards { ir::BinaryOp::ShiftLeft } else { ir::BinaryOp::ShiftRight };
        self.binary(op, left, distance)
    }

    /// The distance of a shift as a `u32`. One that does not fit stays too large where that is a fault.
    fn distance(&mut self, distance: ExprId, faults: bool) -> ExprId {
        let scalar = self.scalar_of(distance).unwrap_or(Scalar::U32);
        let u32_ty = self.linker.scalar(Scalar::U32);
        if scalar == Scalar::U32 {
            return distance;
        }
        if let ExpressionKind::Literal(Literal::Int(value)) = self.expressions[distance.0 as usize].kind
            && (0..=i128::from(u32::MAX)).contains(&value)
        {
            return self.int(value, Scalar::U32);
        }
        let wide = matches!(scalar, Scalar::I64 | Scalar::U64 | Scalar::Usize);
        if !faults || !wide {
            return self.push(ExpressionKind::Cast(distance), u32_ty);
        }
        let distance = if scalar == Scalar::I64 {
            let u64_ty = self.linker.scalar(Scalar::U64);
            self.push(ExpressionKind::Bitcast(distance), u64_ty)
        } else {
            distance
        };
        let scalar = if scalar == Scalar::I64 { Scalar::U64 } else { scalar };
        let most = self.int(255, scalar);
        let distance = self.math(MathFunction::Min, &[distance, most], scalar);
        self.push(ExpressionKind::Cast(distance), u32_ty)
    }

    /// `-value`.
    pub(super) fn negate(&mut self, value: ExprId, line: u32) -> ExprId {
        let float = self.scalar_of(value).is_some_and(Scalar::is_float);
        if float || !self.overflow_faults() {
            return self.unary(UnaryOp::Negate, value);
        }
        self.checked(CheckedOp::Negate, value, value, line)
    }

    /// The smallest value of an integer.
    pub(super) fn min_of(&mut self, scalar: Scalar) -> ExprId {
        self.int(range(scalar).0, scalar)
    }
}

/// The comparison that an operator is.
pub(super) const fn comparison(op: BinaryOp) -> ir::BinaryOp {
    match op {
        BinaryOp::NotEqual => ir::BinaryOp::NotEqual,
        BinaryOp::Less => ir::BinaryOp::Less,
        BinaryOp::LessEqual => ir::BinaryOp::LessEqual,
        BinaryOp::Greater => ir::BinaryOp::Greater,
        BinaryOp::GreaterEqual => ir::BinaryOp::GreaterEqual,
        _ => ir::BinaryOp::Equal,
    }
}
