// What handlers ask of the context, for the lane that speaks for its actor: identity, the clock, ways out.

RK_FN rk_turn* rk_turn_of_lane(rk_lane* rk) { return (rk_turn*)rk->runtime; }

// Whether this lane may do what only the first lane of a grid can; if not, it faults.
RK_FN bool rk_alone(rk_lane* rk) {
    if (!rk_leads(rk)) {
        rk_raise(rk, FAULT_NOT_LEADING, 0u, 0u, 0u);
    }
    return rk->fault == 0u;
}

RK_FN rk_u64 rk_own_ref(rk_turn* turn) { return (rk_u64)turn->self | (rk_u64)turn->record[A_GENERATION] << 32; }

__device__ rk_u64 rk_actor_ref(rk_lane* rk) { return rk_own_ref(rk_turn_of_lane(rk)); }
__device__ rk_u64 rk_sender(rk_lane* rk) { return rk_pair(rk_turn_of_lane(rk)->head + H_SENDER); }
__device__ rk_words rk_message_id(rk_lane* rk) { return rk_quad(rk_turn_of_lane(rk)->head + H_ID); }
__device__ rk_words rk_correlation_id(rk_lane* rk) { return rk_quad(rk_turn_of_lane(rk)->head + H_CORRELATION); }
__device__ rk_words rk_message_timestamp(rk_lane* rk) { return rk_quad(rk_turn_of_lane(rk)->head + H_TIME); }
__device__ rk_words rk_now(rk_lane* rk) { return rk_time(rk_turn_of_lane(rk)); }

__device__ rk_words rk_tick(rk_lane* rk) {
    if (rk_alone(rk)) {
        rk_advance(rk_turn_of_lane(rk), 0ull, 0u);
    }
    return rk_now(rk);
}

__device__ bool rk_update_clock(rk_lane* rk, rk_words timestamp) {
    rk_turn* turn = rk_turn_of_lane(rk);
    if (!rk_alone(rk) || timestamp.first > rk_wall(turn->world) + turn->world->drift) {
        return false;
    }
    rk_advance(turn, timestamp.first, (rk_u32)timestamp.second);
    return true;
}

__device__ rk_words rk_fresh_id(rk_lane* rk) {
    rk_words id = {};
    if (rk_alone(rk)) {
        rk_u32* record = rk_turn_of_lane(rk)->record;
        id.first = rk_pair(record + A_ID);
        id.second = rk_pair(record + A_NEXT_ID) + 1ull;
        rk_put_pair(record + A_NEXT_ID, id.second);
    }
    return id;
}

__device__ rk_u64 rk_output_free_slots(rk_lane* rk) { return rk_room(rk_turn_of_lane(rk)); }

__device__ void rk_request_termination(rk_lane* rk) {
    if (rk_alone(rk)) {
        rk_turn_of_lane(rk)->outcome |= OUTCOME_ENDS;
    }
}
__device__ bool rk_is_termination_requested(rk_lane* rk) {
    rk_turn* turn = rk_turn_of_lane(rk);
    return (turn->outcome & OUTCOME_ENDS) != 0u || rk_load_relaxed_gpu(turn->shared + S_MODE) == MODE_CLOSING;
}
__device__ void rk_report_error(rk_lane* rk) {
    if (rk_alone(rk)) {
        rk_turn_of_lane(rk)->errors += 1u;
    }
}
__device__ void rk_count_dropped(rk_lane* rk) {
    if (rk_alone(rk)) {
        rk_turn_of_lane(rk)->dropped += 1u;
    }
}

// ---- rights to answer later

RK_FN rk_u32* rk_right(rk_turn* turn, rk_u64 token) {
    rk_u32 capacity = (rk_u32)token == 0u ? 0u : turn->record[A_RIGHTS_CAPACITY];
    for (rk_u32 i = 0u; i < capacity; i += 1u) {
        rk_u32* right = rk_at(turn->world, turn->record[A_RIGHTS]) + i * RIGHT_WORDS;
        if (rk_pair(right) == token) {
            return right;
        }
    }
    return nullptr;
}

