// The words that host and device share: 32 of the host, which it sets before the launch (`stop` also later), and from the 32nd on
// those of the device. `world.rs` has the same numbers.

enum : rk_u32 {
    RK_STOP = 0,
    RK_COUNT = 1,
    RK_MEMORY = 2,
    RK_SIZE = 4,
    RK_FROM_HOST = 16,
    RK_STARTED = 32,
    RK_RESULT = 33,
    RK_ELAPSED = 34,
    RK_FROM_DEVICE = 48,
    // What follows is larger.
    RK_REST = 64,
};

struct __align__(16) rk_four {
    rk_u32 words[4];
};

RK_FN rk_u32* rk_memory(const rk_u32* world) {
    return (rk_u32*)(world[RK_MEMORY] | (rk_u64)world[RK_MEMORY + 1u] << 32);
}

RK_FN rk_u32 rk_thread() { return blockIdx.x * blockDim.x + threadIdx.x; }
RK_FN rk_u32 rk_threads() { return gridDim.x * blockDim.x; }

// How long somebody waits for something that should come within microseconds.
struct rk_patience {
    rk_u64 begin;
    rk_u32 looks;
};

// Whether it is time to look at more than what is waited for, which is slow.
RK_FN bool rk_is_time(rk_patience* patience) {
    RK_BETWEEN_LOOKS();
    patience->looks += 1u;
    return patience->looks % 4096u == 0u;
}

// Whether 20 seconds have passed since this was first asked.
RK_FN bool rk_is_late(rk_patience* patience) {
    rk_u64 now = rk_globaltimer();
    if (patience->begin == 0u) {
        patience->begin = now;
    }
    return now - patience->begin > 20000000000ull;
}

// Whether to give up, because the host says so or because it is late.
RK_FN bool rk_is_over(const rk_u32* world, rk_patience* patience) {
    return rk_is_time(patience) && (rk_is_late(patience) || rk_load_acquire_sys(world + RK_STOP) != 0u);
}

RK_FN void rk_report(rk_u32* world, rk_u32 result, rk_u64 elapsed) {
    rk_store_relaxed_sys(world + RK_RESULT, result);
    rk_store_relaxed_sys(world + RK_ELAPSED, (rk_u32)elapsed);
    rk_store_release_sys(world + RK_ELAPSED + 1u, (rk_u32)(elapsed >> 32));
}
