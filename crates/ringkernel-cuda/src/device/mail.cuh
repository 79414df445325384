// Messages in device memory: slots of a pool, lists of messages, places in mailboxes.
//
// A message is the word in the arena where its head starts. Messages from hosts lie where the host has put them, those between
// kernels in slots of the pool. A sender publishes by putting a message in front of the receiver's inbox; only the
// receiver takes, and takes all at once, so that a list can be no other than it was when it was looked at.

RK_FN bool rk_is_hosts(const rk_u32* head) { return head[H_TOKEN] != 0u; }

RK_FN rk_u32* rk_row(rk_world* world, rk_u32 row) { return rk_at(world, world->pool) + (rk_u64)row * ROW_WORDS; }

// A free slot of the pool as the address of a message, or 0. A worker goes on where it has found the last one, so that most find one at
// once; who finds none in as many rows does not look through all of a large pool, and goes on behind them the next time.
RK_FN rk_u32 rk_claim_slot(rk_world* world, rk_u32 worker) {
    rk_u32 rows = world->pool_rows;
    rk_u32* hint = rk_at(world, world->pool_hints) + worker;
    rk_u32 row = rows == 0u ? 0u : rk_load_relaxed_gpu(hint);
    for (rk_u32 i = 0u; i < rows && i < ROWS_SEARCHED; i += 1u) {
        rk_u32* bits = rk_row(world, row) + ROW_TAKEN;
        rk_u32 taken = rk_load_relaxed_gpu(bits);
        while (taken != 0xffffffffu) {
            rk_u32 bit = rk_trailing_zeros<rk_u32>(~taken);
            // Acquires what who freed the slot has done with it.
            taken = rk_or_acq_rel_gpu(bits, 1u << bit);
            if ((taken >> bit & 1u) == 0u) {
                rk_u32 message = rk_row(world, row)[ROW_SLOTS_AT] + bit * SLOT_WORDS;
                rk_at(world, message)[H_SLOT] = row * ROW_SLOTS + bit;
                rk_store_relaxed_gpu(hint, row);
                return message;
            }
        }
        row = row + 1u == rows ? 0u : row + 1u;
    }
    if (rows != 0u) {
        rk_store_relaxed_gpu(hint, row);
    }
    return 0u;
}

RK_FN void rk_free_slot(rk_world* world, rk_u32 message) {
    rk_u32 slot = rk_at(world, message)[H_SLOT];
    rk_and_acq_rel_gpu(rk_row(world, slot / ROW_SLOTS) + ROW_TAKEN, ~(1u << slot % ROW_SLOTS));
}

// Lists with a first and a last message, at these words of the actor's record.
RK_FN void rk_append_message(rk_world* world, rk_u32* record, rk_u32 list, rk_u32 message) {
    rk_u32 last = record[list + 1u];
    rk_at(world, message)[H_NEXT] = 0u;
    if (last == 0u) {
        record[list] = message;
    } else {
        rk_at(world, last)[H_NEXT] = message;
    }
    record[list + 1u] = message;
}

RK_FN rk_u32 rk_pop_message(rk_world* world, rk_u32* record, rk_u32 list) {
    rk_u32 message = record[list];
    if (message != 0u) {
        rk_u32 next = rk_at(world, message)[H_NEXT];
        record[list] = next;
        if (next == 0u) {
            record[list + 1u] = 0u;
        }
    }
    return message;
}

// Puts a message in front of an actor's inbox. The actor has to be woken after this.
RK_FN void rk_link(rk_world* world, rk_u32 actor, rk_u32 message) {
    rk_u32* inbox = rk_shared_of(world, actor) + S_INBOX;
    // Most often nothing else waits there; if something does, the attempt says so as soon as a look would.
    rk_u32 before = 0u;
    for (;;) {
        rk_at(world, message)[H_NEXT] = before;
        // Releases the message.
        rk_u32 found = rk_cas_acq_rel_gpu(inbox, before, message);
        if (found == before) {
            break;
        }
        before = found;
    }
}

// Puts a message in front of an actor's inbox, and wakes the actor.
RK_FN void rk_publish(rk_world* world, rk_u32 actor, rk_u32 message) {
    rk_link(world, actor, message);
    rk_wake(world, actor);
}

// Whether the actor is there and may be reached by kernels.
RK_FN bool rk_is_there(rk_world* world, rk_u64 receiver) {
    rk_u32 index = (rk_u32)receiver, generation = (rk_u32)(receiver >> 32);
    if (generation == 0u || index >= world->places) {
        return false;
    }
    // The mode is written when the record is, and cleared before the record changes.
    rk_u32 mode = rk_load_acquire_gpu(rk_shared_of(world, index) + S_MODE);
    if (mode != MODE_PAUSED && mode != MODE_ACTIVE) {
        return false;
    }
    return rk_load_relaxed_gpu(rk_record(world, index) + A_GENERATION) == generation;
}

// Whether it is there, and takes messages from kernels.
RK_FN bool rk_is_reachable(rk_world* world, rk_u64 receiver) {
    return rk_is_there(world, receiver) && (rk_record(world, (rk_u32)receiver)[A_FLAGS] & FLAG_K2K) != 0u;
}

// Set in the priority of a message that has its place among those that are polled.
#define RK_POLLED_PLACE 0x100u

// The count of messages from kernels in an actor's mailbox, or in its ring of polled messages.
RK_FN rk_u32* rk_places(rk_world* world, rk_u32 actor, const rk_u32* head) {
    return rk_shared_of(world, actor) + ((head[H_PRIORITY] & RK_POLLED_PLACE) != 0u ? S_POLLED_USED : S_USED);
}

// Takes a place in a mailbox for a message. 0, or why there is none.
RK_FN rk_u32 rk_take_place(rk_world* world, rk_u32 actor, rk_u32* head, rk_u32 type) {
    const rk_u32* record = rk_record(world, actor);
    rk_u32 limit = rk_load_relaxed_gpu(rk_shared_of(world, actor) + S_LIMIT);
    head[H_PRIORITY] &= ~RK_POLLED_PLACE;
    if (rk_route(world, record, type) == POLLED) {
        head[H_PRIORITY] |= RK_POLLED_PLACE;
        limit = record[A_POLLED_LIMIT];
    }
    rk_u32* places = rk_places(world, actor, head);
    rk_u32 before = rk_add_relaxed_gpu(places, 1u);
    if (before < limit) {
        return 0u;
    }
    rk_add_relaxed_gpu(places, 0xffffffffu);
    return before >= CLOSED_MAILBOX ? REFUSED_NOT_FOUND : REFUSED_OWN_MAILBOX_FULL;
}

RK_FN void rk_give_place(rk_world* world, rk_u32 actor, rk_u32 message) {
    rk_add_relaxed_gpu(rk_places(world, actor, rk_at(world, message)), 0xffffffffu);
}

// Gives no places any more. How many are taken: by messages that wait, and by senders that are about to publish.
RK_FN rk_u32 rk_close_mailbox(rk_world* world, rk_u32* shared) {
    rk_u32 used = rk_or_acq_rel_gpu(shared + S_USED, CLOSED_MAILBOX);
    rk_u32 polled = rk_or_acq_rel_gpu(shared + S_POLLED_USED, CLOSED_MAILBOX);
    return (used & ~CLOSED_MAILBOX) + (polled & ~CLOSED_MAILBOX);
}
