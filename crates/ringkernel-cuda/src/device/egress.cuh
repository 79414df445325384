// What the device tells the host: packets of words, cut into lines of 64 bytes. Each line has its own sequence number, the number
// of the line over all laps plus 1, so that no line is taken for what lay there a lap before.

#define RK_LINE_WORDS 15u

// Waits until the host has read so far that line `number` may be written. The host reads always, also while the grid stops.
RK_FN void rk_await_line(rk_world* world, rk_u32 number) {
    const rk_u32* consumed = rk_at(world, G_EGRESS_READ);
    while (number - rk_load_acquire_gpu(consumed) >= world->egress_lines) {
        rk_pause(100u);
    }
}

// Takes the numbers of lines for as many words.
RK_FN rk_u32 rk_claim_lines(rk_world* world, rk_u32 words) {
    rk_u32 lines = (words + RK_LINE_WORDS - 1u) / RK_LINE_WORDS;
    return rk_add_relaxed_gpu(rk_at(world, G_EGRESS_WRITTEN), lines);
}

RK_FN rk_u32* rk_line(rk_world* world, rk_u32 number) {
    return world->egress + (rk_u64)(number % world->egress_lines) * 16u;
}

// Writes a packet. One lane alone calls it with `lanes` 1, a warp with 32 and the same packet in all of its lanes. The first
// word of the packet says how many words it has.
RK_FN void rk_write_packet(rk_world* world, const rk_u32* packet, rk_u32 words, rk_u32 lane, rk_u32 lanes) {
    rk_u32 first = 0u;
    if (lane == 0u) {
        first = rk_claim_lines(world, words);
    }
    if (lanes > 1u) {
        first = __shfl_sync(0xffffffffu, first, 0);
    }
    for (rk_u32 start = 0u; start < words; start += RK_LINE_WORDS) {
        rk_u32 number = first + start / RK_LINE_WORDS;
        rk_u32* line = rk_line(world, number);
        if (lane == 0u) {
            rk_await_line(world, number);
        }
        if (lanes > 1u) {
            __syncwarp();
        }
        for (rk_u32 word = lane; word < RK_LINE_WORDS; word += lanes) {
            line[1u + word] = start + word < words ? packet[start + word] : 0u;
        }
        // All lanes have stored before one of them releases.
        if (lanes > 1u) {
            __syncwarp();
        }
        if (lane == 0u) {
            rk_store_release_sys(line, number + 1u);
        }
    }
}
