// Queues of actors that are ready to run, and the word by which an actor is woken.
//
// A queue has a slot for each actor. Who waits takes a ticket and looks at the slot of its number, so that a waker writes to where
// one warp alone is looking. Sequence numbers count laps: a slot with number t waits for ticket t to be written, t + 1 says that
// it was, and t + slots that it was read.

RK_FN rk_u32* rk_ready_slot(rk_world* world, rk_u32 queue, rk_u32 slots, rk_u32 ticket) {
    return rk_at(world, queue) + READY_SLOTS + (ticket & (slots - 1u)) * READY_SLOT_WORDS;
}

// Puts in an actor and its ranks: one entry for each block that it needs, next to each other.
RK_FN void rk_make_ready(rk_world* world, rk_u32 actor) {
    const rk_u32* record = rk_record(world, actor);
    bool cooperative = (record[A_FLAGS] & FLAG_COOPERATIVE) != 0u;
    rk_u32 queue = cooperative ? world->jobs : world->ready;
    rk_u32 slots = cooperative ? world->jobs_slots : world->ready_slots;
    rk_u32 entries = cooperative ? record[A_GRID] : 1u;
    rk_u32 first = rk_add_relaxed_gpu(rk_at(world, queue) + READY_WRITTEN, entries);
    for (rk_u32 rank = 0u; rank < entries; rank += 1u) {
        rk_u32 ticket = first + rank;
        rk_u32* slot = rk_ready_slot(world, queue, slots, ticket);
        // There is a slot for each entry that can be under way: who has read it is about to say so. When the grid stops, nobody
        // reads any more; the actor stays scheduled, and is put in when the grid starts again.
        while (rk_load_acquire_gpu(slot + READY_NUMBER) != ticket) {
            if (rk_is_stopping(world)) {
                return;
            }
            rk_pause(20u);
        }
        rk_store_relaxed_gpu(slot + READY_ACTOR, actor);
        rk_store_relaxed_gpu(slot + READY_RANK, rank);
        rk_store_release_gpu(slot + READY_NUMBER, ticket + 1u);
    }
}

// Notifies an actor, after something was published for it. True when it was asleep: its turn is the caller's now, to take or to put
// into the queue.
RK_FN bool rk_notify(rk_world* world, rk_u32 actor) {
    rk_u32* word = rk_shared_of(world, actor) + S_WAKE;
    return (rk_or_acq_rel_gpu(word, WAKE_SCHEDULED | WAKE_NOTIFIED) & WAKE_SCHEDULED) == 0u;
}

RK_FN void rk_wake(rk_world* world, rk_u32 actor) {
    if (rk_notify(world, actor)) {
        rk_make_ready(world, actor);
    }
}

struct rk_job {
    rk_u32 actor;
    rk_u32 rank;
    bool stops;
};

// Waits for an actor to run. Actors that are still in the queue when the grid stops are put in again when it starts.
RK_FN rk_job rk_next_ready(rk_world* world, rk_u32 queue, rk_u32 slots) {
    rk_job job = {0u, 0u, false};
    // Asked first: where more actors have messages than there are workers, the queue never runs empty.
    if (rk_is_stopping(world)) {
        job.stops = true;
        return job;
    }
    rk_u32 ticket = rk_add_relaxed_gpu(rk_at(world, queue) + READY_READ, 1u);
    rk_u32* slot = rk_ready_slot(world, queue, slots, ticket);
    for (rk_u32 pause = 20u;; pause = pause < 160u ? pause * 2u : pause) {
        // Asked together, so that neither waits for the other's answer.
        job.stops = rk_is_stopping(world);
        rk_u32 words[READY_SLOT_WORDS];
        rk_load_unit_gpu(slot, words);
        if (words[READY_NUMBER] == ticket + 1u) {
            job.actor = words[READY_ACTOR];
            job.rank = words[READY_RANK];
            job.stops = false;
            rk_store_release_gpu(slot + READY_NUMBER, ticket + slots);
            return job;
        }
        if (job.stops) {
            return job;
        }
        rk_pause(pause);
    }
}
