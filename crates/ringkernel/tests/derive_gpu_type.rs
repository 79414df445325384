//! `#[derive(GpuType)]`: layouts are those of C, bytes that are no value are refused.
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use ringkernel::__private::{Scalar, TypeLayout};
use ringkernel::message::{DecodeError, MessageField};
use ringkernel::prelude::*;
use std::mem::{align_of, offset_of, size_of};

#[derive(GpuType, Debug, Clone, Copy, PartialEq)]
#[repr(C)]
struct Particle {
    alive: bool,
    position: [f32; 3],
    charge: f64,
    kind: Kind,
    r#type: i16,
}

#[derive(GpuType, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Electron = 1,
    Proton,
    Neutron = 9,
}

/// A struct without field names that holds another device type.
#[derive(GpuType, Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct Cell(u32, Vector);

/// A vector.
#[derive(GpuType, Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct Vector {
    /// First part.
    pub x: f32,
    /// Second part.
    pub y: f32,
}

#[derive(GpuType, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
enum Signed {
    Lowest = i64::MIN,
    MinusOne = -1,
    Zero = 0,
    Highest = i64::MAX,
}

#[derive(GpuType, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
enum Wide {
    Zero,
    Highest = i64::MAX as u64,
}

#[derive(RingMessage, Debug, PartialEq)]
struct Snapshot {
    cells: Vec<Cell>,
    particle: Particle,
    kind: Kind,
    signed: Option<Signed>,
}

fn particle() -> Particle {
    Particle { alive: true, position: [1.0, -2.0, 3.5], charge: 1e-19, kind: Kind::Neutron, r#type: -7 }
}

#[test]
fn a_struct_has_the_layout_of_c() {
    let TypeLayout::Struct(layout) = Particle::LAYOUT else { panic!("a struct") };
    assert_eq!(
        (layout.name, layout.size, layout.align),
        ("Particle", size_of::<Particle>(), align_of::<Particle>())
    );
    let fields: Vec<_> = layout.fields.iter().map(|field| (field.name, field.offset)).collect();
    let expected = [
        ("alive", offset_of!(Particle, alive)),
        ("position", offset_of!(Particle, position)),
        ("charge", offset_of!(Particle, charge)),
        ("kind", offset_of!(Particle, kind)),
        ("type", offset_of!(Particle, r#type)),
    ];
    assert_eq!(fields, expected);
    assert_eq!(
        layout.fields[1].layout,
        TypeLayout::Array { element: &TypeLayout::Scalar(Scalar::F32), len: 3 }
    );
    assert_eq!(layout.fields[3].layout, Kind::LAYOUT);
}

#[test]
fn a_tuple_struct_names_its_fields_by_number() {
    let TypeLayout::Struct(layout) = Cell::LAYOUT else { panic!("a struct") };
    let fields: Vec<_> = layout.fields.iter().map(|field| (field.name, field.offset, field.layout)).collect();
    assert_eq!(fields, [("0", 0, TypeLayout::Scalar(Scalar::U32)), ("1", 4, Vector::LAYOUT)]);
}

#[test]
fn an_enum_lists_its_variants_and_their_numbers() {
    let TypeLayout::Enum(layout) = Kind::LAYOUT else { panic!("an enum") };
    assert_eq!((layout.name, layout.repr), ("Kind", Scalar::U8));
    assert_eq!(layout.variants, [("Electron", 1), ("Proton", 2), ("Neutron", 9)]);
    let TypeLayout::Enum(layout) = Signed::LAYOUT else { panic!("an enum") };
    assert_eq!(layout.variants[0], ("Lowest", i64::MIN.into()));
    let TypeLayout::Enum(layout) = Wide::LAYOUT else { panic!("an enum") };
    assert_eq!(layout.variants[1], ("Highest", i64::MAX.into()));
}

#[test]
fn device_types_travel_in_messages() {
    for signed in [Signed::Lowest, Signed::MinusOne, Signed::Zero, Signed::Highest] {
        let message = Snapshot {
            cells: vec![Cell(1, Vector { x: 2.0, y: 3.0 }); 3],
            particle: particle(),
            kind: Kind::Proton,
            signed: Some(signed),
        };
        let bytes = message.serialize();
        assert_eq!(bytes.len(), message.payload_size());
        assert_eq!(Snapshot::deserialize(&bytes), Ok(message));
    }
}

#[test]
fn numbers_without_a_variant_are_refused() {
    #[derive(RingMessage, Debug, PartialEq)]
    struct Changed {
        kind: Kind,
    }
    let check = |byte: u8, expected: Result<Kind, DecodeError>| {
        assert_eq!(Changed::deserialize(&[byte]).map(|message| message.kind), expected, "{byte}");
    };
    for byte in 0..=u8::MAX {
        check(
            byte,
            match byte {
                1 => Ok(Kind::Electron),
                2 => Ok(Kind::Proton),
                9 => Ok(Kind::Neutron),
                other => Err(DecodeError::InvalidValue { value: other.into(), expected: "Kind" }),
            },
        );
    }
}

#[test]
fn device_types_print_like_debug() {
    #[derive(RingMessage)]
    struct Shown {
        particle: Particle,
        cell: Cell,
    }
    struct Printed(Shown);
    impl std::fmt::Debug for Printed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.fmt_message(f)
        }
    }
    let message = Shown { particle: particle(), cell: Cell(4, Vector { x: 0.5, y: 1.0 }) };
    let expected = format!("Shown {{ particle: {:?}, cell: {:?} }}", message.particle, message.cell);
    assert_eq!(format!("{:?}", Printed(message)), expected);
}