// What an answer to the message in hand belongs to: its correlation, or its id.
RK_FN rk_words rk_answer_correlation(rk_turn* turn) {
    rk_words correlation = rk_quad(turn->head + H_CORRELATION);
    return rk_is_nil(correlation) ? rk_quad(turn->head + H_ID) : correlation;
}

__device__ rk_u64 rk_defer(rk_lane* rk) {
    rk_turn* turn = rk_turn_of_lane(rk);
    rk_u32* record = turn->record;
    if (!rk_alone(rk) || record[A_RIGHTS_CAPACITY] == 0u) {
        return 0ull;
    }
    // A free place, or that of the oldest.
    rk_u32* place = nullptr;
    for (rk_u32 i = 0u; i < record[A_RIGHTS_CAPACITY]; i += 1u) {
        rk_u32* right = rk_at(turn->world, record[A_RIGHTS]) + i * RIGHT_WORDS;
        if (place == nullptr || right[0] < place[0]) {
            place = right;
        }
    }
    if (place[0] != 0u && place[2] == ANSWER_CALLER) {
        rk_tell(turn, EVENT_EVICTED, place[3]);
    }
    record[A_RIGHTS_NEXT] += 1u;
    rk_u64 token = (rk_u64)record[A_RIGHTS_NEXT] | (rk_u64)record[A_GENERATION] << 32;
    rk_put_pair(place, token);
    // A message whose answer was deferred before has none any more.
    place[2] = (turn->outcome & OUTCOME_DEFERRED) != 0u ? ANSWER_OUTPUT : turn->head[H_ANSWER];
    place[3] = turn->head[H_TOKEN];
    rk_put_pair(place + 4, rk_pair(turn->head + H_SENDER));
    rk_put_quad(place + 6, rk_answer_correlation(turn));
    rk_put_pair(place + 10, rk_pair(turn->head + H_DEADLINE));
    turn->outcome |= OUTCOME_DEFERRED;
    return token;
}

// ---- messages out

// Where a message goes, and what it answers.
struct rk_route_out {
    // The event that brings it to the host, or EVENT_SKIP when it goes to a kernel.
    rk_u32 event;
    rk_u32 argument;
    rk_u64 receiver;
    // What the receiver is to do with its answer.
    rk_u32 answer;
    rk_words correlation;
};

RK_FN void rk_to_output(rk_route_out* route) {
    route->event = EVENT_OUTPUT;
    route->argument = 0u;
}

// The way of an answer, by what the message that it answers says.
RK_FN void rk_route_answer(rk_route_out* route, rk_u32 kind, rk_u32 event, rk_u32 token) {
    route->event = EVENT_SKIP;
    if (kind == ANSWER_OUTPUT) {
        rk_to_output(route);
    } else if (kind == ANSWER_CALLER) {
        route->event = event;
        route->argument = token;
    }
}

RK_FN void rk_route_reply(rk_lane* rk, rk_turn* turn, rk_route_out* route, rk_u64 token) {
    rk_u32* right = rk_right(turn, token);
    if (right == nullptr) {
        // Used up, or never given: nobody waits, and the answer is a dead letter.
        route->event = EVENT_DEAD;
        route->argument = DEAD_LATE_REPLY;
        rk->refusal = 1u;
        return;
    }
    route->receiver = rk_pair(right + 4);
    route->correlation = rk_quad(right + 6);
    rk_route_answer(route, right[2], EVENT_REPLY, right[3]);
    rk_put_pair(right, 0ull);
    // The host finds out that it is late, too, and keeps it as a dead letter; the handler hears it here.
    rk_u64 deadline = rk_pair(right + 10);
    rk->refusal = deadline != 0ull && deadline < rk_wall(turn->world) ? 1u : 0u;
}

