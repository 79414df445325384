// Blocks that run cooperative handlers. A block that takes the first entry of an actor leads: its first lane has the turn. The blocks
// that take the other entries follow: they run what it says until it says that the turn is over.
//
// Entries of an actor lie next to each other in the queue, and blocks take them in order. So whoever waits for other blocks waits for
// blocks that serve entries before its own, and as there are as many blocks as the largest grid needs, all come in the end.

struct rk_block_job {
    rk_turn turn;
    rk_u32 handler;
    // Whether the actor is served in this turn at all, and whether there is another message.
    rk_u32 begun;
    rk_u32 goes_on;
    rk_u32 rank;
    rk_u32 stops;
    rk_u32 fault[4];
    // Lanes of this block that have faulted.
    rk_u32 faulted;
    rk_u32 epoch;
};

// ---- the grid of an actor: words that its blocks share

// Waits for all blocks of an actor's grid, one lane of each. Gives the sum of what they bring.
RK_FN rk_u32 rk_meet_blocks(rk_world* world, rk_u32* shared, rk_u32 blocks, rk_u32 value) {
    rk_u32 round = rk_load_acquire_gpu(shared + S_ROUND);
    rk_add_relaxed_gpu(shared + S_SUM, value);
    if (rk_add_acq_rel_gpu(shared + S_ARRIVED, 1u) == blocks - 1u) {
        rk_store_relaxed_gpu(shared + S_RESULT + (round & 1u), rk_load_relaxed_gpu(shared + S_SUM));
        rk_store_relaxed_gpu(shared + S_SUM, 0u);
        rk_store_relaxed_gpu(shared + S_ARRIVED, 0u);
        rk_store_release_gpu(shared + S_ROUND, round + 1u);
    }
    while (rk_load_acquire_gpu(shared + S_ROUND) == round) {
        rk_pause(50u);
    }
    return rk_load_relaxed_gpu(shared + S_RESULT + (round & 1u));
}

__device__ rk_u32 rk_count_grid(rk_lane* rk, bool predicate) {
    rk_turn* turn = rk_turn_of_lane(rk);
    rk_u32 well = RK_COUNT_BLOCK(rk, predicate);
    rk_block_job* job = (rk_block_job*)turn;
    if (rk->thread == 0u) {
        job->epoch = rk_meet_blocks(turn->world, turn->shared, rk->grid_dim, well);
    }
    RK_COUNT_BLOCK(rk, true);
    rk_u32 all = job->epoch;
    RK_COUNT_BLOCK(rk, true);
    return all;
}

// ---- running

// All lanes of a block run the handler; the block's first fault is noted.
RK_FN void rk_run_block(rk_block_job* job, unsigned char* memory) {
    rk_turn* turn = &job->turn;
    const rk_u32* record = turn->record;
    rk_u32 block_dim = record[A_BLOCK];
    rk_u32* shared = (rk_u32*)memory;
    for (rk_u32 word = threadIdx.x; word < turn->world->shared_bytes / 4u; word += blockDim.x) {
        shared[word] = 0u;
    }
    __syncthreads();
    if (threadIdx.x < block_dim) {
        rk_lane lane = rk_lane_of(turn);
        bool leads = threadIdx.x == 0u && job->rank == 0u;
        lane.scratch = leads ? lane.scratch : nullptr;
        lane.scratch_bytes = leads ? lane.scratch_bytes : 0u;
        lane.thread = threadIdx.x;
        lane.block = job->rank;
        lane.block_dim = block_dim;
        lane.grid_dim = record[A_GRID];
        lane.shared = (rk_block*)memory;
        lane.block_memory = memory + turn->world->shared_bytes;
        lane.block_memory_bytes = record[A_BLOCK_BYTES];
        rk_run_handler(&lane, job->handler);
        if (lane.fault != 0u && atomicCAS(&job->faulted, 0u, 1u) == 0u) {
            job->fault[0] = lane.fault;
            job->fault[1] = lane.fault_code;
            job->fault[2] = lane.fault_file;
            job->fault[3] = lane.fault_line;
        }
    }
    __syncthreads();
    // The first block to fault says why.
    if (threadIdx.x == 0u && job->fault[0] != 0u && rk_cas_acq_rel_gpu(turn->shared + S_FAULT, 0u, job->fault[0]) == 0u) {
        for (rk_u32 word = 1u; word < 4u; word += 1u) {
            rk_store_relaxed_gpu(turn->shared + S_FAULT + word, job->fault[word]);
        }
    }
}

