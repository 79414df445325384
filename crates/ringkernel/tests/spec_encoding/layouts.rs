//! Layouts describe the encoding: whoever knows a message's layout alone reads its bytes as what has been written. That
//! is all that a device knows.

use std::fmt::{self, Debug};

use proptest::prelude::*;
use ringkernel::message::{EnumLayout, MessageField, Scalar, StructLayout, TypeLayout};
use ringkernel::prelude::*;

use crate::generated::{Colour, Composites, Point, composites, identifiers, scalars};

/// A value in a payload, read by its layout and printed as `#[derive(Debug)]` prints it.
struct Read<'a> {
    layout: TypeLayout,
    payload: &'a [u8],
    at: usize,
}

impl Read<'_> {
    fn part(&self, layout: TypeLayout, at: usize) -> Read<'_> {
        assert_eq!(at % layout.align(), 0, "{layout:?} at {at}");
        Read { layout, payload: self.payload, at }
    }

    fn bytes<const N: usize>(&self, offset: usize) -> [u8; N] {
        let start = self.at + offset;
        self.payload[start..start + N].try_into().expect("N bytes")
    }

    fn elements(&self, element: TypeLayout, start: usize, count: usize) -> Vec<Read<'_>> {
        (0..count).map(|index| self.part(element, start + element.size() * index)).collect()
    }

    /// Where a part of variable length lies, and how many elements it has.
    fn span(&self) -> (usize, usize) {
        let word = |offset| u32::from_le_bytes(self.bytes(offset)) as usize;
        (word(0), word(4))
    }

    fn scalar(&self, scalar: Scalar, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match scalar {
            Scalar::Bool => (self.bytes::<1>(0) == [1]).fmt(f),
            Scalar::I8 => i8::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::I16 => i16::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::I32 => i32::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::I64 => i64::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::U8 => u8::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::U16 => u16::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::U32 => u32::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::U64 => u64::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::F32 => f32::from_le_bytes(self.bytes(0)).fmt(f),
            Scalar::F64 => f64::from_le_bytes(self.bytes(0)).fmt(f),
        }
    }

    fn structure(&self, layout: &StructLayout, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match layout.name {
            "char" => char::from_u32(u32::from_le_bytes(self.bytes(0))).expect("a char").fmt(f),
            "MessageId" | "CorrelationId" | "Uuid" => {
                let word = |offset| u64::from_le_bytes(self.bytes(offset));
                Uuid::from_u64_pair(word(0), word(8)).fmt(f)
            }
            name => {
                let mut shown = f.debug_struct(name);
                for field in layout.fields {
                    shown.field(field.name, &self.part(field.layout, self.at + field.offset));
                }
                shown.finish()
            }
        }
    }

    fn variant(&self, layout: &EnumLayout, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = 0_i128;
        for index in (0..layout.repr.size()).rev() {
            number = number << 8 | i128::from(self.bytes::<1>(index)[0]);
        }
        let named = layout.variants.iter().find(|(_, discriminant)| *discriminant == number);
        f.write_str(named.expect("a variant").0)
    }
}

impl Debug for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layout {
            TypeLayout::Scalar(scalar) => self.scalar(scalar, f),
            TypeLayout::Struct(layout) => self.structure(layout, f),
            TypeLayout::Enum(layout) => self.variant(layout, f),
            TypeLayout::Array { element, len } => self.elements(*element, self.at, len).fmt(f),
            TypeLayout::Vec(element) => {
                let (start, count) = self.span();
                self.elements(*element, start, count).fmt(f)
            }
            TypeLayout::Text => {
                let (start, count) = self.span();
                std::str::from_utf8(&self.payload[start..start + count]).expect("text").fmt(f)
            }
            TypeLayout::Option(value) => {
                let at = self.at + TypeLayout::option_value_offset(value);
                let tag = u32::from_le_bytes(self.bytes(0));
                assert!(tag < 2, "{tag}");
                (tag == 1).then(|| self.part(*value, at)).fmt(f)
            }
            TypeLayout::Tuple(parts) => {
                let mut shown = f.debug_tuple("");
                let mut end = self.at;
                for part in parts {
                    let at = end.next_multiple_of(part.align());
                    shown.field(&self.part(*part, at));
                    end = at + part.size();
                }
                shown.finish()
            }
            other => panic!("a message has no {other:?}"),
        }
    }
}

/// The layout alone gives the message back.
fn reads_back<M: RingMessage + Debug>(message: &M) {
    let payload = message.serialize();
    let layout = TypeLayout::Struct(M::LAYOUT.head);
    let read = Read { layout, payload: &payload, at: 0 };
    assert_eq!(format!("{read:?}"), format!("{message:?}"));
}

proptest! {
    #[test]
    fn messages_are_read_by_their_layouts(
        scalars in scalars(),
        identifiers in identifiers(),
        composites in composites(),
    ) {
        reads_back(&scalars);
        reads_back(&identifiers);
        reads_back(&composites);
    }
}

/// The size and alignment that nested values are encoded with are those of the layout.
fn agrees<T: MessageField>() {
    assert_eq!((T::SIZE, T::ALIGN), (T::LAYOUT.size(), T::LAYOUT.align()), "{:?}", T::LAYOUT);
}

#[test]
fn sizes_and_alignments_are_those_of_the_layout() {
    agrees::<Point>();
    agrees::<Colour>();
    agrees::<Option<Point>>();
    agrees::<(u8, u64, [bool; 2], (char,))>();
    agrees::<Option<(u8, Option<u16>)>>();
    assert_eq!((Option::<u64>::SIZE, Option::<u64>::ALIGN), (16, 8));
    assert_eq!(<(u8, u32, u8)>::SIZE, 12);
    assert_eq!((Vec::<u64>::SIZE, String::ALIGN), (8, 4));
}

#[derive(RingMessage)]
#[message(type_id = 77)]
struct Bare;

#[derive(RingMessage)]
#[message(type_id = 78)]
struct Roles {
    other: u64,
    #[message(priority = "priority::HIGH")]
    urgency: u8,
    #[message(correlation)]
    request: Option<CorrelationId>,
    #[message(id)]
    id: MessageId,
}

#[test]
fn a_layout_names_its_message_and_the_fields_with_a_part_in_the_header() {
    let layout = Roles::LAYOUT;
    assert_eq!((layout.name, layout.type_id), (Roles::MESSAGE_TYPE, 78));
    assert_eq!((layout.id, layout.correlation, layout.priority), (Some(3), Some(2), Some(1)));
    assert_eq!(layout.default_priority, priority::HIGH);
    assert_eq!(layout.head.fields[1].name, "urgency");
    let layout = Bare::LAYOUT;
    assert_eq!((layout.id, layout.correlation, layout.priority), (None, None, None));
    assert_eq!((layout.head.size, layout.head.fields.len()), (0, 0));
    assert_eq!(layout.default_priority, priority::NORMAL);
    assert_eq!(Composites::LAYOUT.head.name, "Composites");
}