RK_FN rk_u32 rk_dead_reason(rk_u32 refusal) {
    switch (refusal) {
        case REFUSED_TOO_LARGE: return DEAD_TOO_LARGE;
        case REFUSED_UNHANDLED: return DEAD_UNHANDLED;
        case REFUSED_OUTBOX_FULL:
        case REFUSED_OWN_MAILBOX_FULL: return DEAD_QUEUE_FULL;
        default: return DEAD_LATE_REPLY;
    }
}

// The address of the kernel that has a name for the actor's tenant, or of another tenant's.
RK_FN rk_u64 rk_named(rk_turn* turn, rk_u32 name) {
    const rk_u32* names = rk_at(turn->world, turn->world->names);
    return rk_pair(names + 2u + 2u * (turn->record[A_TENANT] * names[0] + name));
}

// Counts a message against what the tenant may send; false when that is used up. Both counts only grow and wrap, and order nothing, not
// even each other: what was given may be read older than what is used, so that they are compared by how far they are apart. The
// exchange sees to it that the use was not.
RK_FN bool rk_draw(rk_turn* turn) {
    rk_u32 rate = turn->record[A_RATE];
    if (rate == 0u) {
        return true;
    }
    rk_u32* row = rk_at(turn->world, turn->world->rates) + (rate - 1u) * RATE_WORDS;
    rk_u32 used = rk_load_relaxed_gpu(row + RATE_USED);
    while ((rk_i32)(rk_load_relaxed_gpu(row + RATE_GIVEN) - used) > 0) {
        rk_u32 found = rk_cas_acq_rel_gpu(row + RATE_USED, used, used + 1u);
        if (found == used) {
            turn->drawn += 1u;
            return true;
        }
        used = found;
    }
    turn->overdrawn += 1u;
    return false;
}

// A slot in the outbox for a message to a kernel, or null with the reason in `refusal`. What is sent to oneself takes its place in the
// mailbox at once, because nobody else could make room.
RK_FN rk_u32* rk_outgoing(rk_lane* rk, rk_turn* turn, rk_u32 op, rk_u64 receiver, rk_u32 message, rk_u32 bytes) {
    rk_world* world = turn->world;
    rk_u32 index = (rk_u32)receiver;
    rk_u32 generation = (rk_u32)(receiver >> 32);
    bool outside = generation >= PUBLISHED;
    rk_u32 refusal = 0u;
    if ((turn->record[A_FLAGS] & FLAG_K2K) == 0u && generation != PUBLISHED) {
        refusal = REFUSED_NOT_ENABLED;
    } else if (outside) {
        // Whether somebody has it, and takes it, the host finds out.
        refusal = H_WORDS + rk_words_of(bytes) > SLOT_WORDS ? REFUSED_TOO_LARGE : 0u;
    } else if (!rk_is_there(world, receiver)) {
        refusal = REFUSED_NOT_FOUND;
    } else if (rk_record(world, index)[A_TENANT] != turn->record[A_TENANT]) {
        refusal = REFUSED_TENANT;
        turn->crossings += 1u;
        turn->crossed_to = receiver;
    } else if ((rk_record(world, index)[A_FLAGS] & FLAG_K2K) == 0u) {
        refusal = REFUSED_NOT_FOUND;
    } else if (rk_route(world, rk_record(world, index), message) == 0u) {
        refusal = REFUSED_UNHANDLED;
    } else if (bytes > rk_record(world, index)[A_MAX_BYTES] || H_WORDS + rk_words_of(bytes) > SLOT_WORDS) {
        refusal = REFUSED_TOO_LARGE;
    }
    if (refusal == 0u && turn->record[A_OUTBOX_LENGTH] >= OUTBOX_CAPACITY) {
        refusal = REFUSED_OUTBOX_FULL;
    }
    rk_u32 slot = refusal != 0u ? 0u : rk_claim_slot(world, turn->worker);
    if (refusal == 0u && slot == 0u) {
        refusal = REFUSED_OUTBOX_FULL;
    }
    if (slot != 0u) {
        rk_at(world, slot)[H_PRIORITY] = 0u;
    }
    if (slot != 0u && index == turn->self && !outside) {
        refusal = rk_take_place(world, index, rk_at(world, slot), message);
        if (refusal != 0u) {
            rk_free_slot(world, slot);
        }
    }
    // Answers are not counted: whoever asked has paid for them.
    if (refusal == 0u && op != OP_ANSWER && op != OP_REPLY && !rk_draw(turn)) {
        refusal = REFUSED_QUOTA;
        if (index == turn->self && !outside) {
            rk_give_place(world, index, slot);
        }
        rk_free_slot(world, slot);
    }
    if (refusal != 0u) {
        rk->refusal = refusal;
        return nullptr;
    }
    rk_append_message(world, turn->record, A_OUTBOX, slot);
    turn->record[A_OUTBOX_LENGTH] += 1u;
    return rk_at(world, slot);
}

