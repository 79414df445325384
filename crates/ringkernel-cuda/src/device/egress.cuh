// What the device tells the host: packets of words, cut into units of 16 bytes. Each unit has its own sequence number, the number of the
// unit over all laps plus 1, so that none is taken for what lay there a lap before, and none needs an order to another.

#define RK_UNIT_WORDS 3u

// Waits until the host has read so far that unit `number` may be written; `read` is how far it has, as far as is known. The host reads
// always, also while the grid stops.
RK_FN void rk_await_unit(rk_world* world, rk_u32 number, rk_u32* read) {
    while (number - *read >= world->egress_units) {
        rk_pause(100u);
        *read = rk_load_acquire_gpu(rk_at(world, G_EGRESS_READ));
    }
}

// Writes a packet. One lane alone calls it with `lanes` 1, a warp with 32 and the same packet in all of its lanes. The first
// word of the packet says how many words it has.
RK_FN void rk_write_packet(rk_world* world, const rk_u32* packet, rk_u32 words, rk_u32 lane, rk_u32 lanes) {
    rk_u32 units = (words + RK_UNIT_WORDS - 1u) / RK_UNIT_WORDS, first = 0u, read = 0u;
    if (lane == 0u) {
        first = rk_add_relaxed_gpu(rk_at(world, G_EGRESS_WRITTEN), units);
        read = rk_load_acquire_gpu(rk_at(world, G_EGRESS_READ));
    }
    if (lanes > 1u) {
        first = __shfl_sync(0xffffffffu, first, 0);
    }
    // Of a warp one lane has done what is told, and all have met it.
    rk_begin_units_sys();
    for (rk_u32 start = 0u; start < units; start += lanes) {
        if (lane == 0u) {
            rk_await_unit(world, first + (start + lanes < units ? start + lanes : units) - 1u, &read);
        }
        if (lanes > 1u) {
            __syncwarp();
        }
        if (start + lane < units) {
            rk_u32 unit[RK_UNIT_WORDS + 1u], word = (start + lane) * RK_UNIT_WORDS, number = first + start + lane;
            for (rk_u32 i = 0u; i < RK_UNIT_WORDS; i += 1u) {
                unit[i] = word + i < words ? packet[word + i] : 0u;
            }
            unit[RK_UNIT_WORDS] = number + 1u;
            rk_store_unit_sys(world->egress + (rk_u64)(number % world->egress_units) * 4u, unit);
        }
    }
}
