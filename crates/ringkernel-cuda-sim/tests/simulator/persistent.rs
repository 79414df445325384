//! A grid that runs until the host tells it to end.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::device::Device;

/// Words: to the device, its number; from the device, its number; whether to end.
const PING_PONG: &str = r#"
extern "C" __global__ void rk_grid(unsigned* words) {
    unsigned seen = 0;
    while (threadIdx.x == 0 && blockIdx.x == 0) {
        unsigned number = rk_load_acquire_sys(words + 1);
        if (number != seen) {
            words[2] = words[0] * 2;
            rk_store_release_sys(words + 3, number);
            seen = number;
        } else if (rk_load_acquire_sys(words + 4) != 0) {
            break;
        } else {
            rk_pause(100);
        }
    }
    __syncthreads();
}
"#;

#[test]
fn a_running_grid_answers_the_host_and_ends_when_told() {
    let device = Device::open();
    let kernel = device.kernel(PING_PONG, "rk_grid");
    let memory = device.mapped(16);
    // SAFETY: There are this many words; all of them are only used as atomics while the grid runs.
    let words: &[AtomicU32] = unsafe { std::slice::from_raw_parts(memory.cast(), 16) };
    device.launch(kernel, 2, 64, memory as u64).expect("a launch");
    for number in 1..=1000u32 {
        words[0].store(number, Ordering::Relaxed);
        words[1].store(number, Ordering::Release);
        while words[3].load(Ordering::Acquire) != number {
            std::thread::yield_now();
        }
        assert_eq!(words[2].load(Ordering::Relaxed), number * 2);
    }
    words[4].store(1, Ordering::Release);
    device.wait().expect("the grid ends");
}
