// How words of device memory are reached. `rk_world`, the grid's one parameter, is declared in front of this by `parameters.rs`.

RK_FN rk_u32* rk_at(rk_world* world, rk_u32 word) { return world->arena + word; }
RK_FN rk_u32* rk_record(rk_world* world, rk_u32 actor) { return world->arena + world->records + (rk_u64)actor * A_WORDS; }
RK_FN rk_u32* rk_shared_of(rk_world* world, rk_u32 actor) {
    return world->arena + world->shared + (rk_u64)actor * S_WORDS;
}

RK_FN rk_u64 rk_pair(const rk_u32* words) { return (rk_u64)words[0] | (rk_u64)words[1] << 32; }
RK_FN void rk_put_pair(rk_u32* words, rk_u64 value) {
    words[0] = (rk_u32)value;
    words[1] = (rk_u32)(value >> 32);
}
RK_FN rk_words rk_quad(const rk_u32* words) {
    rk_words value = {rk_pair(words), rk_pair(words + 2)};
    return value;
}
RK_FN void rk_put_quad(rk_u32* words, rk_words value) {
    rk_put_pair(words, value.first);
    rk_put_pair(words + 2, value.second);
}

RK_FN rk_u32 rk_words_of(rk_u32 bytes) { return bytes / 4u + (bytes % 4u != 0u ? 1u : 0u); }

// Nothing is read on the strength of it. Who sees it may be ahead of others, who look at other copies.
RK_FN bool rk_is_stopping(rk_world* world) {
    return rk_load_relaxed_gpu(rk_at(world, G_STOP + blockIdx.x % STOP_COPIES * STOP_WORDS)) != 0u;
}

// The same for the blocks of an actor's grid, which all look at one copy: what one has seen before it tells another, that one sees, too.
RK_FN bool rk_is_stopping_for(rk_world* world, rk_u32 actor) {
    return rk_load_relaxed_gpu(rk_at(world, G_STOP + actor % STOP_COPIES * STOP_WORDS)) != 0u;
}

// Nanoseconds since 1970, by the device's timer and what the host knows of it.
RK_FN rk_u64 rk_wall(rk_world* world) {
    return rk_globaltimer() + rk_load_relaxed64_gpu((const rk_u64*)rk_at(world, G_CLOCK_OFFSET));
}

// From the lowest band, 0, to the highest, 3.
RK_FN rk_u32 rk_band(rk_u32 priority) {
    return (priority > 63u ? 1u : 0u) + (priority > 128u ? 1u : 0u) + (priority > 191u ? 1u : 0u);
}

// What becomes of a message of this type at an actor: 0, 1 + its handler, or POLLED.
RK_FN rk_u32 rk_route(rk_world* world, const rk_u32* record, rk_u32 message) {
    return rk_at(world, world->routes)[record[A_KERNEL] * world->types + message];
}
