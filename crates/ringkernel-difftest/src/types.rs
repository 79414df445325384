//! The types of parameters and results, and where their scalars lie in memory.
//!
//! A value is the list of its scalars in order, each as bits in a `u64`: its **leaves**. An option is its tag and the
//! leaves of its value, which are zero for `None`. So each type has a fixed number of leaves.

use ringkernel_abi::{FieldLayout, Scalar as AbiScalar, StructLayout, TypeLayout};
use ringkernel_codegen::ir::Scalar;

/// All scalar types, in the order of the tables.
pub const SCALARS: [Scalar; 12] = [
    Scalar::Bool,
    Scalar::I8,
    Scalar::I16,
    Scalar::I32,
    Scalar::I64,
    Scalar::U8,
    Scalar::U16,
    Scalar::U32,
    Scalar::U64,
    Scalar::Usize,
    Scalar::F32,
    Scalar::F64,
];

/// The integer types that lie in memory.
pub const INTEGERS: [Scalar; 8] =
    [Scalar::I8, Scalar::I16, Scalar::I32, Scalar::I64, Scalar::U8, Scalar::U16, Scalar::U32, Scalar::U64];

/// The type of a parameter or result. It lies in memory, so that `Usize` is not among its scalars.
#[derive(Debug, Clone, PartialEq)]
pub enum Ty {
    /// A scalar.
    Scalar(Scalar),
    /// A tuple.
    Tuple(Vec<Ty>),
    /// An array of so many elements.
    Array(Box<Ty>, usize),
    /// The struct `Pair` of this scalar: see [`pair_fields`].
    Pair(Scalar),
    /// An option.
    Option(Box<Ty>),
}

/// The Rust name of a scalar type.
pub const fn rust_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Usize => "usize",
        other => abi_scalar(other).rust_name(),
    }
}

/// The scalar of layouts; `u64` for `usize`, which has none.
pub const fn abi_scalar(scalar: Scalar) -> AbiScalar {
    match scalar {
        Scalar::Bool => AbiScalar::Bool,
        Scalar::I8 => AbiScalar::I8,
        Scalar::I16 => AbiScalar::I16,
        Scalar::I32 => AbiScalar::I32,
        Scalar::I64 => AbiScalar::I64,
        Scalar::U8 => AbiScalar::U8,
        Scalar::U16 => AbiScalar::U16,
        Scalar::U32 => AbiScalar::U32,
        Scalar::U64 | Scalar::Usize => AbiScalar::U64,
        Scalar::F32 => AbiScalar::F32,
        Scalar::F64 => AbiScalar::F64,
    }
}

/// The name of the struct `Pair` of a scalar, such as `PairI8`.
pub fn pair_name(scalar: Scalar) -> String {
    let name = rust_name(scalar);
    format!("Pair{}{}", name[..1].to_uppercase(), &name[1..])
}

