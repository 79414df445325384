// Messages between kernels: slots of a pool, lists of slots, rooms in mailboxes.
//
// A slot that is sent in a turn is put on the target's list for that turn and read in the next one, so that nothing that
// one lane writes is read by another in the same turn. Slots are freed a turn after they were read, for the same reason.

fn rk_slot(slot: u32) -> u32 {
    return rk_given[P_POOL] + (slot - 1u) * rk_given[P_SLOT_WORDS];
}

// A free slot, counted from 1, or 0.
fn rk_claim_slot() -> u32 {
    let words = rk_given[P_POOL_SLOTS] / 32u;
    let bits = rk_given[P_POOL_BITS];
    for (var i = 0u; i < words; i++) {
        let word = (rk_self + i) % words;
        loop {
            let taken = atomicLoad(&rk_sync[bits + word]);
            if (taken == 0xFFFFFFFFu) {
                break;
            }
            let bit = firstTrailingBit(~taken);
            let before = atomicOr(&rk_sync[bits + word], 1u << bit);
            if ((before & (1u << bit)) == 0u) {
                return word * 32u + bit + 1u;
            }
        }
    }
    return 0u;
}

fn rk_free_slot(slot: u32) {
    let bit = slot - 1u;
    atomicAnd(&rk_sync[rk_given[P_POOL_BITS] + bit / 32u], ~(1u << (bit % 32u)));
}

// Frees what was read in the turn before.
fn rk_free_read() {
    var slot = rk_own[A_FREE];
    rk_own[A_FREE] = 0u;
    while (slot != 0u) {
        let next = rk_mem[rk_slot(slot) + H_NEXT];
        rk_free_slot(slot);
        slot = next;
    }
}

fn rk_free_later(slot: u32) {
    rk_mem[rk_slot(slot) + H_NEXT] = rk_own[A_FREE];
    rk_own[A_FREE] = slot;
}

// Lists with a first and a last slot, at these words of the actor's record.
fn rk_append(list: u32, slot: u32) {
    let last = rk_own[list + 1u];
    rk_mem[rk_slot(slot) + H_NEXT] = 0u;
    if (last == 0u) {
        rk_own[list] = slot;
    } else {
        rk_mem[rk_slot(last) + H_NEXT] = slot;
    }
    rk_own[list + 1u] = slot;
}

fn rk_pop(list: u32) -> u32 {
    let slot = rk_own[list];
    if (slot != 0u) {
        let next = rk_mem[rk_slot(slot) + H_NEXT];
        rk_own[list] = next;
        if (next == 0u) {
            rk_own[list + 1u] = 0u;
        }
    }
    return slot;
}

// Takes the slots that were sent to the actor in the turn before into its own lists.
fn rk_collect(turn: u32) {
    var slot = atomicExchange(&rk_shared[rk_s + S_INBOX + ((turn + 1u) & 1u)], 0u);
    var first = 0u;
    // The newest is in front.
    while (slot != 0u) {
        let at = rk_slot(slot) + H_NEXT;
        let next = rk_mem[at];
        rk_mem[at] = first;
        first = slot;
        slot = next;
    }
    while (first != 0u) {
        let at = rk_slot(first);
        let next = rk_mem[at + H_NEXT];
        if (rk_route(rk_d, rk_mem[at + H_TYPE]) == POLLED) {
            rk_append(A_POLLED, first);
        } else {
            rk_append(A_BANDS + 2u * rk_band(rk_mem[at + H_PRIORITY]), first);
        }
        first = next;
    }
}

// The receiver's record if it is there, else 0xFFFFFFFF.
fn rk_find(receiver: vec2<u32>) -> u32 {
    if (receiver.y == 0u || receiver.x >= rk_given[P_ACTORS]) {
        return 0xFFFFFFFFu;
    }
    let d = receiver.x * A_WORDS;
    if (rk_actors[d + A_GENERATION] != receiver.y) {
        return 0xFFFFFFFFu;
    }
    let mode = atomicLoad(&rk_shared[rk_shared_at(receiver.x) + S_MODE]);
    if (mode == MODE_VACANT || mode == MODE_CLOSING || mode == MODE_CLOSED) {
        return 0xFFFFFFFFu;
    }
    return d;
}

// The count of messages from kernels in an actor's mailbox, or in its ring of polled messages.
fn rk_used(d: u32, message: u32) -> u32 {
    return rk_shared_at(d / A_WORDS) + select(S_USED, S_POLLED_USED, rk_route(d, message) == POLLED);
}

