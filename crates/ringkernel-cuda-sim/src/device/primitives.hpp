// The operations with order and scope that device text writes in PTX.
#pragma once

typedef unsigned rk_sim_word;

#define RK_SIM_LOADS(SUFFIX, SCOPE) \
    static inline rk_sim_word rk_load_acquire_##SUFFIX(const rk_sim_word* at) { \
        return rk_sim_read(at, SCOPE, __ATOMIC_ACQUIRE, "rk_load_acquire_" #SUFFIX); \
    } \
    static inline rk_sim_word rk_load_relaxed_##SUFFIX(const rk_sim_word* at) { \
        return rk_sim_read(at, SCOPE, __ATOMIC_RELAXED, "rk_load_relaxed_" #SUFFIX); \
    } \
    static inline void rk_store_release_##SUFFIX(rk_sim_word* at, rk_sim_word value) { \
        rk_sim_write(at, value, SCOPE, __ATOMIC_RELEASE, "rk_store_release_" #SUFFIX); \
    } \
    static inline void rk_store_relaxed_##SUFFIX(rk_sim_word* at, rk_sim_word value) { \
        rk_sim_write(at, value, SCOPE, __ATOMIC_RELAXED, "rk_store_relaxed_" #SUFFIX); \
    }
RK_SIM_LOADS(sys, RK_SIM_SYSTEM)
RK_SIM_LOADS(gpu, RK_SIM_DEVICE)
RK_SIM_LOADS(block, RK_SIM_BLOCK)
#undef RK_SIM_LOADS

#define RK_SIM_CHANGE_GPU(NAME, ORDER, CHANGED) \
    static inline rk_sim_word NAME(rk_sim_word* at, rk_sim_word value) { \
        return rk_sim_change(at, RK_SIM_DEVICE, ORDER, #NAME, [=](rk_sim_word old) -> rk_sim_word { return CHANGED; }); \
    }
RK_SIM_CHANGE_GPU(rk_add_relaxed_gpu, __ATOMIC_RELAXED, old + value)
RK_SIM_CHANGE_GPU(rk_add_acq_rel_gpu, __ATOMIC_ACQ_REL, old + value)
RK_SIM_CHANGE_GPU(rk_or_acq_rel_gpu, __ATOMIC_ACQ_REL, old | value)
RK_SIM_CHANGE_GPU(rk_and_acq_rel_gpu, __ATOMIC_ACQ_REL, old & value)
RK_SIM_CHANGE_GPU(rk_exchange_acq_rel_gpu, __ATOMIC_ACQ_REL, (void(old), value))
#undef RK_SIM_CHANGE_GPU
static inline rk_sim_word rk_cas_acq_rel_gpu(rk_sim_word* at, rk_sim_word expected, rk_sim_word value) {
    return rk_sim_exchange(at, expected, value, RK_SIM_DEVICE, __ATOMIC_ACQ_REL, "rk_cas_acq_rel_gpu");
}

// Sixteen bytes at once. The last word changes with every publication, so that a unit whose last word is the same before
// and after has been read in one piece.
static inline void rk_sim_load_unit(const rk_sim_word* unit, rk_sim_word out[4], rk_sim_scope scope, const char* operation) {
    rk_sim_check(unit, 16, scope, RK_SIM_READ, operation);
    for (;;) {
        rk_sim_word sequence = __atomic_load_n(unit + 3, __ATOMIC_ACQUIRE);
        for (unsigned word = 0; word < 3; word += 1) {
            out[word] = __atomic_load_n(unit + word, __ATOMIC_ACQUIRE);
        }
        out[3] = sequence;
        if (__atomic_load_n(unit + 3, __ATOMIC_RELAXED) == sequence) {
            return;
        }
    }
}
static inline void rk_load_unit_sys(const rk_sim_word* unit, rk_sim_word out[4]) {
    rk_sim_load_unit(unit, out, RK_SIM_SYSTEM, "rk_load_unit_sys");
}
static inline void rk_load_unit_gpu(const rk_sim_word* unit, rk_sim_word out[4]) {
    rk_sim_load_unit(unit, out, RK_SIM_DEVICE, "rk_load_unit_gpu");
}

// The number is stored with release: that orders as much as one fence before all units.
static inline void rk_begin_units_sys() {}
static inline void rk_store_unit_sys(rk_sim_word* unit, const rk_sim_word words[4]) {
    for (unsigned word = 0; word < 3; word += 1) {
        rk_sim_write(unit + word, words[word], RK_SIM_SYSTEM, __ATOMIC_RELAXED, "rk_store_unit_sys");
    }
    rk_sim_write(unit + 3, words[3], RK_SIM_SYSTEM, __ATOMIC_RELEASE, "rk_store_unit_sys");
}

static inline unsigned long long rk_globaltimer() { return rk_sim->nanoseconds(); }
static inline void rk_pause(unsigned) { rk_sim_pause(); }

static inline unsigned long long rk_load_relaxed64_gpu(const unsigned long long* at) {
    return rk_sim_read(at, RK_SIM_DEVICE, __ATOMIC_RELAXED, "rk_load_relaxed64_gpu");
}
static inline void rk_store_relaxed64_gpu(unsigned long long* at, unsigned long long value) {
    rk_sim_write(at, value, RK_SIM_DEVICE, __ATOMIC_RELAXED, "rk_store_relaxed64_gpu");
}

// Where some lanes of a block meet: the first ones, as many as are named.
struct rk_sim_tally {
    unsigned arrived, sum, round, result[2];
};
static inline rk_sim_tally& rk_sim_tally_of_block() {
    RK_SHARED(rk_sim_tally, tally);
    return tally;
}
static inline void rk_begin_block() {
    if (threadIdx.x == 0) {
        rk_sim_tally_of_block() = {};
    }
    __syncthreads();
}
unsigned rk_barrier_count(unsigned lanes, bool predicate) {
    static const char* const name = "rk_barrier_count";
    rk_sim_tally& tally = rk_sim_tally_of_block();
    unsigned round = rk_sim_read(&tally.round, RK_SIM_BLOCK, __ATOMIC_ACQUIRE, name);
    auto add = [](unsigned* at, unsigned value) {
        return rk_sim_change(at, RK_SIM_BLOCK, __ATOMIC_ACQ_REL, name, [=](unsigned old) { return old + value; });
    };
    add(&tally.sum, predicate ? 1u : 0u);
    if (add(&tally.arrived, 1u) == lanes - 1u) {
        tally.result[round & 1u] = tally.sum;
        tally.sum = 0u;
        tally.arrived = 0u;
        rk_sim_write(&tally.round, round + 1u, RK_SIM_BLOCK, __ATOMIC_RELEASE, name);
    }
    while (rk_sim_read(&tally.round, RK_SIM_BLOCK, __ATOMIC_ACQUIRE, name) == round) {
        rk_sim_pause();
    }
    return tally.result[round & 1u];
}
