// A turn of an actor: one lane has it, takes messages, and says what became of them.

struct rk_turn {
    rk_world* world;
    rk_u32 self;
    // Which worker has the turn.
    rk_u32 worker;
    rk_u32* record;
    rk_u32* shared;
    // What the host wants of the actor, as far as this turn has seen.
    rk_u32 serial;
    rk_u32 mode;
    rk_u32 faults_seen;
    // The message in hand, and its head.
    rk_u32 message;
    rk_u32* head;
    rk_u32 outcome;
    rk_u32 sent;
    rk_u32 errors;
    rk_u32 dropped;
    rk_u32 crossings;
    rk_u64 crossed_to;
    // Messages that were counted against what the tenant may send, and those that would have been too many.
    rk_u32 drawn;
    rk_u32 overdrawn;
    // When the handler was entered, by the device's timer.
    rk_u64 entered;
    // What the host is to be told: a packet in this worker's staging memory.
    rk_u32* packet;
    rk_u32 packed;
    // Whether something was put there since the message was taken.
    bool has_told;
    // Whether the actor is closed: its place is the host's again once that is told.
    bool closed;
    // Whether the worker may keep a turn, and the actor whose turn it keeps, counted from 1.
    bool keeps;
    rk_u32 kept;
};

// The number of the handler that the message in hand is for.
RK_FN rk_u32 rk_handler_for(const rk_turn* turn) {
    return rk_handler_of(turn->record[A_KERNEL], turn->head[H_TYPE], turn->head[H_HANDLER]) - 1u;
}

RK_FN rk_turn rk_turn_of(rk_world* world, rk_u32 worker, rk_u32 actor) {
    rk_turn turn = {};
    turn.world = world;
    turn.self = actor;
    turn.worker = worker;
    turn.record = rk_record(world, actor);
    turn.shared = rk_shared_of(world, actor);
    turn.packet = rk_at(world, world->staging) + (rk_u64)worker * world->staging_words;
    turn.packed = 1u;
    return turn;
}

// Puts the turn that the worker has kept into the queue: somebody else may come to it sooner.
RK_FN void rk_hand_over(rk_turn* turn) {
    if (turn->kept != 0u) {
        rk_make_ready(turn->world, turn->kept - 1u);
        turn->kept = 0u;
    }
}

// Shows what the worker does: the actor whose message it has, counted from 1, and since when, by which messages are told apart.
RK_FN void rk_note_busy(rk_turn* turn, rk_u32 actor) {
    rk_u32* busy = rk_at(turn->world, turn->world->busy) + turn->worker * BUSY_WORDS;
    rk_store_relaxed_gpu(busy, actor);
    rk_store_relaxed_gpu(busy + 1, (rk_u32)turn->entered);
}

// ---- what the host is told

// Sends what is packed. The lane that has the turn does it alone, or its whole warp, see `rk_write_packet`.
RK_FN void rk_flush(rk_turn* turn, rk_u32 lane, rk_u32 lanes) {
    rk_u32 words = lane == 0u ? turn->packed : 0u;
    if (lanes > 1u) {
        words = __shfl_sync(0xffffffffu, words, 0);
    }
    if (words <= 1u) {
        return;
    }
    if (lane == 0u) {
        turn->packet[0] = words;
    }
    if (lanes > 1u) {
        __syncwarp();
    }
    rk_write_packet(turn->world, turn->packet, words, lane, lanes);
    // The packet is read before it is written again.
    if (lanes > 1u) {
        __syncwarp();
    }
    if (lane == 0u) {
        turn->packed = 1u;
    }
}