// Takes a place in a mailbox, if there is one.
fn rk_take_place(d: u32, message: u32) -> bool {
    let used = rk_used(d, message);
    var limit = rk_actors[d + A_POLLED_LIMIT];
    if (rk_route(d, message) != POLLED) {
        limit = rk_mem[rk_given[P_INGRESS] + d / A_WORDS * FEED_WORDS + FEED_LIMIT];
    }
    if (atomicAdd(&rk_shared[used], 1u) < limit) {
        return true;
    }
    atomicSub(&rk_shared[used], 1u);
    return false;
}

// Puts a slot on the receiver's list of this turn, if there is room. What is sent to oneself has taken its place already.
fn rk_deliver(d: u32, slot: u32) -> bool {
    let at = rk_slot(slot);
    if (d != rk_d && !rk_take_place(d, rk_mem[at + H_TYPE])) {
        return false;
    }
    let s = rk_shared_at(d / A_WORDS);
    atomicAdd(&rk_shared[s + S_RECEIVED], 1u);
    let turn = rk_given[P_TURN] + rk_turn.x;
    // Only the receiver reads the list, and not in this turn: the exchange orders nothing but itself.
    rk_mem[at + H_NEXT] = atomicExchange(&rk_shared[s + S_INBOX + (turn & 1u)], slot);
    atomicAdd(&rk_shared[G_MORE + rk_turn.x], 1u);
    return true;
}

// The address of the kernel that has a name for the actor's tenant, or of another tenant's.
fn rk_named(name: u32) -> vec2<u32> {
    let names = rk_given[P_NAMES];
    return rk_mem2(names + 2u + 2u * (rk_own[A_TENANT] * rk_mem[names] + name));
}

// Counts a message against what the tenant may send; false when that is used up.
fn rk_draw() -> bool {
    let rate = rk_own[A_RATE];
    if (rate == 0u) {
        return true;
    }
    let at = rk_given[P_RATES] + rate - 1u;
    var left = atomicLoad(&rk_sync[at]);
    while (left != 0u) {
        let tried = atomicCompareExchangeWeak(&rk_sync[at], left, left - 1u);
        if (tried.exchanged) {
            rk_own[A_DRAWN] += 1u;
            return true;
        }
        left = tried.old_value;
    }
    rk_own[A_OVERDRAWN] += 1u;
    return false;
}

// A slot in the outbox for a message to a kernel, or 0 with the reason in `rk_refusal`. What is sent to oneself takes its place
// in the mailbox at once, because nobody else could make room.
fn rk_outgoing(op: u32, receiver: vec2<u32>, message: u32, bytes: u32) -> u32 {
    let d = rk_find(receiver);
    let outside = receiver.y >= PUBLISHED;
    let itself = receiver.x == rk_self && !outside;
    var refusal = 0u;
    if ((rk_own[A_FLAGS] & FLAG_K2K) == 0u && receiver.y != PUBLISHED) {
        refusal = REFUSED_NOT_ENABLED;
    } else if (outside) {
        // Whether somebody has it, and takes it, the host finds out.
        refusal = select(0u, REFUSED_TOO_LARGE, H_WORDS + rk_words(bytes) > rk_given[P_SLOT_WORDS]);
    } else if (d == 0xFFFFFFFFu) {
        refusal = REFUSED_NOT_FOUND;
    } else if (rk_actors[d + A_TENANT] != rk_own[A_TENANT]) {
        refusal = REFUSED_TENANT;
        rk_own[A_CROSSINGS] += 1u;
        rk_own[A_CROSSED_TO] = receiver.x;
        rk_own[A_CROSSED_TO + 1u] = receiver.y;
    } else if ((rk_actors[d + A_FLAGS] & FLAG_K2K) == 0u) {
        refusal = REFUSED_NOT_FOUND;
    } else if (rk_route(d, message) == 0u) {
        refusal = REFUSED_UNHANDLED;
    } else if (bytes > rk_actors[d + A_MAX_BYTES] || H_WORDS + rk_words(bytes) > rk_given[P_SLOT_WORDS]) {
        refusal = REFUSED_TOO_LARGE;
    }
    if (refusal == 0u && rk_own[A_OUTBOX_LENGTH] >= OUTBOX_CAPACITY) {
        refusal = REFUSED_OUTBOX_FULL;
    }
    if (refusal == 0u && itself && !rk_take_place(rk_d, message)) {
        refusal = REFUSED_OWN_MAILBOX_FULL;
    }
    if (refusal != 0u) {
        rk_refusal = refusal;
        return 0u;
    }
    let slot = rk_claim_slot();
    // Answers are not counted: whoever asked has paid for them.
    let draws = op != OP_ANSWER && op != OP_REPLY;
    if (slot == 0u) {
        refusal = REFUSED_OUTBOX_FULL;
    } else if (draws && !rk_draw()) {
        refusal = REFUSED_QUOTA;
        rk_free_slot(slot);
    }
    if (refusal != 0u) {
        rk_refusal = refusal;
        if (itself) {
            atomicSub(&rk_shared[rk_used(rk_d, message)], 1u);
        }
        return 0u;
    }
    rk_append(A_OUTBOX, slot);
    rk_own[A_OUTBOX_LENGTH] += 1u;
    return slot;
}

