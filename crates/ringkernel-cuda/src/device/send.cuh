// How an actor's outbox is emptied, how it closes, and how its turn begins and ends.

// Wakes the receiver of a message that is published. The last one that was asleep is kept, if it needs one lane: this worker is
// about to be free for it.
RK_FN void rk_pass_on(rk_turn* turn, rk_u32 receiver) {
    if (!rk_notify(turn->world, receiver)) {
        return;
    }
    rk_hand_over(turn);
    if (turn->keeps && (rk_record(turn->world, receiver)[A_FLAGS] & FLAG_COOPERATIVE) == 0u) {
        turn->kept = receiver + 1u;
    } else {
        rk_make_ready(turn->world, receiver);
    }
}

// Delivers a message, if there is room: 0, or why not. What an actor sends to itself has taken its place already.
RK_FN rk_u32 rk_deliver(rk_turn* turn, rk_u32 receiver, rk_u32 message) {
    rk_world* world = turn->world;
    rk_u32* head = rk_at(world, message);
    if (receiver != turn->self) {
        rk_u32 refusal = rk_take_place(world, receiver, head, head[H_TYPE]);
        if (refusal != 0u) {
            return refusal;
        }
    }
    rk_add_relaxed_gpu(rk_shared_of(world, receiver) + S_RECEIVED, 1u);
    rk_link(world, receiver, message);
    rk_pass_on(turn, receiver);
    return 0u;
}

// Delivers what is in the outbox, in order for each receiver, as far as there is room. What has waited too long is a dead letter, and
// when the actor closes, everything that is left.
RK_FN void rk_empty_outbox(rk_turn* turn, bool closing) {
    rk_world* world = turn->world;
    rk_u32* record = turn->record;
    rk_u32 full[FULL_TARGETS];
    rk_u32 full_count = 0u;
    rk_u64 now = rk_wall(world);
    // What is put back stands behind the last one that was there.
    rk_u32 last = record[A_OUTBOX + 1u];
    bool more = last != 0u;
    while (more) {
        rk_u32 message = rk_pop_message(world, record, A_OUTBOX);
        more = message != last;
        rk_u32* head = rk_at(world, message);
        rk_u64 receiver = rk_pair(head + H_TARGET);
        rk_u32 index = (rk_u32)receiver;
        rk_u32 reason = closing || rk_pair(head + H_PATIENCE) < now ? DEAD_QUEUE_FULL : 0u;
        bool gone = false;
        if (!rk_is_reachable(world, receiver)) {
            reason = DEAD_CLOSED;
        } else {
            // What is polled has places of its own.
            bool polled = rk_route(world, rk_record(world, index), head[H_TYPE]) == POLLED;
            rk_u32 mailbox = index * 2u + (polled ? 1u : 0u);
            bool blocked = full_count == FULL_TARGETS;
            for (rk_u32 i = 0u; i < full_count; i += 1u) {
                blocked = blocked || full[i] == mailbox;
            }
            if (!blocked) {
                rk_u32 refusal = rk_deliver(turn, index, message);
                gone = refusal == 0u;
                if (refusal == REFUSED_NOT_FOUND) {
                    reason = DEAD_CLOSED;
                } else if (!gone) {
                    // Whoever sees that this actor is held up sees that its target is full.
                    rk_post_used(world, index);
                    full[full_count] = mailbox;
                    full_count += 1u;
                }
            }
        }
        if (!gone && reason != 0u) {
            rk_tell_dead(turn, message, reason);
            // What it sends to itself has its place already.
            if (index == turn->self && (rk_u32)(receiver >> 32) == record[A_GENERATION]) {
                rk_give_place(world, index, message);
            }
            rk_free_slot(world, message);
            gone = true;
        }
        if (gone) {
            record[A_OUTBOX_LENGTH] -= 1u;
        } else {
            rk_append_message(world, record, A_OUTBOX, message);
        }
    }
}

