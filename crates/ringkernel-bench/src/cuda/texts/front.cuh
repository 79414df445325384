// What every program here sees, in front of the primitives of ringkernel-cuda: types, and operations of block scope, which that
// grid has no use for.

typedef unsigned int rk_u32;
typedef unsigned long long rk_u64;
#define RK_FN __device__ inline

#ifdef __CUDACC__
#pragma nv_diag_suppress 177

// In the memory of the block.
RK_FN rk_u32 rk_load_acquire_block(const rk_u32* word) {
    rk_u32 value, address = (rk_u32)__cvta_generic_to_shared(word);
    asm volatile("ld.acquire.cta.shared.u32 %0, [%1];" : "=r"(value) : "r"(address) : "memory");
    return value;
}
RK_FN void rk_store_release_block(rk_u32* word, rk_u32 value) {
    rk_u32 address = (rk_u32)__cvta_generic_to_shared(word);
    asm volatile("st.release.cta.shared.u32 [%0], %1;" : : "r"(address), "r"(value) : "memory");
}
#define RK_BETWEEN_LOOKS()
#else
// A simulated block that has nothing to do leaves the processor to others.
#define RK_BETWEEN_LOOKS() rk_pause(0u)
#endif
