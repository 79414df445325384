//! A compact text of modules, for tests and for people who want to see what a kernel has become.

use std::fmt::{self, Write};

use super::{
    Block, ExprId, ExpressionKind as E, Function, Literal, Module, Place, Projection, Root, Statement,
};
use super::{Scalar, Type, TypeId, Types};

/// The name of a type, as in Rust.
pub fn type_name(types: &Types, ty: TypeId) -> String {
    let name = |ty: &TypeId| type_name(types, *ty);
    match types.get(ty) {
        Type::Unit => "()".to_owned(),
        Type::Scalar(Scalar::Usize) => "usize".to_owned(),
        Type::Scalar(scalar) => format!("{scalar:?}").to_lowercase(),
        Type::Enum { name, .. } => name.clone(),
        Type::Struct(layout) => layout.name.clone(),
        Type::Tuple(parts) => format!("({})", parts.iter().map(name).collect::<Vec<_>>().join(", ")),
        Type::Array { element, len } => format!("[{}; {len}]", name(element)),
        Type::Option(value) => format!("Option<{}>", name(value)),
        Type::Result(value, error) => format!("Result<{}, {}>", name(value), name(error)),
        Type::Vec(element) => format!("Vec<{}>", name(element)),
        Type::Cell { kind, element, len } => match len {
            Some(len) => format!("{kind:?}Cells<{}; {len}>", name(element)),
            None => format!("{kind:?}Cell<{}>", name(element)),
        },
        Type::BlockArray(element) => format!("BlockArray<{}>", name(element)),
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for function in &self.functions {
            writeln!(f, "{}", Text { module: self, function })?;
        }
        for kernel in &self.kernels {
            let lanes = if kernel.cooperative { "cooperative " } else { "" };
            writeln!(f, "{lanes}kernel {:?} with {}", kernel.id, type_name(&self.types, kernel.state))?;
            for handler in &kernel.handlers {
                let message = &self.messages[handler.message.0 as usize].name;
                let function = &self.functions[handler.function.0 as usize].name;
                writeln!(f, "  {message} -> {function}, answers {:?}", handler.answer)?;
            }
        }
        Ok(())
    }
}

/// A function of a module, as text.
struct Text<'m> {
    module: &'m Module,
    function: &'m Function,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters: Vec<String> = self
            .function
            .parameters
            .iter()
            .map(|local| format!("{}: {}", self.local(local.0), self.local_type(local.0)))
            .collect();
        let result = type_name(&self.module.types, self.function.result);
        writeln!(f, "fn {}({}) -> {result} {{", self.function.name, parameters.join(", "))?;
        let mut text = String::new();
        self.block(&mut text, &self.function.body, 1)?;
        write!(f, "{text}}}")
    }
}

