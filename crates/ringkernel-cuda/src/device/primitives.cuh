// Loads, stores and atomic operations with their order and scope, by the names that the rest of the runtime uses. Scope `sys`
// reaches the host, `gpu` all blocks. On the CPU the simulated compiler defines the same names.

#ifdef __CUDACC__

#define RK_LOAD_AS(NAME, ORDER) \
    RK_FN rk_u32 NAME(const rk_u32* word) { \
        rk_u32 value; \
        asm volatile("ld." ORDER ".global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory"); \
        return value; \
    }
RK_LOAD_AS(rk_load_relaxed_gpu, "relaxed.gpu")
RK_LOAD_AS(rk_load_acquire_gpu, "acquire.gpu")
RK_LOAD_AS(rk_load_relaxed_sys, "relaxed.sys")
RK_LOAD_AS(rk_load_acquire_sys, "acquire.sys")
#undef RK_LOAD_AS

#define RK_STORE_AS(NAME, ORDER) \
    RK_FN void NAME(rk_u32* word, rk_u32 value) { \
        asm volatile("st." ORDER ".global.u32 [%0], %1;" : : "l"(word), "r"(value) : "memory"); \
    }
RK_STORE_AS(rk_store_relaxed_gpu, "relaxed.gpu")
RK_STORE_AS(rk_store_release_gpu, "release.gpu")
RK_STORE_AS(rk_store_relaxed_sys, "relaxed.sys")
RK_STORE_AS(rk_store_release_sys, "release.sys")
#undef RK_STORE_AS

// Each gives the value before.
#define RK_CHANGE_AS(NAME, OPERATION) \
    RK_FN rk_u32 NAME(rk_u32* word, rk_u32 operand) { \
        rk_u32 before; \
        asm volatile("atom." OPERATION " %0, [%1], %2;" : "=r"(before) : "l"(word), "r"(operand) : "memory"); \
        return before; \
    }
RK_CHANGE_AS(rk_add_relaxed_gpu, "relaxed.gpu.global.add.u32")
RK_CHANGE_AS(rk_add_acq_rel_gpu, "acq_rel.gpu.global.add.u32")
RK_CHANGE_AS(rk_or_acq_rel_gpu, "acq_rel.gpu.global.or.b32")
RK_CHANGE_AS(rk_and_acq_rel_gpu, "acq_rel.gpu.global.and.b32")
RK_CHANGE_AS(rk_exchange_acq_rel_gpu, "acq_rel.gpu.global.exch.b32")
#undef RK_CHANGE_AS

RK_FN rk_u32 rk_cas_acq_rel_gpu(rk_u32* word, rk_u32 expected, rk_u32 value) {
    rk_u32 before;
    asm volatile("atom.acq_rel.gpu.global.cas.b32 %0, [%1], %2, %3;"
                 : "=r"(before)
                 : "l"(word), "r"(expected), "r"(value)
                 : "memory");
    return before;
}

RK_FN rk_u64 rk_load_relaxed64_gpu(const rk_u64* word) {
    rk_u64 value;
    asm volatile("ld.relaxed.gpu.global.u64 %0, [%1];" : "=l"(value) : "l"(word) : "memory");
    return value;
}

RK_FN void rk_store_relaxed64_gpu(rk_u64* word, rk_u64 value) {
    asm volatile("st.relaxed.gpu.global.u64 [%0], %1;" : : "l"(word), "l"(value) : "memory");
}

// 16 bytes in one access, so that they fit together: the sequence number is the last word. Where there is no such access, the sequence
// number comes first, and orders the others behind it.
#if __CUDA_ARCH__ >= 900
#define RK_LOAD_UNIT(SCOPE) \
    RK_FN void rk_load_unit_##SCOPE(const rk_u32* unit, rk_u32* words) { \
        asm volatile("{ .reg .b128 unit; .reg .b64 low, high;\n" \
                     "  ld.acquire." #SCOPE ".global.b128 unit, [%4];\n" \
                     "  mov.b128 {low, high}, unit;\n" \
                     "  mov.b64 {%0, %1}, low;\n" \
                     "  mov.b64 {%2, %3}, high; }" \
                     : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3]) \
                     : "l"(unit) \
                     : "memory"); \
    }
