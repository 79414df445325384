// What lanes do together, and how they wait.
#pragma once

static inline void rk_sim_pause() { rk_sim->pause(rk_sim_here); }
static inline void __nanosleep(unsigned) { rk_sim_pause(); }
static inline void __trap() { rk_sim->trap(rk_sim_here); }

static inline void __syncthreads() { rk_sim->meet_block(rk_sim_here, 0); }
static inline int __syncthreads_count(int predicate) { return (int)rk_sim->meet_block(rk_sim_here, predicate != 0); }
static inline int __syncthreads_or(int predicate) { return __syncthreads_count(predicate) != 0; }
static inline int __syncthreads_and(int predicate) { return __syncthreads_count(predicate == 0) == 0; }

static inline unsigned rk_sim_own_lane() { return rk_sim_here->number % 32; }
static inline unsigned long long rk_sim_meet(rk_sim_meeting meeting, unsigned mask, unsigned long long value, unsigned source = 0) {
    return rk_sim->meet_warp(rk_sim_here, meeting, mask, value, source);
}
static inline void __syncwarp(unsigned mask = 0xffffffffu) { rk_sim_meet(RK_SIM_SYNC, mask, 0); }
static inline unsigned __ballot_sync(unsigned mask, int predicate) { return (unsigned)rk_sim_meet(RK_SIM_BALLOT, mask, predicate != 0); }
static inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
static inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }
// The lanes of a simulated warp do not run in step: each is alone.
static inline unsigned __activemask() { return 1u << rk_sim_own_lane(); }

template <class T> static inline T rk_sim_shuffle(unsigned mask, T value, unsigned source) {
    static_assert(sizeof(T) <= 8, "lanes shuffle up to 64 bits");
    unsigned long long bits = 0;
    memcpy(&bits, &value, sizeof(T));
    bits = rk_sim_meet(RK_SIM_SHUFFLE, mask, bits, source);
    memcpy(&value, &bits, sizeof(T));
    return value;
}
template <class T> static inline T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
    unsigned own = rk_sim_own_lane(), part = (unsigned)width;
    return rk_sim_shuffle(mask, value, own / part * part + (unsigned)source % part);
}
template <class T> static inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    unsigned own = rk_sim_own_lane(), inside = own % (unsigned)width;
    return rk_sim_shuffle(mask, value, delta > inside ? own : own - delta);
}
template <class T> static inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    unsigned own = rk_sim_own_lane(), inside = own % (unsigned)width;
    return rk_sim_shuffle(mask, value, delta >= (unsigned)width - inside ? own : own + delta);
}
template <class T> static inline T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
    unsigned own = rk_sim_own_lane(), source = own ^ (unsigned)bits, part = (unsigned)width;
    return rk_sim_shuffle(mask, value, source / part > own / part ? own : source);
}
static inline unsigned __reduce_add_sync(unsigned mask, unsigned value) { return (unsigned)rk_sim_meet(RK_SIM_SUM, mask, value); }
static inline unsigned __reduce_min_sync(unsigned mask, unsigned value) { return (unsigned)rk_sim_meet(RK_SIM_MIN, mask, value); }
static inline unsigned __reduce_max_sync(unsigned mask, unsigned value) { return (unsigned)rk_sim_meet(RK_SIM_MAX, mask, value); }
static inline unsigned __reduce_and_sync(unsigned mask, unsigned value) { return (unsigned)rk_sim_meet(RK_SIM_AND, mask, value); }
static inline unsigned __reduce_or_sync(unsigned mask, unsigned value) { return (unsigned)rk_sim_meet(RK_SIM_OR, mask, value); }
static inline unsigned __reduce_xor_sync(unsigned mask, unsigned value) { return (unsigned)rk_sim_meet(RK_SIM_XOR, mask, value); }
