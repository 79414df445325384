//! Descriptions of the memory layout of shared types, and the macro that defines a shared struct.
//!
//! A description is a constant tree of names, sizes and offsets. Device code is generated from it, so it holds
//! what Rust decided and never a second opinion: sizes of scalars come from Rust, offsets from `offset_of!`.

/// A scalar type that host and device agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// One byte, 0 or 1.
    Bool,
    /// Signed, 1 byte.
    I8,
    /// Signed, 2 bytes.
    I16,
    /// Signed, 4 bytes.
    I32,
    /// Signed, 8 bytes.
    I64,
    /// Unsigned, 1 byte.
    U8,
    /// Unsigned, 2 bytes.
    U16,
    /// Unsigned, 4 bytes.
    U32,
    /// Unsigned, 8 bytes.
    U64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
}

impl Scalar {
    /// Size in bytes.
    pub const fn size(self) -> usize {
        match self {
            Scalar::Bool | Scalar::I8 | Scalar::U8 => 1,
            Scalar::I16 | Scalar::U16 => 2,
            Scalar::I32 | Scalar::U32 | Scalar::F32 => 4,
            Scalar::I64 | Scalar::U64 | Scalar::F64 => 8,
        }
    }

    /// Alignment in bytes: always the size, which is also what CUDA requires.
    pub const fn align(self) -> usize {
        self.size()
    }

    /// The name of the Rust type, such as `"u32"`.
    pub const fn rust_name(self) -> &'static str {
        match self {
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
        }
    }
}

