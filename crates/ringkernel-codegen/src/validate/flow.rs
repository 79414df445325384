//! When locals have their values.

use std::collections::HashSet;

use super::statements::{Checked, Checker};
use crate::ir::{ExprId, ExpressionKind, LocalId, Place, Projection, Root, TypeId};

/// What is known where a statement stands.
#[derive(Default)]
pub(super) struct Flow {
    /// Immutable locals that have their value.
    pub(super) known: Vec<LocalId>,
    /// Immutable locals that have been set anywhere.
    pub(super) set: HashSet<LocalId>,
    pub(super) labels: Vec<u32>,
    pub(super) used_labels: HashSet<u32>,
}

impl Checker<'_> {
    /// An expression that is used here: its locals have their values.
    pub(super) fn used(&self, expr: ExprId, flow: &Flow) -> Checked<TypeId> {
        let ty = self.expr(expr)?;
        self.known(expr, flow)?;
        Ok(ty)
    }

    fn known(&self, expr: ExprId, flow: &Flow) -> Checked {
        use ExpressionKind as E;
        match &self.function.expressions[expr.0 as usize].kind {
            E::Local(local) => {
                let declared = &self.function.locals[local.0 as usize];
                self.holds(declared.mutable || flow.known.contains(local), || {
                    format!("local {} ({}) is read before it is set", local.0, declared.name)
                })
            }
            E::Literal(_) | E::Zero | E::Some(None) | E::Ok(None) | E::Err(None) => Ok(()),
            E::Unary(_, a)
            | E::Cast(a)
            | E::Bitcast(a)
            | E::Repeat(a)
            | E::Part(a, _)
            | E::Element(a, _)
            | E::Some(Some(a))
            | E::IsSome(a)
            | E::SomeValue(a)
            | E::Ok(Some(a))
            | E::Err(Some(a))
            | E::IsOk(a)
            | E::OkValue(a)
            | E::ErrValue(a)
            | E::Len(a) => self.known(*a, flow),
            E::Binary(_, a, b) => self.known(*a, flow).and_then(|()| self.known(*b, flow)),
            E::Select(a, b, c) => [a, b, c].into_iter().try_for_each(|part| self.known(*part, flow)),
            E::Math(_, parts) | E::Compose(parts) => {
                parts.iter().try_for_each(|part| self.known(*part, flow))
            }
        }
    }

    /// A place that is used here.
    pub(super) fn used_place(&self, place: &Place, flow: &Flow) -> Checked<TypeId> {
        self.place(place)?;
        if let Root::Vector(vector) = place.root {
            self.known(vector, flow)?;
        }
        if let Root::Local(local) = place.root {
            let declared = &self.function.locals[local.0 as usize];
            self.holds(declared.mutable || flow.known.contains(&local), || {
                format!("local {} is read before it is set", local.0)
            })?;
        }
        for projection in &place.projections {
            if let Projection::Index(index) = projection {
                self.known(*index, flow)?;
            }
        }
        Ok(place.ty)
    }

    /// A local that is given a value here, of this type.
    pub(super) fn given(&self, local: LocalId, ty: TypeId, flow: &mut Flow) -> Checked {
        self.same(&format!("local {}", local.0), self.local(local)?, ty)?;
        if !self.function.locals[local.0 as usize].mutable {
            self.holds(flow.set.insert(local), || format!("local {} is set twice", local.0))?;
            flow.known.push(local);
        }
        Ok(())
    }
}