// What a handler has sent is under way before the actor runs again. Who hears that a message is done sees what waits now.
RK_FN void rk_send_on(rk_turn* turn) {
    if (turn->record[A_OUTBOX] != 0u) {
        rk_empty_outbox(turn, false);
    }
    if (turn->has_told) {
        rk_post_status(turn);
    }
}

// A message that the actor does not handle, because it closes.
RK_FN void rk_bury(rk_turn* turn, rk_u32 message) {
    rk_world* world = turn->world;
    if (!rk_is_hosts(rk_at(world, message))) {
        rk_tell_dead(turn, message, DEAD_CLOSED);
        rk_give_place(world, turn->self, message);
        rk_free_slot(world, message);
    }
}

// Gives everything back that the actor holds, as dead letters. Messages of hosts are the host's.
RK_FN void rk_close(rk_turn* turn) {
    rk_world* world = turn->world;
    rk_u32* record = turn->record;
    rk_empty_outbox(turn, true);
    rk_u32 left = rk_close_mailbox(world, turn->shared);
    for (;;) {
        rk_collect(turn);
        for (rk_u32 list = A_HOSTS; list <= A_POLLED; list += 2u) {
            for (rk_u32 message = rk_pop_message(world, record, list); message != 0u;
                 message = rk_pop_message(world, record, list)) {
                rk_bury(turn, message);
            }
        }
        if (left == 0u) {
            break;
        }
        // Somebody has taken a place and is about to publish.
        left = rk_close_mailbox(world, turn->shared);
    }
    rk_store_release_gpu(turn->shared + S_MODE, MODE_CLOSED);
    rk_post_status(turn);
    rk_tell_tally(turn);
    rk_tell(turn, EVENT_CLOSED, 0u);
    turn->closed = true;
}

// Takes note of what hosts and kernels have sent. True when the actor is to be served.
RK_FN bool rk_begin(rk_turn* turn) {
    rk_u32* record = turn->record;
    // What was published before this is seen now; what comes later wakes the actor again.
    rk_and_acq_rel_gpu(turn->shared + S_WAKE, ~WAKE_NOTIFIED);
    turn->serial = record[A_SERIAL];
    turn->faults_seen = record[A_FAULTS_SEEN];
    turn->mode = record[A_MODE];
    if (rk_load_relaxed_gpu(turn->shared + S_SERIAL) != turn->serial) {
        rk_learn(turn);
        record[A_SERIAL] = turn->serial;
        record[A_FAULTS_SEEN] = turn->faults_seen;
        record[A_MODE] = turn->mode;
        rk_tell_tally(turn);
        rk_tell(turn, EVENT_SETTLED, turn->serial);
    }
    if (turn->mode == MODE_CLOSING) {
        rk_close(turn);
        return false;
    }
    rk_collect(turn);
    if (record[A_OUTBOX] != 0u) {
        rk_empty_outbox(turn, false);
    }
    return true;
}

// Gives the actor up, or puts it back at the end of the queue when it has more to do. Nothing of it may be touched after this.
RK_FN void rk_end(rk_turn* turn) {
    rk_world* world = turn->world;
    rk_u32 self = turn->self;
    const rk_u32* record = turn->record;
    rk_note_busy(turn, 0u);
    if (turn->closed) {
        // It stays scheduled, so that nobody who wakes it late puts it into a queue: its place may be another's by now.
        return;
    }
    rk_post_status(turn);
    bool blocked = record[A_OUTBOX] != 0u;
    if (blocked) {
        // Nobody says when there is room again.
        rk_pause(200u);
    }
    bool again = blocked || (rk_has_waiting(record) && rk_may_take(turn));
    if (!again && rk_cas_acq_rel_gpu(turn->shared + S_WAKE, WAKE_SCHEDULED, 0u) == WAKE_SCHEDULED) {
        return;
    }
    rk_make_ready(world, self);
}
