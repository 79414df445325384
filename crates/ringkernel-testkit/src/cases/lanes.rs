//! What lanes compute together equals what one loop computes, whatever the number of lanes.

use ringkernel::prelude::*;

use crate::absence::Absence;
use crate::kernels::lanes::{CLASSES, MOST, Matrices, Matrix, Numbers, Reduced, TILE, Tell, TellProduct};
use crate::kernels::plain::{Doubled, Number};
use crate::random::Random;
use crate::rig::{Factory, Rig};
use crate::wait::LIMIT;

/// Lanes of a block: around a warp, and the most.
fn lanes(factory: Factory) -> [u32; 6] {
    let most = if factory.lacks(Absence::LargeBlocks) { 256 } else { 1024 };
    [1, 31, 32, 33, 128, most]
}

/// Of these numbers of blocks, those that can meet.
fn that_meet(factory: Factory, grids: &[u32]) -> Vec<u32> {
    let one_alone = factory.lacks(Absence::GridBarrier);
    grids.iter().copied().filter(|blocks| *blocks == 1 || !one_alone).collect()
}

/// Numbers below `bound`, as many as `random` says, up to `most`.
fn numbers(random: &mut Random, most: u64, bound: u64) -> Numbers {
    let count = 1 + random.below(most);
    Numbers { values: (0..count).map(|_| random.below(bound) as u32).collect() }
}

fn reduced(numbers: &Numbers) -> Reduced {
    let sum = numbers.values.iter().map(|value| u64::from(*value)).sum();
    Reduced {
        sum,
        tree: sum,
        min: numbers.values.iter().copied().min().unwrap_or(u32::MAX),
        max: numbers.values.iter().copied().max().unwrap_or(0),
    }
}

/// Instances of `name`, one for every number of lanes and of blocks.
pub(super) async fn each_grid(factory: Factory, rig: &Rig, name: &str, grids: &[u32]) -> Vec<KernelHandle> {
    let mut kernels = Vec::new();
    for blocks in grids {
        for lanes in lanes(factory) {
            let mut options = LaunchOptions::multi_block(*blocks, lanes);
            if !factory.lacks(Absence::LaneSchedule) {
                // One order among many, another one for each grid; 0 is the order of the numbers.
                options = options.with_lane_schedule(u64::from(blocks * lanes) % 3);
            }
            kernels.push(rig.launch_as(&format!("{name}-{blocks}x{lanes}"), name, options).await);
        }
    }
    kernels
}

/// A reduction by warps and one by a tree in block memory.
pub async fn a_block_reduces(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut random = Random::new(1);
    for kernel in each_grid(factory, &rig, "testkit.lanes.reduce", &[1]).await {
        for _ in 0..4 {
            let input = numbers(&mut random, 3000, 1 << 32);
            let expected = reduced(&input);
            let actual: Reduced = kernel.call(input, LIMIT).await.expect("an answer");
            assert_eq!(actual, expected, "{}", kernel.id());
        }
    }
    rig.finish().await;
}

/// The sums of all beginnings.
pub async fn a_block_sums_prefixes(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut random = Random::new(2);
    for kernel in each_grid(factory, &rig, "testkit.lanes.prefix_sum", &[1]).await {
        // One lane takes a stretch of one number at a time.
        let input = numbers(&mut random, 300, 1 << 32);
        let sums = input.values.iter().scan(0u32, |sum, value| {
            *sum = sum.wrapping_add(*value);
            Some(*sum)
        });
        let expected = Numbers { values: sums.collect() };
        let actual: Numbers = kernel.call(input, LIMIT).await.expect("an answer");
        assert_eq!(actual, expected, "{}", kernel.id());
    }
    rig.finish().await;
}

/// A sorting network.
pub async fn a_block_sorts(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut random = Random::new(3);
    for kernel in each_grid(factory, &rig, "testkit.lanes.sort", &[1]).await {
        for bound in [8, 1 << 32] {
            let input = numbers(&mut random, 1000, bound);
            let mut expected = input.clone();
            expected.values.sort_unstable();
            let actual: Numbers = kernel.call(input, LIMIT).await.expect("an answer");
            assert_eq!(actual, expected, "{}", kernel.id());
        }
    }
    rig.finish().await;
}

/// Numbers, and how often each class occurs in them.
fn classified(random: &mut Random, counts: &mut [u32]) -> Numbers {
    let input = numbers(random, MOST as u64, 1 << 32);
    for value in &input.values {
        counts[*value as usize % CLASSES] += 1;
    }
    input
}

/// Atomic counts in the state, over several messages.
pub async fn a_grid_counts_with_atomics(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut random = Random::new(4);
    for kernel in each_grid(factory, &rig, "testkit.lanes.tally", &[1, 3, 8]).await {
        let mut expected = vec![0; CLASSES];
        for _ in 0..3 {
            kernel.send(classified(&mut random, &mut expected)).await.expect("room");
        }
        let actual: Numbers = kernel.call(Tell, LIMIT).await.expect("an answer");
        assert_eq!(actual.values, expected, "{}", kernel.id());
    }
    rig.finish().await;
}

