//! Checks of statements.

use super::error::Invalid;
use super::flow::Flow;
use crate::ir::{
    CellOp, CheckedOp, ExprId, Function, LocalId, Module, Place, Root, Scalar, Statement, Type, TypeId,
};

/// What a check gives.
pub(super) type Checked<T = ()> = Result<T, Invalid>;

/// Checks one function.
pub(super) struct Checker<'m> {
    pub(super) module: &'m Module,
    /// The function's number; what it calls comes before.
    number: usize,
    pub(super) function: &'m Function,
    /// For a handler, the types of the state and of the message.
    pub(super) roots: Option<(TypeId, TypeId)>,
    pub(super) cooperative: bool,
}

impl<'m> Checker<'m> {
    pub(super) fn new(
        module: &'m Module,
        number: usize,
        roots: Option<(TypeId, TypeId)>,
        cooperative: bool,
    ) -> Self {
        Self { module, number, function: &module.functions[number], roots, cooperative }
    }

    pub(super) fn check(&self) -> Checked {
        for local in &self.function.locals {
            self.holds(self.is_value(local.ty), || format!("a local has type {}", self.show(local.ty)))?;
        }
        self.expressions()?;
        let mut flow = Flow { known: self.function.parameters.clone(), ..Flow::default() };
        self.block(&self.function.body, &mut flow)?;
        let gives = *self.get(self.function.result) != Type::Unit;
        self.holds(!gives || returns(&self.function.body), || {
            "a way through it ends without a value".to_owned()
        })
    }

    pub(super) fn get(&self, ty: TypeId) -> &Type {
        self.module.types.get(ty)
    }

    pub(super) fn ty(&self, expr: ExprId) -> TypeId {
        self.function.expressions[expr.0 as usize].ty
    }

    pub(super) fn expr(&self, expr: ExprId) -> Checked<TypeId> {
        match self.function.expressions.get(expr.0 as usize) {
            Some(expression) => Ok(expression.ty),
            None => Err(self.order("expression", expr.0)),
        }
    }

    pub(super) fn local(&self, local: LocalId) -> Checked<TypeId> {
        match self.function.locals.get(local.0 as usize) {
            Some(local) => Ok(local.ty),
            None => Err(self.order("local", local.0)),
        }
    }

    pub(super) fn order(&self, what: &'static str, index: u32) -> Invalid {
        Invalid::Order { function: self.function.name.clone(), what, index }
    }

    pub(super) fn show(&self, ty: TypeId) -> String {
        crate::ir::type_name(&self.module.types, ty)
    }

    pub(super) fn holds(&self, holds: bool, what: impl FnOnce() -> String) -> Checked {
        if holds {
            return Ok(());
        }
        Err(Invalid::Misplaced { function: self.function.name.clone(), what: what() })
    }

    pub(super) fn same(&self, what: &str, expected: TypeId, found: TypeId) -> Checked {
        if expected == found {
            return Ok(());
        }
        Err(Invalid::Type {
            function: self.function.name.clone(),
            what: what.to_owned(),
            expected: self.show(expected),
            found: self.show(found),
        })
    }

    pub(super) fn scalar(&self, what: &str, ty: TypeId, among: &[Scalar]) -> Checked {
        let fits = matches!(self.get(ty), Type::Scalar(scalar) if among.contains(scalar));
        self.holds(fits, || format!("{what} is {}, not {among:?}", self.show(ty)))
    }

    /// Whether a local can have this type.
    pub(super) fn is_value(&self, ty: TypeId) -> bool {
        match self.get(ty) {
            Type::Unit | Type::Cell { .. } | Type::BlockArray(_) => false,
            Type::Struct(layout) => layout.fields.iter().all(|field| self.is_value(field.ty)),
            Type::Tuple(parts) => !parts.is_empty() && parts.iter().all(|part| self.is_value(*part)),
            Type::Array { element, .. } | Type::Vec(element) => self.is_value(*element),
            _ => true,
        }
    }

    fn block(&self, block: &[Statement], flow: &mut Flow) -> Checked {
        let known = flow.known.len();
        let result = block.iter().try_for_each(|statement| self.statement(statement, flow));
        flow.known.truncate(known);
        result
    }

