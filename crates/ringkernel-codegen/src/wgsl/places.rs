//! Places: where a value is read or written, and what has to hold of the indices on the way there.

use super::expressions::Scope;
use super::memory::{Address, Memory, Unit, times};
use super::options::Kernels;
use super::printer::Printer;
use crate::ir::{ExpressionKind, Place, Projection, Root, Type, TypeId};
use crate::print::Unsupported;

/// A place as it is printed.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) kind: TargetKind,
    /// Conditions under which it exists.
    pub(super) bounds: Vec<Bound>,
}

#[derive(Debug, Clone)]
pub(super) enum TargetKind {
    /// A local variable or a part of one.
    Variable(String),
    /// Memory.
    Memory(Address),
}

/// An index and how many elements there are.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    index: String,
    len: String,
    /// For elements of vectors, how many of them are kept.
    kept: Option<String>,
}

impl Target {
    /// The condition under which it exists; `None` when it always does.
    pub(super) fn condition(&self) -> Option<String> {
        let mut conditions = Vec::new();
        for Bound { index, len, kept } in &self.bounds {
            conditions.push(format!("{index} < {len}"));
            conditions.extend(kept.as_ref().map(|kept| format!("{index} < {kept}")));
        }
        (!conditions.is_empty()).then(|| conditions.join(" && "))
    }

    /// The statement that raises the fault of a place that does not exist.
    pub(super) fn raise(&self, file: u32, line: u32) -> String {
        match self.bounds.iter().find(|bound| bound.kept.is_some()) {
            Some(Bound { index, len, .. }) if self.bounds.len() == 1 => {
                format!("rk_raise(select(2u, 8u, {index} < {len}), 0u, {file}u, {line}u);")
            }
            _ => format!("rk_raise(2u, 0u, {file}u, {line}u);"),
        }
    }
}

/// The way to a place, as far as it has been gone.
struct Path {
    kind: TargetKind,
    ty: TypeId,
    bounds: Vec<Bound>,
}

