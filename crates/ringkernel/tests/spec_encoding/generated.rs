//! Messages with every kind of field, and random values of them.

use proptest::array::{uniform2, uniform3};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use ringkernel::context::ReplyTo;
use ringkernel::prelude::*;

#[derive(GpuType, Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub(crate) struct Point {
    pub(crate) tag: u8,
    pub(crate) x: f64,
    pub(crate) on: bool,
}

#[derive(GpuType, Debug, Clone, Copy, PartialEq)]
#[repr(u16)]
pub(crate) enum Colour {
    Red = 3,
    Blue = 700,
}

#[derive(RingMessage, Debug, Clone, PartialEq)]
pub(crate) struct Scalars {
    flag: bool,
    letter: char,
    i8: i8,
    i16: i16,
    i32: i32,
    i64: i64,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    f32: f32,
    f64: f64,
    colour: Colour,
    point: Point,
}

#[derive(RingMessage, Debug, Clone, PartialEq)]
pub(crate) struct Identifiers {
    #[message(id)]
    pub(crate) id: MessageId,
    #[message(correlation)]
    pub(crate) correlation: Option<Uuid>,
    #[message(priority)]
    pub(crate) level: Priority,
    other: CorrelationId,
    actor: ActorRef,
    reply_to: ReplyTo,
    at: HlcTimestamp,
}

#[derive(RingMessage, Debug, Clone, PartialEq)]
pub(crate) struct Composites {
    array: [u16; 3],
    nothing: [u64; 0],
    tuple: (u8, u64, [bool; 2], (char,)),
    number: Option<u64>,
    maybe: Option<String>,
    text: String,
    bytes: Vec<u8>,
    floats: Vec<f64>,
    texts: Vec<String>,
    nested: Vec<Vec<u32>>,
    options: Vec<Option<u16>>,
    pairs: Vec<(u8, u32)>,
    points: Vec<Point>,
    both: [String; 2],
    deep: Option<(Vec<Option<String>>, u8)>,
}

fn point() -> impl Strategy<Value = Point> {
    (any::<u8>(), any::<f64>(), any::<bool>()).prop_map(|(tag, x, on)| Point { tag, x, on })
}

pub(crate) fn scalars() -> impl Strategy<Value = Scalars> {
    let small = (any::<bool>(), any::<char>(), any::<i8>(), any::<i16>(), any::<i32>(), any::<i64>());
    let large = (any::<u8>(), any::<u16>(), any::<u32>(), any::<u64>(), any::<f32>(), any::<f64>());
    let colour = prop_oneof![Just(Colour::Red), Just(Colour::Blue)];
    (small, large, colour, point()).prop_map(|(small, large, colour, point)| {
        let (flag, letter, i8, i16, i32, i64) = small;
        let (u8, u16, u32, u64, f32, f64) = large;
        Scalars { flag, letter, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, colour, point }
    })
}

pub(crate) fn identifiers() -> impl Strategy<Value = Identifiers> {
    let level = prop::sample::select(Priority::HIGHEST_FIRST.to_vec());
    let at = (any::<u64>(), any::<u32>(), any::<u32>());
    let ids = (any::<u128>(), of(any::<u128>()), any::<u128>());
    (ids, level, any::<u64>(), any::<u64>(), at).prop_map(|(ids, level, actor, reply_to, at)| Identifiers {
        id: Uuid::from_u128(ids.0).into(),
        correlation: ids.1.map(Uuid::from_u128),
        level,
        other: Uuid::from_u128(ids.2).into(),
        actor: ActorRef::from_bits(actor),
        reply_to: ReplyTo::from_bits(reply_to),
        at: HlcTimestamp::new(at.0, at.1, at.2),
    })
}

pub(crate) fn composites() -> impl Strategy<Value = Composites> {
    let fixed = (
        any::<[u16; 3]>(),
        (any::<u8>(), any::<u64>(), uniform2(any::<bool>()), any::<char>()),
        of(any::<u64>()),
    );
    let texts = (of(".{0,9}"), ".{0,9}", vec(".{0,5}", 0..4), uniform2(".{0,5}"));
    let lists = (
        vec(any::<u8>(), 0..9),
        vec(any::<f64>(), 0..4),
        vec(vec(any::<u32>(), 0..4), 0..4),
        vec(of(any::<u16>()), 0..4),
        vec((any::<u8>(), any::<u32>()), 0..4),
        vec(point(), 0..4),
    );
    let deep = of((vec(of(".{0,5}"), 0..3), any::<u8>()));
    (fixed, texts, lists, deep).prop_map(|(fixed, texts, lists, deep)| Composites {
        array: fixed.0,
        nothing: [],
        tuple: (fixed.1.0, fixed.1.1, fixed.1.2, (fixed.1.3,)),
        number: fixed.2,
        maybe: texts.0,
        text: texts.1,
        texts: texts.2,
        both: texts.3,
        bytes: lists.0,
        floats: lists.1,
        nested: lists.2,
        options: lists.3,
        pairs: lists.4,
        points: lists.5,
        deep,
    })
}

/// A change of some bytes.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    Truncate(prop::sample::Index),
    Extend(Vec<u8>),
    FlipBit(prop::sample::Index, u8),
    Overwrite(prop::sample::Index, [u8; 3]),
}

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        1 => index().prop_map(Damage::Truncate),
        1 => vec(any::<u8>(), 1..20).prop_map(Damage::Extend),
        8 => (index(), 0..8_u8).prop_map(|(at, bit)| Damage::FlipBit(at, bit)),
        2 => (index(), uniform3(any::<u8>())).prop_map(|(at, bytes)| Damage::Overwrite(at, bytes)),
    ]
}

impl Damage {
    pub(crate) fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Truncate(length) => bytes.truncate(length.index(bytes.len())),
            Self::Extend(more) => bytes.extend(more),
            Self::FlipBit(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Overwrite(at, new) => {
                let at = at.index(bytes.len());
                bytes.iter_mut().skip(at).zip(new).for_each(|(byte, new)| *byte = *new);
            }
        }
    }
}
