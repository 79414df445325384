//! Layouts of the messages and states that examples use, as macros would record them.

use ringkernel_abi::device::{Binding, Item, MessageLayout};
use ringkernel_abi::{ActorRef, CellKind, FieldLayout, HasLayout, Scalar, StructLayout, TypeLayout};

const U32: TypeLayout = TypeLayout::Scalar(Scalar::U32);

const fn field(name: &'static str, offset: usize, layout: TypeLayout) -> FieldLayout {
    FieldLayout { name, offset, layout }
}

const fn message(name: &'static str, type_id: u64, head: &'static StructLayout) -> MessageLayout {
    MessageLayout {
        name,
        type_id,
        head,
        id: None,
        correlation: None,
        priority: None,
        default_priority: 128,
        handler_id: None,
    }
}

/// `struct Task { count: u32, limit: f32, peer: ActorRef, values: Vec<u32> }`.
pub(crate) static TASK: MessageLayout = message(
    "examples::Task",
    1,
    &StructLayout {
        name: "Task",
        size: 24,
        align: 4,
        fields: &[
            field("count", 0, U32),
            field("limit", 4, TypeLayout::Scalar(Scalar::F32)),
            field("peer", 8, <ActorRef as HasLayout>::TYPE_LAYOUT),
            field("values", 16, TypeLayout::Vec(&U32)),
        ],
    },
);

/// `struct Done { sum: u64, best: Option<u32>, values: Vec<u32> }`.
pub(crate) static DONE: MessageLayout = message(
    "examples::Done",
    2,
    &StructLayout {
        name: "Done",
        size: 24,
        align: 8,
        fields: &[
            field("sum", 0, TypeLayout::Scalar(Scalar::U64)),
            field("best", 8, TypeLayout::Option(&U32)),
            field("values", 16, TypeLayout::Vec(&U32)),
        ],
    },
);

/// `struct Point { x: i32, y: i16 }`.
static POINT: StructLayout = StructLayout {
    name: "Point",
    size: 8,
    align: 4,
    fields: &[field("x", 0, TypeLayout::Scalar(Scalar::I32)), field("y", 4, TypeLayout::Scalar(Scalar::I16))],
};

/// `struct Totals { sum: u64, counts: [u32; 4], corner: Point }`.
pub(crate) static TOTALS: StructLayout = StructLayout {
    name: "Totals",
    size: 32,
    align: 8,
    fields: &[
        field("sum", 0, TypeLayout::Scalar(Scalar::U64)),
        field("counts", 8, TypeLayout::Array { element: &U32, len: 4 }),
        field("corner", 24, TypeLayout::Struct(&POINT)),
    ],
};

/// `struct Board { hits: AtomicCell<u32>, last: SharedArray<f32, 8> }`.
pub(crate) static BOARD: StructLayout = StructLayout {
    name: "Board",
    size: 36,
    align: 4,
    fields: &[
        field("hits", 0, TypeLayout::Cell { kind: CellKind::Atomic, element: &U32, len: None }),
        field(
            "last",
            4,
            TypeLayout::Cell {
                kind: CellKind::Plain,
                element: &TypeLayout::Scalar(Scalar::F32),
                len: Some(8),
            },
        ),
    ],
};

/// What the names in examples stand for.
pub(crate) static BINDINGS: [Binding; 5] = [
    Binding { path: "Task", item: || Item::Message(&TASK) },
    Binding { path: "Done", item: || Item::Message(&DONE) },
    Binding { path: "Point", item: || Item::Type(TypeLayout::Struct(&POINT)) },
    Binding { path: "Totals", item: || Item::Type(TypeLayout::Struct(&TOTALS)) },
    Binding { path: "Board", item: || Item::Type(TypeLayout::Struct(&BOARD)) },
];
