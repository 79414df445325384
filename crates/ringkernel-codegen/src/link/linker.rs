//! What is linked so far: types, messages, functions, names and files of the module in the making.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use ringkernel_abi::device::{MessageLayout, TypeMethods};
use ringkernel_abi::{ActorRef, CorrelationId, HlcTimestamp, MessageId, ReplyTo, StructLayout, TypeLayout};

use super::error::{LinkError, Result};
use super::infer::Typed;
use super::kernel::REFUSALS;
use super::sources::{Named, Resolver, SourceId, Sources};
use super::tables::{MethodCall, receiver_of};
use super::ty::{Ty, scalar_name};
use crate::ir::{self, Field, FunctionId, MessageIndex, Module, Scalar, StructType, Type, TypeId};

/// The module in the making.
pub(super) struct Linker<'a> {
    pub(super) module: Module,
    pub(super) sources: Sources<'a>,
    /// Functions that stand in the module.
    pub(super) linked: HashMap<SourceId, FunctionId>,
    /// Functions whose lowering or expansion has begun, outermost first.
    pub(super) open: Vec<SourceId>,
    /// Types of each function's body, once inferred.
    pub(super) typed: HashMap<SourceId, Rc<Typed>>,
    /// Functions of types, to be found by layout.
    pub(super) methods: Vec<TypeMethods>,
    messages: Vec<&'static MessageLayout>,
    /// The methods that were lowered, where somebody wants to know.
    calls: Option<BTreeSet<MethodCall>>,
}

/// The structs that every handler knows without naming their crate.
const KNOWN: [(&str, StructLayout); 5] = [
    ("ActorRef", ActorRef::LAYOUT),
    ("MessageId", MessageId::LAYOUT),
    ("CorrelationId", CorrelationId::LAYOUT),
    ("HlcTimestamp", HlcTimestamp::LAYOUT),
    ("ReplyTo", ReplyTo::LAYOUT),
];

impl<'a> Linker<'a> {
    pub(super) fn new(resolver: Resolver<'a>) -> Self {
        Self {
            module: Module::default(),
            sources: Sources::new(resolver),
            linked: HashMap::new(),
            open: Vec::new(),
            typed: HashMap::new(),
            methods: Vec::new(),
            messages: Vec::new(),
            calls: None,
        }
    }

    /// The same, and it notes which methods it lowers.
    pub(super) fn noting(resolver: Resolver<'a>) -> Self {
        Self { calls: Some(BTreeSet::new()), ..Self::new(resolver) }
    }

    /// Notes that a method has been lowered.
    pub(super) fn note(&mut self, receiver: &Ty, name: &str) {
        if self.calls.is_none() {
            return;
        }
        let mut of = receiver;
        while let Ty::Option(inner)
        | Ty::Result(inner, _)
        | Ty::Array(inner, _)
        | Ty::Vec(inner)
        | Ty::Iter(inner)
        | Ty::Range(inner) = of
        {
            of = inner;
        }
        let of = self.show(of);
        if let (Some(calls), Some(receiver)) = (&mut self.calls, receiver_of(receiver, name)) {
            calls.insert(MethodCall { receiver, of, name: name.to_owned() });
        }
    }

    /// The methods that were lowered.
    pub(super) fn noted(&mut self) -> BTreeSet<MethodCall> {
        self.calls.take().unwrap_or_default()
    }

    /// An error at a line of a function.
    pub(super) fn error(&self, source: SourceId, line: u32, message: impl Into<String>) -> LinkError {
        LinkError { file: self.sources.get(source).file.clone(), line, message: message.into() }
    }

    /// The number of a kernel's, topic's or barrier's name.
    pub(super) fn name(&mut self, name: &str) -> u32 {
        number(&mut self.module.names, name)
    }

    /// The number of a source file.
    pub(super) fn file(&mut self, file: &str) -> u32 {
        number(&mut self.module.files, file)
    }

    pub(super) fn scalar(&mut self, scalar: Scalar) -> TypeId {
        self.module.types.intern(Type::Scalar(scalar))
    }

    /// One of the structs that every handler knows.
    pub(super) fn known(&mut self, name: &str) -> Option<Ty> {
        if name == "K2KRefusal" {
            let variants = REFUSALS.iter().map(|(name, number)| ((*name).to_owned(), i128::from(*number)));
            let ty = Type::Enum { name: name.to_owned(), repr: Scalar::U32, variants: variants.collect() };
            return Some(Ty::Named(self.module.types.intern(ty)));
        }
        let (_, layout) = KNOWN.iter().find(|(known, _)| *known == name)?;
        Some(Ty::Named(self.structure(layout)))
    }

    /// Its type where every handler knows it.
    pub(super) fn known_struct(&mut self, name: &str) -> Ty {
        self.known(name).unwrap_or(Ty::Unit)
    }

