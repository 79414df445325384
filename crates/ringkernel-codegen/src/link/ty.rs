//! Types while they are inferred, and their unification.
//!
//! References do not appear: they are transparent, and whether something is a place is the business of lowering.

use crate::ir::{MessageIndex, Scalar, TypeId};

/// A type, with variables where it is not known yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ty {
    /// Not known yet.
    Var(u32),
    /// `!`.
    Never,
    /// `()`.
    Unit,
    /// A scalar.
    Scalar(Scalar),
    /// A struct, an enum or a cell.
    Named(TypeId),
    /// A struct that is a message.
    Message(TypeId, MessageIndex),
    /// `(A, B)`.
    Tuple(Vec<Ty>),
    /// `[T; N]`.
    Array(Box<Ty>, u32),
    /// `Option<T>`.
    Option(Box<Ty>),
    /// `Result<T, E>`.
    Result(Box<Ty>, Box<Ty>),
    /// `Vec<T>` or `[T]`.
    Vec(Box<Ty>),
    /// `BlockArray<T>`.
    BlockArray(Box<Ty>),
    /// `K2KSendError<M>`.
    SendError(Box<Ty>),
    /// What `for` goes through, by the type of its elements.
    Iter(Box<Ty>),
    /// `a..b`, `a..`, `..b`.
    Range(Box<Ty>),
    /// A closure or a function as an argument.
    Closure(Vec<Ty>, Box<Ty>),
    /// A text.
    Text,
    /// `RingContext`.
    Context,
}

/// What a variable may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything.
    Any,
    /// An integer: that of a literal.
    Int,
    /// A float: that of a literal.
    Float,
}

#[derive(Debug)]
enum Slot {
    Free(Kind),
    Bound(Ty),
}

/// The variables of one function.
#[derive(Debug, Default)]
pub(super) struct Vars {
    slots: Vec<Slot>,
}

impl Vars {
    /// A new variable.
    pub(super) fn fresh(&mut self, kind: Kind) -> Ty {
        self.slots.push(Slot::Free(kind));
        Ty::Var(self.slots.len() as u32 - 1)
    }

    /// The type behind variables; its parts may still be variables.
    pub(super) fn shallow(&self, ty: &Ty) -> Ty {
        let mut ty = ty;
        while let Ty::Var(var) = ty {
            match &self.slots[*var as usize] {
                Slot::Bound(bound) => ty = bound,
                Slot::Free(_) => break,
            }
        }
        ty.clone()
    }

    /// The kind of a free variable.
    pub(super) fn kind(&self, ty: &Ty) -> Option<Kind> {
        match self.shallow(ty) {
            Ty::Var(var) => match self.slots[var as usize] {
                Slot::Free(kind) => Some(kind),
                Slot::Bound(_) => None,
            },
            _ => None,
        }
    }

    /// The type with all that is known put in.
    pub(super) fn deep(&self, ty: &Ty) -> Ty {
        map_parts(self.shallow(ty), &mut |part| self.deep(part))
    }

    /// Makes two types one. `Err` when they differ.
    pub(super) fn unify(&mut self, a: &Ty, b: &Ty) -> Result<(), ()> {
        let (a, b) = (self.shallow(a), self.shallow(b));
        match (&a, &b) {
            (Ty::Var(x), Ty::Var(y)) if x == y => Ok(()),
            (Ty::Var(x), Ty::Var(y)) => {
                // The narrower kind stays.
                let (from, to) = if self.kind(&a) == Some(Kind::Any) { (*x, b) } else { (*y, a.clone()) };
                let kinds = (self.kind(&Ty::Var(from)), self.kind(&to));
                if matches!(
                    kinds,
                    (Some(Kind::Int), Some(Kind::Float)) | (Some(Kind::Float), Some(Kind::Int))
                ) {
                    return Err(());
                }
                self.slots[from as usize] = Slot::Bound(to);
                Ok(())
            }
            (Ty::Var(var), other) | (other, Ty::Var(var)) => {
                let fits = match self.kind(&Ty::Var(*var)) {
                    Some(Kind::Int) => matches!(other, Ty::Scalar(scalar) if scalar.is_integer()),
                    Some(Kind::Float) => matches!(other, Ty::Scalar(scalar) if scalar.is_float()),
                    _ => !self.occurs(*var, other),
                };
                if !fits {
                    return Err(());
                }
                self.slots[*var as usize] = Slot::Bound(other.clone());
                Ok(())
            }
            (Ty::Named(x) | Ty::Message(x, _), Ty::Named(y) | Ty::Message(y, _)) if x == y => Ok(()),
            (Ty::Tuple(x), Ty::Tuple(y)) if x.len() == y.len() => {
                x.iter().zip(y).try_for_each(|(x, y)| self.unify(x, y))
            }
            (Ty::Closure(x, xr), Ty::Closure(y, yr)) if x.len() == y.len() => {
                x.iter().zip(y).try_for_each(|(x, y)| self.unify(x, y))?;
                self.unify(xr, yr)
            }
            (Ty::Array(x, n), Ty::Array(y, m)) if n == m => self.unify(x, y),
            (Ty::Result(x, xe), Ty::Result(y, ye)) => {
                self.unify(x, y)?;
                self.unify(xe, ye)
            }
            (Ty::Option(x), Ty::Option(y))
            | (Ty::Vec(x), Ty::Vec(y))
            | (Ty::BlockArray(x), Ty::BlockArray(y))
            | (Ty::SendError(x), Ty::SendError(y))
            | (Ty::Iter(x), Ty::Iter(y))
            | (Ty::Range(x), Ty::Range(y)) => self.unify(x, y),
            _ if a == b => Ok(()),
            _ => Err(()),
        }
    }

