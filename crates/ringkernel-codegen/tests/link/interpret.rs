//! Runs modules without any device: a small interpreter of the typed language, for functions that take and give values.

use std::rc::Rc;

use ringkernel_codegen::ir::*;

use super::value::Value;

/// How a function ends.
enum Flow {
    On,
    Break(u32),
    Continue(u32),
    Return(Value),
    Fault(FaultKind),
}

struct Machine<'m> {
    module: &'m Module,
    function: &'m Function,
    locals: Vec<Value>,
}

/// What a function gives, or why it faults.
pub(crate) fn run(module: &Module, name: &str, arguments: Vec<Value>) -> Result<Value, FaultKind> {
    let function = module.functions.iter().find(|function| function.name == name).expect("it is there");
    call(module, function, arguments)
}

fn call(module: &Module, function: &Function, arguments: Vec<Value>) -> Result<Value, FaultKind> {
    let locals = function.locals.iter().map(|local| zero(module, local.ty)).collect();
    let mut machine = Machine { module, function, locals };
    for (parameter, argument) in function.parameters.iter().zip(arguments) {
        machine.locals[parameter.0 as usize] = argument;
    }
    match machine.block(&function.body) {
        Flow::Return(value) => Ok(value),
        Flow::Fault(kind) => Err(kind),
        _ => Ok(Value::Unit),
    }
}

fn zero(module: &Module, ty: TypeId) -> Value {
    match module.types.get(ty) {
        Type::Scalar(Scalar::Bool) => Value::Bool(false),
        Type::Scalar(Scalar::F32) => Value::F32(0.0),
        Type::Scalar(Scalar::F64) => Value::F64(0.0),
        Type::Scalar(_) | Type::Enum { .. } => Value::Int(0),
        Type::Tuple(parts) => Value::Parts(parts.iter().map(|part| zero(module, *part)).collect(), '('),
        Type::Struct(layout) => {
            Value::Parts(layout.fields.iter().map(|field| zero(module, field.ty)).collect(), '(')
        }
        Type::Array { element, len } => Value::Parts(vec![zero(module, *element); *len as usize], '['),
        Type::Option(_) => Value::Option(None),
        Type::Result(_, error) => Value::Result(Err(Box::new(zero(module, *error)))),
        Type::Vec(_) => Value::Vec(Rc::default()),
        _ => Value::Unit,
    }
}

