// What stands in for the hardware when a printed program runs on the CPU: goes in front of the prelude.
//
// All lanes of a grid are stacks of one thread. A lane that waits switches to the next one; lanes that all wait for ever are
// noticed and reported. So nothing here is atomic, and every run is the same.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <ucontext.h>
#include <vector>

#define __device__
#define RK_COUNT_BLOCK(rk, predicate) rk_host_count_block(rk, (predicate))
#define RK_PAUSE(rk) rk_host_yield()
#define RK_SHUFFLE(rk, lanes, value, source) rk_host_shuffle(rk, lanes, value, source)
#define RK_BALLOT(rk, lanes, predicate) rk_host_ballot(rk, lanes, predicate)
#define RK_SYNC_WARP(rk, lanes) rk_host_sync_warp(rk, lanes)

struct rk_lane;

// Where a group of lanes meets and counts.
struct rk_host_meeting {
    unsigned arrived = 0, sum = 0, result = 0;
    unsigned long long round = 0;
};

struct rk_host_fiber {
    ucontext_t context;
    bool finished = false;
    // The warp operation that the lane waits in: its mask, its value, and what it is given.
    unsigned mask = 0;
    unsigned long long value = 0;
    unsigned long long given[32];
};

struct rk_host_grid {
    std::vector<rk_host_fiber> fibers;
    std::vector<rk_host_meeting> blocks;
    rk_host_meeting grid;
    unsigned block_dim = 1, current = 0, idle = 0;
    bool hangs = false;
    ucontext_t outside;
};
static thread_local rk_host_grid* rk_host = nullptr;

// Lanes that have all been asked this many times without one getting on are stuck.
static constexpr unsigned RK_HOST_PATIENCE = 20000;

static void rk_host_switch(unsigned from, unsigned to) {
    if (from != to) {
        rk_host->current = to;
        swapcontext(&rk_host->fibers[from].context, &rk_host->fibers[to].context);
    }
}
static void rk_host_yield() {
    if (rk_host == nullptr) {
        return;
    }
    unsigned lanes = rk_host->fibers.size(), from = rk_host->current;
    if (++rk_host->idle > RK_HOST_PATIENCE * lanes) {
        rk_host->hangs = true;
        setcontext(&rk_host->outside);
    }
    for (unsigned step = 1; step <= lanes; step += 1) {
        unsigned to = (from + step) % lanes;
        if (!rk_host->fibers[to].finished) {
            rk_host_switch(from, to);
            return;
        }
    }
}
static unsigned rk_host_count(rk_host_meeting& meeting, unsigned lanes, bool predicate) {
    meeting.sum += predicate ? 1 : 0;
    rk_host->idle = 0;
    if (++meeting.arrived == lanes) {
        meeting.result = meeting.sum;
        meeting.arrived = meeting.sum = 0;
        meeting.round += 1;
        return meeting.result;
    }
    for (unsigned long long round = meeting.round; meeting.round == round;) {
        rk_host_yield();
    }
    return meeting.result;
}
static unsigned rk_host_count_block(rk_lane*, bool predicate) {
    unsigned block = rk_host->current / rk_host->block_dim;
    return rk_host_count(rk_host->blocks[block], rk_host->block_dim, predicate);
}
// The values of the lanes of a mask, once all of them are here with the same mask.
static const unsigned long long* rk_host_gather(unsigned mask, unsigned long long value) {
    unsigned own = rk_host->current;
    unsigned first = own - own % rk_host->block_dim % 32;
    rk_host_fiber* warp = &rk_host->fibers[first];
    rk_host->idle = 0;
    warp[own - first].mask = mask;
    warp[own - first].value = value;
    bool complete = true;
    for (unsigned lane = 0; lane < 32; lane += 1) {
        complete = complete && (!(mask >> lane & 1) || warp[lane].mask == mask);
    }
    for (unsigned lane = 0; complete && lane < 32; lane += 1) {
        if (mask >> lane & 1) {
            for (unsigned other = 0; other < 32; other += 1) {
                warp[lane].given[other] = mask >> other & 1 ? warp[other].value : 0;
            }
        }
    }
    for (unsigned lane = 0; complete && lane < 32; lane += 1) {
        if (mask >> lane & 1) {
            warp[lane].mask = 0;
        }
    }
    while (rk_host->fibers[own].mask != 0) {
        rk_host_yield();
    }
    return rk_host->fibers[own].given;
}
template <class T> static T rk_host_shuffle(rk_lane*, unsigned lanes, T value, unsigned source) {
    return (T)rk_host_gather(lanes, value)[source];
}
static unsigned rk_host_ballot(rk_lane*, unsigned lanes, bool predicate) {
    const unsigned long long* given = rk_host_gather(lanes, predicate);
    unsigned votes = 0;
    for (unsigned lane = 0; lane < 32; lane += 1) {
        votes |= (unsigned)(given[lane] != 0) << lane;
    }
    return votes;
}
static void rk_host_sync_warp(rk_lane*, unsigned lanes) { rk_host_gather(lanes, 0); }

static void __threadfence_block() {}
static void __threadfence() {}
static void __threadfence_system() {}

template <class T> static T rk_host_load(const T* cell) {
    rk_host_yield();
    return *cell;
}
template <class T> static void rk_host_store(T* cell, T value) {
    rk_host_yield();
    *cell = value;
}
#define RK_HOST_ATOMIC(NAME, CHANGED) \
    template <class T> static T NAME(T* cell, T value) { \
        rk_host_yield(); \
        T old = *cell; \
        *cell = CHANGED; \
        return old; \
    } \
    template <class T> static T NAME##_block(T* cell, T value) { return NAME(cell, value); }
RK_HOST_ATOMIC(atomicAdd, old + value)
RK_HOST_ATOMIC(atomicAnd, old & value)
RK_HOST_ATOMIC(atomicOr, old | value)
RK_HOST_ATOMIC(atomicXor, old ^ value)
RK_HOST_ATOMIC(atomicExch, value)
RK_HOST_ATOMIC(atomicMin, value < old ? value : old)
RK_HOST_ATOMIC(atomicMax, value > old ? value : old)
#undef RK_HOST_ATOMIC
template <class T> static T atomicCAS(T* cell, T expected, T value) {
    rk_host_yield();
    T old = *cell;
    if (old == expected) {
        *cell = value;
    }
    return old;
}
template <class T> static T atomicCAS_block(T* cell, T expected, T value) { return atomicCAS(cell, expected, value); }
