// How an actor takes messages, and what becomes of them.

// Takes what was published into the actor's own lists.
RK_FN void rk_collect(rk_turn* turn) {
    rk_world* world = turn->world;
    rk_u32* record = turn->record;
    rk_u32 message = rk_exchange_acq_rel_gpu(turn->shared + S_INBOX, 0u);
    rk_u32 first = 0u;
    // The newest is in front.
    while (message != 0u) {
        rk_u32* head = rk_at(world, message);
        rk_u32 next = head[H_NEXT];
        head[H_NEXT] = first;
        first = message;
        message = next;
    }
    while (first != 0u) {
        const rk_u32* head = rk_at(world, first);
        rk_u32 next = head[H_NEXT];
        rk_u32 list = 2u * rk_band(head[H_PRIORITY] & 0xffu);
        if (rk_is_hosts(head)) {
            rk_append_message(world, record, A_HOSTS + list, first);
        } else if (head[H_TARGET + 1u] != record[A_GENERATION]) {
            // It was for an actor that had this place before, and its sender was very slow.
            rk_tell_dead(turn, first, DEAD_CLOSED);
            rk_give_place(world, turn->self, first);
            rk_free_slot(world, first);
        } else {
            list = (head[H_PRIORITY] & RK_POLLED_PLACE) != 0u ? A_POLLED : A_KERNELS + list;
            rk_append_message(world, record, list, first);
        }
        first = next;
    }
}

// Takes note of what the host wants, in the opposite order of how that is written.
RK_FN void rk_learn(rk_turn* turn) {
    turn->serial = rk_load_acquire_gpu(turn->shared + S_SERIAL);
    turn->faults_seen = rk_load_acquire_gpu(turn->shared + S_FAULTS_SEEN);
    turn->mode = rk_load_acquire_gpu(turn->shared + S_MODE);
}

RK_FN rk_u32 rk_room(rk_turn* turn) {
    rk_u32 room = rk_load_relaxed_gpu(turn->shared + S_ROOM) - turn->record[A_OUTPUTS];
    // The limit only grows; one that is not known yet leaves no room.
    return room > 0x7fffffffu ? 0u : room;
}

// Whether the actor may take a message now.
RK_FN bool rk_may_take(rk_turn* turn) {
    const rk_u32* record = turn->record;
    rk_u32 room = rk_room(turn);
    // Each wish of the host has a number of its own.
    if (rk_load_relaxed_gpu(turn->shared + S_SERIAL) != turn->serial) {
        rk_learn(turn);
    }
    return turn->mode == MODE_ACTIVE && record[A_FAULTS] == turn->faults_seen && record[A_ENDS] == 0u && record[A_OUTBOX] == 0u
        && room != 0u;
}

// The highest band in which a message waits, counted from 1; 0 when none does.
RK_FN rk_u32 rk_waiting_band(const rk_u32* record, rk_u32 lists) {
    for (rk_u32 band = 4u; band > 0u; band -= 1u) {
        if (record[lists + 2u * (band - 1u)] != 0u) {
            return band;
        }
    }
    return 0u;
}

RK_FN bool rk_has_waiting(const rk_u32* record) {
    return rk_waiting_band(record, A_HOSTS) != 0u || rk_waiting_band(record, A_KERNELS) != 0u;
}

RK_FN rk_u32 rk_next_message(rk_turn* turn) {
    rk_u32* record = turn->record;
    rk_u32 hosts = rk_waiting_band(record, A_HOSTS), kernels = rk_waiting_band(record, A_KERNELS);
    if (hosts == 0u && kernels == 0u) {
        return 0u;
    }
    // Of one band, hosts and kernels take turns.
    bool takes_kernels = kernels > hosts || (kernels == hosts && record[A_TOOK_KERNELS] == 0u);
    record[A_TOOK_KERNELS] = takes_kernels ? 1u : 0u;
    if (takes_kernels) {
        return rk_pop_message(turn->world, record, A_KERNELS + 2u * (kernels - 1u));
    }
    return rk_pop_message(turn->world, record, A_HOSTS + 2u * (hosts - 1u));
}