fn range(scalar: Scalar) -> (i128, i128) {
    let bits = scalar.size() * 8;
    if scalar.is_signed() { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}

fn wrap(value: i128, scalar: Scalar) -> i128 {
    let (min, max) = range(scalar);
    (value - min).rem_euclid(max - min + 1) + min
}

impl Machine<'_> {
    fn scalar(&self, ty: TypeId) -> Scalar {
        match self.module.types.get(ty) {
            Type::Scalar(scalar) | Type::Enum { repr: scalar, .. } => *scalar,
            other => panic!("{other:?} is no scalar"),
        }
    }

    fn of(&self, expr: ExprId) -> Scalar {
        self.scalar(self.function.expressions[expr.0 as usize].ty)
    }

    fn block(&mut self, block: &[Statement]) -> Flow {
        for statement in block {
            match self.statement(statement) {
                Flow::On => {}
                other => return other,
            }
        }
        Flow::On
    }

    fn set(&mut self, local: LocalId, value: Value) {
        self.locals[local.0 as usize] = value;
    }

    fn statement(&mut self, statement: &Statement) -> Flow {
        match statement {
            Statement::Set { local, value } => {
                let value = self.value(*value);
                self.set(*local, value);
            }
            Statement::Load { local, place } => match self.place(place, None) {
                Some(value) => self.set(*local, value),
                None => return Flow::Fault(FaultKind::IndexOutOfBounds),
            },
            Statement::Store { place, value } => {
                let value = self.value(*value);
                if self.place(place, Some(value)).is_none() {
                    return Flow::Fault(FaultKind::IndexOutOfBounds);
                }
            }
            Statement::Checked { local, op, left, right, .. } => {
                match self.checked(*op, *left, *right) {
                    Ok(value) => self.set(*local, Value::Int(value)),
                    Err(kind) => return Flow::Fault(kind),
                };
            }
            Statement::Require { condition, kind, .. } => {
                if !self.value(*condition).bool() {
                    return Flow::Fault(*kind);
                }
            }
            Statement::Call { function, arguments, result } => {
                let arguments = arguments.iter().map(|argument| self.value(*argument)).collect();
                match (call(self.module, &self.module.functions[function.0 as usize], arguments), result) {
                    (Err(kind), _) => return Flow::Fault(kind),
                    (Ok(value), Some(result)) => self.set(*result, value),
                    _ => {}
                }
            }
            Statement::VecNew { local, .. } => self.set(*local, Value::Vec(Rc::default())),
            Statement::VecPush { vector, value, .. } => {
                let value = self.value(*value);
                let Some(Value::Vec(vector)) = self.place(vector, None) else { panic!("no vector") };
                vector.borrow_mut().push(value);
            }
            Statement::VecPop { vector, local } => {
                let Some(Value::Vec(vector)) = self.place(vector, None) else { panic!("no vector") };
                let last = vector.borrow_mut().pop();
                self.set(*local, Value::Option(last.map(Box::new)));
            }
            Statement::VecTruncate { vector, len } => {
                let len = self.value(*len).int() as usize;
                let Some(Value::Vec(vector)) = self.place(vector, None) else { panic!("no vector") };
                vector.borrow_mut().truncate(len);
            }
            Statement::If { condition, accept, reject, .. } => {
                let taken = if self.value(*condition).bool() { accept } else { reject };
                return self.block(taken);
            }
            Statement::Loop { label, body, .. } => loop {
                match self.block(body) {
                    Flow::On => {}
                    Flow::Break(of) if of == *label => break,
                    Flow::Continue(of) if of == *label => {}
                    other => return other,
                }
            },
            Statement::Break { label } => return Flow::Break(*label),
            Statement::Continue { label } => return Flow::Continue(*label),
            Statement::Return { value } => {
                return Flow::Return(value.map_or(Value::Unit, |value| self.value(value)));
            }
            other => panic!("{other:?} needs a device"),
        }
        Flow::On
    }

    /// Reads a place, or writes to it.
    fn place(&mut self, place: &Place, write: Option<Value>) -> Option<Value> {
        let mut indices = Vec::new();
        for projection in &place.projections {
            indices.push(match projection {
                Projection::Part(part) => *part as usize,
                Projection::Index(index) => self.value(*index).int() as usize,
            });
        }
        if let Root::Vector(vector) = place.root {
            let Value::Vec(vector) = self.value(vector) else { panic!("no vector") };
            let mut vector = vector.borrow_mut();
            let element = vector.get_mut(indices[0])?;
            return within(element, &indices[1..], write);
        }
        let Root::Local(local) = place.root else { panic!("{:?} needs a device", place.root) };
        within(&mut self.locals[local.0 as usize], &indices, write)
    }

    fn checked(&self, op: CheckedOp, left: ExprId, right: ExprId) -> Result<i128, FaultKind> {
        let value = self.value(left);
        let scalar = if op == CheckedOp::ToUsize { Scalar::Usize } else { self.of(left) };
        if let Value::F64(value) = value {
            return Ok(value as usize as i128);
        }
        if let Value::F32(value) = value {
            return Ok(value as usize as i128);
        }
        let (a, b) = (value.int(), self.value(right).int());
        let (min, max) = range(scalar);
        let exact = match op {
            CheckedOp::Add => a + b,
            CheckedOp::Subtract => a - b,
            CheckedOp::Multiply => a.checked_mul(b).unwrap_or(i128::MAX),
            CheckedOp::Divide
            | CheckedOp::Remainder
            | CheckedOp::WrappingDivide
            | CheckedOp::WrappingRemainder
                if b == 0 =>
            {
                return Err(FaultKind::DivisionByZero);
            }
            CheckedOp::Divide => a / b,
            CheckedOp::Remainder if a == min && b == -1 => max + 1,
            CheckedOp::Remainder | CheckedOp::WrappingRemainder => a % b,
            CheckedOp::WrappingDivide => wrap(a / b, scalar),
            CheckedOp::Negate => -a,
            CheckedOp::ShiftLeft | CheckedOp::ShiftRight if b >= i128::from(scalar.size() * 8) => max + 1,
            CheckedOp::ShiftLeft => wrap(a << b, scalar),
            CheckedOp::ShiftRight => a >> b,
            CheckedOp::ToUsize => wrap(a, scalar),
        };
        if (min..=max).contains(&exact) { Ok(exact) } else { Err(FaultKind::ArithmeticOverflow) }
    }

    fn value(&self, id: ExprId) -> Value {
        use ExpressionKind as E;
        let expression = &self.function.expressions[id.0 as usize];
        let value = |expr: &ExprId| self.value(*expr);
        let inner = |expr: &Option<ExprId>| Box::new(expr.map_or(Value::Unit, |expr| self.value(expr)));
        match &expression.kind {
            E::Literal(Literal::Bool(value)) => Value::Bool(*value),
            E::Literal(Literal::Int(value)) => Value::Int(*value),
            E::Literal(Literal::F32(bits)) => Value::F32(f32::from_bits(*bits)),
            E::Literal(Literal::F64(bits)) => Value::F64(f64::from_bits(*bits)),
            E::Zero => zero(self.module, expression.ty),
            E::Local(local) => self.locals[local.0 as usize].clone(),
            E::Unary(op, of) => match (op, value(of)) {
                (UnaryOp::Not, Value::Bool(value)) => Value::Bool(!value),
                (UnaryOp::Not, of) => Value::Int(wrap(!of.int(), self.scalar(expression.ty))),
                (UnaryOp::Negate, Value::F32(value)) => Value::F32(-value),
                (UnaryOp::Negate, Value::F64(value)) => Value::F64(-value),
                (UnaryOp::Negate, of) => Value::Int(wrap(-of.int(), self.scalar(expression.ty))),
            },
            E::Binary(op, left, right) => self.binary(*op, *left, *right),
            E::Cast(of) | E::Bitcast(of) => {
                let bits = matches!(expression.kind, E::Bitcast(_));
                cast(value(of), self.scalar(expression.ty), bits)
            }
            E::Math(function, operands) => self.math(*function, operands, expression.ty),
            E::Compose(parts) => {
                let kind = if matches!(self.module.types.get(expression.ty), Type::Array { .. }) {
                    '['
                } else {
                    '('
                };
                Value::Parts(parts.iter().map(value).collect(), kind)
            }
            E::Repeat(of) => match self.module.types.get(expression.ty) {
                Type::Array { len, .. } => Value::Parts(vec![value(of); *len as usize], '['),
                other => panic!("{other:?}"),
            },
            E::Part(of, part) | E::Element(of, part) => match value(of) {
                Value::Parts(parts, _) => parts[*part as usize].clone(),
                other => panic!("{other:?} has no parts"),
            },
            E::Some(of) => Value::Option(Some(inner(of))),
            E::Ok(of) => Value::Result(Ok(inner(of))),
            E::Err(of) => Value::Result(Err(inner(of))),
            E::IsSome(of) => Value::Bool(matches!(value(of), Value::Option(Some(_)))),
            E::IsOk(of) => Value::Bool(matches!(value(of), Value::Result(Ok(_)))),
            E::SomeValue(of) => match value(of) {
                Value::Option(Some(value)) => *value,
                _ => zero(self.module, expression.ty),
            },
            E::OkValue(of) => match value(of) {
                Value::Result(Ok(value)) => *value,
                _ => zero(self.module, expression.ty),
            },
            E::ErrValue(of) => match value(of) {
                Value::Result(Err(value)) => *value,
                _ => zero(self.module, expression.ty),
            },
            E::Len(of) => match value(of) {
                Value::Vec(values) => Value::Int(values.borrow().len() as i128),
                other => panic!("{other:?} has no length"),
            },
            E::Select(condition, accept, reject) => {
                if value(condition).bool() {
                    value(accept)
                } else {
                    value(reject)
                }
            }
        }
    }

    fn binary(&self, op: BinaryOp, left: ExprId, right: ExprId) -> Value {
        use BinaryOp as B;
        let (a, b) = (self.value(left), self.value(right));
        match op {
            B::Equal => return Value::Bool(a.show() == b.show() && !a.show().contains("NaN")),
            B::NotEqual => return Value::Bool(a.show() != b.show() || a.show().contains("NaN")),
            B::And => return Value::Bool(a.bool() && b.bool()),
            B::Or => return Value::Bool(a.bool() || b.bool()),
            _ => {}
        }
        macro_rules! floats {
            ($a:ident, $b:ident, $variant:ident) => {
                match op {
                    B::Add => Value::$variant($a + $b),
                    B::Subtract => Value::$variant($a - $b),
                    B::Multiply => Value::$variant($a * $b),
                    B::Divide => Value::$variant($a / $b),
                    B::Remainder => Value::$variant($a % $b),
                    B::Less => Value::Bool($a < $b),
                    B::LessEqual => Value::Bool($a <= $b),
                    B::Greater => Value::Bool($a > $b),
                    B::GreaterEqual => Value::Bool($a >= $b),
                    other => panic!("{other:?} of floats"),
                }
            };
        }
        match (&a, &b) {
            (Value::F32(a), Value::F32(b)) => return floats!(a, b, F32),
            (Value::F64(a), Value::F64(b)) => return floats!(a, b, F64),
            _ => {}
        }
        let (a, b, scalar) = (a.int(), b.int(), self.of(left));
        let distance = b.rem_euclid(i128::from(scalar.size() * 8));
        Value::Int(match op {
            B::Add => wrap(a + b, scalar),
            B::Subtract => wrap(a - b, scalar),
            B::Multiply => wrap((a as u128).wrapping_mul(b as u128) as i128 & i128::from(u64::MAX), scalar),
            B::BitAnd => a & b,
            B::BitOr => a | b,
            B::BitXor => a ^ b,
            B::ShiftLeft => wrap(a << distance, scalar),
            B::ShiftRight => a >> distance,
            B::Less => return Value::Bool(a < b),
            B::LessEqual => return Value::Bool(a <= b),
            B::Greater => return Value::Bool(a > b),
            B::GreaterEqual => return Value::Bool(a >= b),
            other => panic!("{other:?} of integers"),
        })
    }

    fn math(&self, function: MathFunction, operands: &[ExprId], ty: TypeId) -> Value {
        use MathFunction as M;
        let values: Vec<Value> = operands.iter().map(|operand| self.value(*operand)).collect();
        macro_rules! floats {
            ($a:ident, $variant:ident) => {{
                let other = |index: usize| match &values[index] {
                    Value::$variant(value) => *value,
                    value => panic!("{value:?}"),
                };
                return match function {
                    M::Min => Value::$variant($a.min(other(1))),
                    M::Max => Value::$variant($a.max(other(1))),
                    M::Abs => Value::$variant($a.abs()),
                    M::Sqrt => Value::$variant($a.sqrt()),
                    M::Floor => Value::$variant($a.floor()),
                    M::MulAdd => Value::$variant($a.mul_add(other(1), other(2))),
                    M::Copysign => Value::$variant($a.copysign(other(1))),
                    M::IsNan => Value::Bool($a.is_nan()),
                    M::IsSignNegative => Value::Bool($a.is_sign_negative()),
                    other => panic!("{other:?} is not interpreted"),
                };
            }};
        }
        match &values[0] {
            Value::F32(a) => floats!(a, F32),
            Value::F64(a) => floats!(a, F64),
            _ => {}
        }
        let scalar = self.of(operands[0]);
        let (min, max) = range(scalar);
        let bits = scalar.size() * 8;
        let (a, b) = (values[0].int(), values.get(1).map_or(0, Value::int));
        let raw = (a as u128 & ((1u128 << bits) - 1)) as u64;
        let outside = |value: i128| Value::Bool(!(min..=max).contains(&value));
        let product = a.checked_mul(b).unwrap_or(i128::MAX);
        let rotated = |left: i128| {
            let by = left.rem_euclid(i128::from(bits)) as u32;
            let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
            let value = if by == 0 { raw } else { (raw << by | raw >> (bits - by)) & mask };
            wrap(value.into(), scalar)
        };
        Value::Int(match function {
            M::Min => a.min(b),
            M::Max => a.max(b),
            M::Abs => wrap(a.abs(), scalar),
            M::SaturatingAdd => (a + b).clamp(min, max),
            M::SaturatingSubtract => (a - b).clamp(min, max),
            M::SaturatingMultiply => product.clamp(min, max),
            M::AddOverflows => return outside(a + b),
            M::SubtractOverflows => return outside(a - b),
            M::MultiplyOverflows => return outside(product),
            M::CountOnes => raw.count_ones().into(),
            M::LeadingZeros => (raw.leading_zeros() - (64 - bits)).into(),
            M::TrailingZeros => raw.trailing_zeros().min(bits).into(),
            M::RotateLeft => rotated(b),
            M::RotateRight => rotated(-b),
            M::AbsDiff => wrap((a - b).abs(), self.scalar(ty)),
            M::Signum => a.signum(),
            other => panic!("{other:?} is not interpreted"),
        })
    }
}