// Room for an event with this many words behind its own, which are aligned to 16 bytes after `head` words. Gives their place, or
// null where no packet could hold them.
RK_FN rk_u32* rk_event(rk_turn* turn, rk_u32 kind, rk_u32 argument, rk_u32 head, rk_u32 words) {
    rk_u64 needed = (rk_u64)words + EVENT_WORDS + 4u;
    if (needed + 1u > turn->world->staging_words) {
        return nullptr;
    }
    if (turn->packed + needed > turn->world->staging_words) {
        rk_flush(turn, 0u, 1u);
    }
    rk_u32 pad = (4u - (turn->packed + EVENT_WORDS + head) % 4u) % 4u;
    if (pad != 0u) {
        turn->packet[turn->packed] = EVENT_SKIP | pad << 4;
        turn->packed += pad;
    }
    rk_u32* event = turn->packet + turn->packed;
    event[0] = kind | (EVENT_WORDS + words) << 4;
    event[1] = turn->self;
    event[2] = argument;
    turn->packed += EVENT_WORDS + words;
    turn->has_told = true;
    return event + EVENT_WORDS;
}

RK_FN void rk_tell(rk_turn* turn, rk_u32 kind, rk_u32 argument) { rk_event(turn, kind, argument, 0u, 0u); }

RK_FN void rk_tell_tally(rk_turn* turn);

// A message that was not delivered or handled, with all its bytes.
RK_FN void rk_tell_dead(rk_turn* turn, rk_u32 message, rk_u32 reason) {
    rk_tell_tally(turn);
    const rk_u32* head = rk_at(turn->world, message);
    rk_u32 words = H_WORDS + rk_words_of(head[H_BYTES]);
    rk_u32* copy = rk_event(turn, EVENT_DEAD, reason, H_WORDS, words);
    for (rk_u32 i = 0u; copy != nullptr && i < words; i += 1u) {
        copy[i] = head[i];
    }
}

// How many places of an actor's mailbox messages from kernels take.
RK_FN void rk_post_used(rk_world* world, rk_u32 actor) {
    const rk_u32* shared = rk_shared_of(world, actor);
    rk_u32* status = world->status + (rk_u64)actor * STATUS_WORDS;
    rk_store_relaxed_sys(status + STATUS_USED, rk_load_relaxed_gpu(shared + S_USED));
    rk_store_relaxed_sys(status + STATUS_POLLED, rk_load_relaxed_gpu(shared + S_POLLED_USED));
    rk_store_relaxed_sys(status + STATUS_RECEIVED, rk_load_relaxed_gpu(shared + S_RECEIVED));
}

// What the host can read at any time of an actor that is reached by others.
RK_FN void rk_post_status(rk_turn* turn) {
    if ((turn->record[A_FLAGS] & FLAG_K2K) == 0u) {
        return;
    }
    rk_u32* outbox = turn->world->status + (rk_u64)turn->self * STATUS_WORDS + STATUS_OUTBOX;
    rk_u32 waiting = turn->record[A_OUTBOX_LENGTH];
    rk_post_used(turn->world, turn->self);
    // Whoever sees that messages wait sees how full their targets are, unless a turn of the target has looked before and shows that for a
    // moment. An order across the bus is dear.
    if (waiting != 0u) {
        rk_store_release_sys(outbox, waiting);
    } else {
        rk_store_relaxed_sys(outbox, 0u);
    }
}

// ---- the clock: nanoseconds, and a count of what happened in the same one

RK_FN rk_words rk_time(rk_turn* turn) {
    rk_words time = {rk_pair(turn->record + A_CLOCK), (rk_u64)turn->record[A_CLOCK + 2u] | (rk_u64)turn->record[A_NODE] << 32};
    return time;
}

// To a time that is later than the one before, and not earlier than these.
RK_FN void rk_advance(rk_turn* turn, rk_u64 physical, rk_u32 logical) {
    rk_u64 own = rk_pair(turn->record + A_CLOCK);
    rk_u32 count = turn->record[A_CLOCK + 2u];
    if (physical < own || (physical == own && logical < count)) {
        physical = own;
        logical = count;
    }
    // The count carries over; a wall clock that is ahead starts it again.
    logical += 1u;
    if (logical == 0u) {
        physical += 1u;
    }
    rk_u64 wall = rk_wall(turn->world);
    if (wall > physical) {
        physical = wall;
        logical = 0u;
    }
    rk_put_pair(turn->record + A_CLOCK, physical);
    turn->record[A_CLOCK + 2u] = logical;
}

RK_FN void rk_merge(rk_turn* turn, const rk_u32* time) { rk_advance(turn, rk_pair(time), time[2]); }
