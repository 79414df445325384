//! Handlers as users write them, each a kernel: what printers print of them is kept, and compiled.

use ringkernel_abi::TypeLayout;
use ringkernel_abi::device::{DeviceFunction, Overflow};
use ringkernel_codegen::ir::Module;
use ringkernel_codegen::link::{HandlerSource, KernelSource, link};
use ringkernel_codegen::source::parse_function;

use super::layouts::{BINDINGS, BOARD, DONE, TASK, TOTALS};

/// The examples: name and text. Those that take `&Shared<Board>` are cooperative.
pub(crate) const EXAMPLES: [(&str, &str); 12] = [
    (
        "loops",
        "fn steps(_ctx: &mut RingContext, task: Task) -> Done {
            let mut n = u64::from(task.count);
            let mut steps = 0;
            while n > 1 {
                n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
                steps += 1;
            }
            Done { sum: steps, best: None, values: Vec::new() }
        }",
    ),
    (
        "labels",
        "fn pairs(_ctx: &mut RingContext, task: Task) -> Done {
            let table = [[1u32, 2, 3], [4, 5, 6]];
            let mut sum = 0u64;
            'rows: for row in table {
                for cell in row {
                    if cell == task.count {
                        continue 'rows;
                    }
                    if cell > 5 {
                        break 'rows;
                    }
                    sum += u64::from(cell);
                }
            }
            Done { sum, best: None, values: Vec::new() }
        }",
    ),
    (
        "patterns",
        "fn classify(ctx: &mut RingContext, task: Task) -> Option<Done> {
            let class = match task.count {
                0 | 1 => 7u32,
                2..=9 if task.limit > 0.5 => 8,
                n if n.is_multiple_of(2) => n.leading_zeros(),
                _ => {
                    ctx.fail(42);
                }
            };
            if class == 7 { None } else { Some(Done { sum: 0, best: Some(class), values: Vec::new() }) }
        }",
    ),
    (
        "floats",
        "fn round(_ctx: &mut RingContext, task: Task) -> Done {
            let x = task.limit.clamp(-1.0e9, 1.0e9).mul_add(2.0, 0.1);
            let y = (x.sqrt().max(0.25) * 1.0e10) as i8;
            Done { sum: (x as u64).saturating_sub(y as u64), best: Some(x.to_bits()), values: Vec::new() }
        }",
    ),
    (
        "options",
        "fn checked(_ctx: &mut RingContext, task: Task) -> Done {
            let best = task.count.checked_sub(3).and_then(|n| n.checked_mul(1 << 30)).filter(|n| *n != 0);
            let sum = match best {
                Some(n) => u64::from(n.rotate_left(7)),
                None => 1,
            };
            Done { sum, best, values: Vec::new() }
        }",
    ),
    (
        "state",
        "fn count(ctx: &mut RingContext, totals: &mut Totals, task: Task) -> Done {
            totals.counts[task.count as usize] += 1;
            let here = Point { x: task.count as i32 - 2, y: task.limit as i16 };
            if here == totals.corner {
                ctx.report_error();
            }
            totals.corner = here;
            totals.sum = totals.sum.wrapping_mul(31).wrapping_add(u64::from(totals.counts[0]));
            Done { sum: totals.sum, best: Some(totals.counts[task.count as usize]), values: Vec::new() }
        }",
    ),
    (
        "vectors",
        "fn sort(_ctx: &mut RingContext, task: Task) -> Done {
            let mut values = Vec::with_capacity(task.values.len());
            for value in task.values.iter() {
                values.push(*value);
            }
            for end in (1..values.len()).rev() {
                for at in 0..end {
                    if values[at] > values[at + 1] {
                        let higher = values[at];
                        values[at] = values[at + 1];
                        values[at + 1] = higher;
                    }
                }
            }
            let best = values.pop();
            Done { sum: values.len() as u64, best, values }
        }",
    ),
    (
        "sends",
        "fn pass(ctx: &mut RingContext, task: Task) {
            let done = Done { sum: 1, best: None, values: Vec::new() };
            if !ctx.send_to_kernel(task.peer, done) {
                ctx.enqueue_output(Done { sum: 2, best: Some(task.count), values: Vec::new() });
            }
            if !ctx.publish(\"tasks/new\", Done { sum: 3, best: None, values: Vec::new() }) {
                ctx.report_error();
            }
            ctx.send_to_kernel(\"archive\", task);
        }",
    ),
    (
        "clock",
        "fn time(ctx: &mut RingContext, task: Task) -> Done {
            let before = ctx.now();
            let after = ctx.tick();
            assert!(after.physical >= before.physical);
            if task.count == 0 {
                ctx.request_termination();
            }
            Done { sum: after.physical, best: Some(after.logical), values: Vec::new() }
        }",
    ),
    (
        "block",
        "fn tree(ctx: &mut RingContext, board: &Shared<Board>, task: &Task) -> Done {
            let lane = ctx.thread_id() as usize;
            let sums = ctx.shared_array::<u64>(ctx.block_dim() as usize);
            sums.set(lane, u64::from(task.count) + lane as u64);
            ctx.sync_threads();
            let mut distance = ctx.block_dim() as usize / 2;
            while distance > 0 {
                if lane < distance {
                    sums.set(lane, sums.get(lane) + sums.get(lane + distance));
                }
                ctx.sync_threads();
                distance /= 2;
            }
            board.hits.fetch_add(1);
            Done { sum: sums.get(0), best: None, values: Vec::new() }
        }",
    ),
    (
        "warps",
        "fn warps(ctx: &mut RingContext, board: &Shared<Board>, task: &Task) -> Done {
            let lane = ctx.lane_id();
            let next = ctx.warp_shuffle_down(lane, 1, u32::MAX);
            let odd = ctx.warp_ballot(lane % 2 == 1, u32::MAX);
            let most = ctx.block_reduce_max(task.limit * lane as f32);
            if lane < 8 {
                board.last.set(lane as usize, most);
            }
            Done { sum: u64::from(next), best: Some(odd), values: Vec::new() }
        }",
    ),
    (
        "cells",
        "fn claim(ctx: &mut RingContext, board: &Shared<Board>, task: &Task) -> Done {
            let mine = match board.hits.compare_exchange(task.count, ctx.thread_id()) {
                Ok(old) => old,
                Err(found) => found + 1,
            };
            ctx.sync_threads();
            board.hits.fetch_max(mine);
            ctx.sync_threads();
            Done { sum: u64::from(board.hits.load()), best: None, values: Vec::new() }
        }",
    ),
];

