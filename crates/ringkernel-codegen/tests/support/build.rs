//! Building programs of the typed language by hand.

use ringkernel_codegen::ir::{
    Answer, BinaryOp, Block, ExprId, Expression, ExpressionKind, Field, Function, FunctionId, Handler,
    Kernel, Literal, Local, LocalId, Message, MessageIndex, Module, Place, Projection, Root, Scalar,
    Statement, StructType, Type, TypeId,
};

/// Makes a module.
#[derive(Default)]
pub(crate) struct Builder {
    pub(crate) module: Module,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let mut builder = Self::default();
        builder.module.files.push("src/kernels.rs".to_owned());
        builder
    }

    pub(crate) fn scalar(&mut self, scalar: Scalar) -> TypeId {
        self.module.types.intern(Type::Scalar(scalar))
    }

    pub(crate) fn ty(&mut self, ty: Type) -> TypeId {
        self.module.types.intern(ty)
    }

    /// A struct laid out as C does it.
    pub(crate) fn structure(&mut self, name: &str, parts: &[(&str, TypeId)]) -> TypeId {
        let (mut end, mut align, mut fields) = (0u32, 1, Vec::new());
        for (name, ty) in parts {
            let (size, part_align) = self.module.types.layout(*ty);
            let offset = end.next_multiple_of(part_align);
            fields.push(Field { name: (*name).to_owned(), ty: *ty, offset });
            (end, align) = (offset + size, align.max(part_align));
        }
        let size = end.next_multiple_of(align);
        self.ty(Type::Struct(StructType { name: name.to_owned(), fields, size, align }))
    }

    /// A message type without roles.
    pub(crate) fn message(&mut self, ty: TypeId) -> MessageIndex {
        let Type::Struct(layout) = self.module.types.get(ty) else { panic!("a message is a struct") };
        let name = format!("tests::{}", layout.name);
        let type_id = self.module.messages.len() as u64 + 1;
        self.module.messages.push(Message {
            name,
            type_id,
            ty,
            id: None,
            correlation: None,
            priority: None,
            default_priority: 128,
            handler_id: None,
        });
        MessageIndex(self.module.messages.len() as u32 - 1)
    }

    pub(crate) fn function(&mut self, function: FunctionBuilder) -> FunctionId {
        self.module.functions.push(function.function);
        FunctionId(self.module.functions.len() as u32 - 1)
    }

    /// A scalar kernel with one handler.
    pub(crate) fn kernel(
        &mut self,
        id: &str,
        state: TypeId,
        message: MessageIndex,
        function: FunctionId,
        answer: Answer,
    ) {
        self.module.kernels.push(Kernel {
            id: id.to_owned(),
            state,
            handlers: vec![Handler { message, function, answer }],
            polled: Vec::new(),
            cooperative: false,
        });
    }
}

/// Makes a function.
pub(crate) struct FunctionBuilder {
    pub(crate) function: Function,
}

impl FunctionBuilder {
    pub(crate) fn new(name: &str, result: TypeId) -> Self {
        Self {
            function: Function {
                name: name.to_owned(),
                file: 0,
                parameters: Vec::new(),
                result,
                locals: Vec::new(),
                expressions: Vec::new(),
                block_arrays: Vec::new(),
                body: Vec::new(),
            },
        }
    }

    pub(crate) fn local(&mut self, name: &str, ty: TypeId) -> LocalId {
        self.function.locals.push(Local { name: name.to_owned(), ty, mutable: false });
        LocalId(self.function.locals.len() as u32 - 1)
    }

    pub(crate) fn variable(&mut self, name: &str, ty: TypeId) -> LocalId {
        let local = self.local(name, ty);
        self.function.locals[local.0 as usize].mutable = true;
        local
    }

    pub(crate) fn expression(&mut self, kind: ExpressionKind, ty: TypeId) -> ExprId {
        self.function.expressions.push(Expression { kind, ty });
        ExprId(self.function.expressions.len() as u32 - 1)
    }

    pub(crate) fn int(&mut self, value: i128, ty: TypeId) -> ExprId {
        self.expression(ExpressionKind::Literal(Literal::Int(value)), ty)
    }

    pub(crate) fn get(&mut self, local: LocalId) -> ExprId {
        let ty = self.function.locals[local.0 as usize].ty;
        self.expression(ExpressionKind::Local(local), ty)
    }

    pub(crate) fn binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId, ty: TypeId) -> ExprId {
        self.expression(ExpressionKind::Binary(op, left, right), ty)
    }

    pub(crate) fn push(&mut self, statement: Statement) {
        self.function.body.push(statement);
    }

    /// What `write` pushes, as a block of its own.
    pub(crate) fn block(&mut self, write: impl FnOnce(&mut Self)) -> Block {
        let outer = std::mem::take(&mut self.function.body);
        write(self);
        std::mem::replace(&mut self.function.body, outer)
    }

    /// A new local with the value of a place.
    pub(crate) fn load(&mut self, name: &str, place: Place) -> LocalId {
        let local = self.local(name, place.ty);
        self.push(Statement::Load { local, place });
        local
    }

    pub(crate) fn give(&mut self, value: ExprId) {
        self.push(Statement::Return { value: Some(value) });
    }
}

/// A place.
pub(crate) fn place(root: Root, projections: &[Projection], ty: TypeId, line: u32) -> Place {
    Place { root, projections: projections.to_vec(), ty, line }
}
