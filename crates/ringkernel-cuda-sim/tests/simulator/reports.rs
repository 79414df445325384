//! What correct code never does ends the process with a report: each case runs in a process of its own.

use std::process::{Command, Output};

use cudarc::driver::{result, sys};

use crate::device::Device;

/// Names the case for a process that runs one.
pub(crate) const CASE: &str = "RINGKERNEL_CUDA_SIM_CASE";

/// Runs `plant` in a process of its own, and checks that it ends with a report that has these words.
fn check(case: &str, words: &str, plant: impl FnOnce()) {
    if let Ok(named) = std::env::var(CASE) {
        // A process that runs a case starts no others.
        if named == case {
            plant();
        }
        return;
    }
    let output = run_case(case);
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{case} passes");
    assert!(report.contains("ringkernel-cuda-sim: ") && report.contains(words), "{case}: {report}");
}

/// Runs the test of this name once more, in a process of its own, for one case.
pub(crate) fn run_case(case: &str) -> Output {
    assert!(std::env::var_os(CASE).is_none(), "a process that runs a case starts no others");
    let program = std::env::current_exe().expect("the program has a path");
    let test = std::thread::current().name().expect("a test has a name").to_owned();
    Command::new(program)
        .args(["--exact", &test, "--nocapture", "--test-threads=2"])
        .env(CASE, case)
        .output()
        .expect("it runs")
}

/// A kernel whose lanes run this.
fn kernel(body: &str) -> String {
    format!(
        "extern \"C\" __global__ void rk_grid(unsigned* words) {{\n\
         unsigned thread = threadIdx.x; (void)thread;\n{body}\n}}"
    )
}

/// Runs lanes over device memory of 16 words, frees it, and ends.
fn run(body: &str, lanes: u32) {
    let device = Device::open();
    let kernel = device.kernel(&kernel(body), "rk_grid");
    let words = device.words(16);
    device.launch(kernel, 1, lanes, words).expect("a launch");
    device.wait().expect("the grid ends");
    device.free(words);
}

/// Runs lanes over mapped memory of 16 words.
fn run_mapped(body: &str) {
    let device = Device::open();
    let kernel = device.kernel(&kernel(body), "rk_grid");
    let words = device.mapped(16);
    device.launch(kernel, 1, 32, words as u64).expect("a launch");
    device.wait().expect("the grid ends");
}

/// Does something while a grid runs.
fn meanwhile(act: impl FnOnce(&Device)) {
    let device = Device::open();
    let kernel =
        device.kernel(&kernel("while (rk_load_acquire_sys(words) == 0) { rk_pause(10); }"), "rk_grid");
    let words = device.mapped(1);
    device.launch(kernel, 1, 32, words as u64).expect("a launch");
    act(&device);
    // SAFETY: The word is one that has been allocated.
    unsafe { words.write_volatile(1) };
    device.wait().expect("the grid ends");
}

#[test]
fn a_device_scope_on_memory_of_the_host() {
    check("release", "scope has to be the system's", || run_mapped("rk_store_release_gpu(words + 2, 1);"));
    check("acquire", "scope has to be the system's", || run_mapped("rk_load_acquire_gpu(words + 2);"));
    check("add", "rk_add_relaxed_gpu", || run_mapped("rk_add_relaxed_gpu(words + 2, 1);"));
    check("block", "atomicOr_block", || run_mapped("atomicOr_block(words + 2, 1u);"));
}

#[test]
fn a_change_in_one_step_of_memory_of_the_host() {
    check("system", "no read-modify-write operations", || run_mapped("atomicAdd_system(words + 2, 1u);"));
}

#[test]
fn memory_of_the_host_that_was_registered_is_no_exception() {
    check("registered", "scope has to be the system's", || {
        let device = Device::open();
        let kernel = device.kernel(&kernel("rk_store_release_gpu(words + 2, 1);"), "rk_grid");
        let memory = Box::leak(Box::new([0u32; 1024]));
        // SAFETY: The memory stays for ever.
        unsafe { sys::cuMemHostRegister_v2(memory.as_mut_ptr().cast(), 4096, 2) }
            .result()
            .expect("it is registered");
        device.launch(kernel, 1, 32, memory.as_ptr() as u64).expect("a launch");
        device.wait().expect("the grid ends");
    });
}

