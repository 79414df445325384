// A runtime that does nothing: enough for the compiler to see all of a program.

__device__ rk_u64 rk_actor_ref(rk_lane* rk) { return rk->block; }
__device__ rk_u64 rk_sender(rk_lane* rk) { return rk->block; }
__device__ rk_words rk_message_id(rk_lane* rk) { return rk_words{rk->block, 0ull}; }
__device__ rk_words rk_correlation_id(rk_lane* rk) { return rk_words{rk->block, 0ull}; }
__device__ rk_words rk_message_timestamp(rk_lane* rk) { return rk_words{rk->block, 0ull}; }
__device__ rk_words rk_now(rk_lane* rk) { return rk_words{rk->block, 0ull}; }
__device__ rk_words rk_tick(rk_lane* rk) { return rk_words{rk->block, 0ull}; }
__device__ bool rk_update_clock(rk_lane* rk, rk_words timestamp) { return timestamp.first < rk->block; }
__device__ rk_words rk_fresh_id(rk_lane* rk) { return rk_words{rk->block, 1ull}; }
__device__ rk_u64 rk_output_free_slots(rk_lane* rk) { return rk->block; }
__device__ rk_u64 rk_defer(rk_lane* rk) { return rk->block; }
__device__ void rk_request_termination(rk_lane* rk) { rk->refusal = 1u; }
__device__ bool rk_is_termination_requested(rk_lane* rk) { return rk->refusal != 0u; }
__device__ void rk_report_error(rk_lane* rk) { rk->refusal += 1u; }
__device__ void rk_count_dropped(rk_lane* rk) { rk->refusal += 1u; }
__device__ rk_u8* rk_open(
    rk_lane* rk, rk_u32, rk_u32, rk_u32, rk_u32, rk_u32 bytes, rk_u32, rk_words, rk_words) {
    return bytes > rk->block_memory_bytes ? nullptr : rk->block_memory;
}
__device__ rk_u8* rk_poll(rk_lane* rk, rk_u32, rk_u32, rk_u32, rk_u32) { return rk->block_memory; }
__device__ rk_u32 rk_count_grid(rk_lane*, bool predicate) { return (rk_u32)__syncthreads_count(predicate); }
