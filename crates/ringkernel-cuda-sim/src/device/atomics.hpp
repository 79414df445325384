// Words that lanes share: checked for who may see them, then done by the atomics of this machine.
//
// A lane that looks at shared words again and again makes way for the other lanes of its block from time to time, also
// when it never pauses: on a device those run beside it.
#pragma once

static constexpr unsigned RK_SIM_PATIENCE = 64;

static inline void rk_sim_check(const volatile void* at, unsigned bytes, rk_sim_scope scope, rk_sim_access access, const char* operation) {
    rk_sim_lane* lane = rk_sim_here;
    unsigned long long address = (unsigned long long)at;
    if (__builtin_expect((address & (bytes - 1)) != 0, 0)) {
        rk_sim->refuse(lane, operation, (const void*)at, "the address is not a multiple of the size");
    }
    bool elsewhere = address - rk_sim->device_first >= rk_sim->device_bytes &&
                     address - (unsigned long long)lane->static_shared >= lane->static_shared_bytes &&
                     address - (unsigned long long)lane->dynamic_shared >= lane->dynamic_shared_bytes;
    if (access != RK_SIM_WRITE) {
        lane->looked_at[lane->looks++ % 4] = rk_sim_place(at);
        lane->looked_at_host |= elsewhere;
    }
    if (elsewhere && (scope != RK_SIM_SYSTEM || access == RK_SIM_CHANGE)) {
        rk_sim->check(lane, operation, (const void*)at, scope, access);
    }
    if (--lane->patience == 0) {
        lane->patience = RK_SIM_PATIENCE;
        rk_sim->pause(lane);
    }
}

// After a word has changed.
static inline void rk_sim_changed(const volatile void* at) {
    rk_sim_lane* lane = rk_sim_here;
    lane->progressed = 1;
    unsigned block = __atomic_load_n(lane->awaited + rk_sim_place(at), __ATOMIC_RELAXED);
    if (block != 0) {
        rk_sim->wake(block - 1);
    }
}

template <class T> static inline T rk_sim_read(const T* at, rk_sim_scope scope, int order, const char* operation) {
    rk_sim_check(at, sizeof(T), scope, RK_SIM_READ, operation);
    return __atomic_load_n(at, order);
}
template <class T> static inline void rk_sim_write(T* at, T value, rk_sim_scope scope, int order, const char* operation) {
    rk_sim_check(at, sizeof(T), scope, RK_SIM_WRITE, operation);
    __atomic_store_n(at, value, order);
    rk_sim_changed(at);
}
// Replaces the word by what `change` makes of it, and gives the old one.
template <class T, class Change>
static inline T rk_sim_change(T* at, rk_sim_scope scope, int order, const char* operation, Change change) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "atomic operations are on 32 and 64 bits");
    rk_sim_check(at, sizeof(T), scope, RK_SIM_CHANGE, operation);
    T old, changed;
    __atomic_load(at, &old, __ATOMIC_RELAXED);
    do {
        changed = change(old);
    } while (!__atomic_compare_exchange(at, &old, &changed, true, order, __ATOMIC_RELAXED));
    if (memcmp(&old, &changed, sizeof(T)) != 0) {
        rk_sim_changed(at);
    }
    return old;
}
template <class T> static inline T rk_sim_exchange(T* at, T expected, T value, rk_sim_scope scope, int order, const char* operation) {
    rk_sim_check(at, sizeof(T), scope, RK_SIM_CHANGE, operation);
    if (__atomic_compare_exchange_n(at, &expected, value, false, order, order == __ATOMIC_ACQ_REL ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED)) {
        rk_sim_changed(at);
    }
    return expected;
}

#define RK_SIM_ATOMIC(NAME, SCOPE, CHANGED) \
    template <class T> static inline T NAME(T* at, typename rk_sim_as_is<T>::type value) { \
        return rk_sim_change(at, SCOPE, __ATOMIC_RELAXED, #NAME, [=](T old) -> T { return CHANGED; }); \
    }
#define RK_SIM_ATOMICS(SUFFIX, SCOPE) \
    RK_SIM_ATOMIC(atomicAdd##SUFFIX, SCOPE, (T)(old + value)) \
    RK_SIM_ATOMIC(atomicSub##SUFFIX, SCOPE, (T)(old - value)) \
    RK_SIM_ATOMIC(atomicAnd##SUFFIX, SCOPE, old & value) \
    RK_SIM_ATOMIC(atomicOr##SUFFIX, SCOPE, old | value) \
    RK_SIM_ATOMIC(atomicXor##SUFFIX, SCOPE, old ^ value) \
    RK_SIM_ATOMIC(atomicExch##SUFFIX, SCOPE, (void(old), value)) \
    RK_SIM_ATOMIC(atomicMin##SUFFIX, SCOPE, value < old ? value : old) \
    RK_SIM_ATOMIC(atomicMax##SUFFIX, SCOPE, value > old ? value : old) \
    template <class T> \
    static inline T atomicCAS##SUFFIX(T* at, typename rk_sim_as_is<T>::type expected, typename rk_sim_as_is<T>::type value) { \
        return rk_sim_exchange<T>(at, expected, value, SCOPE, __ATOMIC_RELAXED, "atomicCAS" #SUFFIX); \
    }
RK_SIM_ATOMICS(, RK_SIM_DEVICE)
RK_SIM_ATOMICS(_block, RK_SIM_BLOCK)
RK_SIM_ATOMICS(_system, RK_SIM_SYSTEM)
#undef RK_SIM_ATOMICS
#undef RK_SIM_ATOMIC

// What the generated text for atomic cells asks for outside of CUDA.
template <class T> static inline T rk_host_load(const T* cell) { return rk_sim_read(cell, RK_SIM_DEVICE, __ATOMIC_RELAXED, "a load of an atomic cell"); }
template <class T> static inline void rk_host_store(T* cell, T value) { rk_sim_write(cell, value, RK_SIM_DEVICE, __ATOMIC_RELAXED, "a store to an atomic cell"); }

// ThreadSanitizer does not know fences. One word through which all of them pass orders what they order, and more.
#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
static char rk_sim_fence_word = 0;
static inline void rk_sim_fence() {
    __tsan_release(&rk_sim_fence_word);
    __tsan_acquire(&rk_sim_fence_word);
}
#else
static inline void rk_sim_fence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
#endif
static inline void __threadfence_block() { rk_sim_fence(); }
static inline void __threadfence() { rk_sim_fence(); }
static inline void __threadfence_system() { rk_sim_fence(); }