/// The module of one example.
pub(crate) fn example(name: &'static str) -> Module {
    let text = EXAMPLES.iter().find(|(known, _)| *known == name).expect("there is such an example").1;
    let tree = match parse_function(text) {
        Ok(tree) => tree,
        Err(error) => panic!("{name}: {error}"),
    };
    let code = tree.encode().expect("a tree can be written");
    // A macro would put this into a static of the program.
    let function: &'static DeviceFunction = Box::leak(Box::new(DeviceFunction {
        name: Box::leak(tree.name.into_boxed_str()),
        code: Box::leak(code.into_boxed_slice()),
        bindings: &BINDINGS,
        file: "examples.rs",
        overflow: Overflow::Faults,
    }));
    let cooperative = text.contains("&Shared<Board>");
    let state = if text.contains("&mut Totals") { Some(&TOTALS) } else { cooperative.then_some(&BOARD) };
    let answer = text.contains("Done {").then_some(&DONE).filter(|_| text.contains("-> "));
    let kernel = KernelSource {
        id: name,
        state: state.map(TypeLayout::Struct),
        cooperative,
        handlers: vec![HandlerSource { function, message: &TASK, answer }],
        polled: Vec::new(),
        methods: Vec::new(),
    };
    link(&[kernel]).unwrap_or_else(|error| panic!("{name}: {error}"))
}
