//! What a device answers with an error, and what it does not promise.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cudarc::driver::sys::{self, CUresult};

use ringkernel_cuda_sim::is_watched;

use crate::device::{Device, compile};

fn kernel(body: &str) -> String {
    format!("extern \"C\" __global__ void rk_grid(unsigned* words) {{\n{body}\n}}")
}

#[test]
fn a_trap_fails_the_launch_and_every_later_call() {
    let device = Device::open();
    let body = "if (blockIdx.x == 1 && threadIdx.x == 7) { __trap(); } for (;;) { rk_pause(1); }";
    let kernel = device.kernel(&kernel(body), "rk_grid");
    let words = device.words(4);
    device.launch(kernel, 2, 32, words).expect("a launch");
    assert_eq!(device.wait().map_err(|error| error.0), Err(CUresult::CUDA_ERROR_LAUNCH_FAILED));
    let mut address = 0;
    // SAFETY: The address goes to a local.
    let later = unsafe { sys::cuMemAlloc_v2(&raw mut address, 4) };
    assert_eq!(later, CUresult::CUDA_ERROR_LAUNCH_FAILED);
    drop(device);
    // Others are none the worse for it.
    let device = Device::open();
    assert_ne!(device.words(4), 0);
}

#[test]
fn lanes_of_a_failed_launch_do_not_run_again() {
    if is_watched() {
        #[allow(clippy::print_stderr, reason = "a skipped check has to be seen")]
        {
            eprintln!("SKIPPED: lanes cannot be interrupted where ThreadSanitizer watches");
        }
        return;
    }
    let device = Device::open();
    // Lanes that never make way are ended as well.
    let body = "if (blockIdx.x == 0) { while (rk_load_acquire_sys(words + 1) == 0) {} __trap(); }\n\
                for (;;) { ((volatile unsigned*)words)[2] += 1; }";
    let kernel = device.kernel(&kernel(body), "rk_grid");
    let memory = device.mapped(4);
    // SAFETY: There are this many words; this test only looks at them as atomics.
    let words: &[AtomicU32] = unsafe { std::slice::from_raw_parts(memory.cast(), 4) };
    device.launch(kernel, 2, 32, memory as u64).expect("a launch");
    while words[2].load(Ordering::Relaxed) == 0 {
        std::thread::yield_now();
    }
    words[1].store(1, Ordering::Release);
    assert_eq!(device.wait().map_err(|error| error.0), Err(CUresult::CUDA_ERROR_LAUNCH_FAILED));
    let count = words[2].load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(words[2].load(Ordering::Relaxed), count, "a lane still runs");
}

#[test]
fn destroying_a_context_ends_its_grid() {
    let device = Device::open();
    let kernel = device.kernel(&kernel("for (;;) { rk_pause(1); }"), "rk_grid");
    let words = device.words(4);
    device.launch(kernel, 4, 64, words).expect("a launch");
    let begin = Instant::now();
    drop(device);
    // Whoever waits for lanes that do not end gives up after seconds.
    assert!(begin.elapsed() < Duration::from_secs(3), "it was waited for");
}

#[test]
fn a_cooperative_grid_has_to_fit() {
    let device = Device::open();
    let kernel = device.kernel(&kernel("__syncthreads();"), "rk_grid");
    let words = device.words(4);
    let too_large = Err(CUresult::CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE);
    for (blocks, lanes, expected) in [
        (10, 256, Ok(())),
        (11, 256, too_large),
        (10, 1024, Ok(())),
        (11, 1024, too_large),
        (11, 32, too_large),
    ] {
        let launched = device.launch(kernel, blocks, lanes, words).map_err(|error| error.0);
        assert_eq!(launched, expected, "{blocks} blocks of {lanes}");
        device.wait().expect("the grid ends");
        let mut resident = 0;
        // SAFETY: The kernel is a loaded one, and the number goes to a local.
        unsafe {
            sys::cuOccupancyMaxActiveBlocksPerMultiprocessor(&raw mut resident, kernel, lanes as i32, 0)
        }
        .result()
        .expect("a number");
        assert_eq!(resident as u32 * 10 >= blocks, expected.is_ok(), "{blocks} blocks of {lanes}");
    }
    let launched = device.launch(kernel, 1, 1025, words).map_err(|error| error.0);
    assert_eq!(launched, Err(CUresult::CUDA_ERROR_INVALID_VALUE));
}

#[test]
fn memory_is_limited_and_not_zero_at_first() {
    let device = Device::open();
    let words = device.words(3);
    assert_eq!(device.read(words, 3), [0xfbfb_fbfb; 3]);
    let mut address = 0;
    // SAFETY: The address goes to a local.
    let refused = unsafe { sys::cuMemAlloc_v2(&raw mut address, 3 << 30) };
    assert_eq!(refused, CUresult::CUDA_ERROR_OUT_OF_MEMORY);
    let block_memory = "RK_SHARED(unsigned, shared); words[0] = shared;";
    device.launch(device.kernel(&kernel(block_memory), "rk_grid"), 1, 1, words).expect("a launch");
    device.wait().expect("the grid ends");
    assert_eq!(device.read(words, 1), [0xfbfb_fbfb]);
}

#[test]
fn copies_stay_within_an_allocation() {
    let device = Device::open();
    let words = device.words(4);
    let mut bytes = [0u8; 32];
    // SAFETY: The destination has the bytes; whether the source has them is what is asked.
    let copied = unsafe { sys::cuMemcpyDtoH_v2(bytes.as_mut_ptr().cast(), words + 4, 16) };
    assert_eq!(copied, CUresult::CUDA_ERROR_INVALID_VALUE);
    // SAFETY: As above.
    let copied = unsafe { sys::cuMemcpyDtoH_v2(bytes.as_mut_ptr().cast(), words + 4, 12) };
    assert_eq!(copied, CUresult::CUDA_SUCCESS);
}

#[test]
fn calls_without_a_context_or_with_unknown_handles_are_refused() {
    let device = Device::open();
    let mut blocks = 0;
    // SAFETY: The driver knows which functions there are; the number goes to a local.
    let unknown = unsafe {
        sys::cuOccupancyMaxActiveBlocksPerMultiprocessor(&raw mut blocks, std::ptr::dangling_mut(), 32, 0)
    };
    assert_eq!(unknown, CUresult::CUDA_ERROR_INVALID_VALUE);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut address = 0;
            // SAFETY: The address goes to a local.
            let refused = unsafe { sys::cuMemAlloc_v2(&raw mut address, 4) };
            assert_eq!(refused, CUresult::CUDA_ERROR_INVALID_CONTEXT);
        });
    });
    drop(device);
}

#[test]
fn texts_that_do_not_compile_say_why() {
    let log = compile(&kernel("no such thing;")).expect_err("it is no C++");
    assert!(log.contains("program.cu") && log.contains("error"), "{log}");
    let log = compile("extern \"C\" __global__ void rk_grid(unsigned* a, unsigned b) {}")
        .expect_err("two parameters");
    assert!(log.contains("rk_sim_takes_one_word"), "{log}");
    let log = compile("extern \"C\" __global__ void rk_grid(unsigned a) {}").expect_err("32 bits");
    assert!(log.contains("one parameter of 64 bits"), "{log}");
}