/// The layout of any shared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeLayout {
    /// A scalar.
    Scalar(Scalar),
    /// `len` elements, one after the other without gaps.
    Array {
        /// Layout of one element.
        element: &'static TypeLayout,
        /// Number of elements.
        len: usize,
    },
    /// A `repr(C)` struct.
    Struct(&'static StructLayout),
    /// An enum without fields.
    Enum(&'static EnumLayout),
    /// A tag (`u32`: 0 for none, 1 for some), then the value at its alignment.
    Option(&'static TypeLayout),
    /// The parts in order, each at its alignment.
    Tuple(&'static [TypeLayout]),
    /// `{ offset: u32, count: u32 }` of elements in the tail of a message.
    Vec(&'static TypeLayout),
    /// `{ offset: u32, count: u32 }` of the bytes of a text in the tail of a message.
    Text,
    /// A cell of a state that lanes share.
    Cell {
        /// What may be done with it.
        kind: CellKind,
        /// Layout of one element.
        element: &'static TypeLayout,
        /// Number of elements of an array; `None` for a single cell.
        len: Option<usize>,
    },
}

/// What lanes may do with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CellKind {
    /// Get and set, ordered by barriers.
    Plain,
    /// Atomic operations.
    Atomic,
}

/// Distance of the value from the tag of an option, and size and alignment of both.
const fn option_parts(value: &TypeLayout) -> (usize, usize, usize) {
    let align = if value.align() > 4 { value.align() } else { 4 };
    (align, (align + value.size()).next_multiple_of(align), align)
}

impl TypeLayout {
    /// Size in bytes.
    pub const fn size(&self) -> usize {
        match self {
            TypeLayout::Scalar(scalar) => scalar.size(),
            TypeLayout::Array { element, len } => element.size() * *len,
            TypeLayout::Struct(layout) => layout.size,
            TypeLayout::Enum(layout) => layout.repr.size(),
            TypeLayout::Option(value) => option_parts(value).1,
            TypeLayout::Tuple(parts) => {
                let (mut end, mut index) = (0usize, 0);
                while index < parts.len() {
                    end = end.next_multiple_of(parts[index].align()) + parts[index].size();
                    index += 1;
                }
                end.next_multiple_of(self.align())
            }
            TypeLayout::Vec(_) | TypeLayout::Text => 8,
            TypeLayout::Cell { element, len, .. } => match len {
                Some(len) => element.size() * *len,
                None => element.size(),
            },
        }
    }

    /// Alignment in bytes.
    pub const fn align(&self) -> usize {
        match self {
            TypeLayout::Scalar(scalar) => scalar.align(),
            TypeLayout::Array { element, .. } => element.align(),
            TypeLayout::Struct(layout) => layout.align,
            TypeLayout::Enum(layout) => layout.repr.align(),
            TypeLayout::Option(value) => option_parts(value).2,
            TypeLayout::Tuple(parts) => {
                let (mut align, mut index) = (1, 0);
                while index < parts.len() {
                    if parts[index].align() > align {
                        align = parts[index].align();
                    }
                    index += 1;
                }
                align
            }
            TypeLayout::Vec(_) | TypeLayout::Text => 4,
            TypeLayout::Cell { element, .. } => element.align(),
        }
    }

    /// Whether a value has all its bytes here, and none in the tail of a message.
    pub const fn is_fixed(&self) -> bool {
        match self {
            TypeLayout::Scalar(_) | TypeLayout::Enum(_) => true,
            TypeLayout::Array { element, .. } | TypeLayout::Cell { element, .. } => element.is_fixed(),
            TypeLayout::Option(value) => value.is_fixed(),
            TypeLayout::Struct(layout) => layout.is_fixed(),
            TypeLayout::Tuple(parts) => {
                let mut index = 0;
                while index < parts.len() {
                    if !parts[index].is_fixed() {
                        return false;
                    }
                    index += 1;
                }
                true
            }
            TypeLayout::Vec(_) | TypeLayout::Text => false,
        }
    }

    /// For an option, the distance in bytes of its value from its tag.
    pub const fn option_value_offset(value: &TypeLayout) -> usize {
        option_parts(value).0
    }
}

/// The layout of a `repr(C)` struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StructLayout {
    /// Name of the Rust type, without its path.
    pub name: &'static str,
    /// Size in bytes, a multiple of `align`.
    pub size: usize,
    /// Alignment in bytes.
    pub align: usize,
    /// The fields in the order of their offsets.
    pub fields: &'static [FieldLayout],
}

impl StructLayout {
    /// Whether a value has all its bytes here, and none in the tail of a message.
    pub const fn is_fixed(&self) -> bool {
        let mut index = 0;
        while index < self.fields.len() {
            if !self.fields[index].layout.is_fixed() {
                return false;
            }
            index += 1;
        }
        true
    }
}

/// One field of a [`StructLayout`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldLayout {
    /// Name of the field.
    pub name: &'static str,
    /// Distance in bytes from the start of the struct.
    pub offset: usize,
    /// Layout of the field's type.
    pub layout: TypeLayout,
}

/// The layout of an enum without fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumLayout {
    /// Name of the Rust type, without its path.
    pub name: &'static str,
    /// The integer that stores the discriminant.
    pub repr: Scalar,
    /// Name and discriminant of each variant, in the order of declaration. `i128` holds every `u64` and `i64`.
    pub variants: &'static [(&'static str, i128)],
}

/// A type whose layout is known as a constant.
///
/// Implemented here for the scalars, for arrays, and by every shared struct for itself.
pub trait HasLayout {
    /// The layout that Rust gives this type.
    const TYPE_LAYOUT: TypeLayout;
}

macro_rules! scalar_layouts {
    ($($ty:ty => $scalar:ident),* $(,)?) => {$(
        impl HasLayout for $ty {
            const TYPE_LAYOUT: TypeLayout = TypeLayout::Scalar(Scalar::$scalar);
        }
        const _: () = {
            assert!(Scalar::$scalar.size() == size_of::<$ty>());
            assert!(Scalar::$scalar.align() == align_of::<$ty>());
        };
    )*};
}

scalar_layouts! {
    bool => Bool, i8 => I8, i16 => I16, i32 => I32, i64 => I64,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64, f32 => F32, f64 => F64,
}

impl<T: HasLayout, const N: usize> HasLayout for [T; N] {
    const TYPE_LAYOUT: TypeLayout = TypeLayout::Array { element: &T::TYPE_LAYOUT, len: N };
}

