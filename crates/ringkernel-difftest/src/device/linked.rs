//! One kernel whose handlers run programs: each takes a message with the parameters of its program and answers with the
//! result.

use std::collections::BTreeSet;

use ringkernel_abi::device::{Item, Overflow};
use ringkernel_abi::{EnumLayout, Scalar as AbiScalar, TypeLayout};
use ringkernel_codegen::ir::{
    Answer, Expression, ExpressionKind, Field, Function, FunctionId, Handler, Kernel, Local, LocalId,
    Message, MessageIndex, Module, Place, Projection, Root, Statement, StructType, Type, TypeId,
};
use ringkernel_codegen::link::{LinkError, MethodCall, TextFunction, called_methods, link_functions};
use ringkernel_codegen::source::parse_function;

use crate::program::Program;
use crate::types::{SCALARS, Ty, pair_name, struct_layout};

/// Programs as one module of the typed language.
#[derive(Debug)]
pub struct Linked {
    /// The module. Its kernel has one handler for each program, in order.
    pub module: Module,
}

/// Links programs.
///
/// # Errors
/// When one of them says something that the linker does not know.
///
/// # Panics
/// When a program cannot be read, which another test shows.
pub fn link(programs: &[Program], overflow: Overflow) -> Result<Linked, LinkError> {
    let mut module = link_functions(&texts(programs, overflow), &named)?;
    let handlers = programs.iter().map(|program| handler(&mut module, program)).collect();
    let state = module.types.intern(Type::Unit);
    module.kernels.push(Kernel {
        id: "difftest".into(),
        state,
        handlers,
        polled: Vec::new(),
        cooperative: false,
    });
    Ok(Linked { module })
}

fn texts(programs: &[Program], overflow: Overflow) -> Vec<TextFunction> {
    let functions = programs.iter().flat_map(|program| &program.functions);
    let text = |function: &crate::program::Function| {
        let tree = parse_function(&function.text)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", function.name));
        TextFunction { tree, file: function.name.clone(), overflow }
    };
    functions.map(text).collect()
}

/// Whether the linker makes something else of a program where overflow wraps than where it faults.
pub fn depends_on_overflow(program: &Program) -> bool {
    let module = |overflow| link(std::slice::from_ref(program), overflow).map(|linked| linked.module);
    match (module(Overflow::Faults), module(Overflow::Wraps)) {
        (Ok(faults), Ok(wraps)) => faults != wraps,
        // Whoever uses the module says what is wrong.
        _ => true,
    }
}

/// The methods of scalars and containers that programs call.
///
/// # Errors
/// As [`link`].
pub fn methods_of(programs: &[Program]) -> Result<BTreeSet<MethodCall>, LinkError> {
    called_methods(&texts(programs, Overflow::Faults), &named)
}

/// The enum that programs may use: see `native/prelude.rs.txt`.
static WAY: EnumLayout =
    EnumLayout { name: "Way", repr: AbiScalar::I16, variants: &[("North", 1), ("East", 200), ("South", -3)] };

/// What names in programs stand for.
fn named(path: &str) -> Option<Item> {
    if path == WAY.name {
        return Some(Item::Type(TypeLayout::Enum(&WAY)));
    }
    let scalar = SCALARS.into_iter().find(|scalar| pair_name(*scalar) == path)?;
    Some(Item::Type(Ty::Pair(scalar).layout()))
}

fn handler(module: &mut Module, program: &Program) -> Handler {
    let index = module.functions.iter().position(|function| function.name == program.name);
    let index = index.unwrap_or_else(|| panic!("{} is not among the linked functions", program.name));
    let called = &module.functions[index];
    let parameters: Vec<TypeId> =
        called.parameters.iter().map(|parameter| called.locals[parameter.0 as usize].ty).collect();
    let (result, file) = (called.result, called.file);

    let taken: Vec<(&str, Ty)> =
        program.parameters.iter().map(|parameter| (parameter.name, parameter.ty.clone())).collect();
    let request = message(module, &format!("Take_{}", program.name), &taken, &parameters);
    let answer =
        message(module, &format!("Give_{}", program.name), &[("result", program.result.clone())], &[result]);

    let mut locals: Vec<Local> = parameters
        .iter()
        .zip(&taken)
        .map(|(ty, (name, _))| Local { name: (*name).to_owned(), ty: *ty, mutable: false })
        .collect();
    let given = LocalId(locals.len() as u32);
    locals.push(Local { name: "result".into(), ty: result, mutable: false });
    let mut expressions: Vec<Expression> = (0..)
        .zip(&locals)
        .map(|(index, local)| Expression { kind: ExpressionKind::Local(LocalId(index)), ty: local.ty })
        .collect();
    let id = ringkernel_codegen::ir::ExprId;
    let whole = module.messages[answer.0 as usize].ty;
    expressions.push(Expression { kind: ExpressionKind::Compose(vec![id(given.0)]), ty: whole });

    let mut body: Vec<Statement> = (0..)
        .zip(&parameters)
        .map(|(index, ty)| Statement::Load {
            local: LocalId(index),
            place: Place {
                root: Root::Message,
                projections: vec![Projection::Part(index)],
                ty: *ty,
                line: 0,
            },
        })
        .collect();
    let arguments = (0..parameters.len() as u32).map(id).collect();
    body.push(Statement::Call { function: FunctionId(index as u32), arguments, result: Some(given) });
    body.push(Statement::Return { value: Some(id(given.0 + 1)) });

    let function = FunctionId(module.functions.len() as u32);
    module.functions.push(Function {
        name: format!("handle_{}", program.name),
        file,
        parameters: Vec::new(),
        result: whole,
        locals,
        expressions,
        block_arrays: Vec::new(),
        body,
    });
    Handler { message: request, function, answer: Answer::Always(answer) }
}

/// A message type with these fields, whose types in the module are given beside them.
fn message(module: &mut Module, name: &str, fields: &[(&str, Ty)], types: &[TypeId]) -> MessageIndex {
    let layout = struct_layout(name, fields);
    let fields = layout.fields.iter().zip(types).map(|(field, ty)| {
        let size = module.types.layout(*ty).0 as usize;
        assert_eq!(size, field.layout.size(), "{name}.{}: the linker has another layout", field.name);
        Field { name: field.name.to_owned(), ty: *ty, offset: field.offset as u32 }
    });
    let ty = Type::Struct(StructType {
        name: name.to_owned(),
        fields: fields.collect(),
        size: layout.size as u32,
        align: layout.align as u32,
    });
    let ty = module.types.intern(ty);
    module.messages.push(Message {
        name: format!("difftest::{name}"),
        type_id: module.messages.len() as u64,
        ty,
        id: None,
        correlation: None,
        priority: None,
        default_priority: 128,
        handler_id: None,
    });
    MessageIndex(module.messages.len() as u32 - 1)
}
