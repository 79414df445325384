// An entry of one program: its job stands at the start of the words, its rows behind that.

RK_FN void difftest_each(rk_u32* words, rk_u32 handler) {
    difftest_job job = *(const difftest_job*)words;
    // Known when this is compiled, so that what an entry needs is what its program needs.
    job.handler = handler;
    for (rk_u32 at = blockIdx.x * blockDim.x + threadIdx.x; at < job.count; at += gridDim.x * blockDim.x) {
        difftest_run(words, job, at);
    }
}
