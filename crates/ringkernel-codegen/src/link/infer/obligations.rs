//! What has to wait until a type is known.

use super::Infer;
use crate::ir::{Scalar, Type};
use crate::link::error::Result;
use crate::link::linker::Linker;
use crate::link::ty::Ty;

/// A question about a type that may not be known yet, and the type that answers it.
#[derive(Debug)]
pub(super) enum Obligation {
    /// A field.
    Field { line: u32, of: Ty, name: String, result: Ty },
    /// An element, or a slice where the index is a range.
    Index { line: u32, of: Ty, range: bool, result: Ty },
    /// What `?` gives.
    Try { line: u32, of: Ty, result: Ty },
    /// What a `for` loop binds.
    Iterate { line: u32, of: Ty, item: Ty },
    /// What a method gives.
    Method { line: u32, receiver: Ty, name: String, generics: Vec<Ty>, arguments: Vec<Ty>, result: Ty },
}

impl Infer<'_, '_, '_> {
    /// Tries at once, and keeps it for later when it is too early.
    pub(super) fn oblige(&mut self, obligation: Obligation) -> Result<()> {
        if !self.attempt(&obligation)? {
            self.obligations.push(obligation);
        }
        Ok(())
    }

    /// Tries everything until nothing changes.
    pub(super) fn solve(&mut self) -> Result<()> {
        loop {
            let pending = std::mem::take(&mut self.obligations);
            let before = pending.len();
            for obligation in pending {
                self.oblige(obligation)?;
            }
            if self.obligations.len() >= before && !self.vars.default_numbers() {
                break;
            }
        }
        match self.obligations.first() {
            None => Ok(()),
            Some(
                Obligation::Field { line, .. }
                | Obligation::Index { line, .. }
                | Obligation::Try { line, .. }
                | Obligation::Iterate { line, .. }
                | Obligation::Method { line, .. },
            ) => Err(self.error(*line, "the type has to be known here: write it where the value is made")),
        }
    }

    fn attempt(&mut self, obligation: &Obligation) -> Result<bool> {
        let (Obligation::Field { of, .. }
        | Obligation::Index { of, .. }
        | Obligation::Try { of, .. }
        | Obligation::Iterate { of, .. }
        | Obligation::Method { receiver: of, .. }) = obligation;
        let of = self.vars.shallow(of);
        if matches!(of, Ty::Var(_)) {
            return Ok(false);
        }
        match obligation {
            Obligation::Field { line, name, result, .. } => {
                let field = self.field_type(*line, &of, name)?;
                self.unify(*line, result, &field)?;
            }
            Obligation::Index { line, range, result, .. } => {
                let (Ty::Array(element, _) | Ty::Vec(element)) = &of else {
                    let message = format!("`{}` has no elements to index", self.show(&of));
                    return Err(self.error(*line, message));
                };
                let ty = if *range { Ty::Vec(element.clone()) } else { (**element).clone() };
                self.unify(*line, result, &ty)?;
            }
            Obligation::Try { line, result, .. } => self.try_operator(*line, &of, result)?,
            Obligation::Iterate { line, item, .. } => {
                let (Ty::Array(element, _) | Ty::Vec(element) | Ty::Iter(element) | Ty::Range(element)) = &of
                else {
                    let message = format!("devices cannot iterate over `{}`", self.show(&of));
                    return Err(self.error(*line, message));
                };
                self.unify(*line, item, element)?;
            }
            Obligation::Method { line, name, generics, arguments, result, .. } => {
                let Some((parameters, given)) = self.method_type(&of, name, generics, arguments.len())?
                else {
                    let message = format!(
                        "devices have no method `{name}` on `{}`: mark it with `#[device_fn]`, or do its work here",
                        self.show(&of)
                    );
                    return Err(self.error(*line, message));
                };
                if parameters.len() != arguments.len() {
                    let message =
                        format!("`{name}` takes {} arguments, not {}", parameters.len(), arguments.len());
                    return Err(self.error(*line, message));
                }
                for (argument, parameter) in arguments.iter().zip(&parameters) {
                    self.coerce(*line, argument, parameter)?;
                }
                if given == Ty::Never {
                    // Only a free variable takes it; whoever asks next sees it.
                    let _ = self.vars.unify(result, &Ty::Never);
                } else {
                    self.unify(*line, result, &given)?;
                }
            }
        }
        Ok(true)
    }

    fn try_operator(&mut self, line: u32, of: &Ty, result: &Ty) -> Result<()> {
        let function = self.vars.shallow(&self.result.clone());
        match (of, function) {
            (Ty::Option(value), Ty::Option(_)) => self.unify(line, result, value),
            (Ty::Result(value, error), Ty::Result(_, wanted)) => {
                self.unify(line, error, &wanted)?;
                self.unify(line, result, value)
            }
            (of, function) => {
                let message = format!(
                    "`?` on `{}` in a function that gives `{}`: use `let .. else`",
                    self.show(of),
                    self.show(&function)
                );
                Err(self.error(line, message))
            }
        }
    }

    /// The type of a field, which has to be there.
    pub(super) fn field_type(&mut self, line: u32, of: &Ty, name: &str) -> Result<Ty> {
        if let Ty::SendError(message) = of {
            match name {
                "message" => return Ok((**message).clone()),
                "reason" => return Ok(self.linker.known_struct("K2KRefusal")),
                _ => {}
            }
        }
        let found = self.linker.field_number(of, name);
        let field = found.and_then(|number| self.linker.field_types_of(of).get(number).cloned());
        field.ok_or_else(|| {
            let message = format!("`{}` has no field `{name}` that devices know", self.show(of));
            self.error(line, message)
        })
    }
}

impl Linker<'_> {
    /// The number of a field in a struct or tuple.
    pub(in crate::link) fn field_number(&self, of: &Ty, name: &str) -> Option<usize> {
        match of {
            Ty::Named(id) | Ty::Message(id, _) => match self.module.types.get(*id) {
                Type::Struct(layout) => layout.fields.iter().position(|field| field.name == name),
                _ => None,
            },
            Ty::Tuple(parts) => name.parse().ok().filter(|number| *number < parts.len()),
            Ty::SendError(_) => Some(usize::from(name != "message")),
            _ => None,
        }
    }

    /// The types of all fields.
    pub(in crate::link) fn field_types(&self, of: &Ty) -> Vec<Ty> {
        self.field_types_of(of)
    }

    fn field_types_of(&self, of: &Ty) -> Vec<Ty> {
        match of {
            Ty::Named(id) | Ty::Message(id, _) => match self.module.types.get(*id) {
                Type::Struct(layout) => layout.fields.iter().map(|field| self.lift(field.ty)).collect(),
                _ => Vec::new(),
            },
            Ty::Tuple(parts) => parts.clone(),
            _ => Vec::new(),
        }
    }
}

/// The unsigned integer of the same width.
pub(crate) const fn unsigned(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::I8 => Scalar::U8,
        Scalar::I16 => Scalar::U16,
        Scalar::I32 => Scalar::U32,
        Scalar::I64 => Scalar::U64,
        other => other,
    }
}

/// The signed integer of the same width.
pub(in crate::link) const fn signed(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::U8 => Scalar::I8,
        Scalar::U16 => Scalar::I16,
        Scalar::U32 => Scalar::I32,
        Scalar::U64 => Scalar::I64,
        other => other,
    }
}
