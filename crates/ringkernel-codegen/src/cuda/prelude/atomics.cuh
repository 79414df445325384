// Atomic cells. Each operation is one step within its scope, and orders nothing else.

struct rk_block_scope {};
struct rk_device_scope {};

template <class Scope> struct rk_atomic;
#define RK_ATOMICS(SCOPE, SUFFIX, PTX) \
    template <> struct rk_atomic<SCOPE> { \
        static RK_FN rk_u32 load(const rk_u32* cell) { RK_LOAD(rk_u32, "u32", "=r", PTX) } \
        static RK_FN rk_u64 load(const rk_u64* cell) { RK_LOAD(rk_u64, "u64", "=l", PTX) } \
        static RK_FN void store(rk_u32* cell, rk_u32 value) { RK_STORE("u32", "r", PTX) } \
        static RK_FN void store(rk_u64* cell, rk_u64 value) { RK_STORE("u64", "l", PTX) } \
        static RK_FN rk_u32 add(rk_u32* cell, rk_u32 value) { return atomicAdd##SUFFIX(cell, value); } \
        static RK_FN rk_u64 add(rk_u64* cell, rk_u64 value) { return atomicAdd##SUFFIX(cell, value); } \
        static RK_FN rk_u32 band(rk_u32* cell, rk_u32 value) { return atomicAnd##SUFFIX(cell, value); } \
        static RK_FN rk_u64 band(rk_u64* cell, rk_u64 value) { return atomicAnd##SUFFIX(cell, value); } \
        static RK_FN rk_u32 bor(rk_u32* cell, rk_u32 value) { return atomicOr##SUFFIX(cell, value); } \
        static RK_FN rk_u64 bor(rk_u64* cell, rk_u64 value) { return atomicOr##SUFFIX(cell, value); } \
        static RK_FN rk_u32 bxor(rk_u32* cell, rk_u32 value) { return atomicXor##SUFFIX(cell, value); } \
        static RK_FN rk_u64 bxor(rk_u64* cell, rk_u64 value) { return atomicXor##SUFFIX(cell, value); } \
        static RK_FN rk_u32 swap(rk_u32* cell, rk_u32 value) { return atomicExch##SUFFIX(cell, value); } \
        static RK_FN rk_u64 swap(rk_u64* cell, rk_u64 value) { return atomicExch##SUFFIX(cell, value); } \
        static RK_FN rk_u32 exchange(rk_u32* cell, rk_u32 old, rk_u32 value) { return atomicCAS##SUFFIX(cell, old, value); } \
        static RK_FN rk_u64 exchange(rk_u64* cell, rk_u64 old, rk_u64 value) { return atomicCAS##SUFFIX(cell, old, value); } \
        template <class T> static RK_FN T smallest(T* cell, T value) { return atomicMin##SUFFIX(cell, value); } \
        template <class T> static RK_FN T largest(T* cell, T value) { return atomicMax##SUFFIX(cell, value); } \
    };
#ifdef __CUDACC__
#define RK_LOAD(T, TYPE, LETTER, PTX) \
    T value; \
    asm volatile("ld.relaxed." PTX "." TYPE " %0, [%1];" : LETTER(value) : "l"(cell) : "memory"); \
    return value;
#define RK_STORE(TYPE, LETTER, PTX) \
    asm volatile("st.relaxed." PTX "." TYPE " [%0], %1;" : : "l"(cell), LETTER(value) : "memory");
#else
#define RK_LOAD(T, TYPE, LETTER, PTX) return rk_host_load(cell);
#define RK_STORE(TYPE, LETTER, PTX) rk_host_store(cell, value);
#endif
RK_ATOMICS(rk_block_scope, _block, "cta")
RK_ATOMICS(rk_device_scope, , "gpu")
#undef RK_ATOMICS
#undef RK_LOAD
#undef RK_STORE

// The integer without sign that has the bits of a cell.
template <rk_u32 BYTES> struct rk_word;
template <> struct rk_word<4u> {
    typedef rk_u32 Type;
};
template <> struct rk_word<8u> {
    typedef rk_u64 Type;
};
#define RK_WORD(T) typename rk_word<sizeof(T)>::Type

template <class Scope, class T> RK_FN T rk_cell_load(T* cell) {
    return rk_bitcast<T>(rk_atomic<Scope>::load((const RK_WORD(T)*)cell));
}
template <class Scope, class T> RK_FN void rk_cell_store(T* cell, T value) {
    rk_atomic<Scope>::store((RK_WORD(T)*)cell, rk_bitcast<RK_WORD(T)>(value));
}
template <class Scope, class T> RK_FN T rk_cell_swap(T* cell, T value) {
    return rk_bitcast<T>(rk_atomic<Scope>::swap((RK_WORD(T)*)cell, rk_bitcast<RK_WORD(T)>(value)));
}
template <class Scope, class T> RK_FN T rk_cell_exchange(T* cell, T old, T value) {
    RK_WORD(T)* word = (RK_WORD(T)*)cell;
    return rk_bitcast<T>(rk_atomic<Scope>::exchange(word, rk_bitcast<RK_WORD(T)>(old), rk_bitcast<RK_WORD(T)>(value)));
}
template <class Scope, class T> RK_FN T rk_cell_add(T* cell, T value) {
    return (T)rk_atomic<Scope>::add((RK_WORD(T)*)cell, (RK_WORD(T))value);
}
// The hardware's own addition of floats may flush subnormal numbers.
template <class Scope> RK_FN rk_f32 rk_cell_add(rk_f32* cell, rk_f32 value) {
    rk_u32* word = (rk_u32*)cell;
    rk_u32 old = rk_atomic<Scope>::load(word);
    for (;;) {
        rk_u32 sum = rk_bitcast<rk_u32>(rk_bitcast<rk_f32>(old) + value);
        rk_u32 found = rk_atomic<Scope>::exchange(word, old, sum);
        if (found == old) {
            return rk_bitcast<rk_f32>(old);
        }
        old = found;
    }
}
template <class Scope, class T> RK_FN T rk_cell_subtract(T* cell, T value) {
    return rk_cell_add<Scope>(cell, rk_negate<T>(value));
}
template <class Scope, class T> RK_FN T rk_cell_and(T* cell, T value) {
    return (T)rk_atomic<Scope>::band((RK_WORD(T)*)cell, (RK_WORD(T))value);
}
template <class Scope, class T> RK_FN T rk_cell_or(T* cell, T value) {
    return (T)rk_atomic<Scope>::bor((RK_WORD(T)*)cell, (RK_WORD(T))value);
}
template <class Scope, class T> RK_FN T rk_cell_xor(T* cell, T value) {
    return (T)rk_atomic<Scope>::bxor((RK_WORD(T)*)cell, (RK_WORD(T))value);
}
template <class Scope, class T> RK_FN T rk_cell_min(T* cell, T value) {
    return rk_atomic<Scope>::template smallest<T>(cell, value);
}
template <class Scope, class T> RK_FN T rk_cell_max(T* cell, T value) {
    return rk_atomic<Scope>::template largest<T>(cell, value);
}
#undef RK_WORD