    fn is_mutable(&self, place: &Place) -> Checked {
        let mutable = match place.root {
            Root::Local(local) => self.function.locals[local.0 as usize].mutable,
            Root::Message => false,
            _ => true,
        };
        self.holds(mutable, || format!("{:?} is written to", place.root))
    }

    fn statement(&self, statement: &Statement, flow: &mut Flow) -> Checked {
        match statement {
            Statement::Set { local, value } => {
                let ty = self.used(*value, flow)?;
                self.given(*local, ty, flow)
            }
            Statement::Load { local, place } => {
                let ty = self.used_place(place, flow)?;
                self.given(*local, ty, flow)
            }
            Statement::Store { place, value } => {
                let ty = self.used(*value, flow)?;
                self.used_place(place, flow)?;
                self.is_mutable(place)?;
                self.same("a store", place.ty, ty)
            }
            Statement::Checked { local, op, left, right, .. } => {
                let (left, right) = (self.used(*left, flow)?, self.used(*right, flow)?);
                let ty = self.checked(*op, left, right, self.local(*local)?)?;
                self.given(*local, ty, flow)
            }
            Statement::Require { condition, .. } => {
                let ty = self.used(*condition, flow)?;
                self.scalar("what is required", ty, &[Scalar::Bool])
            }
            Statement::Fail { code, .. } => {
                let ty = self.used(*code, flow)?;
                self.scalar("a code", ty, &[Scalar::U32])
            }
            Statement::Call { function, arguments, result } => {
                self.holds((function.0 as usize) < self.number, || "it calls what comes later".to_owned())?;
                let callee = &self.module.functions[function.0 as usize];
                self.holds(callee.parameters.len() == arguments.len(), || {
                    format!("{} takes {} arguments", callee.name, callee.parameters.len())
                })?;
                for (parameter, argument) in callee.parameters.iter().zip(arguments) {
                    let ty = self.used(*argument, flow)?;
                    self.same("an argument", callee.locals[parameter.0 as usize].ty, ty)?;
                }
                result.map_or(Ok(()), |result| self.given(result, callee.result, flow))
            }
            Statement::Context { op, result, .. } => {
                let ty = self.context(op, flow)?;
                match (result, ty) {
                    (None, _) => Ok(()),
                    (Some(result), Some(ty)) => {
                        let found = self.local(*result)?;
                        self.holds(self.show(found) == ty, || format!("{op:?} gives {ty}"))?;
                        self.given(*result, found, flow)
                    }
                    (Some(_), None) => self.holds(false, || format!("{op:?} gives nothing")),
                }
            }
            Statement::Cell { op, place, arguments, result, .. } => {
                self.cell(*op, place, arguments, *result, flow)
            }
            Statement::VecNew { local, capacity, .. } => {
                let capacity = self.used(*capacity, flow)?;
                self.scalar("a capacity", capacity, &[Scalar::Usize])?;
                let ty = self.local(*local)?;
                self.holds(matches!(self.get(ty), Type::Vec(_)), || "this is no vector".to_owned())?;
                self.given(*local, ty, flow)
            }
            Statement::VecPush { vector, value, .. } => {
                let element = self.vector(vector, flow)?;
                let value = self.used(*value, flow)?;
                self.same("what is pushed", element, value)
            }
            Statement::VecPop { vector, local } => {
                let element = self.vector(vector, flow)?;
                let ty = self.local(*local)?;
                let fits = matches!(self.get(ty), Type::Option(inner) if *inner == element);
                self.holds(fits, || "what is popped is no option of an element".to_owned())?;
                self.given(*local, ty, flow)
            }
            Statement::VecTruncate { vector, len } => {
                self.vector(vector, flow)?;
                let len = self.used(*len, flow)?;
                self.scalar("a length", len, &[Scalar::Usize])
            }
            Statement::If { condition, accept, reject, .. } => {
                let ty = self.used(*condition, flow)?;
                self.scalar("a condition", ty, &[Scalar::Bool])?;
                self.block(accept, flow)?;
                self.block(reject, flow)
            }
            Statement::Loop { label, body, .. } => {
                self.holds(flow.used_labels.insert(*label), || format!("the label {label} is used twice"))?;
                flow.labels.push(*label);
                let result = self.block(body, flow);
                flow.labels.pop();
                result
            }
            Statement::Break { label } | Statement::Continue { label } => {
                self.holds(flow.labels.contains(label), || format!("no loop {label} surrounds it"))
            }
            Statement::Return { value } => match value {
                Some(value) => {
                    let ty = self.used(*value, flow)?;
                    self.same("what is returned", self.function.result, ty)
                }
                None => self.holds(*self.get(self.function.result) == Type::Unit, || {
                    "it returns without its value".to_owned()
                }),
            },
        }
    }

