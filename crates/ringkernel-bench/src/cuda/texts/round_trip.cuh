// A flag from the host to one thread and back, in mapped memory: what a round trip costs at least. All blocks but the first keep
// the memory of the device busy meanwhile, if there are others.

RK_FN void rk_answer(rk_u32* world, rk_u32* memory) {
    rk_patience patience = {};
    rk_u32 seen = 0u;
    rk_store_release_sys(world + RK_STARTED, 1u);
    for (;;) {
        // Released by the host. The word of the host that ends this is the one that is looked at anyway.
        rk_u32 flag = rk_load_acquire_sys(world + RK_FROM_HOST);
        if (flag == 0xffffffffu) {
            break;
        }
        if (flag != seen) {
            seen = flag;
            rk_store_release_sys(world + RK_FROM_DEVICE, flag * 3u + 1u);
            patience = {};
        } else if (rk_is_over(world, &patience)) {
            break;
        }
    }
    // Acquired below.
    rk_store_release_gpu(memory, 1u);
}

// Until the answering thread ends, which the host tells to: these leave the host's memory alone, because so many would be in the way.
RK_FN void rk_be_busy(const rk_u32* world, rk_u32* memory) {
    rk_patience patience = {};
    rk_u32 lines = world[RK_SIZE] / 16u - 1u;
    for (rk_u32 at = rk_thread(); rk_load_acquire_gpu(memory) == 0u; at += 97u) {
        if (rk_is_time(&patience) && rk_is_late(&patience)) {
            break;
        }
        rk_add_relaxed_gpu(memory + 16u + at % lines * 16u, 1u);
    }
}

extern "C" __global__ void rk_round_trip(rk_u32* world) {
    rk_u32* memory = rk_memory(world);
    if (blockIdx.x != 0u) {
        rk_be_busy(world, memory);
    } else if (threadIdx.x == 0u) {
        rk_answer(world, memory);
    }
}
