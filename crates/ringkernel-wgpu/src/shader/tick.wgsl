// One turn of all actors: a lane takes what its actor has been sent, runs handlers, and sends on what they made.

fn rk_leads() -> bool {
    return true;
}

fn rk_thread_id() -> u32 {
    return 0u;
}

fn rk_block_id() -> u32 {
    return 0u;
}

fn rk_block_dim() -> u32 {
    return 1u;
}

fn rk_grid_dim() -> u32 {
    return 1u;
}

@compute @workgroup_size(64)
fn rk_tick_actors(@builtin(global_invocation_id) lane: vec3<u32>) {
    // Some drivers compile when a program first runs: it is made to, before anybody waits for an answer.
    if (rk_turn.w != 0u) {
        return;
    }
    rk_load_given();
    if (lane.x >= rk_given[P_ACTORS]) {
        return;
    }
    rk_self = lane.x;
    rk_d = rk_self * A_WORDS;
    rk_s = rk_shared_at(rk_self);
    let mode = atomicLoad(&rk_shared[rk_s + S_MODE]);
    if (mode == MODE_VACANT || mode == MODE_CLOSED) {
        return;
    }
    rk_load_own();
    if (rk_turn.x == 0u) {
        let feed = rk_given[P_INGRESS] + rk_self * FEED_WORDS;
        rk_own[A_ITEM] = rk_mem[feed + FEED_AT];
        rk_own[A_ITEMS] = rk_mem[feed + FEED_COUNT];
        rk_own[A_ROOM] = rk_mem[feed + FEED_ROOM];
    }
    rk_free_read();
    let closing = mode == MODE_CLOSING;
    // Nothing is sent any more to an actor that closes, so that both lists may be taken.
    for (var list = 0u; list < select(1u, 2u, closing); list++) {
        rk_collect(rk_given[P_TURN] + rk_turn.x + list);
    }
    for (var i = 0u; i < BUDGET; i++) {
        if (rk_own[A_RUN] != 0u) {
            rk_resume();
        } else if (rk_own[A_OUTBOX] != 0u) {
            // Nothing is taken before everything is sent that came of the message before.
            if (!rk_empty(A_OUTBOX, closing)) {
                break;
            }
            continue;
        } else if (!rk_take()) {
            break;
        }
        rk_conclude();
    }
    if (closing) {
        rk_close();
    } else if (rk_has_work()) {
        atomicAdd(&rk_shared[G_MORE + rk_turn.x], 1u);
    }
    atomicStore(&rk_shared[rk_s + S_OUTBOX], rk_own[A_OUTBOX_LENGTH]);
    rk_save_own();
}

fn rk_has_work() -> bool {
    if (rk_own[A_RUN] != 0u) {
        return true;
    }
    if (rk_own[A_OUTBOX] != 0u) {
        atomicStore(&rk_shared[G_BLOCKED], 1u);
        return false;
    }
    if (atomicLoad(&rk_shared[rk_s + S_MODE]) != MODE_ACTIVE) {
        return false;
    }
    var waiting = rk_own[A_ITEMS];
    for (var band = 0u; band < 4u; band++) {
        waiting |= rk_own[A_BANDS + 2u * band];
    }
    return waiting != 0u && rk_own[A_ROOM] != 0u;
}

// The highest band in which a message from a kernel waits, counted from 1; 0 when none does.
fn rk_kernels_band() -> u32 {
    for (var band = 4u; band > 0u; band--) {
        if (rk_own[A_BANDS + 2u * (band - 1u)] != 0u) {
            return band;
        }
    }
    return 0u;
}

