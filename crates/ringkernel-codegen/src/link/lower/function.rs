//! Functions and handlers: their parameters and their bodies.

use super::{Frame, Holds, Lowered, Lowerer, Operand, Stop, Target};
use crate::ir::{
    self, Answer, Function, FunctionId, Handler, MessageIndex, Place, Root, Statement, Type, TypeId,
};
use crate::link::error::Result;
use crate::link::linker::Linker;
use crate::link::meets;
use crate::link::sources::SourceId;
use crate::link::ty::Ty;
use crate::link::types::Passing;
use crate::source::PatternKind;
use ringkernel_abi::device::HandlerSource;

/// What a function is lowered as.
#[derive(Debug, Clone, Copy)]
enum Role {
    /// A function that others call.
    Callee,
    /// A handler of this message, whose kernel runs on one lane or on many.
    Handler { message: MessageIndex, cooperative: bool },
}

impl<'a> Linker<'a> {
    /// A function of the module, lowered when it is first asked for.
    pub(in crate::link) fn function(
        &mut self,
        source: SourceId,
        caller: Option<(SourceId, u32)>,
    ) -> Result<FunctionId> {
        if let Some(function) = self.linked.get(&source) {
            return Ok(*function);
        }
        self.enter(source, caller)?;
        let function = self.lower(source, Role::Callee)?;
        self.open.pop();
        self.module.functions.push(function);
        let id = FunctionId(self.module.functions.len() as u32 - 1);
        self.linked.insert(source, id);
        Ok(id)
    }

    /// A handler.
    pub(in crate::link) fn handler(&mut self, handler: &HandlerSource, cooperative: bool) -> Result<Handler> {
        let source = self.sources.record(handler.function)?;
        let message = self.message(handler.message);
        self.enter(source, None)?;
        let function = self.lower(source, Role::Handler { message, cooperative })?;
        self.open.pop();
        self.module.functions.push(function);
        let function = FunctionId(self.module.functions.len() as u32 - 1);
        let result = self.signature(source)?.result;
        let answer = match (&result, handler.answer) {
            (Ty::Unit | Ty::Never, _) => Answer::None,
            (Ty::Option(inner), Some(answer)) if !matches!(**inner, Ty::Unit) => {
                Answer::Maybe(self.message(answer))
            }
            (_, Some(answer)) => Answer::Always(self.message(answer)),
            (other, None) => {
                let text = format!(
                    "a handler gives a message, an option of one, or nothing, not `{}`",
                    self.show(other)
                );
                let line = self.sources.get(source).tree.line;
                return Err(self.error(source, line, text));
            }
        };
        Ok(Handler { message, function, answer })
    }

    /// Notes that a function is being lowered or expanded, unless it is already.
    pub(in crate::link) fn enter(&mut self, source: SourceId, caller: Option<(SourceId, u32)>) -> Result<()> {
        if let Some(first) = self.open.iter().position(|open| *open == source) {
            let name = |id: &SourceId| self.sources.get(*id).tree.name.clone();
            let mut names: Vec<String> = self.open[first..].iter().map(name).collect();
            names.push(name(&source));
            let (at, line) = caller.unwrap_or((source, self.sources.get(source).tree.line));
            let text = format!("recursion: {}; devices have no call stack: write a loop", names.join(" -> "));
            return Err(self.error(at, line, text));
        }
        self.open.push(source);
        Ok(())
    }

    fn lower(&mut self, source: SourceId, role: Role) -> Result<Function> {
        let typed = self.infer(source)?;
        let tree = self.sources.get(source).tree.clone();
        let path = self.sources.get(source).file.clone();
        let file = self.file(&path);
        let result = self.intern(&typed.signature.result);
        let frame = Frame {
            source,
            typed: typed.clone(),
            variables: Vec::new(),
            targets: Vec::new(),
            leave: None,
            result: typed.signature.result.clone(),
            line: None,
        };
        let mut lowerer = Lowerer {
            linker: self,
            locals: Vec::new(),
            expressions: Vec::new(),
            block_arrays: Vec::new(),
            arrays: Vec::new(),
            block: Vec::new(),
            frame,
            writes: Vec::new(),
            labels: 0,
            cooperative: matches!(role, Role::Handler { cooperative: true, .. }),
            state: None,
            message: None,
            file: path,
        };
        let parameters = match lowerer.body(&tree, role, result) {
            Ok(parameters) => parameters,
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Diverges) => Vec::new(),
        };
        let Lowerer { locals, expressions, block_arrays, block: mut body, .. } = lowerer;
        meets::mark(&mut body);
        let name = tree.name.clone();
        Ok(Function { name, file, parameters, result, locals, expressions, block_arrays, body })
    }
}

