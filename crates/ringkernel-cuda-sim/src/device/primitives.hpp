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
static inline void rk_load_unit_sys(const rk_sim_word* unit, rk_sim_word out[4]) {
    rk_sim_check(unit, 16, RK_SIM_SYSTEM, RK_SIM_READ, "rk_load_unit_sys");
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

static inline unsigned long long rk_globaltimer() { return rk_sim->nanoseconds(); }
static inline void rk_pause(unsigned) { rk_sim_pause(); }
