//! Checks of places.

use super::statements::{Checked, Checker};
use crate::ir::{Place, Projection, Root, Scalar, Type, TypeId};

impl Checker<'_> {
    /// Checks the way to a place and its type.
    pub(super) fn place(&self, place: &Place) -> Checked {
        let what = || format!("place {:?}{:?}", place.root, place.projections);
        let mut ty = match place.root {
            Root::Local(local) => self.local(local)?,
            Root::State => match self.roots {
                Some((state, _)) => state,
                None => {
                    return self.holds(false, || "a function that is no handler reads the state".to_owned());
                }
            },
            Root::Message => match self.roots {
                Some((_, message)) => message,
                None => {
                    return self
                        .holds(false, || "a function that is no handler reads the message".to_owned());
                }
            },
            Root::Vector(vector) => self.expr(vector)?,
            Root::BlockArray(number) => match self.function.block_arrays.get(number as usize) {
                Some(array) => {
                    self.holds(place.projections.len() == 1, what)?;
                    return self.block_element(place, array.element);
                }
                None => return self.holds(false, what),
            },
        };
        let first_is_index = matches!(place.projections.first(), Some(Projection::Index(_)));
        if matches!(place.root, Root::Vector(_)) {
            self.holds(first_is_index && matches!(self.get(ty), Type::Vec(_)), what)?;
        }
        for (number, projection) in place.projections.iter().enumerate() {
            ty = match projection {
                Projection::Part(part) => match self.part(ty, *part) {
                    Some(part) => part,
                    None => return self.holds(false, what),
                },
                Projection::Index(index) => {
                    self.scalar(&what(), self.expr(*index)?, &[Scalar::Usize])?;
                    match *self.get(ty) {
                        Type::Array { element, .. } => element,
                        Type::Vec(element) if number == 0 && matches!(place.root, Root::Vector(_)) => element,
                        Type::Cell { element, len: Some(_), .. } => element,
                        _ => return self.holds(false, what),
                    }
                }
            };
        }
        self.same(&what(), ty, place.ty)
    }

    fn block_element(&self, place: &Place, element: TypeId) -> Checked {
        let what = format!("place {:?}{:?}", place.root, place.projections);
        match place.projections.first() {
            Some(Projection::Index(index)) => {
                self.scalar(&what, self.expr(*index)?, &[Scalar::Usize])?;
                self.same(&what, element, place.ty)
            }
            _ => self.holds(false, || what.clone()),
        }
    }

    /// The type of a part of a struct or tuple, or of the value of an option.
    pub(super) fn part(&self, of: TypeId, part: u32) -> Option<TypeId> {
        match self.get(of) {
            Type::Struct(layout) => layout.fields.get(part as usize).map(|field| field.ty),
            Type::Tuple(parts) => parts.get(part as usize).copied(),
            Type::Option(value) if part == 0 && *self.get(*value) != Type::Unit => Some(*value),
            _ => None,
        }
    }
}
