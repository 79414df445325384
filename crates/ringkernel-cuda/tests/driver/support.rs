//! A context to test with, and programs for it.

use std::time::Duration;

use ringkernel_core::sync::atomic::{AtomicU32, Ordering};
use ringkernel_cuda::ahead::{self, ProgramError};
use ringkernel_cuda::driver::{Context, Devices, DriverError, Function, MappedBuffer, Module, Stream};
use ringkernel_testkit::gate;

use crate::machine;

/// Long enough for anything that ends, on a machine with much else to do.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// What stands in front of the texts on a device, as in the program of a grid. The simulated compiler knows these names by itself.
const FRONT: &str = concat!(
    "#ifdef __CUDACC__\ntypedef unsigned rk_u32;\ntypedef unsigned long long rk_u64;\n#define RK_FN __device__ inline\n#endif\n",
    include_str!("../../src/device/primitives.cuh")
);

/// The devices, simulated ones unless the environment asks for others, or `None` where the test is skipped.
pub(crate) fn devices() -> Option<Devices> {
    match machine::prepare() {
        Ok(()) => Some(Devices::find().expect("the driver has a device")),
        Err(error) => {
            gate::skip("cuda", &error);
            None
        }
    }
}

/// The first device, opened, or `None` where the test is skipped.
pub(crate) fn context() -> Option<Context> {
    devices().map(|devices| Context::open(&devices.usable()[0]).expect("a usable device can be opened"))
}

/// The program of a text: ready where the environment names a folder that has it, else compiled.
pub(crate) fn load(context: &Context, text: &str) -> Module {
    try_load(context, text).expect("there is a program, and the driver loads it")
}

pub(crate) fn try_load(context: &Context, text: &str) -> Result<Module, ProgramError> {
    ahead::load(context, &format!("{FRONT}{text}"))
}

/// A grid that runs until a word of the host says that it should end, and is stopped when this is dropped.
pub(crate) struct Running {
    pub(crate) stream: Stream,
    pub(crate) words: MappedBuffer,
}

/// For every number in the first word, the device puts twice that into the third and the number into the fourth. It ends when
/// the second word is set.
const DOUBLING: &str = r#"
extern "C" __global__ void rk_grid(unsigned* words) {
    unsigned seen = 0;
    while (threadIdx.x == 0 && blockIdx.x == 0) {
        unsigned number = rk_load_acquire_sys(words);
        if (number != seen) {
            words[2] = number * 2;
            rk_store_release_sys(words + 3, number);
            seen = number;
        } else if (rk_load_acquire_sys(words + 1) != 0) {
            break;
        } else {
            rk_pause(100);
        }
    }
}
"#;

impl Running {
    pub(crate) fn start(context: &Context) -> Self {
        let function = load(context, DOUBLING).function("rk_grid").expect("the kernel");
        let stream = context.stream().expect("a stream");
        let words = MappedBuffer::zeroed(context, 16).expect("mapped memory");
        launch(&stream, &function, 2, words.device_address()).expect("room for two blocks");
        Self { stream, words }
    }

    pub(crate) fn double(&self, number: u32) -> u32 {
        let words = self.words.words();
        words[0].store(number, Ordering::Release);
        wait_for(&words[3], number);
        words[2].load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.words.words()[1].store(1, Ordering::Release);
        self.stream.wait(LONG).expect("the grid ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.words.words()[1].store(1, Ordering::Release);
    }
}

/// Launches blocks of 32 lanes.
pub(crate) fn launch(
    stream: &Stream,
    function: &Function,
    blocks: u32,
    argument: u64,
) -> Result<(), DriverError> {
    // SAFETY: The texts of these tests take the address of a buffer that the test keeps until the grid has ended or its context
    // is gone.
    unsafe { stream.launch_cooperative(function, blocks, 32, 0, argument) }
}

pub(crate) fn wait_for(word: &AtomicU32, value: u32) {
    let begin = std::time::Instant::now();
    while word.load(Ordering::Acquire) != value {
        assert!(begin.elapsed() < LONG, "the device has not written {value}");
        std::thread::yield_now();
    }
}
