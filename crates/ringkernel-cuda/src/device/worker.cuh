// A worker: a warp that serves actors whose handlers run on one lane. Its first lane has the turn and runs the handlers; the whole
// warp writes what the host is told.

// Messages that an actor handles in one turn. Turns that a worker has kept share that of the first: then the queue comes first
// again, so that actors that send to each other do not hold a worker for ever.
#define RK_BUDGET 64u

RK_FN rk_lane rk_lane_of(rk_turn* turn) {
    const rk_u32* record = turn->record;
    rk_lane lane = {};
    lane.state = (rk_u8*)rk_at(turn->world, record[A_STATE]);
    lane.message = (rk_u8*)(turn->head + H_WORDS);
    lane.scratch = (rk_u8*)rk_at(turn->world, record[A_SCRATCH]);
    lane.scratch_bytes = record[A_SCRATCH_WORDS] * 4u;
    lane.block_dim = 1u;
    lane.grid_dim = 1u;
    lane.runtime = turn;
    return lane;
}

// Takes one message and runs its handler. False when there is none that the actor may take.
RK_FN bool rk_serve_message(rk_turn* turn) {
    if (!rk_take(turn)) {
        return false;
    }
    // The worker is not free yet.
    rk_hand_over(turn);
    rk_lane lane = rk_lane_of(turn);
    rk_run_handler(&lane, rk_handler_for(turn));
    rk_u32 fault[4] = {lane.fault, lane.fault_code, lane.fault_file, lane.fault_line};
    rk_conclude(turn, fault);
    rk_send_on(turn);
    return true;
}

// Waits until the actors that were scheduled when the grid stopped are in the queues.
RK_FN void rk_await_resumption(rk_world* world) {
    while (rk_load_acquire_gpu(rk_at(world, G_RESUMED)) != world->epoch) {
        rk_pause(100u);
    }
}

// How a worker has come to its turns so far.
struct rk_turns {
    rk_u32 kept;
    rk_u32 drawn;
};

// The turn that the worker has kept, or the next of the queue. When the grid stops, what was kept stays scheduled, and is put into
// the queue when the grid starts again.
RK_FN rk_job rk_next_turn(rk_world* world, rk_u32 worker, rk_u32 kept, rk_turns* turns) {
    rk_u32* counts = rk_at(world, world->busy) + worker * BUSY_WORDS;
    if (kept == 0u || rk_is_stopping(world)) {
        rk_job job = rk_next_ready(world, world->ready, world->ready_slots);
        if (!job.stops) {
            turns->drawn += 1u;
            rk_store_relaxed_gpu(counts + BUSY_DRAWN, turns->drawn);
        }
        return job;
    }
    turns->kept += 1u;
    rk_store_relaxed_gpu(counts + BUSY_KEPT, turns->kept);
    rk_job job = {kept - 1u, 0u, false};
    return job;
}

RK_FN void rk_run_worker(rk_world* world, rk_u32 worker) {
    rk_u32 lane = threadIdx.x % 32u;
    if (lane == 0u) {
        rk_await_resumption(world);
    }
    __syncwarp();
    // The actor whose turn the first lane has kept, counted from 1, and what is used of the budget.
    rk_u32 kept = 0u, used = 0u;
    rk_turns turns = {0u, 0u};
    for (;;) {
        rk_job job = {0u, 0u, false};
        if (lane == 0u) {
            job = rk_next_turn(world, worker, kept, &turns);
        }
        if (__shfl_sync(0xffffffffu, job.stops ? 1u : 0u, 0) != 0u) {
            break;
        }
        used = __shfl_sync(0xffffffffu, kept, 0) != 0u ? used + 1u : 0u;
        rk_turn turn = rk_turn_of(world, worker, job.actor);
        turn.keeps = true;
        rk_u32 served = lane == 0u && rk_begin(&turn) ? 1u : 0u;
        for (; used < RK_BUDGET; used += 1u) {
            rk_u32 more = 0u;
            if (lane == 0u && served != 0u) {
                more = rk_serve_message(&turn) ? 1u : 0u;
                if (more == 0u || used + 1u == RK_BUDGET) {
                    rk_tell_tally_in_time(&turn);
                }
            }
            rk_flush(&turn, lane, 32u);
            if (__shfl_sync(0xffffffffu, more, 0) == 0u) {
                break;
            }
        }
        if (lane == 0u) {
            if (used + 1u >= RK_BUDGET) {
                rk_hand_over(&turn);
            }
            rk_end(&turn);
            kept = turn.kept;
        }
        __syncwarp();
    }
    if (lane == 0u) {
        rk_add_acq_rel_gpu(rk_at(world, G_LEFT), 1u);
    }
}
