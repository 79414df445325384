// The runtime of a printed program on the CPU: goes behind the prelude. What handlers ask of the context is asked of
// functions that the caller passes.

// What the caller passes. Rust's `Call` is its twin.
struct rk_host_call {
    void* services;
    rk_u64 (*word)(void* services, rk_u32 what, rk_u32 lane);
    void (*words)(void* services, rk_u32 what, rk_u32 lane, rk_words* words);
    rk_u8* (*open)(
        void* services, rk_u32 op, rk_u32 a, rk_u32 b, rk_u32 message, rk_u32 bytes, rk_u32 priority, const rk_words* id,
        const rk_words* correlation, rk_u32* refusal);
    rk_u8* (*poll)(void* services, rk_u32 by_name, rk_u32 a, rk_u32 b, rk_u32 message);
    rk_u8* state;
    rk_u8* message;
    rk_u8* scratch;
    rk_u8* block_memory;
    rk_u8* shared;
    // Four words for each lane: kind, code, file and line of its fault.
    rk_u32* faults;
    rk_u32 scratch_bytes;
    rk_u32 block_memory_bytes;
    rk_u32 block_memory_stride;
    rk_u32 shared_stride;
    rk_u32 handler;
    rk_u32 cooperative;
    rk_u32 block_dim;
    rk_u32 grid_dim;
};

#define RK_HOST_CALL ((rk_host_call*)rk->runtime)
#define RK_HOST_WORD(WHAT) \
    (rk->fault != 0u ? 0ull : RK_HOST_CALL->word(RK_HOST_CALL->services, WHAT, rk->block * rk->block_dim + rk->thread))
static rk_words rk_host_words(rk_lane* rk, rk_u32 what) {
    rk_words words{};
    if (rk->fault == 0u) {
        RK_HOST_CALL->words(RK_HOST_CALL->services, what, rk->block * rk->block_dim + rk->thread, &words);
    }
    return words;
}
rk_u64 rk_actor_ref(rk_lane* rk) { return RK_HOST_WORD(0u); }
rk_u64 rk_sender(rk_lane* rk) { return RK_HOST_WORD(1u); }
rk_u64 rk_output_free_slots(rk_lane* rk) { return RK_HOST_WORD(2u); }
rk_u64 rk_defer(rk_lane* rk) { return RK_HOST_WORD(3u); }
void rk_request_termination(rk_lane* rk) { (void)RK_HOST_WORD(4u); }
bool rk_is_termination_requested(rk_lane* rk) { return RK_HOST_WORD(5u) != 0ull; }
void rk_report_error(rk_lane* rk) { (void)RK_HOST_WORD(6u); }
void rk_count_dropped(rk_lane* rk) { (void)RK_HOST_WORD(7u); }
rk_words rk_message_id(rk_lane* rk) { return rk_host_words(rk, 0u); }
rk_words rk_correlation_id(rk_lane* rk) { return rk_host_words(rk, 1u); }
rk_words rk_message_timestamp(rk_lane* rk) { return rk_host_words(rk, 2u); }
rk_words rk_now(rk_lane* rk) { return rk_host_words(rk, 3u); }
rk_words rk_tick(rk_lane* rk) { return rk_host_words(rk, 4u); }
rk_words rk_fresh_id(rk_lane* rk) { return rk_host_words(rk, 5u); }
// The timestamp goes in, and comes back as zero when it is refused.
bool rk_update_clock(rk_lane* rk, rk_words timestamp) {
    if (rk->fault != 0u) {
        return false;
    }
    RK_HOST_CALL->words(RK_HOST_CALL->services, 6u, rk->block * rk->block_dim + rk->thread, &timestamp);
    return !rk_is_nil(timestamp);
}
rk_u8* rk_open(
    rk_lane* rk, rk_u32 op, rk_u32 a, rk_u32 b, rk_u32 message, rk_u32 bytes, rk_u32 priority, rk_words id,
    rk_words correlation) {
    return RK_HOST_CALL->open(
        RK_HOST_CALL->services, op, a, b, message, bytes, priority, &id, &correlation, &rk->refusal);
}
rk_u8* rk_poll(rk_lane* rk, rk_u32 by_name, rk_u32 a, rk_u32 b, rk_u32 message) {
    return rk->fault != 0u ? nullptr : RK_HOST_CALL->poll(RK_HOST_CALL->services, by_name, a, b, message);
}
rk_u32 rk_count_grid(rk_lane* rk, bool predicate) {
    return rk_host_count(rk_host->grid, rk->block_dim * rk->grid_dim, predicate);
}

static void rk_run_handler(rk_lane* rk, rk_u32 handler);

static void rk_host_lane(rk_host_call* call, rk_u32 number) {
    rk_lane lane{};
    lane.state = call->state;
    lane.message = call->message;
    // Lanes other than the first have no scratch memory.
    lane.scratch = number == 0u ? call->scratch : nullptr;
    lane.scratch_bytes = number == 0u ? call->scratch_bytes : 0u;
    lane.block_dim = call->block_dim;
    lane.grid_dim = call->grid_dim;
    lane.thread = number % call->block_dim;
    lane.block = number / call->block_dim;
    if (call->cooperative != 0u) {
        lane.block_memory = call->block_memory + (size_t)call->block_memory_stride * lane.block;
        lane.block_memory_bytes = call->block_memory_bytes;
        lane.shared = (rk_block*)(call->shared + (size_t)call->shared_stride * lane.block);
    }
    lane.runtime = call;
    rk_run_handler(&lane, call->handler);
    rk_u32* fault = call->faults + 4u * number;
    fault[0] = lane.fault;
    fault[1] = lane.fault_code;
    fault[2] = lane.fault_file;
    fault[3] = lane.fault_line;
}

static thread_local rk_host_call* rk_host_current_call = nullptr;
static void rk_host_enter() {
    unsigned own = rk_host->current;
    rk_host_lane(rk_host_current_call, own);
    rk_host->fibers[own].finished = true;
    rk_host->idle = 0;
    for (rk_host_fiber& fiber : rk_host->fibers) {
        if (!fiber.finished) {
            rk_host_yield();
        }
    }
    setcontext(&rk_host->outside);
}

// Runs a handler: 0, or 1 when lanes wait for each other for ever.
extern "C" int rk_host_run(rk_host_call* call) {
    static constexpr size_t STACK_BYTES = 256 * 1024;
    unsigned lanes = call->block_dim * call->grid_dim;
    if (lanes == 1u) {
        rk_host = nullptr;
        rk_host_lane(call, 0u);
        return 0;
    }
    rk_host_grid grid;
    grid.fibers.resize(lanes);
    grid.blocks.resize(call->grid_dim);
    grid.block_dim = call->block_dim;
    rk_host = &grid;
    rk_host_current_call = call;
    size_t bytes = STACK_BYTES * lanes;
    char* stacks = (char*)mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks == MAP_FAILED) {
        return 2;
    }
    for (unsigned lane = 0; lane < lanes; lane += 1) {
        rk_host_fiber& fiber = grid.fibers[lane];
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = stacks + STACK_BYTES * lane;
        fiber.context.uc_stack.ss_size = STACK_BYTES;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, rk_host_enter, 0);
    }
    volatile bool entered = false;
    getcontext(&grid.outside);
    if (!entered) {
        entered = true;
        setcontext(&grid.fibers[0].context);
    }
    munmap(stacks, bytes);
    rk_host = nullptr;
    return grid.hangs ? 1 : 0;
}