impl Printer<'_> {
    /// Where the state of the printed kernels lies.
    pub(super) fn state_memory(&self) -> Memory {
        if matches!(self.options.kernels, Kernels::Scalar) { Memory::Plain } else { Memory::Shared }
    }

    pub(super) fn target(&mut self, scope: Scope<'_>, place: &Place) -> Result<Target, Unsupported> {
        let mut projections = place.projections.as_slice();
        let mut path = match place.root {
            Root::Local(local) => Path {
                kind: TargetKind::Variable(scope.local(local)),
                ty: scope.local_type(local),
                bounds: Vec::new(),
            },
            Root::State => self.start(self.state_memory(), "rk_state", scope.state, None),
            Root::Message => {
                self.start(Memory::Plain, "rk_message", scope.message, Some("(rk_message << 2u)".to_owned()))
            }
            Root::Vector(vector) => {
                let Some((Projection::Index(index), rest)) = projections.split_first() else {
                    return Err(super::unsupported::Reason::NestedVectors.into());
                };
                projections = rest;
                let Type::Vec(element) = *self.ty(scope.type_of(vector)) else {
                    return Err(super::unsupported::Reason::NestedVectors.into());
                };
                let (vector, index) = (self.expression(scope, vector)?, self.expression(scope, *index)?);
                self.vector_element(&vector, &index, element)
            }
            Root::BlockArray(array) => {
                let Some((Projection::Index(index), rest)) = projections.split_first() else {
                    return Err(super::unsupported::Reason::NestedVectors.into());
                };
                projections = rest;
                let element = scope.function.block_arrays[array as usize].element;
                let index = self.expression(scope, *index)?;
                self.block_element(&scope.block_array(array), &index, element)
            }
        };
        for projection in projections {
            self.step(scope, &mut path, *projection)?;
        }
        Ok(Target { kind: path.kind, bounds: path.bounds })
    }

    fn start(&self, memory: Memory, word: &str, ty: TypeId, payload: Option<String>) -> Path {
        let address = Address { memory, unit: Unit::Words, start: word.to_owned(), bytes: 0, payload };
        Path { kind: TargetKind::Memory(address), ty, bounds: Vec::new() }
    }

    /// The address of an element of a vector.
    pub(super) fn vector_address(&self, vector: &str, index: &str, element: TypeId) -> Address {
        let stride = self.module.types.layout(element).0;
        let (unit, start) = match self.unit_of(element) {
            Unit::Words => (Unit::Words, format!("({vector}.at >> 2u) + {}", times(index, stride / 4))),
            Unit::Bytes => (Unit::Bytes, format!("{vector}.at + {}", times(index, stride))),
        };
        Address { memory: Memory::Plain, unit, start: format!("({start})"), bytes: 0, payload: None }
    }

    fn vector_element(&self, vector: &str, index: &str, element: TypeId) -> Path {
        let address = self.vector_address(vector, index, element);
        let bound = Bound {
            index: index.to_owned(),
            len: format!("{vector}.len"),
            kept: Some(format!("{vector}.capacity")),
        };
        Path { kind: TargetKind::Memory(address), ty: element, bounds: vec![bound] }
    }

    fn block_element(&self, name: &str, index: &str, element: TypeId) -> Path {
        let stride = self.module.types.layout(element).0;
        let (unit, start) = match self.unit_of(element) {
            Unit::Words => (Unit::Words, format!("{name}_at + {}", times(index, stride / 4))),
            Unit::Bytes => (Unit::Bytes, format!("({name}_at << 2u) + {}", times(index, stride))),
        };
        let address =
            Address { memory: Memory::Block, unit, start: format!("({start})"), bytes: 0, payload: None };
        let bound = Bound { index: index.to_owned(), len: format!("{name}_len"), kept: None };
        Path { kind: TargetKind::Memory(address), ty: element, bounds: vec![bound] }
    }

    fn step(&mut self, scope: Scope<'_>, path: &mut Path, projection: Projection) -> Result<(), Unsupported> {
        match projection {
            Projection::Part(part) => {
                let offset = self.module.types.offset(path.ty, part);
                path.kind = match &path.kind {
                    TargetKind::Variable(text) => {
                        TargetKind::Variable(format!("{text}.{}", self.member(path.ty, part)))
                    }
                    TargetKind::Memory(address) => TargetKind::Memory(address.after(offset)),
                };
                path.ty = self.part_type(path.ty, part);
            }
            Projection::Index(index) => {
                let (element, len) = match *self.ty(path.ty) {
                    Type::Array { element, len } => (element, len),
                    Type::Cell { element, len, .. } => (element, len.unwrap_or(1)),
                    _ => (path.ty, 0),
                };
                let known = literal_index(scope, index).is_some_and(|index| index < u64::from(len));
                let index = self.expression(scope, index)?;
                let stride = self.module.types.layout(element).0;
                path.kind = match &path.kind {
                    TargetKind::Variable(text) => TargetKind::Variable(format!("{text}[{index}]")),
                    TargetKind::Memory(address) => TargetKind::Memory(indexed(address, &index, stride)),
                };
                path.ty = element;
                if !known {
                    path.bounds.push(Bound { index, len: format!("{len}u"), kept: None });
                }
            }
        }
        // A single cell is the value in it.
        if let Type::Cell { element, len: None, .. } = *self.ty(path.ty) {
            path.ty = element;
        }
        Ok(())
    }
}

/// The address of an element. Words stay words as long as elements fill them.
fn indexed(address: &Address, index: &str, stride: u32) -> Address {
    let words = address.unit == Unit::Words && stride.is_multiple_of(4);
    if words {
        return Address {
            start: format!("({} + {})", address.start, times(index, stride / 4)),
            ..address.clone()
        };
    }
    let start = format!("({} + {})", address.byte(), times(index, stride));
    Address { unit: Unit::Bytes, start, bytes: 0, ..address.clone() }
}

fn literal_index(scope: Scope<'_>, index: crate::ir::ExprId) -> Option<u64> {
    match scope.function.expressions[index.0 as usize].kind {
        ExpressionKind::Literal(crate::ir::Literal::Int(value)) => u64::try_from(value).ok(),
        ExpressionKind::Zero => Some(0),
        _ => None,
    }
}