fn within(value: &mut Value, way: &[usize], write: Option<Value>) -> Option<Value> {
    let Some((first, rest)) = way.split_first() else {
        if let Some(write) = write {
            *value = write;
        }
        return Some(value.clone());
    };
    match value {
        Value::Parts(parts, _) => within(parts.get_mut(*first)?, rest, write),
        Value::Option(Some(inner)) => within(inner, rest, write),
        other => panic!("{other:?} has no parts"),
    }
}

fn cast(value: Value, to: Scalar, bits: bool) -> Value {
    macro_rules! float_to_int {
        ($value:expr) => {
            match to {
                Scalar::I8 => ($value as i8).into(),
                Scalar::I16 => ($value as i16).into(),
                Scalar::I32 => ($value as i32).into(),
                Scalar::I64 => ($value as i64).into(),
                Scalar::U8 => ($value as u8).into(),
                Scalar::U16 => ($value as u16).into(),
                Scalar::U32 => ($value as u32).into(),
                _ => i128::from($value as u64),
            }
        };
    }
    match (value, to) {
        (Value::F32(value), Scalar::F32) => Value::F32(value),
        (Value::F32(value), Scalar::U32) if bits => Value::Int(value.to_bits().into()),
        (Value::F64(value), Scalar::U64) if bits => Value::Int(value.to_bits().into()),
        (Value::F32(value), Scalar::F64) => Value::F64(value.into()),
        (Value::F64(value), Scalar::F32) => Value::F32(value as f32),
        (Value::F64(value), Scalar::F64) => Value::F64(value),
        (Value::F32(value), _) => Value::Int(float_to_int!(value)),
        (Value::F64(value), _) => Value::Int(float_to_int!(value)),
        (value, Scalar::F32) if bits => Value::F32(f32::from_bits(value.int() as u32)),
        (value, Scalar::F64) if bits => Value::F64(f64::from_bits(value.int() as u64)),
        (value, Scalar::F32) => Value::F32(value.int() as f32),
        (value, Scalar::F64) => Value::F64(value.int() as f64),
        (value, to) => Value::Int(wrap(value.int(), to)),
    }
}
