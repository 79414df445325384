// A flag between two blocks, in the memory of the device.

RK_LEAD(rk_lead_gpu, rk_load_acquire_gpu, rk_store_release_gpu)
RK_FOLLOW(rk_follow_gpu, rk_load_acquire_gpu, rk_store_release_gpu)

extern "C" __global__ void rk_between_blocks(rk_u32* world) {
    rk_u32* leader = rk_memory(world);
    rk_u32* follower = leader + 64u;
    if (threadIdx.x != 0u) {
        return;
    }
    if (blockIdx.x == 0u) {
        RK_TIMED(rk_lead_gpu, world, leader, follower);
    } else if (blockIdx.x == 1u) {
        rk_follow_gpu(world, follower, leader, world[RK_COUNT]);
    }
}
