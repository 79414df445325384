//! A loaded program with the memory that it shares with the host.

use std::time::{Duration, Instant};

use ringkernel_core::sync::atomic::{AtomicU32, Ordering};
use ringkernel_cuda::driver::{Context, DeviceBuffer, Function, MappedBuffer, Stream};

use super::card::Card;
use super::programs::Program;

/// Numbers of the words that both sides share; `texts/world.cuh` has the same.
pub mod at {
    /// Not zero when the device is to end.
    pub const STOP: usize = 0;
    /// How often something is done.
    pub const COUNT: usize = 1;
    /// The address of the device's memory, in two words.
    pub const MEMORY: usize = 2;
    /// How many words are worked on.
    pub const SIZE: usize = 4;
    /// What the host says.
    pub const FROM_HOST: usize = 16;
    /// Not zero when the device has begun.
    pub const STARTED: usize = 32;
    /// What came of it.
    pub const RESULT: usize = 33;
    /// How long it took in nanoseconds, in two words.
    pub const ELAPSED: usize = 34;
    /// What the device says.
    pub const FROM_DEVICE: usize = 48;
    /// What is larger.
    pub const REST: usize = 64;
}

/// How long anything may take before the benchmark gives up. The device gives up sooner.
const LIMIT: Duration = Duration::from_secs(60);

/// A loaded program with its memory.
#[derive(Debug)]
pub struct Floor {
    context: Context,
    stream: Stream,
    function: Function,
    world: MappedBuffer,
    memory: DeviceBuffer,
}

impl Floor {
    /// The program on this device, with so many words behind the shared ones, and so many in the memory of the device. `size` is
    /// what the program is told to work on, in words.
    ///
    /// # Panics
    /// When the device refuses any of it.
    pub fn load(card: &Card, program: Program, [rest, memory]: [usize; 2], size: usize) -> Self {
        let context = card.open();
        let function = card.load(&context, program).function(program.entry);
        let function = function.expect("the program has its entry");
        let world = MappedBuffer::zeroed(&context, at::REST + rest).expect("there is memory of the host");
        let memory = DeviceBuffer::zeroed(&context, memory * 4).expect("there is memory of the device");
        let stream = context.stream().expect("there is a stream");
        let floor = Self { context, stream, function, world, memory };
        floor.set(at::MEMORY, floor.memory.address() as u32);
        floor.set(at::MEMORY + 1, (floor.memory.address() >> 32) as u32);
        floor.set(at::SIZE, u32::try_from(size).expect("sizes are words"));
        floor
    }

    /// The device.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// How many blocks of so many threads run at the same time.
    ///
    /// # Panics
    /// When the device is lost.
    pub fn resident_blocks(&self, threads: u32) -> u32 {
        self.function.max_resident_blocks(threads, 0).expect("the device says how many fit")
    }

    /// A word that both sides share.
    pub fn word(&self, index: usize) -> &AtomicU32 {
        &self.world.words()[index]
    }

    /// The words behind the first ones.
    pub fn rest(&self) -> &[AtomicU32] {
        &self.world.words()[at::REST..]
    }

    /// Sets a word before a launch.
    pub fn set(&self, index: usize, value: u32) {
        self.word(index).store(value, Ordering::Relaxed);
    }

    /// The memory of the device, in words.
    ///
    /// # Panics
    /// When the device is lost.
    pub fn memory(&self) -> Vec<u32> {
        let mut bytes = vec![0; self.memory.size()];
        self.memory.read(&self.stream, 0, &mut bytes).expect("the memory is read");
        bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
    }

    /// Launches blocks that may wait for each other.
    ///
    /// # Panics
    /// When the device refuses them.
    pub fn launch_together(&self, blocks: u32, threads: u32) {
        let argument = self.world.device_address();
        // SAFETY: The programs take the address of such words and use them, and the memory whose address is in them, both of which
        // stay until the context has ended.
        unsafe { self.stream.launch_cooperative(&self.function, blocks, threads, 0, argument) }
            .expect("the blocks fit");
    }

    /// Launches blocks that do not wait for others than those of their cluster.
    ///
    /// # Panics
    /// When the device refuses them.
    pub fn launch(&self, blocks: u32, threads: u32) {
        // SAFETY: As in `launch_together`.
        unsafe { self.stream.launch(&self.function, blocks, threads, 0, self.world.device_address()) }
            .expect("the launch is accepted");
    }

    /// A launch as that of [`launch`](Self::launch), prepared.
    ///
    /// # Errors
    /// That the driver has no graphs.
    pub fn prepare(&self, blocks: u32, threads: u32) -> Result<Prepared<'_>, String> {
        // SAFETY: As in `launch_together`; the stream is this floor's own.
        let graph =
            unsafe { self.stream.prepare(&self.function, blocks, threads, 0, self.world.device_address()) };
        Ok(Prepared { floor: self, graph: graph.map_err(|error| error.to_string())? })
    }

    /// Waits until all that was launched has ended, without sleeping.
    ///
    /// # Panics
    /// When it does not, or when the device is lost.
    pub fn wait(&self) {
        let begin = Instant::now();
        while !self.stream.is_done().expect("the device goes on") {
            assert!(begin.elapsed() < LIMIT, "the device does not finish");
            std::hint::spin_loop();
        }
    }

    /// Waits until the device has released this value, which is acquired.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait_for(&self, index: usize, value: u32) {
        let word = self.word(index);
        let mut looks = 0_u32;
        let mut begin = None;
        while word.load(Ordering::Acquire) != value {
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(4096) {
                // Some systems hand a launch over only when they are asked about it.
                let is_done = self.stream.is_done().expect("the device goes on");
                let waited = begin.get_or_insert_with(Instant::now).elapsed();
                let came = word.load(Ordering::Acquire) == value;
                assert!(came || (waited < LIMIT && !is_done), "the device has not written {value}");
            }
            std::hint::spin_loop();
        }
    }

    /// What the device has reported: a number and a time.
    pub fn report(&self) -> (u32, Duration) {
        let high = u64::from(self.word(at::ELAPSED + 1).load(Ordering::Acquire));
        let elapsed = high << 32 | u64::from(self.word(at::ELAPSED).load(Ordering::Relaxed));
        (self.word(at::RESULT).load(Ordering::Relaxed), Duration::from_nanos(elapsed))
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        // What still runs after a mistake ends, so that memory can be freed.
        self.word(at::STOP).store(1, Ordering::Release);
        self.word(at::FROM_HOST).store(u32::MAX, Ordering::Release);
    }
}

/// A launch that is ready to be repeated.
#[derive(Debug)]
pub struct Prepared<'a> {
    floor: &'a Floor,
    graph: ringkernel_cuda::driver::Graph,
}

impl Prepared<'_> {
    /// Launches it.
    ///
    /// # Panics
    /// When the device refuses it.
    pub fn launch(&self) {
        // SAFETY: As in `Floor::launch_together`.
        unsafe { self.floor.stream.launch_graph(&self.graph) }.expect("the launch is accepted");
    }
}
