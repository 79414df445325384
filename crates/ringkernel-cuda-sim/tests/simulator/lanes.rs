//! What lanes do together.

use crate::device::Device;

/// Runs a kernel with as many words of output as it has lanes, and gives them.
fn run(body: &str, blocks: u32, lanes: u32) -> Vec<u32> {
    let device = Device::open();
    let text = format!(
        "extern \"C\" __global__ void rk_grid(unsigned* out) {{\n\
         unsigned thread = threadIdx.x, at = blockIdx.x * blockDim.x + thread; (void)at;\n{body}\n}}"
    );
    let kernel = device.kernel(&text, "rk_grid");
    let count = (blocks * lanes) as usize;
    let out = device.words(count);
    device.launch(kernel, blocks, lanes, out).expect("a launch");
    device.wait().expect("the grid ends");
    device.read(out, count)
}

#[test]
fn lanes_know_where_they_are() {
    let out = run("out[at] = blockIdx.x * 1000 + thread + gridDim.x * 100000;", 3, 48);
    let expected: Vec<u32> = (0..3).flat_map(|block| (0..48).map(move |lane| block * 1000 + lane)).collect();
    assert_eq!(out, expected.iter().map(|place| place + 300_000).collect::<Vec<_>>());
}

#[test]
fn shuffles_give_the_value_of_another_lane() {
    let out = run("out[at] = __shfl_down_sync(0xffffffffu, thread * 10, 3);", 1, 32);
    assert_eq!(
        out,
        (0..32).map(|lane| if lane < 29 { lane * 10 + 30 } else { lane * 10 }).collect::<Vec<_>>()
    );
    let out = run("out[at] = (unsigned)(__shfl_xor_sync(0xffffffffu, thread * 10ull + 5ull, 1));", 1, 64);
    assert_eq!(out, (0..64).map(|lane| (lane ^ 1) * 10 + 5).collect::<Vec<_>>());
}

#[test]
fn votes_count_the_lanes_of_their_mask() {
    let body =
        "out[at] = thread < 8 ? __ballot_sync(0xffu, thread & 1) : __ballot_sync(0xffffff00u, thread > 20);";
    let out = run(body, 1, 32);
    assert_eq!(out[0], 0xaa);
    assert_eq!(out[31], 0xffe0_0000);
    assert_eq!(run("out[at] = __reduce_add_sync(~0u, thread);", 1, 64)[63], (32..64).sum::<u32>());
}

#[test]
fn lanes_of_a_block_share_memory_and_meet() {
    let body = "RK_SHARED(unsigned, total);\n\
                if (thread == 0) { total = 0; }\n\
                __syncthreads();\n\
                atomicAdd_block(&total, thread);\n\
                out[at] = __syncthreads_count(thread % 3 == 0) * 1000000 + total;";
    let out = run(body, 2, 96);
    assert!(out.iter().all(|word| *word == 32 * 1_000_000 + (0..96).sum::<u32>()), "{out:?}");
}

#[test]
fn blocks_run_beside_each_other() {
    // Each lane waits for the one after it in another block, and never pauses.
    let body = "atomicExch(out + at, 1u);\n\
                while (atomicAdd(out + (at + blockDim.x) % (gridDim.x * blockDim.x), 0u) == 0xfbfbfbfbu) {}";
    assert_eq!(run(body, 4, 64), vec![1; 256]);
}