RK_FN void rk_prepare(rk_block_job* job, rk_u32 message) {
    rk_turn* turn = &job->turn;
    turn->message = message;
    turn->head = rk_at(turn->world, message);
    job->handler = rk_handler_for(turn);
    job->faulted = 0u;
    job->fault[0] = 0u;
}

// Waits for the other blocks of the grid. False when the grid of the device stops before they are there.
RK_FN bool rk_gather(rk_turn* turn, rk_u32 others) {
    rk_exchange_acq_rel_gpu(turn->shared + S_GATHERING, 1u);
    do {
        // Also when all have joined: one that knew of the stop before the exchange has left.
        if (rk_is_stopping_for(turn->world, turn->self)) {
            return false;
        }
        rk_pause(100u);
    } while (rk_load_acquire_gpu(turn->shared + S_JOINED) != others);
    rk_store_relaxed_gpu(turn->shared + S_JOINED, 0u);
    return true;
}

// Tells the other blocks what to do: the address of a message, or 0 when the turn is over.
RK_FN void rk_direct(rk_turn* turn, rk_u32 message) {
    rk_store_relaxed_gpu(turn->shared + S_RUN_MESSAGE, message);
    rk_store_release_gpu(turn->shared + S_RUN, rk_load_relaxed_gpu(turn->shared + S_RUN) + 1u);
}

// The first lane of a leading block chooses the next message.
RK_FN void rk_choose(rk_block_job* job, rk_u32 others) {
    rk_turn* turn = &job->turn;
    job->goes_on = rk_take(turn) ? 1u : 0u;
    if (job->goes_on != 0u) {
        rk_prepare(job, turn->message);
        rk_store_relaxed_gpu(turn->shared + S_FAULT, 0u);
    }
    if (others != 0u) {
        rk_direct(turn, job->goes_on != 0u ? turn->message : 0u);
    }
}

// Says what became of the message that all blocks have run.
RK_FN void rk_account(rk_block_job* job) {
    rk_turn* turn = &job->turn;
    rk_u32 fault[4];
    for (rk_u32 word = 0u; word < 4u; word += 1u) {
        fault[word] = rk_load_relaxed_gpu(turn->shared + S_FAULT + word);
    }
    rk_conclude(turn, fault);
    rk_send_on(turn);
}

#define RK_NOT_SERVED 0u
#define RK_SERVED 1u
#define RK_NOT_GATHERED 2u

