// A kernel that is launched for messages: each thread handles one, which the host has written, and writes the answer where the
// host reads it. The arithmetic is that of the actors that it is compared with (`serve.rs`).

enum : rk_u32 { RK_LANES = 64, RK_MOST = 512 };

extern "C" __global__ void rk_serve(rk_u32* world) {
    rk_u32 number = rk_thread(), count = world[RK_COUNT];
    rk_u64* requests = (rk_u64*)(world + RK_REST);
    rk_u64* answers = requests + RK_MOST * 8u;
    if (number < count) {
        for (rk_u32 word = 0u; word < 8u; word += 1u) {
            rk_u64 value = requests[number * 8u + word];
            answers[number * 8u + word] = value * 6364136223846793005ull + (1442695040888963407ull + word);
        }
    }
    // All lanes have stored; one releases, which the host acquires.
    __syncthreads();
    if (threadIdx.x == 0u) {
        rk_store_release_sys(world + RK_FROM_DEVICE + blockIdx.x, rk_load_acquire_sys(world + RK_FROM_HOST));
    }
}