    /// The type of a layout.
    pub(super) fn layout(&mut self, layout: &TypeLayout) -> Ty {
        match layout {
            TypeLayout::Scalar(scalar) => Ty::Scalar(abi_scalar(*scalar)),
            TypeLayout::Array { element, len } => Ty::Array(Box::new(self.layout(element)), *len as u32),
            TypeLayout::Struct(layout) => Ty::Named(self.structure(layout)),
            TypeLayout::Enum(layout) => {
                let variants = layout.variants.iter().map(|(name, value)| ((*name).to_owned(), *value));
                Ty::Named(self.module.types.intern(Type::Enum {
                    name: layout.name.to_owned(),
                    repr: abi_scalar(layout.repr),
                    variants: variants.collect(),
                }))
            }
            TypeLayout::Option(value) => Ty::Option(Box::new(self.layout(value))),
            TypeLayout::Tuple([]) => Ty::Unit,
            TypeLayout::Tuple(parts) => Ty::Tuple(parts.iter().map(|part| self.layout(part)).collect()),
            TypeLayout::Vec(element) => Ty::Vec(Box::new(self.layout(element))),
            TypeLayout::Text => Ty::Vec(Box::new(Ty::Scalar(Scalar::U8))),
            TypeLayout::Cell { kind, element, len } => {
                let element = self.layout(element);
                let element = self.intern(&element);
                let len = len.map(|len| len as u32);
                Ty::Named(self.module.types.intern(Type::Cell { kind: *kind, element, len }))
            }
        }
    }

    fn structure(&mut self, layout: &StructLayout) -> TypeId {
        let mut fields = Vec::new();
        for field in layout.fields {
            let ty = self.layout(&field.layout);
            let ty = self.intern(&ty);
            fields.push(Field { name: field.name.to_owned(), ty, offset: field.offset as u32 });
        }
        self.module.types.intern(Type::Struct(StructType {
            name: layout.name.to_owned(),
            fields,
            size: layout.size as u32,
            align: layout.align as u32,
        }))
    }

    /// The message of a layout.
    pub(super) fn message(&mut self, layout: &'static MessageLayout) -> MessageIndex {
        if let Some(index) = self.messages.iter().position(|known| **known == *layout) {
            return MessageIndex(index as u32);
        }
        let ty = self.structure(layout.head);
        self.messages.push(layout);
        self.module.messages.push(ir::Message {
            name: layout.name.to_owned(),
            type_id: layout.type_id,
            ty,
            id: layout.id.map(|field| field as u32),
            correlation: layout.correlation.map(|field| field as u32),
            priority: layout.priority.map(|field| field as u32),
            default_priority: layout.default_priority,
            handler_id: layout.handler_id,
        });
        MessageIndex(self.messages.len() as u32 - 1)
    }

    pub(super) fn message_ty(&mut self, layout: &'static MessageLayout) -> Ty {
        let index = self.message(layout);
        Ty::Message(self.module.messages[index.0 as usize].ty, index)
    }

    /// The id of a type in which nothing is unknown. Types that no value has become `Unit`.
    pub(super) fn intern(&mut self, ty: &Ty) -> TypeId {
        let ty = match ty {
            Ty::Named(id) | Ty::Message(id, _) => return *id,
            Ty::Scalar(scalar) => Type::Scalar(*scalar),
            Ty::Tuple(parts) => Type::Tuple(parts.iter().map(|part| self.intern(part)).collect()),
            Ty::Array(element, len) => Type::Array { element: self.intern(element), len: *len },
            Ty::Option(value) => Type::Option(self.intern(value)),
            Ty::Result(value, error) => Type::Result(self.intern(value), self.intern(error)),
            Ty::Vec(element) => Type::Vec(self.intern(element)),
            Ty::BlockArray(element) => Type::BlockArray(self.intern(element)),
            Ty::SendError(message) => self.send_error(message),
            _ => Type::Unit,
        };
        self.module.types.intern(ty)
    }

    fn send_error(&mut self, message: &Ty) -> Type {
        let message = self.intern(message);
        let reason = self.known_struct("K2KRefusal");
        let reason = self.intern(&reason);
        let pair = self.module.types.intern(Type::Tuple(vec![message, reason]));
        let types = &self.module.types;
        let (size, align) = types.layout(pair);
        let field =
            |name: &str, ty, part| Field { name: name.to_owned(), ty, offset: types.offset(pair, part) };
        let fields = vec![field("message", message, 0), field("reason", reason, 1)];
        Type::Struct(StructType { name: "K2KSendError".to_owned(), fields, size, align })
    }

    /// The type of this id, for inference.
    pub(super) fn lift(&self, id: TypeId) -> Ty {
        match self.module.types.get(id) {
            Type::Unit => Ty::Unit,
            Type::Scalar(scalar) => Ty::Scalar(*scalar),
            Type::Enum { .. } | Type::Struct(_) | Type::Cell { .. } => Ty::Named(id),
            Type::Tuple(parts) => Ty::Tuple(parts.iter().map(|part| self.lift(*part)).collect()),
            Type::Array { element, len } => Ty::Array(Box::new(self.lift(*element)), *len),
            Type::Option(value) => Ty::Option(Box::new(self.lift(*value))),
            Type::Result(value, error) => {
                Ty::Result(Box::new(self.lift(*value)), Box::new(self.lift(*error)))
            }
            Type::Vec(element) => Ty::Vec(Box::new(self.lift(*element))),
            Type::BlockArray(element) => Ty::BlockArray(Box::new(self.lift(*element))),
        }
    }

