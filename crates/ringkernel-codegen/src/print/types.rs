//! What every printer asks about types.

use crate::ir::{Scalar, Type, TypeId, Types};

/// The scalar of a scalar or enum type.
pub(crate) fn scalar_of(types: &Types, ty: TypeId) -> Option<Scalar> {
    match types.get(ty) {
        Type::Scalar(scalar) | Type::Enum { repr: scalar, .. } => Some(*scalar),
        _ => None,
    }
}

/// Type of a part of a struct or tuple, or of what is in an option.
pub(crate) fn part_type(types: &Types, ty: TypeId, part: u32) -> TypeId {
    match types.get(ty) {
        Type::Struct(layout) => layout.fields[part as usize].ty,
        Type::Tuple(parts) => parts[part as usize],
        Type::Option(value) => *value,
        _ => ty,
    }
}

/// Whether a value of this type holds vectors, so that a message of it has a tail.
pub(crate) fn holds_vectors(types: &Types, ty: TypeId) -> bool {
    match types.get(ty) {
        Type::Vec(_) => true,
        Type::Struct(layout) => layout.fields.iter().any(|field| holds_vectors(types, field.ty)),
        Type::Tuple(parts) => parts.iter().any(|part| holds_vectors(types, *part)),
        Type::Array { element, .. } | Type::Option(element) => holds_vectors(types, *element),
        Type::Result(value, error) => holds_vectors(types, *value) || holds_vectors(types, *error),
        _ => false,
    }
}
