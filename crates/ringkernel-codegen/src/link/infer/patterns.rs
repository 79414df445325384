//! Types of patterns.

use super::Infer;
use crate::link::error::Result;
use crate::link::resolve::PathValue;
use crate::link::ty::Ty;
use crate::source::{Pattern, PatternKind};

impl<'t> Infer<'_, '_, 't> {
    /// A pattern that values of this type are matched with.
    pub(super) fn pattern(&mut self, pattern: &'t Pattern, ty: &Ty) -> Result<()> {
        self.patterns.insert(pattern, ty.clone());
        let line = pattern.line;
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Rest => Ok(()),
            PatternKind::Binding { name, inner, .. } => {
                self.bind(name, ty.clone());
                inner.as_ref().map_or(Ok(()), |inner| self.pattern(inner, ty))
            }
            PatternKind::Literal(_, literal) => {
                let literal = self.literal(line, literal, &super::Expect::Nothing)?;
                self.unify(line, &literal, ty)
            }
            PatternKind::Path(path) => {
                if let Some(constant) = self.variable(&path.name) {
                    return self.unify(line, &constant, ty);
                }
                match self.linker.path_value(self.source, line, &path.name)? {
                    Some(PathValue::Function(_)) | None => {
                        let message =
                            format!("the constant or variant `{}` is not known to devices", path.name);
                        Err(self.error(line, message))
                    }
                    Some(_) => {
                        let constant = self.path(line, path)?;
                        self.unify(line, &constant, ty)
                    }
                }
            }
            PatternKind::Range(start, _, end) => {
                for bound in [start, end].into_iter().flatten() {
                    self.check(bound, ty)?;
                }
                Ok(())
            }
            PatternKind::Reference(inner) => self.pattern(inner, ty),
            PatternKind::Tuple(parts) => self.tuple(line, parts, ty),
            PatternKind::TupleStruct(path, parts) => {
                let last = path.name.rsplit("::").next().unwrap_or(&path.name);
                let value = self.fresh();
                let matched = match last {
                    "Some" => Ty::Option(Box::new(value.clone())),
                    "Ok" => Ty::Result(Box::new(value.clone()), Box::new(self.fresh())),
                    "Err" => Ty::Result(Box::new(self.fresh()), Box::new(value.clone())),
                    _ => return self.tuple_struct(line, &path.name, parts, ty),
                };
                self.unify(line, &matched, ty)?;
                match parts.as_slice() {
                    [part] => self.pattern(part, &value),
                    _ => Err(self.error(line, format!("`{last}` holds one value"))),
                }
            }
            PatternKind::Struct(path, fields) => {
                let named = if path.name.ends_with("K2KSendError") {
                    Some(Ty::SendError(Box::new(self.fresh())))
                } else {
                    self.linker.named_type(self.source, line, &path.name)?
                };
                let Some(named) = named else {
                    let message = format!("the struct `{}` is not known to devices", path.name);
                    return Err(self.error(line, message));
                };
                self.unify(line, &named, ty)?;
                for (name, part) in fields {
                    let field = self.field_type(line, &named, name)?;
                    self.pattern(part, &field)?;
                }
                Ok(())
            }
            PatternKind::Or(alternatives) => {
                let Some((first, others)) = alternatives.split_first() else { return Ok(()) };
                self.pattern(first, ty)?;
                for other in others {
                    self.scopes.push(Vec::new());
                    let result = self.pattern(other, ty);
                    let bound = self.scopes.pop().unwrap_or_default();
                    result?;
                    for (name, bound) in bound {
                        if let Some(known) = self.variable(&name) {
                            self.unify(line, &bound, &known)?;
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn tuple(&mut self, line: u32, parts: &'t [Pattern], ty: &Ty) -> Result<()> {
        let has_rest = parts.iter().any(|part| matches!(part.kind, PatternKind::Rest));
        let types = match self.vars.shallow(ty) {
            Ty::Tuple(types) => types,
            Ty::Unit => Vec::new(),
            Ty::Var(_) if !has_rest => {
                let types: Vec<Ty> = parts.iter().map(|_| self.fresh()).collect();
                self.unify(line, &Ty::Tuple(types.clone()), ty)?;
                types
            }
            Ty::Var(_) => {
                return Err(self.error(line, "the type of this tuple has to be written before `..`"));
            }
            other => {
                let message = format!("a tuple pattern cannot match `{}`", self.show(&other));
                return Err(self.error(line, message));
            }
        };
        for (part, index) in placed(parts, types.len()) {
            let Some(ty) = types.get(index) else {
                return Err(self.error(line, format!("this tuple has {} parts", types.len())));
            };
            self.pattern(part, &ty.clone())?;
        }
        Ok(())
    }

    fn tuple_struct(&mut self, line: u32, path: &str, parts: &'t [Pattern], ty: &Ty) -> Result<()> {
        let Some(named) = self.linker.named_type(self.source, line, path)? else {
            return Err(self.error(line, format!("the struct `{path}` is not known to devices")));
        };
        self.unify(line, &named, ty)?;
        let fields = self.linker.field_types(&named);
        for (part, index) in placed(parts, fields.len()) {
            let Some(field) = fields.get(index) else {
                return Err(self.error(line, format!("`{path}` has {} fields", fields.len())));
            };
            self.pattern(part, field)?;
        }
        Ok(())
    }
}

/// The parts of a tuple pattern and which part of the value each is for: those behind `..` count from the end.
pub(crate) fn placed(parts: &[Pattern], len: usize) -> impl Iterator<Item = (&Pattern, usize)> {
    let rest = parts.iter().position(|part| matches!(part.kind, PatternKind::Rest));
    parts.iter().enumerate().filter_map(move |(index, part)| match rest {
        Some(rest) if index == rest => None,
        Some(rest) if index > rest => Some((part, (len + index).wrapping_sub(parts.len()))),
        _ => Some((part, index)),
    })
}