    /// What a path stands for where a function stands: the whole path, or `None`.
    pub(super) fn lookup(&mut self, source: SourceId, path: &str) -> Result<Option<Named>> {
        self.sources.lookup(source, path)
    }

    /// The type that a path stands for: from the bindings, else one that every handler knows.
    pub(super) fn named_type(&mut self, source: SourceId, line: u32, path: &str) -> Result<Option<Ty>> {
        let last = path.rsplit("::").next().unwrap_or(path);
        Ok(match self.lookup(source, path)? {
            Some(Named::Type(layout)) => Some(self.layout(&layout)),
            Some(Named::Message(message)) => Some(self.message_ty(message)),
            Some(Named::Unknown(name)) => match self.known(last) {
                Some(known) => Some(known),
                None => {
                    let advice =
                        "derive `GpuType` or `RingMessage` for it, or declare the kernel `backends(cpu)`";
                    let text = format!("`{path}` is `{name}`, which no device knows: {advice}");
                    return Err(self.error(source, line, text));
                }
            },
            _ => self.known(last),
        })
    }

    /// The type as a reader of the source would write it.
    pub(super) fn show(&self, ty: &Ty) -> String {
        let parts = |parts: &[Ty]| parts.iter().map(|part| self.show(part)).collect::<Vec<_>>().join(", ");
        match ty {
            Ty::Var(_) => "_".to_owned(),
            Ty::Never => "!".to_owned(),
            Ty::Unit => "()".to_owned(),
            Ty::Scalar(scalar) => scalar_name(*scalar).to_owned(),
            Ty::Named(id) | Ty::Message(id, _) => match self.module.types.get(*id) {
                Type::Enum { name, .. } => name.clone(),
                Type::Struct(layout) => layout.name.clone(),
                Type::Cell { element, len, .. } => {
                    let element = self.show(&self.lift(*element));
                    len.map_or(format!("cell of {element}"), |len| {
                        format!("array of {len} cells of {element}")
                    })
                }
                other => format!("{other:?}"),
            },
            Ty::Tuple(of) => format!("({})", parts(of)),
            Ty::Array(element, len) => format!("[{}; {len}]", self.show(element)),
            Ty::Option(value) => format!("Option<{}>", self.show(value)),
            Ty::Result(value, error) => format!("Result<{}, {}>", self.show(value), self.show(error)),
            Ty::Vec(element) => format!("Vec<{}>", self.show(element)),
            Ty::BlockArray(element) => format!("BlockArray<{}>", self.show(element)),
            Ty::SendError(message) => format!("K2KSendError<{}>", self.show(message)),
            Ty::Iter(item) => format!("an iterator of {}", self.show(item)),
            Ty::Range(bound) => format!("a range of {}", self.show(bound)),
            Ty::Closure(parameters, result) => format!("|{}| -> {}", parts(parameters), self.show(result)),
            Ty::Text => "&str".to_owned(),
            Ty::Context => "RingContext".to_owned(),
        }
    }

    /// Whether a cell is somewhere in the type, so that its values cannot be copied.
    pub(super) fn has_cells(&self, id: TypeId) -> bool {
        match self.module.types.get(id) {
            Type::Cell { .. } => true,
            Type::Struct(layout) => layout.fields.iter().any(|field| self.has_cells(field.ty)),
            Type::Tuple(parts) => parts.iter().any(|part| self.has_cells(*part)),
            Type::Array { element, .. } => self.has_cells(*element),
            _ => false,
        }
    }

    /// The message that values of this type are.
    pub(super) fn message_of(&self, ty: &Ty) -> Option<MessageIndex> {
        match ty {
            Ty::Message(_, index) => Some(*index),
            Ty::Named(id) => {
                let found = self.module.messages.iter().position(|message| message.ty == *id);
                found.map(|index| MessageIndex(index as u32))
            }
            _ => None,
        }
    }
}

fn number(texts: &mut Vec<String>, text: &str) -> u32 {
    let index = texts.iter().position(|known| known == text).unwrap_or_else(|| {
        texts.push(text.to_owned());
        texts.len() - 1
    });
    index as u32
}

fn abi_scalar(scalar: ringkernel_abi::Scalar) -> Scalar {
    use ringkernel_abi::Scalar as Abi;
    match scalar {
        Abi::Bool => Scalar::Bool,
        Abi::I8 => Scalar::I8,
        Abi::I16 => Scalar::I16,
        Abi::I32 => Scalar::I32,
        Abi::I64 => Scalar::I64,
        Abi::U8 => Scalar::U8,
        Abi::U16 => Scalar::U16,
        Abi::U32 => Scalar::U32,
        Abi::U64 => Scalar::U64,
        Abi::F32 => Scalar::F32,
        Abi::F64 => Scalar::F64,
    }
}
