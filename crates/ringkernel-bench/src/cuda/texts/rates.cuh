// How much of one thing the device does in a time when all of it does nothing else. The host takes the time, and checks what
// was counted or written.

// Atomic additions that give the old value, as a ticket needs it, in lines of 64 bytes that neighbours do not share.
extern "C" __global__ void rk_adds(rk_u32* world) {
    rk_u32* memory = rk_memory(world);
    rk_u32 lines = world[RK_SIZE] / 16u, count = world[RK_COUNT];
    rk_u32 sum = 0u;
    for (rk_u32 turn = 0u; turn < count; turn += 1u) {
        sum += rk_add_relaxed_gpu(memory + (rk_thread() + turn * 61u) % lines * 16u, 1u);
    }
    // Nobody may drop the old values.
    if (sum == 0xffffffffu) {
        world[RK_RESULT] = sum;
    }
}

// Four neighbours write a line of 64 bytes, so often. The address is that of the device's memory or of the host's.
RK_FN void rk_write_lines(rk_u32* to, rk_u32 size, rk_u32 laps) {
    for (rk_u32 lap = 0u; lap < laps; lap += 1u) {
        for (rk_u32 at = rk_thread() * 4u; at < size; at += rk_threads() * 4u) {
            *(rk_four*)(to + at) = {{at + lap, at + lap + 1u, at + lap + 2u, at + lap + 3u}};
        }
        __threadfence();
    }
}
extern "C" __global__ void rk_stores(rk_u32* world) { rk_write_lines(rk_memory(world), world[RK_SIZE], world[RK_COUNT]); }
extern "C" __global__ void rk_posts(rk_u32* world) { rk_write_lines(world + RK_REST, world[RK_SIZE], world[RK_COUNT]); }

// Neighbours read 16 bytes each of the host's memory, in order. What they have read is added up, once for each lap.
extern "C" __global__ void rk_reads(rk_u32* world) {
    rk_u32 size = world[RK_SIZE], laps = world[RK_COUNT], sum = 0u;
    for (rk_u32 lap = 0u; lap < laps; lap += 1u) {
        for (rk_u32 at = rk_thread() * 4u; at < size; at += rk_threads() * 4u) {
            rk_four four = *(const rk_four*)(world + RK_REST + at);
            sum += four.words[0] + four.words[1] + four.words[2] + four.words[3];
        }
        // What has been read before is read again, from the host.
        __threadfence_system();
    }
    rk_add_relaxed_gpu(rk_memory(world), sum);
}
