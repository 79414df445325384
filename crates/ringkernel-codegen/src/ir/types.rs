//! Types, each stored once, and where their parts lie in memory.

use ringkernel_abi::CellKind;

/// Index of a type in [`Types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub u32);

/// A scalar type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the Rust type that its name says")]
pub enum Scalar {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    /// `usize`: 64 bits on CUDA, 32 on WGSL. Never in memory.
    Usize,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// `()`: no value. No local or field has it.
    Unit,
    /// A scalar.
    Scalar(Scalar),
    /// An enum without fields; its values are those of its integer.
    Enum {
        /// Its name.
        name: String,
        /// Its integer.
        repr: Scalar,
        /// Names and discriminants, in the order of declaration.
        variants: Vec<(String, i128)>,
    },
    /// A struct, of memory or of a message.
    Struct(StructType),
    /// `(A, B)`; has at least one part.
    Tuple(Vec<TypeId>),
    /// `[T; N]`.
    Array {
        /// Type of the elements.
        element: TypeId,
        /// Number of elements.
        len: u32,
    },
    /// `Option<T>`; `T` may be `Unit`.
    Option(TypeId),
    /// `Result<T, E>`; both may be `Unit`.
    Result(TypeId, TypeId),
    /// `Vec<T>` or `&[T]`: where the elements lie, and how many. Copying it copies neither. See [`crate::ir`] and
    /// [`Statement::VecNew`](super::Statement::VecNew).
    Vec(TypeId),
    /// A cell or an array of cells; only inside of a state.
    Cell {
        /// What may be done with it.
        kind: CellKind,
        /// Type of an element: a scalar, an enum, a struct or an array for plain cells; an integer or float for atomic ones.
        element: TypeId,
        /// Number of elements, `None` for a single cell.
        len: Option<u32>,
    },
    /// An array in block memory. A value of this type is which of the function's [`BlockArray`](super::BlockArray)s it is,
    /// known when the program is printed.
    BlockArray(TypeId),
}

/// A struct with its layout in memory, which is that of C.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StructType {
    /// Its Rust name without path. Two structs may have one name.
    pub name: String,
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// Bytes in memory.
    pub size: u32,
    /// Alignment in bytes.
    pub align: u32,
}

/// A field of a struct.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Bytes from the start of the struct.
    pub offset: u32,
}

/// All types of a module, each once: equal types have equal ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Types {
    types: Vec<Type>,
}

impl Types {
    /// The id of this type, which is added if it is new.
    pub fn intern(&mut self, ty: Type) -> TypeId {
        let index = self.types.iter().position(|known| *known == ty).unwrap_or_else(|| {
            self.types.push(ty);
            self.types.len() - 1
        });
        TypeId(index as u32)
    }

    /// The type of this id.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// All types; a type comes after those that it is made of.
    pub fn iter(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        self.types.iter().enumerate().map(|(index, ty)| (TypeId(index as u32), ty))
    }

    /// Bytes that a value takes in memory, and their alignment. `Usize`, `Result` and `BlockArray` are never in memory; what
    /// is given for them has no meaning.
    pub fn layout(&self, id: TypeId) -> (u32, u32) {
        match self.get(id) {
            Type::Unit => (0, 1),
            Type::Scalar(scalar) | Type::Enum { repr: scalar, .. } => (scalar.size(), scalar.size()),
            Type::Struct(layout) => (layout.size, layout.align),
            Type::Tuple(parts) => {
                let (mut end, mut align) = (0u32, 1);
                for part in parts {
                    let (size, part_align) = self.layout(*part);
                    end = end.next_multiple_of(part_align) + size;
                    align = align.max(part_align);
                }
                (end.next_multiple_of(align), align)
            }
            Type::Array { element, len } => {
                let (size, align) = self.layout(*element);
                (size * len, align)
            }
            Type::Option(value) | Type::Result(value, _) => {
                let (size, align) = self.layout(*value);
                let align = align.max(4);
                ((align + size).next_multiple_of(align), align)
            }
            Type::Vec(_) | Type::BlockArray(_) => (8, 4),
            Type::Cell { element, len, .. } => {
                let (size, align) = self.layout(*element);
                (size * len.unwrap_or(1), align)
            }
        }
    }

    /// Bytes from the start of a tuple, struct, or option (whose only part is its value) to this part.
    pub fn offset(&self, id: TypeId, part: u32) -> u32 {
        match self.get(id) {
            Type::Struct(layout) => layout.fields[part as usize].offset,
            Type::Tuple(parts) => {
                let mut end = 0u32;
                for (index, ty) in parts.iter().enumerate() {
                    let (size, align) = self.layout(*ty);
                    let start = end.next_multiple_of(align);
                    if index == part as usize {
                        return start;
                    }
                    end = start + size;
                }
                end
            }
            Type::Option(value) => self.layout(*value).1.max(4),
            _ => 0,
        }
    }
}

impl Scalar {
    /// Bytes in memory.
    pub const fn size(self) -> u32 {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 | Self::Usize => 8,
        }
    }

    /// Whether it is `f32` or `f64`.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether it is an integer with a sign.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    /// Whether it is an integer, `usize` included.
    pub const fn is_integer(self) -> bool {
        !self.is_float() && !matches!(self, Self::Bool)
    }
}