impl Text<'_> {
    fn local(&self, local: u32) -> String {
        let declared = &self.function.locals[local as usize];
        let mark = if declared.mutable { "~" } else { "" };
        format!("{mark}{}{local}", if declared.name.is_empty() { "_" } else { &declared.name })
    }

    fn local_type(&self, local: u32) -> String {
        type_name(&self.module.types, self.function.locals[local as usize].ty)
    }

    fn block(&self, out: &mut String, block: &Block, depth: usize) -> fmt::Result {
        for statement in block {
            self.statement(out, statement, depth)?;
        }
        Ok(())
    }

    fn statement(&self, out: &mut String, statement: &Statement, depth: usize) -> fmt::Result {
        write!(out, "{:1$}", "", depth * 2)?;
        let result = |local: &Option<super::LocalId>| {
            local.map_or(String::new(), |local| {
                format!("{}: {} = ", self.local(local.0), self.local_type(local.0))
            })
        };
        let at = |local: &super::LocalId| result(&Some(*local));
        let all = |exprs: &[ExprId]| exprs.iter().map(|expr| self.expr(*expr)).collect::<Vec<_>>().join(", ");
        match statement {
            Statement::Set { local, value } => writeln!(out, "{}{}", at(local), self.expr(*value)),
            Statement::Load { local, place } => writeln!(out, "{}load {}", at(local), self.place(place)),
            Statement::Store { place, value } => {
                writeln!(out, "store {} = {}", self.place(place), self.expr(*value))
            }
            Statement::Checked { local, op, left, right, line } => {
                let (left, right) = (self.expr(*left), self.expr(*right));
                writeln!(out, "{}checked {op:?}({left}, {right}) @{line}", at(local))
            }
            Statement::Require { condition, kind, line } => {
                writeln!(out, "require {} else {kind:?} @{line}", self.expr(*condition))
            }
            Statement::Fail { code, line } => writeln!(out, "fail {} @{line}", self.expr(*code)),
            Statement::Call { function, arguments, result: local } => {
                let callee = &self.module.functions[function.0 as usize].name;
                writeln!(out, "{}call {callee}({})", result(local), all(arguments))
            }
            Statement::Context { op, result: local, line } => {
                writeln!(out, "{}ctx {} @{line}", result(local), self.context(op))
            }
            Statement::Cell { op, place, arguments, result: local, line } => {
                writeln!(
                    out,
                    "{}cell {op:?} {} ({}) @{line}",
                    result(local),
                    self.place(place),
                    all(arguments)
                )
            }
            Statement::VecNew { local, capacity, line } => {
                writeln!(out, "{}new vector for {} @{line}", at(local), self.expr(*capacity))
            }
            Statement::VecPush { vector, value, line } => {
                writeln!(out, "push {} <- {} @{line}", self.place(vector), self.expr(*value))
            }
            Statement::VecPop { vector, local } => writeln!(out, "{}pop {}", at(local), self.place(vector)),
            Statement::VecTruncate { vector, len } => {
                writeln!(out, "truncate {} to {}", self.place(vector), self.expr(*len))
            }
            Statement::If { condition, accept, reject, meets, line } => {
                let condition = self.expr(*condition);
                match meets {
                    true => writeln!(out, "if meets {condition} @{line} {{")?,
                    false => writeln!(out, "if {condition} {{")?,
                }
                self.block(out, accept, depth + 1)?;
                if !reject.is_empty() {
                    writeln!(out, "{:1$}}} else {{", "", depth * 2)?;
                    self.block(out, reject, depth + 1)?;
                }
                writeln!(out, "{:1$}}}", "", depth * 2)
            }
            Statement::Loop { label, body, meets } => {
                let mark = if *meets { " meets" } else { "" };
                writeln!(out, "loop{mark} {label} {{")?;
                self.block(out, body, depth + 1)?;
                writeln!(out, "{:1$}}}", "", depth * 2)
            }
            Statement::Break { label } => writeln!(out, "break {label}"),
            Statement::Continue { label } => writeln!(out, "continue {label}"),
            Statement::Return { value: None } => writeln!(out, "return"),
            Statement::Return { value: Some(value) } => writeln!(out, "return {}", self.expr(*value)),
        }
    }

    fn place(&self, place: &Place) -> String {
        let mut text = match place.root {
            Root::Local(local) => self.local(local.0),
            Root::State => "state".to_owned(),
            Root::Message => "message".to_owned(),
            Root::Vector(vector) => format!("*{}", self.expr(vector)),
            Root::BlockArray(number) => format!("block{number}"),
        };
        for projection in &place.projections {
            let _ = match projection {
                Projection::Part(part) => write!(text, ".{part}"),
                Projection::Index(index) => write!(text, "[{}]", self.expr(*index)),
            };
        }
        text
    }

    /// The operation, with expressions in the place of their numbers.
    fn context(&self, op: &super::ContextOp) -> String {
        use super::ContextOp as C;
        let message = |index: &super::MessageIndex| {
            let name = &self.module.messages[index.0 as usize].name;
            name.rsplit("::").next().unwrap_or(name).to_owned()
        };
        let name = |number: &u32| format!("{:?}", self.module.names[*number as usize]);
        match op {
            C::UpdateClock(stamp) => format!("UpdateClock({})", self.expr(*stamp)),
            C::EnqueueOutput { message: index, value } => {
                format!("EnqueueOutput({} {})", message(index), self.expr(*value))
            }
            C::SendToActor { target, message: index, value } => {
                format!("SendToActor({}, {} {})", self.expr(*target), message(index), self.expr(*value))
            }
            C::SendToName { name: number, message: index, value } => {
                format!("SendToName({}, {} {})", name(number), message(index), self.expr(*value))
            }
            C::RequestActor { target, message: index, value } => {
                format!("RequestActor({}, {} {})", self.expr(*target), message(index), self.expr(*value))
            }
            C::RequestName { name: number, message: index, value } => {
                format!("RequestName({}, {} {})", name(number), message(index), self.expr(*value))
            }
            C::PollActor { source, message: index } => {
                format!("PollActor({}, {})", self.expr(*source), message(index))
            }
            C::PollName { name: number, message: index } => {
                format!("PollName({}, {})", name(number), message(index))
            }
            C::Publish { topic, message: index, value } => {
                format!("Publish({}, {} {})", name(topic), message(index), self.expr(*value))
            }
            C::Reply { to, message: index, value } => {
                format!("Reply({}, {} {})", self.expr(*to), message(index), self.expr(*value))
            }
            C::NamedBarrier(number) => format!("NamedBarrier({})", name(number)),
            C::BlockArray { array, len } => format!("BlockArray(block{array}, {})", self.expr(*len)),
            C::Warp { op, value, argument, mask } => {
                format!("Warp{op:?}({}, {}, {})", self.expr(*value), self.expr(*argument), self.expr(*mask))
            }
            C::BlockReduce { op, value } => format!("BlockReduce{op:?}({})", self.expr(*value)),
            plain => format!("{plain:?}"),
        }
    }

    fn expr(&self, id: ExprId) -> String {
        let expression = &self.function.expressions[id.0 as usize];
        let ty = type_name(&self.module.types, expression.ty);
        let all = |exprs: &[ExprId]| exprs.iter().map(|expr| self.expr(*expr)).collect::<Vec<_>>().join(", ");
        let optional = |expr: &Option<ExprId>| expr.map_or("()".to_owned(), |expr| self.expr(expr));
        match &expression.kind {
            E::Literal(literal) => match literal {
                Literal::Bool(value) => value.to_string(),
                Literal::Int(value) => format!("{value}{ty}"),
                Literal::F32(bits) => format!("{:?}f32", f32::from_bits(*bits)),
                Literal::F64(bits) => format!("{:?}f64", f64::from_bits(*bits)),
            },
            E::Zero => format!("zero {ty}"),
            E::Local(local) => self.local(local.0),
            E::Unary(op, of) => format!("{op:?}({})", self.expr(*of)),
            E::Binary(op, left, right) => format!("{op:?}({}, {})", self.expr(*left), self.expr(*right)),
            E::Cast(of) => format!("({} as {ty})", self.expr(*of)),
            E::Bitcast(of) => format!("bits({} as {ty})", self.expr(*of)),
            E::Math(function, operands) => format!("{function:?}({})", all(operands)),
            E::Compose(parts) => format!("{ty} {{{}}}", all(parts)),
            E::Repeat(of) => format!("{ty} {{{}, ..}}", self.expr(*of)),
            E::Part(of, part) => format!("{}.{part}", self.expr(*of)),
            E::Element(of, index) => format!("{}[{index}]", self.expr(*of)),
            E::Some(value) => format!("Some({})", optional(value)),
            E::IsSome(of) => format!("is_some({})", self.expr(*of)),
            E::SomeValue(of) => format!("some({})", self.expr(*of)),
            E::Ok(value) => format!("Ok({})", optional(value)),
            E::Err(value) => format!("Err({})", optional(value)),
            E::IsOk(of) => format!("is_ok({})", self.expr(*of)),
            E::OkValue(of) => format!("ok({})", self.expr(*of)),
            E::ErrValue(of) => format!("err({})", self.expr(*of)),
            E::Len(of) => format!("len({})", self.expr(*of)),
            E::Select(condition, accept, reject) => {
                format!("select({}, {}, {})", self.expr(*condition), self.expr(*accept), self.expr(*reject))
            }
        }
    }
}