// Takes a message and runs its handler. False when there is none, or the actor may not take it now.
fn rk_take() -> bool {
    if (atomicLoad(&rk_shared[rk_s + S_MODE]) != MODE_ACTIVE) {
        return false;
    }
    if (rk_own[A_ROOM] == 0u || rk_own[A_OUTBOX] != 0u || rk_own[A_RUN] != 0u) {
        return false;
    }
    // The lanes of a cooperative handler run between this turn and the next, which the last one does not have.
    if ((rk_own[A_FLAGS] & FLAG_COOPERATIVE) != 0u && rk_turn.z == LAST_TURN) {
        return false;
    }
    var hosts = 0u;
    let item = rk_own[A_ITEM];
    if (rk_own[A_ITEMS] != 0u) {
        hosts = 1u + rk_band(rk_mem[item + H_PRIORITY]);
    }
    let kernels = rk_kernels_band();
    if (hosts == 0u && kernels == 0u) {
        return false;
    }
    let outputs = rk_own[A_OUTPUT_WORDS];
    var need = rk_own[A_NEED];
    // A handler that makes outputs is given room for many, but not for more than a share of what there is.
    let share = (rk_given[P_EGRESS_END] - rk_given[P_EGRESS]) / 4u;
    if (outputs != 0u && outputs * rk_own[A_ROOM] < share) {
        need += outputs * rk_own[A_ROOM];
    } else if (outputs != 0u) {
        need += max(share, outputs);
    }
    if (!rk_reserve(need)) {
        return false;
    }
    // Of one band, hosts and kernels take turns.
    let takes_kernels = kernels > hosts || (kernels == hosts && rk_own[A_TOOK_KERNELS] == 0u);
    var slot = 0u;
    if (takes_kernels) {
        slot = rk_pop(A_BANDS + 2u * (kernels - 1u));
        rk_head = rk_slot(slot);
        rk_own[A_TOOK_KERNELS] = 1u;
    } else {
        rk_head = item;
        rk_own[A_ITEM] = item + H_WORDS + rk_words(rk_mem[item + H_BYTES]);
        rk_own[A_ITEMS] -= 1u;
        rk_own[A_TOOK_KERNELS] = 0u;
    }
    rk_own[A_SLOT] = slot;
    rk_begin();
    if ((rk_own[A_FLAGS] & FLAG_COOPERATIVE) != 0u) {
        // Its lanes run between this turn and the next.
        rk_own[A_HEAD] = rk_head;
        rk_own[A_OUT_AT] = rk_out_at;
        rk_own[A_OUT_END] = rk_out_end;
        rk_own[A_OUTCOME] = 0u;
        rk_own[A_RUN] = 1u;
        return false;
    }
    rk_run_handler(rk_handler_of(rk_actors[rk_d + A_KERNEL], rk_in[H_TYPE], rk_in[H_HANDLER]) - 1u);
    return true;
}

fn rk_begin() {
    rk_load_head();
    rk_merge(rk_message_timestamp());
    rk_state = rk_own[A_STATE];
    rk_message = rk_head + H_WORDS;
    rk_scratch = rk_own[A_SCRATCH];
    rk_scratch_words = rk_own[A_SCRATCH_WORDS];
    rk_scratch_used = 0u;
    rk_fault = 0u;
    rk_outcome = 0u;
    rk_own[A_SENT] = 0u;
    rk_own[A_ERRORS] = 0u;
    rk_own[A_DROPPED] = 0u;
    rk_own[A_CROSSINGS] = 0u;
    rk_own[A_DRAWN] = 0u;
    rk_own[A_OVERDRAWN] = 0u;
}

