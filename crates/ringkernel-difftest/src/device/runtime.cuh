// A runtime for programs that only compute: each lane has one message and gives one answer.
// See README.md beside the printer of CUDA C++ for what generated code needs.

struct difftest_answer {
    rk_u8* payload;
    rk_u32 bytes;
    rk_u32 answered;
};

RK_DECLARE rk_u64 rk_actor_ref(rk_lane*) { return 0; }
RK_DECLARE rk_u64 rk_sender(rk_lane*) { return 0; }
RK_DECLARE rk_words rk_message_id(rk_lane*) { return rk_words{0, 0}; }
RK_DECLARE rk_words rk_correlation_id(rk_lane*) { return rk_words{0, 0}; }
RK_DECLARE rk_words rk_message_timestamp(rk_lane*) { return rk_words{0, 0}; }
RK_DECLARE rk_words rk_now(rk_lane*) { return rk_words{0, 0}; }
RK_DECLARE rk_words rk_tick(rk_lane*) { return rk_words{0, 0}; }
RK_DECLARE bool rk_update_clock(rk_lane*, rk_words) { return true; }
RK_DECLARE rk_words rk_fresh_id(rk_lane*) { return rk_words{1, 2}; }
RK_DECLARE rk_u64 rk_output_free_slots(rk_lane*) { return 0; }
RK_DECLARE rk_u64 rk_defer(rk_lane*) { return 0; }
RK_DECLARE void rk_request_termination(rk_lane*) {}
RK_DECLARE bool rk_is_termination_requested(rk_lane*) { return false; }
RK_DECLARE void rk_report_error(rk_lane*) {}
RK_DECLARE void rk_count_dropped(rk_lane*) {}
RK_DECLARE rk_u8* rk_poll(rk_lane*, rk_u32, rk_u32, rk_u32, rk_u32) { return nullptr; }
RK_DECLARE rk_u32 rk_count_grid(rk_lane*, bool predicate) { return predicate ? 1u : 0u; }

RK_DECLARE rk_u8* rk_open(
    rk_lane* rk, rk_u32 op, rk_u32, rk_u32, rk_u32, rk_u32 bytes, rk_u32, rk_words, rk_words) {
    difftest_answer* answer = (difftest_answer*)rk->runtime;
    if (op != 0u || bytes != answer->bytes) {
        rk_raise(rk, 0xfffffffeu, 0u, 0u, bytes);
    }
    answer->answered += 1u;
    return answer->payload;
}
