// The grid: what each warp and block of it is for.
//
// The first warp reads what the host sends. The other warps of its block, and all those of blocks in front of `first_job_block`, serve
// actors with one lane; the blocks behind serve cooperative ones.

extern "C" __global__ void rk_grid(rk_world* given) {
    RK_DYNAMIC_SHARED(memory);
    RK_SHARED(rk_block_job, job);
    RK_SHARED(rk_ingress_words, words);
    rk_begin_block();
    rk_u32 warps = blockDim.x / 32u, warp = threadIdx.x / 32u;
    rk_u32 workers = given->first_job_block * warps + (gridDim.x - given->first_job_block);
    if (blockIdx.x >= given->first_job_block) {
        rk_u32 worker = given->first_job_block * warps + (blockIdx.x - given->first_job_block);
        rk_run_jobs(given, worker, &job, memory);
    } else if (blockIdx.x == 0u && warp == 0u) {
        rk_run_ingress(given, words.words, workers);
    } else {
        rk_run_worker(given, blockIdx.x * warps + warp);
    }
}