// Says what became of the message in hand.
fn rk_conclude() {
    let slot = rk_own[A_SLOT];
    var token = rk_in[H_TOKEN];
    var kernels = 0u;
    if (slot != 0u) {
        kernels = OUTCOME_FROM_KERNEL;
        token = 0u;
        atomicSub(&rk_shared[rk_s + S_USED], 1u);
    }
    let faulted = rk_fault != 0u;
    let message = rk_in[H_TYPE] << TYPE_SHIFT;
    var words = array<u32, 11>(
        rk_outcome | kernels | message,
        rk_own[A_SENT],
        rk_own[A_ERRORS],
        rk_own[A_DROPPED],
        rk_own[A_CROSSINGS],
        rk_own[A_CROSSED_TO],
        rk_own[A_CROSSED_TO + 1u],
        0u,
        rk_in[H_ACCEPTED],
        rk_in[H_ACCEPTED + 1u],
        0u,
    );
    if (faulted) {
        words = array<u32, 11>(
            rk_fault | message,
            rk_fault_code,
            rk_fault_file,
            rk_fault_line,
            rk_own[A_SENT],
            rk_own[A_ERRORS],
            rk_own[A_DROPPED],
            rk_own[A_CROSSINGS],
            rk_own[A_CROSSED_TO],
            rk_own[A_CROSSED_TO + 1u],
            0u,
        );
    }
    let payer = select(rk_in[H_PAYER], 0u, slot == 0u || rk_in[H_PAYER] == rk_own[A_PAYER]);
    if (rk_own[A_DRAWN] != 0u || rk_own[A_OVERDRAWN] != 0u || payer != 0u) {
        let spent = rk_emit(EVENT_SPENT, SPENT_WORDS, token);
        rk_mem[spent] = rk_own[A_DRAWN];
        rk_mem[spent + 1u] = rk_own[A_OVERDRAWN];
        rk_mem[spent + 2u] = payer;
    }
    let length = select(DONE_WORDS, FAULT_WORDS, faulted);
    let at = rk_emit(select(EVENT_DONE, EVENT_FAULT, faulted), length, token);
    for (var i = 0u; i < length - EVENT_WORDS; i++) {
        rk_mem[at + i] = words[i];
    }
    if (faulted && slot != 0u) {
        let copied = H_WORDS + rk_words(rk_in[H_BYTES]);
        let copy = rk_emit(EVENT_DEAD, EVENT_WORDS + copied, DEAD_FAULT);
        for (var i = 0u; i < copied; i++) {
            rk_mem[copy + i] = rk_mem[rk_head + i];
        }
    }
    if (faulted) {
        atomicStore(&rk_shared[rk_s + S_MODE], MODE_FAULTED);
    } else if ((rk_outcome & OUTCOME_ENDS) != 0u) {
        atomicStore(&rk_shared[rk_s + S_MODE], MODE_ENDING);
    }
    if (slot != 0u) {
        rk_free_later(slot);
    }
    rk_release();
}

// The lanes of a cooperative handler are done with the message that they were given.
fn rk_resume() {
    rk_head = rk_own[A_HEAD];
    rk_out_at = rk_own[A_OUT_AT];
    rk_out_end = rk_own[A_OUT_END];
    rk_outcome = rk_own[A_OUTCOME];
    rk_load_head();
    rk_fault = atomicExchange(&rk_shared[rk_s + S_FAULT], 0u);
    rk_fault_code = atomicLoad(&rk_shared[rk_s + S_FAULT + 1u]);
    rk_fault_file = atomicLoad(&rk_shared[rk_s + S_FAULT + 2u]);
    rk_fault_line = atomicLoad(&rk_shared[rk_s + S_FAULT + 3u]);
    rk_own[A_RUN] = 0u;
}

// Gives everything back that the actor holds, as dead letters. What there is no room for follows in the next submission.
fn rk_close() {
    var empty = rk_own[A_OUTBOX] == 0u;
    for (var list = A_BANDS; list <= A_POLLED && empty; list += 2u) {
        empty = rk_empty(list, true);
    }
    if (!empty || !rk_reserve(EVENT_WORDS)) {
        return;
    }
    rk_emit(EVENT_CLOSED, EVENT_WORDS, 0u);
    // Nothing is sent to it since this submission began, so that nobody reads these slots.
    rk_free_read();
    atomicStore(&rk_shared[rk_s + S_USED], 0u);
    atomicStore(&rk_shared[rk_s + S_POLLED_USED], 0u);
    atomicStore(&rk_shared[rk_s + S_MODE], MODE_CLOSED);
}
