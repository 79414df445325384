// The warp that reads what the host sends, and nobody else does: commands in units of 16 bytes. Each lane looks at one unit, so that
// one access over the bus brings many, each with its own sequence number. It waits for nobody but the host.

// Units that are looked at together; with the same access the last lane looks at how far the host has read. A look is one way over the
// bus and back.
#define RK_UNITS 31u

struct rk_ingress {
    // Units read over all laps.
    rk_u32 read;
    rk_u32 told;
    // What a command still writes, and where.
    rk_u32 write_at;
    rk_u32 write_left;
    // How often the timer was asked for.
    rk_u32 pongs;
    // How far the host has read, as far as this lane has passed it on.
    rk_u32 egress_read;
    // Whether the host has said stop. Workers see it in memory, which nobody else writes.
    bool stops;
};

RK_FN rk_u32 rk_units_of(rk_u32 command) {
    switch (command & 0xffu) {
        case COMMAND_DELIVER: return 2u;
        case COMMAND_SET: return 3u;
        default: return 1u;
    }
}

// Makes a message known to an actor.
RK_FN void rk_command_deliver(rk_world* world, const rk_u32* words) {
    rk_u32 actor = words[1];
    rk_u32* shared = rk_shared_of(world, actor);
    rk_store_relaxed_gpu(shared + S_LIMIT, words[3]);
    rk_store_relaxed_gpu(shared + S_ROOM, words[4]);
    rk_publish(world, actor, words[2]);
}

// Tells an actor what the host wants of it.
RK_FN void rk_command_set(rk_world* world, const rk_u32* words) {
    rk_u32 actor = words[1], mode = words[2];
    rk_u32* shared = rk_shared_of(world, actor);
    rk_u32 before = rk_load_relaxed_gpu(shared + S_MODE);
    rk_store_relaxed_gpu(shared + S_LIMIT, words[3]);
    rk_store_relaxed_gpu(shared + S_ROOM, words[4]);
    // Whoever sees one of these sees what was written before it: the record, the state, and the ones in front.
    rk_store_release_gpu(shared + S_MODE, mode);
    rk_store_release_gpu(shared + S_FAULTS_SEEN, words[5]);
    rk_store_release_gpu(shared + S_SERIAL, words[6]);
    if (mode == MODE_VACANT) {
        return;
    }
    if (before == MODE_VACANT) {
        // A new actor. Its place has stayed scheduled, and its mailbox closed.
        rk_and_acq_rel_gpu(shared + S_USED, ~CLOSED_MAILBOX);
        rk_and_acq_rel_gpu(shared + S_POLLED_USED, ~CLOSED_MAILBOX);
        rk_make_ready(world, actor);
        return;
    }
    rk_wake(world, actor);
}

// Sets the clock, and shows the timer.
RK_FN void rk_command_clock(rk_world* world, rk_u64 offset, rk_u32 pongs) {
    rk_store_relaxed64_gpu((rk_u64*)rk_at(world, G_CLOCK_OFFSET), offset);
    rk_u64 time = rk_globaltimer();
    rk_store_relaxed_sys(world->board + BOARD_TIME, (rk_u32)time);
    rk_store_relaxed_sys(world->board + BOARD_TIME + 1u, (rk_u32)(time >> 32));
    rk_store_release_sys(world->board + BOARD_PONGS, pongs);
}

// Carries out the commands in `units` units of three words. All lanes take the same way. Gives how many units are done with.
RK_FN rk_u32 rk_obey(rk_world* world, rk_ingress* ingress, const rk_u32* words, rk_u32 units, rk_u32 lane) {
    rk_u32 unit = 0u;
    while (unit < units) {
        const rk_u32* command = words + 3u * unit;
        if (ingress->write_left != 0u) {
            rk_u32 given = 3u * (units - unit);
            rk_u32 count = ingress->write_left < given ? ingress->write_left : given;
            for (rk_u32 word = lane; word < count; word += 32u) {
                rk_store_relaxed_gpu(rk_at(world, ingress->write_at) + word, command[word]);
            }
            ingress->write_at += count;
            ingress->write_left -= count;
            unit += (count + 2u) / 3u;
            continue;
        }
        rk_u32 needed = rk_units_of(command[0]);
        if (unit + needed > units) {
            break;
        }
        // What other lanes have written is published by the first one.
        __syncwarp();
        switch (command[0] & 0xffu) {
            case COMMAND_WRITE:
                ingress->write_at = command[1];
                ingress->write_left = command[2];
                break;
            case COMMAND_DELIVER:
                if (lane == 0u) {
                    rk_command_deliver(world, command);
                }
                break;
            case COMMAND_SET:
                if (lane == 0u) {
                    rk_command_set(world, command);
                }
                break;
            case COMMAND_CLOCK:
                ingress->pongs += 1u;
                if (lane == 0u) {
                    rk_command_clock(world, rk_pair(command + 1), ingress->pongs);
                }
                break;
            default:
                for (rk_u32 copy = lane; copy < STOP_COPIES; copy += 32u) {
                    rk_store_release_gpu(rk_at(world, G_STOP + copy * STOP_WORDS), 1u);
                }
                // What follows is for the next launch of the grid.
                ingress->stops = true;
                units = 0u;
        }
        unit += needed;
    }
    __syncwarp();
    return unit;
}