// Empties a list: delivers what is in the outbox, in order for each receiver, as far as there is room. What has waited too long is a
// dead letter, and when the actor closes, everything that is left. False when there was no room for an event.
fn rk_empty(list: u32, closing: bool) -> bool {
    var full = array<u32, FULL_TARGETS>();
    var full_count = 0u;
    // What is put back stands behind the last one that was there.
    let last = rk_own[list + 1u];
    loop {
        let slot = rk_pop(list);
        if (slot == 0u) {
            break;
        }
        let at = rk_slot(slot);
        let receiver = rk_mem2(at + H_TARGET);
        var reason = select(0u, DEAD_CLOSED, closing);
        var gone = false;
        if (list == A_OUTBOX) {
            reason = select(0u, DEAD_QUEUE_FULL, closing || rk_less(rk_mem2(at + H_PATIENCE), rk_given2(P_NOW)));
            let d = rk_find(receiver);
            // What is polled has places of its own.
            let polled = d != 0xFFFFFFFFu && rk_route(d, rk_mem[at + H_TYPE]) == POLLED;
            let mailbox = receiver.x * 2u + select(0u, 1u, polled);
            var blocked = full_count == FULL_TARGETS;
            for (var j = 0u; j < full_count; j++) {
                blocked = blocked || full[j] == mailbox;
            }
            if (d == 0xFFFFFFFFu) {
                reason = DEAD_CLOSED;
            } else if (!blocked) {
                gone = rk_deliver(d, slot);
                if (!gone) {
                    full[full_count] = mailbox;
                    full_count += 1u;
                }
            }
        }
        if (!gone && reason != 0u) {
            // A dead letter for the host, and its slot back.
            let words = H_WORDS + rk_words(rk_mem[at + H_BYTES]);
            if (rk_reserve(EVENT_WORDS + words)) {
                let copy = rk_emit(EVENT_DEAD, EVENT_WORDS + words, reason);
                for (var i = 0u; i < words; i++) {
                    rk_mem[copy + i] = rk_mem[at + i];
                }
                rk_free_later(slot);
                gone = true;
            }
        }
        if (gone && list == A_OUTBOX) {
            rk_own[A_OUTBOX_LENGTH] -= 1u;
        }
        if (!gone) {
            rk_append(list, slot);
        }
        if (slot == last) {
            break;
        }
    }
    return rk_own[list] == 0u;
}

// The next polled message of this type from a kernel.
fn rk_poll(by_name: u32, a: u32, b: u32, message: u32) -> u32 {
    if (!rk_alone()) {
        return 0u;
    }
    var source = vec2<u32>(a, b);
    if (by_name != 0u) {
        source = rk_named(a);
    }
    var before = 0u;
    var slot = rk_own[A_POLLED];
    while (slot != 0u) {
        let at = rk_slot(slot);
        let next = rk_mem[at + H_NEXT];
        if (rk_mem[at + H_TYPE] == message && all(rk_mem2(at + H_SENDER) == source)) {
            if (before == 0u) {
                rk_own[A_POLLED] = next;
            } else {
                rk_mem[rk_slot(before) + H_NEXT] = next;
            }
            if (next == 0u) {
                rk_own[A_POLLED + 1u] = before;
            }
            atomicSub(&rk_shared[rk_s + S_POLLED_USED], 1u);
            rk_free_later(slot);
            return at + H_WORDS;
        }
        before = slot;
        slot = next;
    }
    return 0u;
}
