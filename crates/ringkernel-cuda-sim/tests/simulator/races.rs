//! Races between lanes, and between lanes and the host, in builds that ThreadSanitizer watches.

use std::sync::atomic::{AtomicU32, Ordering};

use ringkernel_cuda_sim::is_watched;

use crate::device::Device;
use crate::reports::{self, CASE};

/// Host to block 0, block 0 to block 1, block 1 to the host: eight words each, copied by the lanes of a warp.
const CHAIN: &str = r#"
struct world { unsigned* in; unsigned* between; unsigned* out; unsigned* stop; };
#ifndef MEET
#define MEET __syncwarp()
#endif
extern "C" __global__ void rk_grid(world* world) {
    unsigned lane = threadIdx.x;
    bool first = blockIdx.x == 0;
    unsigned* from = first ? world->in : world->between;
    unsigned* to = first ? world->between : world->out;
    for (unsigned number = 1;; number += 1) {
        RK_SHARED(unsigned, go);
        if (lane == 0) {
            for (;;) {
                unsigned seen = first ? rk_load_acquire_sys(from + 8) : rk_load_acquire_gpu(from + 8);
                go = seen == number ? 1 : rk_load_acquire_sys(world->stop) != 0 ? 2 : 0;
                if (go != 0) { break; }
                rk_pause(100);
            }
        }
        __syncwarp();
        if (go == 2) { return; }
        if (lane < 8) { to[lane] = from[lane] + 1; }
        MEET;
        if (lane == 0) {
            PUBLISH;
        }
        __syncwarp();
    }
}
"#;

const RIGHT: &str =
    "if (first) { rk_store_release_gpu(to + 8, number); } else { rk_store_release_sys(to + 8, number); }";

/// Sends numbers through both blocks, one at a time.
fn run(defines: &str, publish: &str) {
    let device = Device::open();
    let text = format!("{defines}\n{}", CHAIN.replace("PUBLISH;", publish));
    let kernel = device.kernel(&text, "rk_grid");
    let (mapped, between) = (device.mapped(64), device.zeroed(16));
    // SAFETY: There are this many words; words of payload are used as atomics as well, which plain accesses of lanes race
    // with where they are not ordered.
    let words: &[AtomicU32] = unsafe { std::slice::from_raw_parts(mapped.cast(), 64) };
    let (input, output, stop) = (&words[0..9], &words[16..25], &words[32]);
    let address = mapped as u64;
    for (place, value) in [address, between, address + 64, address + 128].into_iter().enumerate() {
        words[40 + 2 * place].store(value as u32, Ordering::Relaxed);
        words[41 + 2 * place].store((value >> 32) as u32, Ordering::Relaxed);
    }
    device.launch(kernel, 2, 32, address + 160).expect("a launch");
    for number in 1..=200 {
        for word in &input[..8] {
            word.store(number * 10, Ordering::Relaxed);
        }
        input[8].store(number, Ordering::Release);
        while output[8].load(Ordering::Acquire) != number {
            std::thread::yield_now();
        }
        for word in &output[..8] {
            assert_eq!(word.load(Ordering::Relaxed), number * 10 + 2);
        }
    }
    stop.store(1, Ordering::Release);
    device.wait().expect("the grid ends");
}

/// Runs a planted race in a process of its own: it is reported exactly where somebody watches.
fn check(case: &str, defines: &str, publish: &str) {
    if let Ok(named) = std::env::var(CASE) {
        // A process that runs a case starts no others.
        if named == case {
            run(defines, publish);
        }
        return;
    }
    let output = reports::run_case(case);
    let report = String::from_utf8_lossy(&output.stderr);
    assert_eq!(report.contains("data race"), is_watched(), "{case}: {report}");
}

#[test]
fn ordered_lanes_and_hosts_do_not_race() {
    run("", RIGHT);
}

#[test]
fn a_publication_without_order_is_a_race() {
    check("relaxed", "", "rk_store_relaxed_sys(to + 8, number);");
    check("plain", "", "*(volatile unsigned*)(to + 8) = number;");
}

#[test]
fn a_missing_meeting_of_lanes_is_a_race() {
    // The lanes still meet as often as before, but in the wrong place.
    check("meeting", "#define MEET", &format!("{RIGHT} __syncwarp(1u);"));
}
