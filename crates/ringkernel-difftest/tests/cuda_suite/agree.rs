//! What the kernels of the suite answer, on the CPU backend and as printed text.

use std::fmt::Debug;

use ringkernel::prelude::*;
use ringkernel_testkit::kernels::faulty::{self, DivideBy, Fail, Overflow, ReadAt};
use ringkernel_testkit::kernels::lanes::{Matrices, Matrix, Numbers, Reduced, TILE, Tell, TellProduct};
use ringkernel_testkit::kernels::plain::{Burst, BurstDone, Doubled, Maybe, Number};
use ringkernel_testkit::kernels::vectors::{Descend, Mixed, VectorAddRequest, VectorAddResponse, Way};

use super::both::{Both, Outcome};

/// Launches a kernel on both, sends the same messages to both, and compares what becomes of them.
fn agree<Req, Resp>(id: &'static str, block_size: u32, grid_size: u32, requests: &[Req])
where
    Req: RingMessage + Clone + Debug,
    Resp: RingMessage + PartialEq + Debug,
{
    let Some(mut both) = Both::launch(id, block_size, grid_size) else { return };
    for request in requests {
        assert!(matches!(both.agree::<Req, Resp>(request), Outcome::Answer(_)), "{id} answers");
    }
    both.end();
}

/// Lists of numbers: short, long, and of a length that no block divides.
fn numbers() -> Vec<Numbers> {
    let list = |count: u32| Numbers {
        values: (0..count).map(|index| index.wrapping_mul(2_654_435_761) >> 7).collect(),
    };
    [1, 2, 31, 32, 33, 200, 1000].map(list).into()
}

fn matrices(size: u32) -> Matrices {
    let elements = |factor: f32| (0..size * size).map(|index| (index % 13) as f32 * factor - 1.5).collect();
    Matrices { size, left: elements(0.75), right: elements(1.0 / 3.0) }
}

#[test]
fn scalar_handlers_agree() {
    let number = |value| Number { id: MessageId::NIL, value };
    agree::<_, Doubled>("testkit.doubler", 1, 1, &[number(0), number(21), number(u64::MAX)]);
    let Some(mut both) = Both::launch("testkit.doubler", 1, 1) else { return };
    assert_eq!(both.agree(&Maybe { answer: true }), Outcome::Answer(Doubled { value: 1 }));
    assert_eq!(both.agree::<_, Doubled>(&Maybe { answer: false }), Outcome::NoAnswer);
    both.end();
}

#[test]
fn outputs_are_taken_while_there_is_room() {
    let Some(mut both) = Both::launch("testkit.burst", 1, 1) else { return };
    // The queue of the CPU backend is larger.
    both.actor.services.output_free_slots = 4;
    let answer = both.actor.call(&Burst { count: 6 }).expect("no fault").expect("an answer");
    let done = BurstDone::deserialize(&answer).expect("it is one");
    assert_eq!(done, BurstDone { free_before: 4, accepted: 4, refused: 2 });
    assert_eq!(both.actor.services.sent.iter().filter(|sent| sent.op == 1).count(), 4);
    both.end();
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
fn faults_agree() {
    let launch = || Both::launch("testkit.faulty", 1, 1);
    let Some(mut both) = launch() else { return };
    let outcome = both.agree::<_, faulty::Outcome>(&Fail { code: 77 });
    assert_eq!(outcome, Outcome::Fault(1, 77, faulty::line_of("ctx.fail")));
    let mut both = launch().expect("there was a compiler before");
    assert!(matches!(both.agree::<_, faulty::Outcome>(&ReadAt { index: 3 }), Outcome::Answer(_)));
    assert!(matches!(both.agree::<_, faulty::Outcome>(&ReadAt { index: 4 }), Outcome::Fault(2, ..)));
    let mut both = launch().expect("there was a compiler before");
    assert!(matches!(both.agree::<_, faulty::Outcome>(&DivideBy { divisor: 0 }), Outcome::Fault(3, ..)));
    let mut both = launch().expect("there was a compiler before");
    assert!(matches!(both.agree::<_, faulty::Outcome>(&Overflow { amount: 0 }), Outcome::Answer(_)));
    // Whether it faults depends on how this test is built, on both alike.
    both.agree::<_, faulty::Outcome>(&Overflow { amount: 1 });
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
fn grids_agree() {
    agree::<_, Reduced>("testkit.lanes.grid_sum", 40, 3, &numbers());
    agree::<_, Numbers>("testkit.lanes.histogram", 32, 4, &numbers());
    agree::<_, Numbers>("testkit.lanes.meet", 33, 2, &numbers()[..2]);
    agree::<_, Matrix>("testkit.lanes.multiply", 48, 3, &[matrices(TILE as u32 * 2)]);
}

#[test]
fn states_of_grids_agree_from_message_to_message() {
    let Some(mut both) = Both::launch("testkit.lanes.tally", 32, 2) else { return };
    for numbers in numbers() {
        assert_eq!(both.agree::<_, Numbers>(&numbers), Outcome::NoAnswer);
        assert!(matches!(both.agree::<_, Numbers>(&Tell), Outcome::Answer(_)));
    }
    both.end();
    let mut both = Both::launch("testkit.lanes.tiles", 50, 2).expect("there was a compiler before");
    assert_eq!(both.agree::<_, Matrix>(&matrices(TILE as u32 * 3)), Outcome::NoAnswer);
    assert!(matches!(both.agree::<_, Matrix>(&TellProduct { size: TILE as u32 * 3 }), Outcome::Answer(_)));
    both.end();
    let mut both = Both::launch("testkit.lanes.count", 48, 2).expect("there was a compiler before");
    assert_eq!(both.agree::<_, Numbers>(&numbers()[0]), Outcome::NoAnswer);
    assert!(matches!(both.agree::<_, Numbers>(&Tell), Outcome::Answer(_)));
    both.end();
}

#[test]
fn lanes_of_a_warp_agree() {
    let few = [Numbers { values: vec![1, 2, 3] }];
    for id in [
        "testkit.lanes.groups",
        "testkit.lanes.branch",
        "testkit.lanes.named_barrier",
        "testkit.lanes.fence.block",
        "testkit.lanes.fence.device",
        "testkit.lanes.fence.system",
        "testkit.lanes.doubles",
        "testkit.lanes.wide_atomics",
    ] {
        for lanes in [32, 64, 50] {
            agree::<_, Numbers>(id, lanes, 1, &few);
        }
    }
    for lanes in [1, 7, 32, 64, 100] {
        let Some(mut both) = Both::launch("testkit.lanes.exchange", lanes, 1) else { return };
        assert_eq!(both.agree::<_, Numbers>(&few[0]), Outcome::NoAnswer);
        // No check has failed on any lane.
        assert_eq!(both.agree(&Tell), Outcome::Answer(Numbers { values: vec![0] }));
        both.end();
    }
}
