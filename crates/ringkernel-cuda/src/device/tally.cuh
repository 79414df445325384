// What is counted of messages between kernels. The host is told of them in sums: a host that heard of each would be slower than they are.
//
// A message is counted here when there is nothing else to say of it. The sums are told before anything else is told of the actor's
// messages, so that who hears that one is done finds all before it counted, and at the end of a turn, when they were last told a while ago.
// The ingress asks actors with untold sums for them, because they may have no other turn.

// How long an actor that always has messages keeps its sums.
#define RK_TALLY_NS 2000000ull

// Actors that a lane of the ingress asks at a time, of those whose bits are in one word.
#define RK_SWEPT 4u

RK_FN void rk_add_pair(rk_u32* words, rk_u64 value) { rk_put_pair(words, rk_pair(words) + value); }

// Tells the sums, if there are any.
RK_FN void rk_tell_tally(rk_turn* turn) {
    if (turn->record[A_TALLY] == 0u) {
        return;
    }
    rk_u32* tally = rk_at(turn->world, turn->record[A_TALLY]);
    if (tally[TALLY_HANDLED] == 0u) {
        return;
    }
    rk_u32 used = 0u;
    for (rk_u32 bucket = 0u; bucket < LATENCY_BUCKETS; bucket += 1u) {
        used += tally[TALLY_BUCKETS + bucket] != 0u ? 1u : 0u;
    }
    // Whoever hears that they were handled finds them received, and room where they were.
    rk_post_status(turn);
    rk_u32* words = rk_event(turn, EVENT_TALLY, tally[TALLY_HANDLED], 0u, TALLY_SUMS + 2u * used);
    for (rk_u32 word = 0u; word < TALLY_SUMS; word += 1u) {
        words[word] = tally[1u + word];
    }
    words += TALLY_SUMS;
    for (rk_u32 bucket = 0u; bucket < LATENCY_BUCKETS; bucket += 1u) {
        if (tally[TALLY_BUCKETS + bucket] != 0u) {
            words[0] = bucket;
            words[1] = tally[TALLY_BUCKETS + bucket];
            words += 2;
            tally[TALLY_BUCKETS + bucket] = 0u;
        }
    }
    tally[TALLY_HANDLED] = 0u;
    rk_put_pair(tally + TALLY_TOLD, rk_globaltimer());
}

// Tells them at the end of a turn, if it was asked for them, or if it is time.
RK_FN void rk_tell_tally_in_time(rk_turn* turn) {
    if (turn->record[A_TALLY] == 0u) {
        return;
    }
    rk_u32* tally = rk_at(turn->world, turn->record[A_TALLY]);
    bool is_asked = rk_load_relaxed_gpu(turn->shared + S_TELL) != 0u;
    if (is_asked) {
        rk_store_relaxed_gpu(turn->shared + S_TELL, 0u);
    }
    if (is_asked || rk_globaltimer() - rk_pair(tally + TALLY_TOLD) > RK_TALLY_NS) {
        rk_tell_tally(turn);
    }
}

// Counts the message in hand, which the actor's account pays for. False when the host has to be told of it.
RK_FN bool rk_count_in_tally(rk_turn* turn) {
    rk_u32 deeds = turn->errors | turn->dropped | turn->crossings | turn->drawn | turn->overdrawn;
    if (turn->record[A_TALLY] == 0u || turn->has_told || deeds != 0u || (turn->outcome & OUTCOME_ENDS) != 0u) {
        return false;
    }
    rk_world* world = turn->world;
    rk_u32* tally = rk_at(world, turn->record[A_TALLY]);
    rk_u64 now = rk_globaltimer(), wall = rk_wall(world), accepted = rk_pair(turn->head + H_ACCEPTED);
    rk_u64 latency = wall > accepted ? wall - accepted : 0ull;
    if (tally[TALLY_HANDLED] == 0u) {
        for (rk_u32 word = 0u; word < TALLY_SUMS; word += 1u) {
            tally[1u + word] = 0u;
        }
        rk_put_pair(tally + TALLY_LEAST, ~0ull);
        rk_or_acq_rel_gpu(rk_at(world, world->untold) + turn->self / 32u, 1u << turn->self % 32u);
    }
    tally[TALLY_HANDLED] += 1u;
    tally[TALLY_SENT] += turn->sent;
    rk_add_pair(tally + TALLY_TAKEN, now - turn->entered);
    rk_add_pair(tally + TALLY_LATENCY, latency);
    if (latency < rk_pair(tally + TALLY_LEAST)) {
        rk_put_pair(tally + TALLY_LEAST, latency);
    }
    if (latency > rk_pair(tally + TALLY_MOST)) {
        rk_put_pair(tally + TALLY_MOST, latency);
    }
    rk_u32 bucket = 64u - rk_leading_zeros<rk_u64>(latency);
    tally[TALLY_BUCKETS + (bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1u)] += 1u;
    return true;
}

// Asks some of the actors with untold sums whose bits are in this word, which no other lane looks at. With each pass over all words it begins
// at another bit, because an actor that always has messages soon has untold sums again.
RK_FN void rk_sweep(rk_world* world, rk_u32 word, rk_u32 pass) {
    rk_u32* bits = rk_at(world, world->untold) + word;
    rk_u32 untold = rk_load_relaxed_gpu(bits);
    for (rk_u32 swept = 0u; swept < RK_SWEPT && untold != 0u; swept += 1u) {
        rk_u32 start = pass * RK_SWEPT % 32u, ahead = untold >> start;
        rk_u32 bit = ahead != 0u ? start + rk_trailing_zeros<rk_u32>(ahead) : rk_trailing_zeros<rk_u32>(untold);
        untold &= ~(1u << bit);
        // Before it is asked: it may have new ones right after.
        rk_and_acq_rel_gpu(bits, ~(1u << bit));
        rk_store_relaxed_gpu(rk_shared_of(world, word * 32u + bit) + S_TELL, 1u);
        rk_wake(world, word * 32u + bit);
    }
}
