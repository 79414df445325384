// Where the lanes of a block meet. README.md beside the printer explains why no fault leaves a block waiting.

#ifndef RK_COUNT_BLOCK
#define RK_COUNT_BLOCK(rk, predicate) ((rk_u32)__syncthreads_count((predicate) ? 1 : 0))
#endif
#ifndef RK_PAUSE
#define RK_PAUSE(rk) __nanosleep(20u)
#endif

#define RK_BROKEN_BLOCK 1u
#define RK_BROKEN_GRID 2u

// Whether the lane's site is that of lane 0, where sites are checked: one more barrier.
RK_FN bool rk_is_common_site(rk_lane* rk, rk_u32 site) {
#ifdef RK_CHECK_SITES
    if (rk->thread == 0u) {
        *(volatile rk_u32*)&rk->shared->site = site;
    }
    RK_COUNT_BLOCK(rk, true);
    return *(volatile rk_u32*)&rk->shared->site == site;
#else
    (void)rk;
    (void)site;
    return true;
#endif
}

// Meets the other lanes of the block: all at a barrier, or some or all at the end of the handler. When not all are at a
// barrier without a fault, the block is broken: all of them learn that now, and none of them waits for another again.
RK_FN void rk_meet_block(rk_lane* rk, bool at_barrier, rk_u32 site, rk_u32 file, rk_u32 line) {
    if (rk->block_dim == 1u || rk->broken != 0u) {
        return;
    }
    bool common = rk_is_common_site(rk, site);
    rk_u32 well = RK_COUNT_BLOCK(rk, at_barrier && common && rk->fault == 0u);
    if (well == rk->block_dim) {
        return;
    }
    if (at_barrier || well != 0u) {
        rk->broken = RK_BROKEN_BLOCK;
    }
#ifndef RK_CHECK_SITES
    // All that are at a barrier have faulted, or all have returned: nothing is left to find out.
    if (well == 0u) {
        return;
    }
#endif
    rk_u32 faulted = RK_COUNT_BLOCK(rk, rk->fault != 0u);
    if (faulted == 0u && at_barrier) {
        rk_raise(rk, RK_DIVERGENCE, 0u, file, line);
    }
}

RK_FN void rk_meet(rk_lane* rk, rk_u32 site, rk_u32 file, rk_u32 line) { rk_meet_block(rk, true, site, file, line); }

// As `rk_meet`, for all blocks of the grid.
RK_FN void rk_meet_grid(rk_lane* rk, rk_u32 site, rk_u32 file, rk_u32 line) {
    rk_meet(rk, site, file, line);
    if (rk->grid_dim == 1u || rk->broken != 0u) {
        return;
    }
    if (rk_count_grid(rk, true) == rk->grid_dim * rk->block_dim) {
        return;
    }
    rk->broken = RK_BROKEN_GRID;
    if (rk_count_grid(rk, rk->fault != 0u) == 0u) {
        rk_raise(rk, RK_DIVERGENCE, 0u, file, line);
    }
}

// At the end of a cooperative handler.
RK_FN void rk_finish(rk_lane* rk) { rk_meet_block(rk, false, 0u, 0u, 0u); }

// At the end of a cooperative handler that meets the whole grid.
RK_FN void rk_finish_grid(rk_lane* rk) {
    rk_finish(rk);
    if (rk->grid_dim > 1u && rk->broken != RK_BROKEN_GRID && rk_count_grid(rk, false) != 0u) {
        rk_count_grid(rk, rk->fault != 0u);
    }
}

// Whether what this lane gives is the answer.
RK_FN bool rk_leads(rk_lane* rk) { return rk->thread == 0u && rk->block == 0u; }

// An array in block memory.
struct rk_array {
    rk_u8* at;
    rk_usize len;
};

RK_FN bool rk_has_array_element(rk_lane* rk, rk_array array, rk_usize index, rk_u32 file, rk_u32 line) {
    if (index >= array.len) {
        rk_raise(rk, RK_INDEX_OUT_OF_BOUNDS, 0u, file, line);
        return false;
    }
    return true;
}

// States of a slot; from there on it is where the array lies, plus `RK_SLOT_MADE`.
#define RK_SLOT_EMPTY 0u
#define RK_SLOT_BUSY 1u
#define RK_SLOT_FULL 2u
#define RK_SLOT_MADE 3u

// Takes block memory for an array. Two counts, because the limit counts bytes that were asked for, and places are aligned.
RK_FN rk_u32 rk_take_block_memory(rk_lane* rk, rk_u64 bytes) {
    if (bytes > rk->block_memory_bytes) {
        return RK_SLOT_FULL;
    }
    rk_u32 asked = atomicAdd(&rk->shared->bytes_asked, (rk_u32)bytes);
    if (asked > rk->block_memory_bytes || bytes > rk->block_memory_bytes - asked) {
        return RK_SLOT_FULL;
    }
    return atomicAdd(&rk->shared->bytes_placed, (rk_u32)rk_round_up(bytes, 16ull)) + RK_SLOT_MADE;
}

// The array of a slot, which the first lane that asks makes.
template <class T> RK_FN rk_array rk_block_array(rk_lane* rk, rk_u32 slot, rk_usize len, rk_u32 file, rk_u32 line) {
    rk_array array = {};
    if (rk->shared == nullptr || len > rk->block_memory_bytes / sizeof(T)) {
        rk_raise(rk, RK_SHARED_MEMORY, 0u, file, line);
        return array;
    }
    rk_u32* place = (rk_u32*)(rk->shared + 1) + 2u * slot;
    rk_u32 state = atomicCAS(place, RK_SLOT_EMPTY, RK_SLOT_BUSY);
    if (state == RK_SLOT_EMPTY) {
        state = rk_take_block_memory(rk, len * sizeof(T));
        atomicExch(place + 1, (rk_u32)len);
        __threadfence_block();
        atomicExch(place, state);
    }
    while (state == RK_SLOT_BUSY) {
        RK_PAUSE(rk);
        state = atomicCAS(place, RK_SLOT_EMPTY, RK_SLOT_EMPTY);
    }
    if (state == RK_SLOT_FULL) {
        rk_raise(rk, RK_SHARED_MEMORY, 0u, file, line);
        return array;
    }
    __threadfence_block();
    if (atomicCAS(place + 1, 0u, 0u) != (rk_u32)len) {
        rk_raise(rk, RK_DIVERGENCE, 0u, file, line);
        return array;
    }
    array.at = rk->block_memory + (state - RK_SLOT_MADE);
    array.len = len;
    return array;
}