/// The fields of the struct `Pair` of a scalar: its values between others, so that they lie at odd places.
pub fn pair_fields(scalar: Scalar) -> [(&'static str, Ty); 5] {
    [
        ("flag", Ty::Scalar(Scalar::Bool)),
        ("first", Ty::Scalar(scalar)),
        ("small", Ty::Array(Box::new(Ty::Scalar(Scalar::U8)), 3)),
        ("second", Ty::Scalar(scalar)),
        ("count", Ty::Scalar(Scalar::U16)),
    ]
}

impl Ty {
    /// How it is written in Rust.
    pub fn rust(&self) -> String {
        match self {
            Self::Scalar(scalar) => rust_name(*scalar).to_owned(),
            Self::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| part.rust() + ",").collect();
                format!("({})", parts.join(" "))
            }
            Self::Array(element, len) => format!("[{}; {len}]", element.rust()),
            Self::Pair(scalar) => pair_name(*scalar),
            Self::Option(value) => format!("Option<{}>", value.rust()),
        }
    }

    /// Its scalars in order, each with its distance in bytes from the start of the value.
    pub fn leaves(&self) -> Vec<(Scalar, usize)> {
        let mut leaves = Vec::new();
        self.collect_leaves(0, &mut leaves);
        leaves
    }

    fn collect_leaves(&self, at: usize, leaves: &mut Vec<(Scalar, usize)>) {
        match self {
            Self::Scalar(scalar) => leaves.push((*scalar, at)),
            Self::Tuple(parts) => collect_parts(parts.iter(), at, leaves),
            Self::Pair(scalar) => collect_parts(pair_fields(*scalar).iter().map(|(_, ty)| ty), at, leaves),
            Self::Array(element, len) => {
                let size = element.layout().size();
                for index in 0..*len {
                    element.collect_leaves(at + index * size, leaves);
                }
            }
            Self::Option(value) => {
                leaves.push((Scalar::U32, at));
                value.collect_leaves(at + TypeLayout::option_value_offset(&value.layout()), leaves);
            }
        }
    }

    /// Its layout. Leaked: there is one for each program of a test run.
    pub fn layout(&self) -> TypeLayout {
        match self {
            Self::Scalar(scalar) => TypeLayout::Scalar(abi_scalar(*scalar)),
            Self::Tuple(parts) => TypeLayout::Tuple(leak(parts.iter().map(Self::layout).collect())),
            Self::Array(element, len) => TypeLayout::Array { element: leak_one(element.layout()), len: *len },
            Self::Pair(scalar) => {
                TypeLayout::Struct(leak_one(struct_layout(&pair_name(*scalar), &pair_fields(*scalar))))
            }
            Self::Option(value) => TypeLayout::Option(leak_one(value.layout())),
        }
    }

    /// Writes a value into memory.
    pub fn encode(&self, leaves: &[u64], bytes: &mut [u8]) {
        for ((scalar, at), value) in self.leaves().into_iter().zip(leaves) {
            let size = scalar.size() as usize;
            bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
        }
    }

    /// Reads a value out of memory. What lies behind the tag of `None` is zero.
    pub fn decode(&self, bytes: &[u8]) -> Vec<u64> {
        let mut leaves: Vec<u64> = self
            .leaves()
            .into_iter()
            .map(|(scalar, at)| {
                let mut value = [0; 8];
                let size = scalar.size() as usize;
                value[..size].copy_from_slice(&bytes[at..at + size]);
                u64::from_le_bytes(value)
            })
            .collect();
        self.clear_absent(&mut leaves);
        leaves
    }

    /// Sets the leaves behind the tag of each `None` to zero; gives how many leaves the type has.
    fn clear_absent(&self, leaves: &mut [u64]) -> usize {
        match self {
            Self::Scalar(_) => 1,
            Self::Tuple(parts) => parts.iter().fold(0, |at, part| at + part.clear_absent(&mut leaves[at..])),
            Self::Pair(_) => self.leaves().len(),
            Self::Array(element, len) => {
                (0..*len).fold(0, |at, _| at + element.clear_absent(&mut leaves[at..]))
            }
            Self::Option(value) => {
                let count = 1 + value.leaves().len();
                if leaves[0] == 0 {
                    leaves[1..count].fill(0);
                } else {
                    value.clear_absent(&mut leaves[1..]);
                }
                count
            }
        }
    }
}

fn collect_parts<'a>(parts: impl Iterator<Item = &'a Ty>, start: usize, leaves: &mut Vec<(Scalar, usize)>) {
    let mut end = 0usize;
    for part in parts {
        let layout = part.layout();
        end = end.next_multiple_of(layout.align());
        part.collect_leaves(start + end, leaves);
        end += layout.size();
    }
}

/// The layout of a `repr(C)` struct with these fields, by C's rules: the compiler never sees these structs here.
pub fn struct_layout(name: &str, fields: &[(&str, Ty)]) -> StructLayout {
    let (mut end, mut align) = (0usize, 1);
    let fields = fields
        .iter()
        .map(|(name, ty)| {
            let layout = ty.layout();
            let offset = end.next_multiple_of(layout.align());
            end = offset + layout.size();
            align = align.max(layout.align());
            FieldLayout { name: leak_str(name), offset, layout }
        })
        .collect();
    StructLayout { name: leak_str(name), size: end.next_multiple_of(align), align, fields: leak(fields) }
}

/// A slice that lives as long as the program.
pub fn leak<T>(items: Vec<T>) -> &'static [T] {
    Box::leak(items.into_boxed_slice())
}

/// A value that lives as long as the program.
pub fn leak_one<T>(item: T) -> &'static T {
    Box::leak(Box::new(item))
}

/// A text that lives as long as the program.
pub fn leak_str(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_lie_where_c_puts_them() {
        let pair = Ty::Pair(Scalar::I64);
        let offsets: Vec<usize> = pair.leaves().into_iter().map(|(_, at)| at).collect();
        assert_eq!(offsets, [0, 8, 16, 17, 18, 24, 32]);
        let option = Ty::Option(Box::new(Ty::Scalar(Scalar::U8)));
        assert_eq!(option.leaves(), [(Scalar::U32, 0), (Scalar::U8, 4)]);
    }

    #[test]
    fn a_value_survives_memory_and_an_absent_one_reads_as_zeros() {
        let ty = Ty::Tuple(vec![Ty::Option(Box::new(Ty::Scalar(Scalar::I16))), Ty::Scalar(Scalar::U64)]);
        let mut bytes = vec![0; ty.layout().size()];
        ty.encode(&[1, 0xfffe, u64::MAX], &mut bytes);
        assert_eq!(ty.decode(&bytes), [1, 0xfffe, u64::MAX]);
        ty.encode(&[0, 0xfffe, 5], &mut bytes);
        assert_eq!(ty.decode(&bytes), [0, 0, 5]);
    }
}