/// Defines a struct that host and device share: the Rust type, its `LAYOUT`, and compile-time checks of its
/// size, its alignment and the offset of each field, all from one list.
///
/// The struct gets the zerocopy derives, so a field that is not plain data, or a gap between fields, does not
/// compile. Other derives and documentation are written on the struct as usual.
macro_rules! shared_struct {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident: $size:literal bytes, align $align:tt {
            $( $(#[$field_meta:meta])* $offset:literal => $field_vis:vis $field:ident: $ty:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(
            ::zerocopy::FromBytes, ::zerocopy::IntoBytes, ::zerocopy::Immutable, ::zerocopy::KnownLayout,
        )]
        #[repr(C, align($align))]
        $vis struct $name {
            $( $(#[$field_meta])* $field_vis $field: $ty, )*
        }

        impl $name {
            /// The layout of this struct, from which its device text is generated.
            pub const LAYOUT: $crate::StructLayout = $crate::StructLayout {
                name: ::core::stringify!($name),
                size: ::core::mem::size_of::<$name>(),
                align: ::core::mem::align_of::<$name>(),
                fields: &[$(
                    $crate::FieldLayout {
                        name: ::core::stringify!($field),
                        offset: ::core::mem::offset_of!($name, $field),
                        layout: <$ty as $crate::HasLayout>::TYPE_LAYOUT,
                    },
                )*],
            };
        }

        impl $crate::HasLayout for $name {
            const TYPE_LAYOUT: $crate::TypeLayout = $crate::TypeLayout::Struct(&$name::LAYOUT);
        }

        const _: () = {
            assert!(::core::mem::size_of::<$name>() == $size);
            assert!(::core::mem::align_of::<$name>() == $align);
            $( assert!(::core::mem::offset_of!($name, $field) == $offset); )*
        };
    };
}
pub(crate) use shared_struct;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ActorRef, ControlBlock, CorrelationId, HlcTimestamp, MessageHeader, MessageId, ReplyTo,
        TelemetryBuffer,
    };

    #[test]
    fn fields_of_every_shared_struct_cover_it_without_gap_or_overlap() {
        let layouts = [
            ActorRef::LAYOUT,
            ReplyTo::LAYOUT,
            HlcTimestamp::LAYOUT,
            MessageId::LAYOUT,
            CorrelationId::LAYOUT,
            MessageHeader::LAYOUT,
            ControlBlock::LAYOUT,
            TelemetryBuffer::LAYOUT,
        ];
        for layout in layouts {
            let mut end = 0;
            for field in layout.fields {
                assert_eq!(field.offset, end, "{}.{}", layout.name, field.name);
                assert_eq!(field.offset % field.layout.align(), 0, "{}.{}", layout.name, field.name);
                end += field.layout.size();
            }
            assert_eq!(end, layout.size, "{}", layout.name);
        }
    }

    #[test]
    fn nested_layouts_know_their_size_and_alignment() {
        let pairs = <[[HlcTimestamp; 3]; 2]>::TYPE_LAYOUT;
        assert_eq!((pairs.size(), pairs.align()), (96, 8));
        let TypeLayout::Array { element, len: 2 } = pairs else { panic!("{pairs:?}") };
        let TypeLayout::Array { element: TypeLayout::Struct(stamp), len: 3 } = element else {
            panic!("{element:?}")
        };
        assert_eq!(stamp.name, "HlcTimestamp");
        assert_eq!(stamp.fields[1].name, "logical");
        assert_eq!(stamp.fields[1].layout, TypeLayout::Scalar(Scalar::U32));
    }

    #[test]
    fn an_enum_is_as_large_as_its_discriminant() {
        static COLOUR: EnumLayout =
            EnumLayout { name: "Colour", repr: Scalar::U16, variants: &[("Red", 0), ("Blue", 7)] };
        let layout = TypeLayout::Enum(&COLOUR);
        assert_eq!((layout.size(), layout.align()), (2, 2));
        assert_eq!(COLOUR.repr.rust_name(), "u16");
    }
}