// Takes the next message into hand. False when there is none, the actor may not take it, or the grid stops. What has expired is not
// handled.
RK_FN bool rk_take(rk_turn* turn) {
    for (;;) {
        // Asked together, so that neither waits for the other's answer.
        bool stops = rk_is_stopping(turn->world);
        if (!rk_may_take(turn) || stops) {
            return false;
        }
        rk_u32 message = rk_next_message(turn);
        if (message == 0u) {
            return false;
        }
        turn->message = message;
        turn->head = rk_at(turn->world, message);
        rk_u64 deadline = rk_pair(turn->head + H_DEADLINE);
        if (deadline != 0ull && deadline < rk_wall(turn->world)) {
            rk_tell_tally(turn);
            rk_tell(turn, EVENT_EXPIRED, turn->head[H_TOKEN]);
            continue;
        }
        turn->entered = rk_globaltimer();
        rk_note_busy(turn, turn->self + 1u);
        rk_merge(turn, turn->head + H_TIME);
        turn->outcome = 0u;
        turn->sent = 0u;
        turn->errors = 0u;
        turn->dropped = 0u;
        turn->crossings = 0u;
        turn->crossed_to = 0ull;
        turn->drawn = 0u;
        turn->overdrawn = 0u;
        turn->has_told = false;
        return true;
    }
}

// What the handler has done.
RK_FN void rk_put_deeds(const rk_turn* turn, rk_u32* words) {
    words[0] = turn->sent;
    words[1] = turn->errors;
    words[2] = turn->dropped;
    words[3] = turn->crossings;
    rk_put_pair(words + 4, turn->crossed_to);
    rk_u64 taken = rk_globaltimer() - turn->entered;
    words[6] = taken < 0xFFFFFFFFull ? (rk_u32)taken : 0xFFFFFFFFu;
}

// Says what became of the message in hand. `fault` has the four words of a fault, the first of them 0 where there is none.
RK_FN void rk_conclude(rk_turn* turn, const rk_u32* fault) {
    rk_world* world = turn->world;
    bool hosts = rk_is_hosts(turn->head);
    rk_u32 token = turn->head[H_TOKEN];
    rk_u32 type = turn->head[H_TYPE] << TYPE_SHIFT;
    rk_u32 payer = hosts || turn->head[H_PAYER] == turn->record[A_PAYER] ? 0u : turn->head[H_PAYER];
    bool is_counted = !hosts && payer == 0u && fault[0] == 0u && rk_count_in_tally(turn);
    if (!is_counted) {
        rk_tell_tally(turn);
    }
    if (turn->drawn != 0u || turn->overdrawn != 0u || payer != 0u) {
        rk_u32* words = rk_event(turn, EVENT_SPENT, token, 0u, SPENT_WORDS - EVENT_WORDS);
        words[0] = turn->drawn;
        words[1] = turn->overdrawn;
        words[2] = payer;
    }
    if (fault[0] != 0u) {
        rk_u32* words = rk_event(turn, EVENT_FAULT, token, 0u, FAULT_WORDS - EVENT_WORDS);
        for (rk_u32 i = 0u; i < 4u; i += 1u) {
            words[i] = fault[i];
        }
        words[0] |= type;
        rk_put_deeds(turn, words + 4);
        if (!hosts) {
            rk_tell_dead(turn, turn->message, DEAD_FAULT);
        }
        // It takes nothing more until the host has decided.
        turn->record[A_FAULTS] += 1u;
    } else if (!is_counted) {
        rk_u32* words = rk_event(turn, EVENT_DONE, token, 0u, DONE_WORDS - EVENT_WORDS);
        words[0] = turn->outcome | (hosts ? 0u : OUTCOME_FROM_KERNEL) | type;
        rk_put_deeds(turn, words + 1);
        words[8] = turn->head[H_ACCEPTED];
        words[9] = turn->head[H_ACCEPTED + 1u];
        if ((turn->outcome & OUTCOME_ENDS) != 0u) {
            turn->record[A_ENDS] = 1u;
        }
    }
    if (!hosts) {
        rk_give_place(world, turn->self, turn->message);
        rk_free_slot(world, turn->message);
    }
    // What was polled was read until now.
    rk_u32 polled = turn->record[A_FREE];
    turn->record[A_FREE] = 0u;
    while (polled != 0u) {
        rk_u32 next = rk_at(world, polled)[H_NEXT];
        rk_free_slot(world, polled);
        polled = next;
    }
    turn->message = 0u;
}