// Shows the host that the grid is alive, and what workers do, from this word on to that one.
RK_FN void rk_beat(rk_world* world, rk_u32 lane, rk_u32 from, rk_u32 to, rk_u32 beats) {
    for (rk_u32 word = from + lane; word < to; word += 32u) {
        rk_store_relaxed_sys(world->board + BOARD_BUSY + word, rk_load_relaxed_gpu(rk_at(world, world->busy) + word));
    }
    __syncwarp();
    if (lane == 0u) {
        rk_store_release_sys(world->board + BOARD_BEATS, beats);
    }
}

// Actors that were scheduled when the grid stopped are put into the queues again: each lane sees to some of them.
RK_FN void rk_resume_actors(rk_world* world, rk_u32 lane) {
    for (rk_u32 actor = lane; actor < world->places; actor += 32u) {
        rk_u32* shared = rk_shared_of(world, actor);
        rk_u32 mode = rk_load_relaxed_gpu(shared + S_MODE);
        rk_store_relaxed_gpu(shared + S_GATHERING, 0u);
        rk_store_relaxed_gpu(shared + S_JOINED, 0u);
        if (mode != MODE_VACANT && mode != MODE_CLOSED && (rk_load_acquire_gpu(shared + S_WAKE) & WAKE_SCHEDULED) != 0u) {
            rk_make_ready(world, actor);
        }
    }
}

struct rk_ingress_words {
    rk_u32 words[3u * RK_UNITS];
};

RK_FN void rk_run_ingress(rk_world* world, rk_u32* words) {
    rk_u32 lane = threadIdx.x % 32u;
    rk_u32* global = rk_at(world, 0u);
    rk_u32 busy_words = world->workers * BUSY_WORDS, shown = 0u;
    rk_u32 untold_words = world->places / 32u, swept = 0u, pass = 0u;
    rk_ingress ingress = {global[G_INGRESS_READ], global[G_INGRESS_READ], 0u, 0u, 0u, global[G_EGRESS_READ], false};
    rk_resume_actors(world, lane);
    __syncwarp();
    if (lane == 0u) {
        rk_store_release_sys(world->board + BOARD_STARTED, world->epoch);
        rk_store_release_gpu(global + G_RESUMED, world->epoch);
    }
    rk_u64 last_beat = 0ull;
    rk_u32 beats = 0u, idle = 0u;
    for (;;) {
        // While workers leave, the way to the host has to stay open, and the trap be seen.
        rk_u32 left = ingress.stops && lane == 0u ? rk_load_acquire_gpu(global + G_LEFT) : 0u;
        if (ingress.stops && __shfl_sync(0xffffffffu, left, 0) == world->workers) {
            break;
        }
        rk_u32 number = ingress.read + lane;
        const rk_u32* there = lane < RK_UNITS ? world->ingress + (rk_u64)(number % world->ingress_units) * 4u : world->board;
        rk_u32 unit[4];
        rk_load_unit_sys(there, unit);
        bool valid = lane < RK_UNITS && !ingress.stops && unit[3] == number + 1u;
        if (lane == RK_UNITS) {
            if (unit[BOARD_EGRESS_READ] != ingress.egress_read) {
                ingress.egress_read = unit[BOARD_EGRESS_READ];
                rk_store_release_gpu(global + G_EGRESS_READ, ingress.egress_read);
            }
            if (unit[BOARD_TRAP] != 0u) {
                __trap();
            }
        }
        for (rk_u32 word = 0u; word < 3u && lane < RK_UNITS; word += 1u) {
            words[3u * lane + word] = unit[word];
        }
        // How many units in front have come.
        rk_u32 missing = ~__ballot_sync(0xffffffffu, valid);
        rk_u32 units = rk_trailing_zeros<rk_u32>(missing);
        __syncwarp();
        rk_u32 done = units == 0u ? 0u : rk_obey(world, &ingress, words, units, lane);
        ingress.read += done;
        idle = done != 0u ? 0u : idle + 1u;
        rk_u32 untold = ingress.read - ingress.told;
        if (untold != 0u && (idle != 0u || untold >= world->ingress_units / 8u)) {
            if (lane == 0u) {
                rk_store_release_sys(world->board + BOARD_INGRESS_READ, ingress.read);
            }
            ingress.told = ingress.read;
        }
        if (idle > 16u) {
            rk_pause(idle < 1000u ? 50u : 500u);
        }
        // All lanes agree on the time.
        rk_u64 now = rk_globaltimer();
        now = __shfl_sync(0xffffffffu, now, 0);
        if (now - last_beat > BEAT_NS) {
            last_beat = now;
            beats += 1u;
            rk_u32 to = shown + BEAT_WORDS < busy_words ? shown + BEAT_WORDS : busy_words;
            rk_beat(world, lane, shown, to, beats);
            shown = to < busy_words ? to : 0u;
            if (swept + lane < untold_words && !ingress.stops) {
                rk_sweep(world, swept + lane, pass);
            }
            swept += 32u;
            if (swept >= untold_words) {
                swept = 0u;
                pass += 1u;
            }
        }
    }
    rk_beat(world, lane, 0u, busy_words, beats + 1u);
    if (lane == 0u) {
        global[G_INGRESS_READ] = ingress.read;
        rk_store_release_sys(world->board + BOARD_INGRESS_READ, ingress.read);
    }
}