#[test]
fn bytes_written_around_an_allocation() {
    // Sixteen words are allocated, in units of sixty-four: what is behind is filled up to there, what is before to the page.
    check("behind", "4 bytes behind", || run("if (thread == 0) { ((char*)words)[67] = 1; }", 32));
    check("before", "1 bytes before", || run("if (thread == 0) { ((char*)words)[-1] = 1; }", 32));
}

#[test]
fn an_address_far_behind_an_allocation() {
    check("far", "behind the end of an allocation of 64 bytes of device memory", || {
        run("words[64 + thread] = 1;", 32)
    });
    check("nowhere", "no memory of the device", || run("((volatile unsigned*)16)[thread] = 1;", 32));
}

#[test]
fn memory_that_was_freed() {
    check("freed", "has been freed", || {
        let device = Device::open();
        let kernel = device.kernel(&kernel("words[thread] = 1;"), "rk_grid");
        let words = device.words(1 << 20);
        device.free(words);
        device.launch(kernel, 1, 32, words).expect("a launch");
        device.wait().expect("the grid ends");
    });
}

#[test]
fn an_address_between_words() {
    check("odd", "not a multiple of the size", || run("atomicAdd((unsigned*)((char*)words + 2), 1u);", 32));
}

#[test]
fn a_stack_that_is_full() {
    let body = "volatile unsigned large[100000]; large[words[0] % 7] = 1; words[1] = large[3];";
    check("stack", "the stack is full", || run(body, 32));
}

#[test]
fn lanes_that_wait_for_lanes_that_have_ended() {
    check("ended", "have ended", || run("if (thread != 3) { __syncwarp(); }", 32));
    check("block", "have ended", || run("if (thread < 32) { __syncthreads(); }", 64));
    // The others pause for ever, so that the block is never out of lanes that run.
    let body = "if (thread == 0) { return; } if (thread == 1) { __syncthreads(); } for (;;) { rk_pause(1); }";
    check("pausing", "have ended", || run(body, 32));
}

#[test]
fn lanes_that_all_wait_for_each_other() {
    let body = "if (thread < 32) { __syncthreads(); } else { __syncwarp(); __syncwarp(); __syncthreads(); __syncthreads(); }";
    check("barriers", "have ended", || run(body, 64));
    let body = "if (thread == 0) { __syncwarp(3); } else if (thread == 1) { __syncwarp(7); } else { __syncwarp(6); }";
    check("masks", "all lanes wait for others", || run(body, 3));
}

#[test]
fn lanes_at_different_operations() {
    let body = "if (thread == 0) { __ballot_sync(~0u, 1); } else { __syncwarp(); }";
    check("operations", "different operations", || run(body, 32));
}

#[test]
fn masks_that_fit_no_lanes() {
    check("absent", "does not have", || run("__syncwarp();", 16));
    check("caller", "leaves out", || run("__syncwarp(1u);", 32));
    check("source", "a shuffle asks lane 9", || run("if (thread < 4) { __shfl_sync(15u, thread, 9); }", 32));
}

#[test]
fn undefined_behaviour_in_a_lane() {
    let case = "overflow";
    if let Ok(named) = std::env::var(CASE) {
        // A process that runs a case starts no others.
        if named == case {
            run("int large = 0x7fffffff; words[0] = large + (int)(words[1] & 1) + (int)thread;", 32);
        }
        return;
    }
    assert!(!run_case(case).status.success());
}

#[test]
fn what_would_wait_for_a_running_grid() {
    check("alloc", "cuMemAlloc while a cooperative grid runs", || {
        meanwhile(|device| assert_ne!(device.words(4), 0))
    });
    check("host", "cuMemHostAlloc while a cooperative grid runs", || {
        meanwhile(|device| assert!(!device.mapped(4).is_null()))
    });
    check("free", "cuMemFree while a cooperative grid runs", || meanwhile(|device| device.free(1 << 20)));
    check("load", "cuModuleLoadData while a cooperative grid runs", || {
        meanwhile(|device| assert!(!device.kernel(&kernel(""), "rk_grid").is_null()));
    });
    check("copy", "cuMemcpyDtoH while a cooperative grid runs", || {
        let device = Device::open();
        let words = device.words(4);
        meanwhile(|_| drop(device.read(words, 4)));
    });
    check("synchronize", "cuCtxSynchronize while a cooperative grid runs", || {
        meanwhile(|_| result::ctx::synchronize().expect("it is done"));
    });
}