impl Lowerer<'_, '_> {
    fn body(
        &mut self,
        tree: &crate::source::Function,
        role: Role,
        result: TypeId,
    ) -> Lowered<Vec<ir::LocalId>> {
        let typed = self.frame.typed.clone();
        let mut parameters = Vec::new();
        for (parameter, (ty, passing)) in tree.parameters.iter().zip(&typed.signature.parameters) {
            let line = parameter.pattern.line;
            let (operand, holds) = match (role, ty) {
                (_, Ty::Context) => (Operand::Context, Holds::Reference),
                (Role::Handler { message, .. }, ty) => self.root_parameter(ty, *passing, message, line),
                (Role::Callee, Ty::Unit) => (Operand::Unit, Holds::Value),
                (Role::Callee, ty) => {
                    if *passing == Passing::MutableReference {
                        let message =
                            "a function that is called from outside cannot take `&mut`: give it a value";
                        return Err(self.stop(line, message));
                    }
                    let id = self.id(ty);
                    let name = crate::link::types::pattern_name(&parameter.pattern.kind).unwrap_or("");
                    let local = self.new_local(name, id, false);
                    parameters.push(local);
                    (Operand::Value(self.local(local)), Holds::Value)
                }
            };
            let name = crate::link::types::pattern_name(&parameter.pattern.kind);
            match (name, &parameter.pattern.kind, operand) {
                // What is large is read where it lies, and what is not used not at all.
                (Some(name), PatternKind::Binding { mutable: false, .. }, Operand::Place(place))
                    if holds == Holds::Value && (name.starts_with('_') || self.is_large(place.ty)) =>
                {
                    self.name(name, Operand::Place(place), holds);
                }
                (_, _, operand) => self.bind(&parameter.pattern, operand, holds)?,
            }
        }
        let unit = *self.get(result) == Type::Unit;
        let (body, end) = self.inside(|this| {
            let operand = this.block(&tree.body)?;
            if !unit {
                let line = tree.body.value.as_ref().map_or(tree.line, |value| value.line);
                let value = this.operand_value(operand, line)?;
                this.emit(Statement::Return { value: Some(value) });
            }
            Ok(())
        })?;
        self.block.extend(body);
        if end.is_none() && !unit && !matches!(self.block.last(), Some(Statement::Return { .. })) {
            let value = Some(self.zero(result));
            self.emit(Statement::Return { value });
        }
        Ok(parameters)
    }

    /// Whether a value is better read in parts than as a whole.
    fn is_large(&self, ty: TypeId) -> bool {
        let Type::Struct(layout) = self.get(ty) else { return false };
        let lists = |field: &ir::Field| matches!(self.get(field.ty), Type::Array { .. } | Type::Vec(_));
        layout.size > 64 || layout.fields.iter().any(lists)
    }

    /// The state or the message.
    fn root_parameter(
        &mut self,
        ty: &Ty,
        passing: Passing,
        message: MessageIndex,
        line: u32,
    ) -> (Operand, Holds) {
        let id = self.id(ty);
        let is_message = id == self.linker.module.messages[message.0 as usize].ty;
        let taken = self.message.is_some();
        if is_message && !taken && passing != Passing::MutableReference {
            self.message = Some(id);
            let holds = if passing == Passing::Value { Holds::Value } else { Holds::Reference };
            return (Operand::Place(self.root(Root::Message, id, line)), holds);
        }
        self.state = Some(id);
        let holds =
            if passing == Passing::MutableReference { Holds::MutableReference } else { Holds::Reference };
        (Operand::Place(self.root(Root::State, id, line)), holds)
    }

    /// Type of what a place starts with.
    pub(super) fn root_type(&self, place: &Place) -> Option<TypeId> {
        match place.root {
            Root::Local(local) => Some(self.locals[local.0 as usize].ty),
            Root::Vector(vector) => Some(self.type_of(vector)),
            Root::State => self.state,
            Root::Message => self.message,
            Root::BlockArray(_) => None,
        }
    }

    /// The body of a function in the place of its call.
    pub(super) fn expand(
        &mut self,
        callee: SourceId,
        arguments: Vec<(Operand, Holds)>,
        line: u32,
    ) -> Lowered<Operand> {
        self.linker.enter(callee, Some((self.frame.source, line)))?;
        let typed = self.linker.infer(callee)?;
        let (tree, file) = {
            let source = self.linker.sources.get(callee);
            (source.tree.clone(), source.file.clone())
        };
        let result = self.result_local(&typed.signature.result);
        let label = self.label();
        let frame = Frame {
            source: callee,
            typed: typed.clone(),
            variables: Vec::new(),
            targets: Vec::new(),
            leave: Some(Target { name: None, is_loop: false, label, result, left: false }),
            result: typed.signature.result.clone(),
            line: (file != self.file).then(|| self.line(line)),
        };
        let caller = std::mem::replace(&mut self.frame, frame);
        let inside = self.inside(|this| {
            for (parameter, (operand, holds)) in tree.parameters.iter().zip(arguments) {
                this.bind(&parameter.pattern, operand, holds)?;
            }
            let operand = this.block(&tree.body)?;
            // Where nothing leaves early, the value needs no variable.
            if this.frame.leave.as_ref().is_some_and(|leave| leave.left) {
                this.operand_into(operand, result, line)?;
                return Ok(None);
            }
            Ok(Some(operand))
        });
        let callee = std::mem::replace(&mut self.frame, caller);
        self.linker.open.pop();
        let (block, end) = inside?;
        let left = callee.leave.is_some_and(|leave| leave.left);
        self.leavable(label, block, end.is_some(), left)?;
        if typed.signature.result == Ty::Never {
            return Err(Stop::Diverges);
        }
        Ok(match end {
            Some(Some(operand)) => operand,
            _ => self.result_value(result),
        })
    }
}