    fn checked(&self, op: CheckedOp, left: TypeId, right: TypeId, result: TypeId) -> Checked<TypeId> {
        let what = format!("{op:?}");
        let integer = |ty: TypeId| matches!(self.get(ty), Type::Scalar(scalar) if scalar.is_integer());
        match op {
            CheckedOp::ToUsize => {
                let number = matches!(self.get(left), Type::Scalar(_) | Type::Enum { .. });
                self.holds(number, || what.clone())?;
                self.scalar(&what, result, &[Scalar::Usize])?;
                return Ok(result);
            }
            CheckedOp::Negate => {
                let signed = matches!(self.get(left), Type::Scalar(scalar) if scalar.is_signed());
                self.holds(signed, || what.clone())?;
            }
            CheckedOp::ShiftLeft | CheckedOp::ShiftRight => {
                self.holds(integer(left), || what.clone())?;
                self.scalar(&what, right, &[Scalar::U32])?;
            }
            _ => {
                self.holds(integer(left), || what.clone())?;
                self.same(&what, left, right)?;
            }
        }
        Ok(left)
    }

    fn vector(&self, place: &Place, flow: &Flow) -> Checked<TypeId> {
        let ty = self.used_place(place, flow)?;
        self.is_mutable(place)?;
        match self.get(ty) {
            Type::Vec(element) if matches!(place.root, Root::Local(_)) => Ok(*element),
            _ => Err(Invalid::Misplaced {
                function: self.function.name.clone(),
                what: "only a vector in a local can be changed".to_owned(),
            }),
        }
    }

    fn cell(
        &self,
        op: CellOp,
        place: &Place,
        arguments: &[ExprId],
        result: Option<LocalId>,
        flow: &mut Flow,
    ) -> Checked {
        let ty = self.used_place(place, flow)?;
        let element = match self.get(ty) {
            Type::Cell { element, len: None, .. } => *element,
            _ => ty,
        };
        let count = match op {
            CellOp::Get | CellOp::Load => 0,
            CellOp::CompareExchange => 2,
            _ => 1,
        };
        self.holds(arguments.len() == count, || format!("{op:?} takes {count} arguments"))?;
        for argument in arguments {
            let found = self.used(*argument, flow)?;
            self.same(&format!("{op:?}"), element, found)?;
        }
        self.holds(self.cooperative, || format!("{op:?} in a kernel of one lane"))?;
        let Some(result) = result else { return Ok(()) };
        let found = self.local(result)?;
        let fits = match op {
            CellOp::CompareExchange => {
                matches!(self.get(found), Type::Result(value, error) if *value == element && *error == element)
            }
            CellOp::Set | CellOp::Store => false,
            _ => found == element,
        };
        self.holds(fits, || format!("{op:?} does not give {}", self.show(found)))?;
        self.given(result, found, flow)
    }
}

/// Whether every way through a block ends in a `Return`, or never ends.
fn returns(block: &[Statement]) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Return { .. } => true,
        Statement::If { accept, reject, .. } => returns(accept) && returns(reject),
        Statement::Loop { label, body, .. } => !breaks(body, *label),
        _ => false,
    })
}

fn breaks(block: &[Statement], of: u32) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Break { label } => *label == of,
        Statement::If { accept, reject, .. } => breaks(accept, of) || breaks(reject, of),
        Statement::Loop { body, .. } => breaks(body, of),
        _ => false,
    })
}
