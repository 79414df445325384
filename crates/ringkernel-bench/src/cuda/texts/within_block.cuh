// A flag between two warps of a block, in its memory.

struct rk_flags {
    rk_u32 leader;
    rk_u32 between[31];
    rk_u32 follower;
};

RK_LEAD(rk_lead_block, rk_load_acquire_block, rk_store_release_block)
RK_FOLLOW(rk_follow_block, rk_load_acquire_block, rk_store_release_block)

extern "C" __global__ void rk_within_block(rk_u32* world) {
    RK_SHARED(rk_flags, flags);
    if (threadIdx.x == 0u) {
        flags = {};
    }
    __syncthreads();
    if (threadIdx.x == 0u) {
        RK_TIMED(rk_lead_block, world, &flags.leader, &flags.follower);
    } else if (threadIdx.x == 32u) {
        rk_follow_block(world, &flags.follower, &flags.leader, world[RK_COUNT]);
    }
}
