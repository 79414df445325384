//! The same messages to the CPU backend and to the printed text.

use std::fmt::Debug;
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel_codegen::cuda::host::Shape;
use ringkernel_testkit::kernels::lanes::{Numbers, Reduced};
use ringkernel_testkit::kernels::plain::{Doubled, Number};
use ringkernel_testkit::kernels::vectors::{Descend, Mixed, VectorAddRequest, VectorAddResponse, Way};

use super::suite::Actor;

/// Launches a kernel on both, sends the same messages to both, and compares the answers.
fn agree<Req, Resp>(id: &str, block_size: u32, grid_size: u32, requests: &[Req])
where
    Req: RingMessage + Clone + Debug,
    Resp: RingMessage + PartialEq + Debug,
{
    let shape =
        Shape { block_dim: block_size, grid_dim: grid_size, shared_memory: 32 * 1024, scratch: 16 * 1024 };
    let Some(mut actor) = Actor::launch(id, shape) else { return };
    let runtime = pollster::block_on(RingKernel::with_backend(Backend::Cpu)).expect("the CPU backend starts");
    let mut options = LaunchOptions::default().with_shared_memory(32 * 1024);
    if block_size * grid_size > 1 {
        options = options.with_block_size(block_size).with_grid_size(grid_size);
    }
    let kernel = pollster::block_on(runtime.launch(id, options)).expect("it launches");
    for request in requests {
        let expected: Resp =
            kernel.call_blocking(request.clone(), Duration::from_secs(60)).expect("the CPU backend answers");
        let answer = actor.call(request).unwrap_or_else(|fault| panic!("{id} with {request:?}: {fault:?}"));
        let answer = answer.unwrap_or_else(|| panic!("{id} answers {request:?}"));
        let answer =
            Resp::deserialize(&answer).unwrap_or_else(|error| panic!("{id} with {request:?}: {error}"));
        assert_eq!(answer, expected, "{id} with {request:?}");
    }
    pollster::block_on(runtime.shutdown()).expect("it ends");
}

/// Lists of numbers: short, long, and of a length that no block divides.
fn numbers() -> Vec<Numbers> {
    let list = |count: u32| Numbers {
        values: (0..count).map(|index| index.wrapping_mul(2_654_435_761) >> 7).collect(),
    };
    [1, 2, 31, 32, 33, 200, 1000].map(list).into()
}

#[test]
fn scalar_handlers_agree() {
    let number = |value| Number { id: MessageId::NIL, value };
    agree::<_, Doubled>("testkit.doubler", 1, 1, &[number(0), number(21), number(u64::MAX)]);
}

#[test]
fn vectors_agree() {
    let request = |count: u32| VectorAddRequest {
        id: ringkernel::Uuid::nil(),
        priority: 0,
        correlation_id: None,
        a: (0..count).map(|index| index as f32 * 1.1).collect(),
        b: (0..count + 3).map(|index| index as f32 / 3.0).collect(),
    };
    agree::<_, VectorAddResponse>("testkit.vectors.add", 1, 1, &[request(0), request(1), request(100)]);
    let mixed = |count: usize| Mixed {
        bytes: (0..count as u8).collect(),
        mark: 7,
        shorts: vec![-3; count / 2],
        flags: (0..count).map(|index| index % 3 == 0).collect(),
        wide: (0..count as u64).map(|index| index << 40).collect(),
        floats: vec![0.5; count * 2],
    };
    agree::<_, Mixed>("testkit.vectors.reverse", 1, 1, &[mixed(0), mixed(1), mixed(5), mixed(100)]);
    agree::<_, Way>("testkit.vectors.descend", 1, 1, &[1, 2, 27, 97].map(|from| Descend { from }));
}

#[test]
fn blocks_agree() {
    for lanes in [1, 5, 32, 64, 128, 200] {
        agree::<_, Reduced>("testkit.lanes.reduce", lanes, 1, &numbers());
    }
    agree::<_, Numbers>("testkit.lanes.prefix_sum", 64, 1, &numbers());
    agree::<_, Numbers>("testkit.lanes.sort", 64, 1, &numbers());
}

#[test]
fn lanes_of_a_warp_agree() {
    let few = [Numbers { values: vec![1, 2, 3] }];
    for id in [
        "groups",
        "branch",
        "named_barrier",
        "fence.block",
        "fence.device",
        "fence.system",
        "doubles",
        "wide_atomics",
    ] {
        for lanes in [32, 64, 50] {
            agree::<_, Numbers>(&format!("testkit.lanes.{id}"), lanes, 1, &few);
        }
    }
}