#else
#define RK_LOAD_UNIT(SCOPE) \
    RK_FN void rk_load_unit_##SCOPE(const rk_u32* unit, rk_u32* words) { \
        words[3] = rk_load_acquire_##SCOPE(unit + 3); \
        words[0] = rk_load_relaxed_##SCOPE(unit); \
        words[1] = rk_load_relaxed_##SCOPE(unit + 1); \
        words[2] = rk_load_relaxed_##SCOPE(unit + 2); \
    }
#endif
RK_LOAD_UNIT(gpu)
RK_LOAD_UNIT(sys)
#undef RK_LOAD_UNIT

// Units for the host: each is stored in one access, behind everything that was before the lane's last `rk_begin_units_sys`. That waits once
// for what is before, so that no unit waits for the one before it.
RK_FN void rk_begin_units_sys() {
#if __CUDA_ARCH__ >= 900
    asm volatile("fence.acq_rel.sys;" : : : "memory");
#endif
}
RK_FN void rk_store_unit_sys(rk_u32* unit, const rk_u32* words) {
#if __CUDA_ARCH__ >= 900
    asm volatile("{ .reg .b128 unit; .reg .b64 low, high;\n"
                 "  mov.b64 low, {%1, %2};\n"
                 "  mov.b64 high, {%3, %4};\n"
                 "  mov.b128 unit, {low, high};\n"
                 "  st.relaxed.sys.global.b128 [%0], unit; }"
                 :
                 : "l"(unit), "r"(words[0]), "r"(words[1]), "r"(words[2]), "r"(words[3])
                 : "memory");
#else
    // Without such an access the number is stored behind the others.
    rk_store_relaxed_sys(unit, words[0]);
    rk_store_relaxed_sys(unit + 1, words[1]);
    rk_store_relaxed_sys(unit + 2, words[2]);
    rk_store_release_sys(unit + 3, words[3]);
#endif
}

RK_FN rk_u64 rk_globaltimer() {
    rk_u64 time;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(time));
    return time;
}

RK_FN void rk_pause(rk_u32 nanoseconds) { __nanosleep(nanoseconds); }

// Where lanes of a block meet that are no whole warps, which the hardware's barriers count in.
struct rk_tally {
    rk_u32 arrived;
    rk_u32 sum;
    rk_u32 round;
    rk_u32 result[2];
};
__shared__ rk_tally rk_tally_of_block;

// Called by all lanes of a block at its start.
RK_FN void rk_begin_block() {
    if (threadIdx.x == 0u) {
        rk_tally_of_block = {};
    }
    __syncthreads();
}

// Waits for the first `lanes` lanes of the block, which alone may call this. Gives how many passed true.
__device__ unsigned rk_barrier_count(unsigned lanes, bool predicate) {
    if (lanes % 32u == 0u) {
        rk_u32 count;
        asm volatile("{ .reg .pred given; setp.ne.u32 given, %1, 0;\n"
                     "  barrier.cta.red.popc.u32 %0, 1, %2, given; }"
                     : "=r"(count)
                     : "r"(predicate ? 1u : 0u), "r"(lanes)
                     : "memory");
        return count;
    }
    // Lanes arrive one by one; the last of a round opens the next.
    rk_tally* tally = &rk_tally_of_block;
    rk_u32 round = *(volatile rk_u32*)&tally->round;
    if (predicate) {
        atomicAdd(&tally->sum, 1u);
    }
    __threadfence_block();
    if (atomicAdd(&tally->arrived, 1u) == lanes - 1u) {
        __threadfence_block();
        tally->result[round & 1u] = atomicExch(&tally->sum, 0u);
        atomicExch(&tally->arrived, 0u);
        __threadfence_block();
        atomicExch(&tally->round, round + 1u);
    }
    while (*(volatile rk_u32*)&tally->round == round) {
        __nanosleep(20u);
    }
    __threadfence_block();
    return *(volatile rk_u32*)&tally->result[round & 1u];
}

#define RK_DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#define RK_SHARED(type, name) __shared__ type name

#endif
