// The grid: what each warp and block of it is for.
//
// The first warp of the first block reads what the host sends; nothing else runs in that block. The blocks in front of
// `first_job_block` serve actors with one lane, the blocks behind serve cooperative ones.

extern "C" __global__ void rk_grid(rk_world* given) {
    RK_DYNAMIC_SHARED(memory);
    RK_SHARED(rk_block_job, job);
    RK_SHARED(rk_ingress_words, words);
    rk_begin_block();
    rk_u32 warps = blockDim.x / 32u, warp = threadIdx.x / 32u;
    rk_u32 scalar_blocks = given->first_job_block - 1u;
    if (blockIdx.x >= given->first_job_block) {
        rk_u32 worker = scalar_blocks * warps + (blockIdx.x - given->first_job_block);
        rk_run_jobs(given, worker, &job, memory);
    } else if (blockIdx.x != 0u) {
        rk_run_worker(given, (blockIdx.x - 1u) * warps + warp);
    } else if (warp == 0u) {
        rk_run_ingress(given, words.words);
    }
}