/// The same within each message: the blocks meet before one of them reads.
pub async fn a_grid_that_meets_counts_with_atomics(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut random = Random::new(4);
    let grids = that_meet(factory, &[1, 3, 8]);
    for kernel in each_grid(factory, &rig, "testkit.lanes.histogram", &grids).await {
        let mut expected = vec![0; CLASSES];
        for _ in 0..3 {
            let input = classified(&mut random, &mut expected);
            let actual: Numbers = kernel.call(input, LIMIT).await.expect("an answer");
            assert_eq!(actual.values, expected, "{}", kernel.id());
        }
    }
    rig.finish().await;
}

/// Two matrices and their product: to the bit, for every sum has one order.
fn factors(random: &mut Random) -> (Matrices, Matrix) {
    let size = TILE * (1 + random.below(3) as usize);
    let mut matrix = || (0..size * size).map(|_| random.below(1000) as f32 / 8.0).collect::<Vec<_>>();
    let input = Matrices { size: size as u32, left: matrix(), right: matrix() };
    let cell = |cell: usize| {
        let (row, column) = (cell / size, cell % size);
        (0..size).fold(0.0, |sum, k| sum + input.left[row * size + k] * input.right[k * size + column])
    };
    let product = Matrix { values: (0..size * size).map(cell).collect() };
    (input, product)
}

/// A product of matrices from tiles in block memory.
pub async fn a_grid_multiplies_tiles(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut random = Random::new(5);
    for kernel in each_grid(factory, &rig, "testkit.lanes.tiles", &[1, 3]).await {
        let (input, expected) = factors(&mut random);
        let size = input.size;
        kernel.send(input).await.expect("room");
        let actual: Matrix = kernel.call(TellProduct { size }, LIMIT).await.expect("an answer");
        assert_eq!(actual, expected, "{}", kernel.id());
    }
    rig.finish().await;
}

/// The same within one message.
pub async fn a_grid_that_meets_multiplies_tiles(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut random = Random::new(5);
    let grids = that_meet(factory, &[1, 3]);
    for kernel in each_grid(factory, &rig, "testkit.lanes.multiply", &grids).await {
        let (input, expected) = factors(&mut random);
        let actual: Matrix = kernel.call(input, LIMIT).await.expect("an answer");
        assert_eq!(actual, expected, "{}", kernel.id());
    }
    rig.finish().await;
}

/// A sum over several blocks, which meet in between.
pub async fn a_grid_that_meets_adds_up(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut random = Random::new(6);
    let grids = that_meet(factory, &[1, 2, 5]);
    for kernel in each_grid(factory, &rig, "testkit.lanes.grid_sum", &grids).await {
        let input = numbers(&mut random, MOST as u64, 1 << 32);
        let expected = reduced(&input);
        let actual: Reduced = kernel.call(input, LIMIT).await.expect("an answer");
        assert_eq!((actual.sum, actual.tree), (expected.sum, expected.tree), "{}", kernel.id());
    }
    rig.finish().await;
}

/// Without options, the lanes are those of the kernel.
pub async fn the_kernel_says_how_many_lanes_there_are(factory: Factory) {
    let rig = Rig::start(factory).await;
    let fewer = LaunchOptions::default();
    let more = LaunchOptions::default().with_grid_size(3);
    for (id, options, blocks) in [("fewer", fewer, 2), ("more", more, 3)] {
        let kernel = rig.launch_as(id, "testkit.lanes.count", options).await;
        kernel.send(Numbers { values: vec![] }).await.expect("room");
        let counted: Numbers = kernel.call(Tell, LIMIT).await.expect("an answer");
        let lanes = 48 * blocks;
        let numbers = lanes * (lanes - 1) / 2;
        assert_eq!(counted.values, [48, blocks, lanes, numbers], "lanes, blocks, both, and their numbers");
    }
    let scalar = rig.launch_with("testkit.doubler", LaunchOptions::multi_block(4, 64)).await;
    let doubled: Doubled = scalar.call(Number::of(4), LIMIT).await.expect("one answer");
    assert_eq!(doubled.value, 8, "a scalar handler runs on one lane");
    rig.finish().await;
}

/// Every operation on lanes that take the same way, against what it means.
pub async fn lanes_exchange_values(factory: Factory) {
    let rig = Rig::start(factory).await;
    for kernel in each_grid(factory, &rig, "testkit.lanes.exchange", &[1, 2]).await {
        kernel.send(Numbers { values: vec![] }).await.expect("room");
        let checked: Numbers = kernel.call(Tell, LIMIT).await.expect("an answer");
        assert_eq!(checked.values, [0], "the last check that failed on some lane; {}", kernel.id());
    }
    rig.finish().await;
}
