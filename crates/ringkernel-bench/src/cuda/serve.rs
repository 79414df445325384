//! A kernel that is launched for messages: what a program without a persistent grid does. The messages are in mapped memory, and the
//! host looks at a word there for the answer, which is sooner than the end of the launch.

use ringkernel_core::sync::atomic::Ordering;

use super::card::Card;
use super::floor::{Floor, Prepared, at};
use super::programs::SERVE;

/// Words of 64 bits of a message.
pub const WORDS: usize = 8;
/// Messages of one launch, at most; `texts/serve.cuh` has the same.
pub const MOST: usize = 512;
/// Messages of a block; as above.
const LANES: usize = 64;

/// How a launch comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is launched anew.
    Kernel,
    /// It has been prepared as a graph.
    Graph,
}

/// The kernel, for batches of one size.
#[derive(Debug)]
pub struct Server {
    floor: Floor,
    count: usize,
    round: u32,
}

impl Server {
    /// The kernel for so many messages at a time, 1 to [`MOST`].
    ///
    /// # Panics
    /// When the device refuses it, or for another number.
    pub fn new(card: &Card, count: usize) -> Self {
        assert!((1..=MOST).contains(&count), "{count} messages");
        let floor = Floor::load(card, SERVE, [2 * MOST * WORDS * 2, 1], 0);
        floor.set(at::COUNT, count as u32);
        Self { floor, count, round: 0 }
    }

    /// Calls it with a function that serves a batch and gives the answers. `prepare` is why there is none, where the driver has no
    /// graphs.
    ///
    /// # Errors
    /// That the driver has no graphs.
    pub fn with<R>(
        &mut self,
        way: Way,
        work: impl FnOnce(&mut dyn FnMut(&[Packet]) -> Vec<Packet>) -> R,
    ) -> Result<R, String> {
        let blocks = self.count.div_ceil(LANES);
        let (floor, count, round) = (&self.floor, self.count, &mut self.round);
        let graph: Option<Prepared<'_>> = match way {
            Way::Kernel => None,
            Way::Graph => Some(floor.prepare(blocks as u32, LANES as u32)?),
        };
        let mut serve = |requests: &[Packet]| {
            assert_eq!(requests.len(), count);
            *round = round.wrapping_add(1);
            write(floor, requests);
            floor.word(at::FROM_HOST).store(*round, Ordering::Release);
            match &graph {
                None => floor.launch(blocks as u32, LANES as u32),
                Some(graph) => graph.launch(),
            }
            (0..blocks).for_each(|block| floor.wait_for(at::FROM_DEVICE + block, *round));
            read(floor, count)
        };
        let result = work(&mut serve);
        floor.wait();
        Ok(result)
    }
}

/// What a message says.
pub type Packet = [u64; WORDS];

/// What comes of a word of a message, here and in `texts/serve.cuh`.
pub const fn answer(word: u64, index: u64) -> u64 {
    word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407 + index)
}

fn write(floor: &Floor, requests: &[Packet]) {
    for (words, value) in floor.rest().chunks_exact(2).zip(requests.iter().flatten()) {
        words[0].store(*value as u32, Ordering::Relaxed);
        words[1].store((value >> 32) as u32, Ordering::Relaxed);
    }
}

fn read(floor: &Floor, count: usize) -> Vec<Packet> {
    let answers = &floor.rest()[2 * MOST * WORDS..];
    let packets = answers.chunks_exact(2 * WORDS).take(count);
    let load = |words: &[ringkernel_core::sync::atomic::AtomicU32], index: usize| {
        let low = u64::from(words[2 * index].load(Ordering::Relaxed));
        low | u64::from(words[2 * index + 1].load(Ordering::Relaxed)) << 32
    };
    packets.map(|words| std::array::from_fn(|index| load(words, index))).collect()
}