    /// Gives every variable that nothing has decided its default: `i32`, `f64`, `()`.
    pub(super) fn default_numbers(&mut self) -> bool {
        let mut any = false;
        for slot in &mut self.slots {
            let default = match slot {
                Slot::Free(Kind::Int) => Ty::Scalar(Scalar::I32),
                Slot::Free(Kind::Float) => Ty::Scalar(Scalar::F64),
                _ => continue,
            };
            *slot = Slot::Bound(default);
            any = true;
        }
        any
    }

    fn occurs(&self, var: u32, ty: &Ty) -> bool {
        let mut found = false;
        let ty = self.shallow(ty);
        if ty == Ty::Var(var) {
            return true;
        }
        map_parts(ty, &mut |part| {
            found |= self.occurs(var, part);
            part.clone()
        });
        found
    }
}

/// The type with each of its direct parts replaced.
pub(super) fn map_parts(ty: Ty, map: &mut impl FnMut(&Ty) -> Ty) -> Ty {
    let mut one = |part: &Ty| Box::new(map(part));
    match ty {
        Ty::Array(element, len) => Ty::Array(one(&element), len),
        Ty::Option(value) => Ty::Option(one(&value)),
        Ty::Result(value, error) => Ty::Result(one(&value), one(&error)),
        Ty::Vec(element) => Ty::Vec(one(&element)),
        Ty::BlockArray(element) => Ty::BlockArray(one(&element)),
        Ty::SendError(message) => Ty::SendError(one(&message)),
        Ty::Iter(item) => Ty::Iter(one(&item)),
        Ty::Range(bound) => Ty::Range(one(&bound)),
        Ty::Tuple(parts) => Ty::Tuple(parts.iter().map(map).collect()),
        Ty::Closure(parameters, result) => {
            let result = one(&result);
            Ty::Closure(parameters.iter().map(map).collect(), result)
        }
        other => other,
    }
}

/// The scalar of this Rust name.
pub(super) fn scalar_named(name: &str) -> Option<Scalar> {
    Some(match name {
        "bool" => Scalar::Bool,
        "i8" => Scalar::I8,
        "i16" => Scalar::I16,
        "i32" => Scalar::I32,
        "i64" => Scalar::I64,
        "u8" => Scalar::U8,
        "u16" => Scalar::U16,
        "u32" => Scalar::U32,
        "u64" => Scalar::U64,
        "f32" => Scalar::F32,
        "f64" => Scalar::F64,
        "usize" => Scalar::Usize,
        _ => return None,
    })
}

/// The Rust name of a scalar.
pub(super) const fn scalar_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Bool => "bool",
        Scalar::I8 => "i8",
        Scalar::I16 => "i16",
        Scalar::I32 => "i32",
        Scalar::I64 => "i64",
        Scalar::U8 => "u8",
        Scalar::U16 => "u16",
        Scalar::U32 => "u32",
        Scalar::U64 => "u64",
        Scalar::F32 => "f32",
        Scalar::F64 => "f64",
        Scalar::Usize => "usize",
    }
}