RK_FN rk_route_out rk_route_of(rk_lane* rk, rk_turn* turn, rk_u32 op, rk_u64 target, rk_words correlation) {
    rk_route_out route = {EVENT_SKIP, 0u, target, ANSWER_OUTPUT, correlation};
    switch (op) {
        case OP_OUTPUT: rk_to_output(&route); break;
        case OP_ANSWER: {
            bool deferred = (turn->outcome & OUTCOME_DEFERRED) != 0u;
            turn->outcome |= OUTCOME_ANSWERED;
            route.receiver = rk_pair(turn->head + H_SENDER);
            route.correlation = rk_answer_correlation(turn);
            rk_u32 kind = deferred ? ANSWER_OUTPUT : turn->head[H_ANSWER];
            rk_route_answer(&route, kind, EVENT_ANSWER, turn->head[H_TOKEN]);
            break;
        }
        case OP_REPLY: rk_route_reply(rk, turn, &route, target); break;
        default:
            if (op == OP_SEND_NAME || op == OP_REQUEST_NAME) {
                route.receiver = rk_named(turn, (rk_u32)target);
            }
            // Only a name leads out of the runtime. The host may be writing the entry: the number of the name is known here. No address is
            // that of a topic.
            if ((rk_u32)(route.receiver >> 32) >= PUBLISHED) {
                bool named = op == OP_SEND_NAME || op == OP_REQUEST_NAME;
                bool leads_out = named && (rk_u32)(route.receiver >> 32) == OUTSIDE;
                route.receiver = leads_out ? (rk_u64)OUTSIDE << 32 | (rk_u32)target : 0ull;
            }
            if (op == OP_PUBLISH) {
                route.receiver = (rk_u64)PUBLISHED << 32 | (rk_u32)target;
            }
            route.answer = op == OP_REQUEST || op == OP_REQUEST_NAME ? ANSWER_KERNEL : ANSWER_OUTPUT;
    }
    return route;
}

