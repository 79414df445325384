// Runs one message: behind the printed text.

struct difftest_job {
    rk_u32 handler, count, message, message_words, result, result_words, bytes, scratch, scratch_words;
};

RK_FN void difftest_run(rk_u32* words, difftest_job job, rk_u32 at) {
    rk_u32* result = words + job.result + (size_t)at * job.result_words;
    difftest_answer answer = {(rk_u8*)(result + 8), job.bytes, 0u};
    rk_lane lane = {};
    lane.message = (rk_u8*)(words + job.message + (size_t)at * job.message_words);
    lane.scratch = (rk_u8*)(words + job.scratch + (size_t)at * job.scratch_words);
    lane.scratch_bytes = job.scratch_words * 4u;
    lane.block_dim = 1u;
    lane.grid_dim = 1u;
    lane.runtime = &answer;
    rk_run_handler(&lane, job.handler);
    result[0] = answer.answered;
    result[1] = lane.fault;
    result[2] = lane.fault_code;
    result[3] = lane.fault_file;
    result[4] = lane.fault_line;
}
