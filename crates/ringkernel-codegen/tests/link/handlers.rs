//! Handlers, with state, messages and lanes.

use ringkernel_abi::device::{Binding, DeviceFunction, Item, MessageLayout, Overflow};
use ringkernel_abi::{ActorRef, CellKind, FieldLayout, Scalar, StructLayout, TypeLayout};
use ringkernel_codegen::link::{HandlerSource, KernelSource, link};
use ringkernel_codegen::source::parse_function;

const U32: TypeLayout = TypeLayout::Scalar(Scalar::U32);

static GO_HEAD: StructLayout = StructLayout {
    name: "Go",
    size: 12,
    align: 4,
    fields: &[
        FieldLayout { name: "target", offset: 0, layout: TypeLayout::Struct(&ActorRef::LAYOUT) },
        FieldLayout { name: "amount", offset: 8, layout: U32 },
    ],
};
static GO: MessageLayout = MessageLayout {
    name: "test::Go",
    type_id: 1,
    head: &GO_HEAD,
    id: None,
    correlation: None,
    priority: None,
    default_priority: 1,
    handler_id: None,
};
static DONE_HEAD: StructLayout = StructLayout {
    name: "Done",
    size: 4,
    align: 4,
    fields: &[FieldLayout { name: "sum", offset: 0, layout: U32 }],
};
static DONE: MessageLayout = MessageLayout { name: "test::Done", type_id: 2, head: &DONE_HEAD, ..GO };
static TALLY: StructLayout = StructLayout {
    name: "Tally",
    size: 8,
    align: 4,
    fields: &[
        FieldLayout { name: "sum", offset: 0, layout: U32 },
        FieldLayout { name: "count", offset: 4, layout: U32 },
    ],
};
static CELLS: StructLayout = StructLayout {
    name: "Cells",
    size: 16,
    align: 4,
    fields: &[
        FieldLayout {
            name: "hits",
            offset: 0,
            layout: TypeLayout::Cell { kind: CellKind::Atomic, element: &U32, len: None },
        },
        FieldLayout {
            name: "values",
            offset: 4,
            layout: TypeLayout::Cell { kind: CellKind::Plain, element: &U32, len: Some(3) },
        },
    ],
};

static ADD: DeviceFunction = DeviceFunction {
    name: "add",
    code: &[],
    bindings: BINDINGS,
    file: "kernel.rs",
    overflow: Overflow::Wraps,
};
const BINDINGS: &[Binding] = &[
    Binding { path: "Go", item: || Item::Message(&GO) },
    Binding { path: "Done", item: || Item::Message(&DONE) },
    Binding { path: "Tally", item: || Item::Type(TypeLayout::Struct(&TALLY)) },
    Binding { path: "Cells", item: || Item::Type(TypeLayout::Struct(&CELLS)) },
];

/// What a kernel with this one handler becomes.
fn linked(text: &str, state: Option<TypeLayout>, cooperative: bool) -> String {
    let function = match parse_function(text) {
        Ok(function) => function,
        Err(error) => panic!("{error}: {text}"),
    };
    let code: &'static [u8] = function.encode().unwrap().leak();
    let answer = text.contains("Done").then_some(&DONE);
    let function: &'static DeviceFunction = Box::leak(Box::new(DeviceFunction { code, ..ADD }));
    let handlers = vec![HandlerSource { function, message: &GO, answer }];
    match link(&[KernelSource {
        id: "kernel",
        state,
        cooperative,
        handlers,
        polled: Vec::new(),
        methods: Vec::new(),
    }]) {
        Ok(module) => format!("{text}\n{module}\n"),
        Err(error) => format!("{text}\nerror: {error}\n"),
    }
}

