//! Signatures of methods, by the type of their receiver.

use super::Infer;
use super::expr::{BOOL, USIZE};
use super::obligations::{signed, unsigned};
use crate::ir::{Scalar, Type};
use crate::link::error::Result;
use crate::link::numbers::{Part, number_method};
use crate::link::tables;
use crate::link::ty::Ty;

/// Types of a method's arguments, and of its result.
pub(super) type MethodType = (Vec<Ty>, Ty);

impl Infer<'_, '_, '_> {
    /// What a method takes and gives; `None` where there is no such method.
    pub(super) fn method_type(
        &mut self,
        receiver: &Ty,
        name: &str,
        generics: &[Ty],
        given: usize,
    ) -> Result<Option<MethodType>> {
        if let Some(method) = self.linker.method_of(self.source, receiver, name)? {
            let signature = self.linker.signature(method)?;
            let parameters = signature.parameters.into_iter().skip(1).map(|(ty, _)| ty).collect();
            return Ok(Some((parameters, signature.result)));
        }
        let same = match (name, given) {
            ("clone" | "to_owned" | "as_ref" | "as_mut" | "borrow", 0)
                if !matches!(receiver, Ty::Context) =>
            {
                Some((Vec::new(), receiver.clone()))
            }
            ("into", 0) => Some((Vec::new(), self.fresh())),
            ("eq" | "ne" | "lt" | "le" | "gt" | "ge", 1) => Some((vec![receiver.clone()], BOOL)),
            _ => None,
        };
        if same.is_some() {
            return Ok(same);
        }
        if tables::is_listed(receiver) && tables::receiver_of(receiver, name).is_none() {
            return Ok(None);
        }
        Ok(match receiver {
            Ty::Scalar(Scalar::Bool) => self.bool_method(name),
            Ty::Scalar(scalar) => scalar_method(*scalar, name),
            Ty::Option(value) => self.option_method(value, name),
            Ty::Result(value, error) => self.result_method(value, error, name),
            Ty::Vec(element) => sequence_method(element, name).or_else(|| vec_method(element, name)),
            Ty::Array(element, _) => sequence_method(element, name),
            Ty::Iter(item) => iterator_method(item, name),
            Ty::Range(bound) => self.range_method(bound, name),
            Ty::BlockArray(element) => cell_method(element, false, name, true),
            Ty::Context => self.context_method(name, generics),
            Ty::Named(id) | Ty::Message(id, _) => match self.linker.module.types.get(*id) {
                Type::Cell { kind, element, len } => {
                    let atomic = *kind == ringkernel_abi::CellKind::Atomic;
                    cell_method(&self.linker.lift(*element), atomic, name, len.is_some())
                }
                _ => self.known_method(receiver, name),
            },
            _ => None,
        })
    }

    /// Everyday methods of the structs that every handler knows.
    fn known_method(&mut self, receiver: &Ty, name: &str) -> Option<MethodType> {
        if !self.linker.is_known(receiver) {
            return None;
        }
        let none = |ty| Some((Vec::new(), ty));
        let fields = self.linker.field_types(receiver);
        match name {
            "is_none" | "is_nil" | "is_zero" => none(BOOL),
            "to_bits" => none(Ty::Scalar(Scalar::U64)),
            "or_request" => {
                let request = self.linker.known_struct("MessageId");
                Some((vec![request], receiver.clone()))
            }
            _ => {
                let number = self.linker.field_number(receiver, name)?;
                none(fields.get(number)?.clone())
            }
        }
    }
}

fn scalar_method(scalar: Scalar, name: &str) -> Option<MethodType> {
    let own = Ty::Scalar(scalar);
    let method = number_method(scalar, name)?;
    let part = |part: Part| match part {
        Part::Own => own.clone(),
        Part::Bool => BOOL,
        Part::U32 => Ty::Scalar(Scalar::U32),
        Part::I32 => Ty::Scalar(Scalar::I32),
        Part::Unsigned => Ty::Scalar(unsigned(scalar)),
        Part::Signed => Ty::Scalar(signed(scalar)),
        Part::Bits => Ty::Scalar(if scalar == Scalar::F32 { Scalar::U32 } else { Scalar::U64 }),
        Part::Option => Ty::Option(Box::new(own.clone())),
        Part::Overflowing => Ty::Tuple(vec![own.clone(), BOOL]),
        Part::Pair => Ty::Tuple(vec![own.clone(), own.clone()]),
    };
    Some((method.arguments.iter().map(|argument| part(*argument)).collect(), part(method.result)))
}

/// Methods of arrays, slices and vectors.
fn sequence_method(element: &Ty, name: &str) -> Option<MethodType> {
    let none = |ty| Some((Vec::new(), ty));
    let option = Ty::Option(Box::new(element.clone()));
    match name {
        "len" => none(USIZE),
        "is_empty" => none(BOOL),
        "first" | "last" => none(option),
        "get" => Some((vec![USIZE], option)),
        "contains" => Some((vec![element.clone()], BOOL)),
        "swap" => Some((vec![USIZE, USIZE], Ty::Unit)),
        "fill" => Some((vec![element.clone()], Ty::Unit)),
        "iter" | "iter_mut" | "into_iter" => none(Ty::Iter(Box::new(element.clone()))),
        "as_slice" | "as_mut_slice" | "to_vec" => none(Ty::Vec(Box::new(element.clone()))),
        _ => None,
    }
}

fn vec_method(element: &Ty, name: &str) -> Option<MethodType> {
    match name {
        "push" => Some((vec![element.clone()], Ty::Unit)),
        "pop" => Some((Vec::new(), Ty::Option(Box::new(element.clone())))),
        "truncate" => Some((vec![USIZE], Ty::Unit)),
        "clear" => Some((Vec::new(), Ty::Unit)),
        "extend_from_slice" => Some((vec![Ty::Vec(Box::new(element.clone()))], Ty::Unit)),
        _ => None,
    }
}

fn iterator_method(item: &Ty, name: &str) -> Option<MethodType> {
    match name {
        "copied" | "cloned" | "rev" => Some((Vec::new(), Ty::Iter(Box::new(item.clone())))),
        "enumerate" => Some((Vec::new(), Ty::Iter(Box::new(Ty::Tuple(vec![USIZE, item.clone()]))))),
        "step_by" => Some((vec![USIZE], Ty::Iter(Box::new(item.clone())))),
        _ => None,
    }
}

/// Methods of cells, of arrays of cells, and of block arrays.
fn cell_method(element: &Ty, atomic: bool, name: &str, indexed: bool) -> Option<MethodType> {
    let (mut arguments, result) = match (atomic, name) {
        (_, "len") if indexed => return Some((Vec::new(), USIZE)),
        (_, "is_empty") if indexed => return Some((Vec::new(), BOOL)),
        (false, "get") | (true, "load") => (Vec::new(), element.clone()),
        (false, "set") | (true, "store") => (vec![element.clone()], Ty::Unit),
        (
            true,
            "exchange" | "swap" | "fetch_add" | "fetch_sub" | "fetch_min" | "fetch_max" | "fetch_and"
            | "fetch_or" | "fetch_xor",
        ) => (vec![element.clone()], element.clone()),
        (true, "compare_exchange") => {
            let result = Ty::Result(Box::new(element.clone()), Box::new(element.clone()));
            (vec![element.clone(), element.clone()], result)
        }
        _ => return None,
    };
    if indexed {
        arguments.insert(0, USIZE);
    }
    Some((arguments, result))
}
