//! Parts of variable length: read in place, built by handlers, passed from kernel to kernel.

use ringkernel::Uuid;
use ringkernel::prelude::*;
use ringkernel::runtime::FaultKind;

use crate::kernels::vectors::{
    Collect, Descend, Join, Mixed, Pick, Picked, VectorAddRequest, VectorAddResponse, Way, line_of_pick,
};
use crate::random::Random;
use crate::rig::{Factory, Rig, processed, reachable};
use crate::wait::LIMIT;

fn floats(random: &mut Random, count: u64) -> Vec<f32> {
    (0..count).map(|_| random.below(1 << 20) as f32 / 64.0 - 5000.0).collect()
}

/// Two lists in, one list out: empty, of different lengths, and as long as messages may be.
pub async fn lists_are_added_element_by_element(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.vectors.add").await;
    let mut random = Random::new(1);
    for (first, second) in [(0, 0), (1, 1), (0, 5), (3, 2), (7, 7), (1000, 999), (8000, 8000)] {
        let (a, b) = (floats(&mut random, first), floats(&mut random, second));
        let expected: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let request = VectorAddRequest { id: Uuid::nil(), priority: 0, correlation_id: None, a, b };
        let answer: VectorAddResponse = kernel.call(request, LIMIT).await.expect("an answer");
        assert_eq!(answer.sum, expected, "{first} and {second}");
    }
    rig.finish().await;
}

/// Elements of one to eight bytes, whose lists lie beside each other.
pub async fn lists_of_every_width_are_turned_around(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.vectors.reverse").await;
    let mut random = Random::new(2);
    for round in 0..60 {
        let most = if round % 3 == 0 { 4 } else { 200 };
        let mut count = || random.below(most) as usize;
        let counts = [count(), count(), count(), count(), count()];
        let mut sent = Mixed {
            bytes: (0..counts[0]).map(|_| random.draw() as u8).collect(),
            mark: random.draw() as u16,
            shorts: (0..counts[1]).map(|_| random.draw() as i16).collect(),
            flags: (0..counts[2]).map(|_| random.below(2) == 0).collect(),
            wide: (0..counts[3]).map(|_| random.draw()).collect(),
            floats: floats(&mut random, counts[4] as u64),
        };
        let answer: Mixed = kernel.call(sent.clone(), LIMIT).await.expect("an answer");
        sent.bytes.reverse();
        sent.shorts.reverse();
        sent.flags.reverse();
        sent.wide.reverse();
        sent.floats.reverse();
        assert_eq!(answer, sent, "{counts:?}");
    }
    rig.finish().await;
}

/// Lists that grow by turns, as long as it takes.
pub async fn lists_grow_while_a_handler_runs(factory: Factory) {
    let rig = Rig::start(factory).await;
    let kernel = rig.launch_default("testkit.vectors.descend").await;
    for from in [1, 2, 3, 27, 97, 1024, 6171] {
        let (mut even, mut odd, mut at) = (Vec::new(), Vec::new(), from);
        while at != 1 {
            if at % 2 == 0 {
                even.push(at);
                at /= 2;
            } else {
                odd.push(at as u32);
                at = 3 * at + 1;
            }
        }
        odd.push(1);
        let way: Way = kernel.call(Descend { from }, LIMIT).await.expect("an answer");
        assert_eq!(way, Way { even, odd }, "from {from}");
    }
    rig.finish().await;
}

/// An index beyond the end of a list faults on its line, wherever in memory the list ends.
pub async fn an_index_beyond_a_list_faults(factory: Factory) {
    let rig = Rig::start(factory).await;
    for count in [0u16, 1, 2, 3, 50] {
        let kernel = rig.launch_default("testkit.vectors.pick").await;
        let values: Vec<u16> = (0..count).map(|value| value * 1000).collect();
        let sum = values.iter().map(|value| u32::from(*value)).sum();
        for (index, value) in (0..).zip(&values) {
            let pick = Pick { index, values: values.clone() };
            let picked: Picked = kernel.call(pick, LIMIT).await.expect("an answer");
            assert_eq!(picked, Picked { value: *value, sum });
        }
        let heard = kernel.call::<_, Picked>(Pick { index: u32::from(count), values }, LIMIT).await;
        let Err(RingKernelError::HandlerFault { fault, .. }) = heard else { panic!("{heard:?}") };
        assert_eq!((fault.kind, fault.line), (FaultKind::IndexOutOfBounds, line_of_pick()), "{fault}");
        kernel.terminate().await.expect("a failed kernel terminates");
    }
    rig.finish().await;
}

/// A list travels around a ring, and every kernel adds to it.
pub async fn a_list_grows_from_kernel_to_kernel(factory: Factory) {
    const PLACES: u32 = 5;
    let rig = Rig::start(factory).await;
    let mut places = Vec::new();
    for number in 0..PLACES {
        places
            .push(rig.launch_as(&format!("place-{number}"), "testkit.vectors.collector", reachable()).await);
    }
    for (number, place) in (0..PLACES).zip(&places) {
        let next = places[((number + 1) % PLACES) as usize].actor_ref();
        place.send(Join { next, number }).await.expect("room");
        // What comes from another place may be taken before it.
        processed(place, 1).await;
    }
    for hops in [0, 1, 4, 5, 23] {
        places[0].send(Collect { hops_left: hops, numbers: vec![99] }).await.expect("room");
        let last = &places[(hops % PLACES) as usize];
        let collected: Collect =
            last.receive_timeout(LIMIT).await.expect("it arrives").decode().expect("a list");
        let expected: Vec<u32> = [99].into_iter().chain((0..=hops).map(|hop| hop % PLACES)).collect();
        assert_eq!(collected.numbers, expected, "after {hops} hops");
    }
    rig.finish().await;
}