#[test]
fn scalar_handlers_work_on_their_state_and_send() {
    let tally = Some(TypeLayout::Struct(&TALLY));
    let texts = [
        "fn add(_ctx: &mut RingContext, go: Go) -> Done { Done { sum: go.amount + 1 } }",
        "fn add(ctx: &mut RingContext, tally: &mut Tally, go: Go) -> Option<Done> {
            let figures = &mut *tally;
            figures.sum += go.amount;
            if figures.sum > 100 { ctx.fail(figures.count); }
            if !ctx.send_to_kernel(go.target, Done { sum: tally.sum }) { return None; }
            ctx.sync_threads();
            Some(Done { sum: tally.sum })
        }",
        "fn add(ctx: &mut RingContext, tally: &mut Tally, go: Go) {
            match ctx.try_send_to_kernel(\"other\", go) {
                Ok(()) => *tally = Tally { sum: 0, ..*tally },
                Err(refused) => tally.sum = refused.message.amount + refused.reason as u32,
            }
        }",
        "fn add(ctx: &mut RingContext, tally: &mut Tally, go: Go) {
            if ctx.publish(\"sums/all\", Done { sum: tally.sum }) { tally.count += 1; }
            if let Err(refused) = ctx.try_publish(\"sums/all\", go) { tally.sum = refused.reason as u32; }
        }",
        "fn add(ctx: &mut RingContext, go: Go) { ctx.publish(go.target, go); }",
    ];
    let shown: String = texts.iter().map(|text| linked(text, tally, false)).collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn lanes_have_to_agree_only_where_a_barrier_depends_on_it() {
    let cells = Some(TypeLayout::Struct(&CELLS));
    let texts = [
        // Nothing is left to wait for.
        "fn add(ctx: &mut RingContext, cells: &Shared<Cells>, _go: &Go) { ctx.sync_threads(); if ctx.thread_id() > 3 { return; } cells.hits.fetch_add(1); }",
        // A barrier comes behind the early return.
        "fn add(ctx: &mut RingContext, _go: &Go) { if ctx.thread_id() > 3 { return; } ctx.sync_threads(); }",
        // Lanes that skip the rest of a round meet the others in the next.
        "fn add(ctx: &mut RingContext, go: &Go) { for i in 0..go.amount { ctx.sync_threads(); if i > ctx.thread_id() { continue; } ctx.thread_fence_block(); } }",
        "fn add(ctx: &mut RingContext, go: &Go) { for i in 0..go.amount { if i > ctx.thread_id() { continue; } ctx.sync_threads(); } }",
        // A lane that leaves the loop misses its barriers; one that leaves an inner loop does not.
        "fn add(ctx: &mut RingContext, go: &Go) { loop { ctx.sync_threads(); for j in 0..3 { if j == ctx.thread_id() { break; } } if go.amount > 3 { break; } } }",
    ];
    let shown: String = texts.iter().map(|text| linked(text, cells, true)).collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn branches_around_a_barrier_know_their_line() {
    let text = "fn add(ctx: &mut RingContext, go: &Go) {
        for i in 0..go.amount {
            if go.amount > 7
                && i > 2 {
                continue;
            }
            match go.amount {
                1 => return,
                _ => {}
            }
            let Some(_) = go.amount.checked_sub(i) else {
                return;
            };
            ctx.sync_threads();
        }
        while
            go.amount > ctx.thread_id() {
            ctx.sync_threads();
        }
    }";
    let shown = linked(text, None, true);
    let lines: Vec<&str> = shown
        .lines()
        .filter(|line| line.trim().starts_with("if meets"))
        .filter_map(|line| line.split(" @").nth(1)?.strip_suffix(" {"))
        .collect();
    assert_eq!(lines, ["2", "3", "8", "11", "17"], "{shown}");
}

#[test]
fn lanes_share_cells_and_block_memory() {
    let cells = Some(TypeLayout::Struct(&CELLS));
    insta::assert_snapshot!(linked(
        "fn add(ctx: &mut RingContext, cells: &Shared<Cells>, go: &Go) -> Done {
            let lane = ctx.thread_id() as usize;
            let sums = ctx.shared_array::<u32>(ctx.block_dim() as usize);
            sums.set(lane, cells.values.get(lane % 3) + go.amount);
            ctx.sync_threads();
            let old = cells.hits.compare_exchange(0, sums.get(0)).unwrap_or_else(|old| old + 1);
            Done { sum: ctx.block_reduce_sum(old) }
        }",
        cells,
        true,
    ));
}

#[test]
fn what_a_scalar_handler_cannot_have_is_an_error() {
    let text = "fn add(ctx: &mut RingContext, _go: Go) { let a = ctx.shared_array::<u32>(4); a.set(0, 1); }";
    let found = linked(text, None, false);
    let expected =
        "error: kernel.rs:1: a scalar handler has no block memory: register its kernel with a `block_size`";
    assert!(found.contains(expected), "{found}");
}