RK_FN void rk_lead(rk_world* world, rk_block_job* job, unsigned char* memory) {
    rk_turn* turn = &job->turn;
    rk_u32 others = 0u;
    if (threadIdx.x == 0u) {
        job->begun = rk_begin(turn) ? RK_SERVED : RK_NOT_SERVED;
        others = turn->record[A_GRID] - 1u;
        if (others != 0u && !rk_gather(turn, others)) {
            // The grid stops: followers see that nobody gathers, and leave.
            rk_exchange_acq_rel_gpu(turn->shared + S_GATHERING, 0u);
            rk_direct(turn, 0u);
            rk_flush(turn, 0u, 1u);
            job->begun = RK_NOT_GATHERED;
        }
    }
    __syncthreads();
    if (job->begun == RK_NOT_GATHERED) {
        return;
    }
    bool serves = job->begun == RK_SERVED;
    for (rk_u32 messages = 0u; serves; messages += 1u) {
        if (threadIdx.x == 0u) {
            if (messages < RK_BUDGET) {
                rk_choose(job, others);
            } else {
                job->goes_on = 0u;
                if (others != 0u) {
                    rk_direct(turn, 0u);
                }
            }
        }
        __syncthreads();
        if (job->goes_on == 0u) {
            break;
        }
        rk_run_block(job, memory);
        if (threadIdx.x == 0u) {
            if (others != 0u) {
                rk_meet_blocks(world, turn->shared, others + 1u, 0u);
            }
            rk_account(job);
            rk_flush(turn, 0u, 1u);
        }
        __syncthreads();
    }
    if (threadIdx.x == 0u) {
        if (!serves && others != 0u) {
            rk_direct(turn, 0u);
        }
        if (others != 0u) {
            // All know that the turn is over before the next one begins.
            rk_meet_blocks(world, turn->shared, others + 1u, 0u);
            rk_exchange_acq_rel_gpu(turn->shared + S_GATHERING, 0u);
        }
        if (serves) {
            rk_tell_tally_in_time(turn);
        }
        rk_flush(turn, 0u, 1u);
        rk_end(turn);
    }
}

// Waits for the leader's next word, the one after `run`. False when there is none, because the grid stops and nobody leads.
RK_FN bool rk_await_leader(rk_turn* turn, rk_u32 run) {
    while (rk_load_acquire_gpu(turn->shared + S_RUN) == run) {
        // Read by a change, so that a leader who has not begun yet knows of the stop when it does.
        if (rk_is_stopping_for(turn->world, turn->self) && rk_or_acq_rel_gpu(turn->shared + S_GATHERING, 0u) == 0u) {
            return false;
        }
        rk_pause(100u);
    }
    return true;
}

RK_FN void rk_follow(rk_world* world, rk_block_job* job, unsigned char* memory) {
    rk_turn* turn = &job->turn;
    rk_u32 run = 0u;
    bool led = true;
    if (threadIdx.x == 0u) {
        run = rk_load_acquire_gpu(turn->shared + S_RUN);
        rk_add_acq_rel_gpu(turn->shared + S_JOINED, 1u);
    }
    for (;;) {
        if (threadIdx.x == 0u) {
            led = rk_await_leader(turn, run);
            run += 1u;
            rk_u32 message = led ? rk_load_relaxed_gpu(turn->shared + S_RUN_MESSAGE) : 0u;
            job->goes_on = message != 0u ? 1u : 0u;
            if (message != 0u) {
                rk_prepare(job, message);
            }
        }
        __syncthreads();
        if (job->goes_on == 0u) {
            break;
        }
        rk_run_block(job, memory);
        if (threadIdx.x == 0u) {
            rk_meet_blocks(world, turn->shared, turn->record[A_GRID], 0u);
        }
        __syncthreads();
    }
    if (threadIdx.x == 0u && led && rk_load_relaxed_gpu(turn->shared + S_GATHERING) != 0u) {
        rk_meet_blocks(world, turn->shared, turn->record[A_GRID], 0u);
    }
}

RK_FN void rk_run_jobs(rk_world* world, rk_u32 worker, rk_block_job* job, unsigned char* memory) {
    if (threadIdx.x == 0u) {
        rk_await_resumption(world);
    }
    for (;;) {
        if (threadIdx.x == 0u) {
            rk_job next = rk_next_ready(world, world->jobs, world->jobs_slots);
            job->stops = next.stops ? 1u : 0u;
            job->rank = next.rank;
            if (!next.stops) {
                job->turn = rk_turn_of(world, worker, next.actor);
            }
        }
        __syncthreads();
        if (job->stops != 0u) {
            break;
        }
        if (job->rank == 0u) {
            rk_lead(world, job, memory);
        } else {
            rk_follow(world, job, memory);
        }
        __syncthreads();
    }
    if (threadIdx.x == 0u) {
        rk_add_acq_rel_gpu(rk_at(world, G_LEFT), 1u);
    }
}
