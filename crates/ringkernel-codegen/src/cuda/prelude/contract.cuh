// What a runtime defines behind this text and in front of the printed one. README.md beside the printer says what each does.

RK_DECLARE rk_u64 rk_actor_ref(rk_lane* rk);
RK_DECLARE rk_u64 rk_sender(rk_lane* rk);
RK_DECLARE rk_words rk_message_id(rk_lane* rk);
RK_DECLARE rk_words rk_correlation_id(rk_lane* rk);
RK_DECLARE rk_words rk_message_timestamp(rk_lane* rk);
RK_DECLARE rk_words rk_now(rk_lane* rk);
RK_DECLARE rk_words rk_tick(rk_lane* rk);
RK_DECLARE bool rk_update_clock(rk_lane* rk, rk_words timestamp);
RK_DECLARE rk_words rk_fresh_id(rk_lane* rk);
RK_DECLARE rk_u64 rk_output_free_slots(rk_lane* rk);
RK_DECLARE rk_u64 rk_defer(rk_lane* rk);
RK_DECLARE void rk_request_termination(rk_lane* rk);
RK_DECLARE bool rk_is_termination_requested(rk_lane* rk);
RK_DECLARE void rk_report_error(rk_lane* rk);
RK_DECLARE void rk_count_dropped(rk_lane* rk);
RK_DECLARE rk_u8* rk_open(
    rk_lane* rk, rk_u32 op, rk_u32 a, rk_u32 b, rk_u32 message, rk_u32 bytes, rk_u32 priority, rk_words id,
    rk_words correlation);
RK_DECLARE rk_u8* rk_poll(rk_lane* rk, rk_u32 by_name, rk_u32 a, rk_u32 b, rk_u32 message);
RK_DECLARE rk_u32 rk_count_grid(rk_lane* rk, bool predicate);