__device__ rk_u8* rk_open(
    rk_lane* rk, rk_u32 op, rk_u32 a, rk_u32 b, rk_u32 message, rk_u32 bytes, rk_u32 priority, rk_words id,
    rk_words correlation) {
    rk_turn* turn = rk_turn_of_lane(rk);
    rk->refusal = 0u;
    if (!rk_alone(rk) || (op == OP_OUTPUT && rk_room(turn) == 0u)) {
        rk->refusal = REFUSED_OUTBOX_FULL;
        return nullptr;
    }
    rk_route_out route = rk_route_of(rk, turn, op, (rk_u64)a | (rk_u64)b << 32, correlation);
    rk_u32* head = nullptr;
    if (route.event == EVENT_SKIP) {
        head = rk_outgoing(rk, turn, op, route.receiver, message, bytes);
        if (head == nullptr && op != OP_ANSWER && op != OP_REPLY) {
            return nullptr;
        }
        if (head == nullptr) {
            // An answer cannot be refused: one that cannot be delivered is a dead letter, and nobody waits for it.
            route.event = EVENT_DEAD;
            route.argument = rk_dead_reason(rk->refusal);
            rk->refusal = 1u;
        }
    }
    rk_u32 place = head == nullptr ? 0u : head[H_PRIORITY] & RK_POLLED_PLACE;
    if (head == nullptr) {
        head = rk_event(turn, route.event, route.argument, H_WORDS, H_WORDS + rk_words_of(bytes));
    }
    bool oversized = head == nullptr;
    if (oversized) {
        if (op != OP_ANSWER && op != OP_REPLY) {
            rk->refusal = REFUSED_TOO_LARGE;
            return nullptr;
        }
        // An answer cannot be refused: the host hears of it, without the payload.
        bool has_caller = route.event == EVENT_ANSWER || route.event == EVENT_REPLY;
        rk->refusal = 1u;
        head = rk_event(turn, EVENT_OVERSIZED, has_caller ? route.argument : 0u, H_WORDS, H_WORDS);
    } else {
        turn->sent += 1u;
        if (route.event == EVENT_OUTPUT) {
            turn->record[A_OUTPUTS] += 1u;
        }
    }
    rk_advance(turn, 0ull, 0u);
    rk_u64 now = rk_wall(turn->world);
    head[H_TYPE] = message;
    head[H_HANDLER] = rk_handler_id(message);
    // What a handler sends is on the account of the message in hand; an answer is on that of whoever has asked.
    rk_u32 payer = turn->head[H_PAYER] != 0u ? turn->head[H_PAYER] : turn->record[A_PAYER];
    head[H_PAYER] = op == OP_ANSWER || op == OP_REPLY ? 0u : payer;
    head[H_BYTES] = bytes;
    head[H_PRIORITY] = priority | place;
    head[H_ANSWER] = route.answer;
    rk_put_pair(head + H_SENDER, rk_own_ref(turn));
    rk_put_quad(head + H_ID, id);
    rk_put_quad(head + H_CORRELATION, route.correlation);
    rk_put_quad(head + H_TIME, rk_time(turn));
    rk_put_pair(head + H_ACCEPTED, now);
    head[H_TOKEN] = 0u;
    rk_put_pair(head + H_TARGET, route.receiver);
    rk_put_pair(head + H_DEADLINE, 0ull);
    rk_put_pair(head + H_PATIENCE, now + turn->world->k2k_limit);
    if (oversized) {
        return nullptr;
    }
    // The last word of the payload may be written in parts.
    if (bytes > 0u) {
        head[H_WORDS + rk_words_of(bytes) - 1u] = 0u;
    }
    return (rk_u8*)(head + H_WORDS);
}

// The next polled message of this type from a kernel.
__device__ rk_u8* rk_poll(rk_lane* rk, rk_u32 by_name, rk_u32 a, rk_u32 b, rk_u32 message) {
    if (!rk_alone(rk)) {
        return nullptr;
    }
    rk_turn* turn = rk_turn_of_lane(rk);
    rk_world* world = turn->world;
    rk_u32* record = turn->record;
    rk_u64 source = (rk_u64)a | (rk_u64)b << 32;
    if (by_name != 0u) {
        source = rk_named(turn, a);
    }
    rk_u32 before = 0u;
    for (rk_u32 found = record[A_POLLED]; found != 0u;) {
        rk_u32* head = rk_at(world, found);
        rk_u32 next = head[H_NEXT];
        if (head[H_TYPE] == message && rk_pair(head + H_SENDER) == source) {
            if (before == 0u) {
                record[A_POLLED] = next;
            } else {
                rk_at(world, before)[H_NEXT] = next;
            }
            if (next == 0u) {
                record[A_POLLED + 1u] = before;
            }
            rk_give_place(world, turn->self, found);
            // The handler reads it until it returns.
            head[H_NEXT] = record[A_FREE];
            record[A_FREE] = found;
            return (rk_u8*)(head + H_WORDS);
        }
        before = found;
        found = next;
    }
    return nullptr;
}
