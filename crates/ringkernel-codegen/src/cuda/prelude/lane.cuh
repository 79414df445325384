// What every printed function sees: types of fixed width, the lane, and its fault. README.md beside the printer says who
// sets which field and when.

// Printed text leaves to the compiler what is not used (177), set and not used (550), compared though it is known (186) and
// not reached (111, 128).
#ifdef __CUDACC__
#pragma nv_diag_suppress 111, 128, 177, 186, 550
#endif

typedef signed char rk_i8;
typedef short rk_i16;
typedef int rk_i32;
typedef long long rk_i64;
typedef unsigned char rk_u8;
typedef unsigned short rk_u16;
typedef unsigned int rk_u32;
typedef unsigned long long rk_u64;
typedef unsigned long long rk_usize;
typedef float rk_f32;
typedef double rk_f64;

#define RK_FN __device__ inline
#define RK_DECLARE __device__

// NVRTC has no headers, and so no `offsetof`.
#ifdef __CUDACC__
#define RK_OFFSET(type, member) __INTADDR__(&(((type*)0)->member))
#else
#define RK_OFFSET(type, member) __builtin_offsetof(type, member)
#endif

static_assert(sizeof(rk_i16) == 2 && sizeof(rk_i32) == 4 && sizeof(rk_i64) == 8 && sizeof(void*) == 8, "widths");
static_assert(sizeof(rk_f32) == 4 && sizeof(rk_f64) == 8 && sizeof(bool) == 1, "widths");

// A value of no bytes.
struct rk_unit {};

// Sixteen bytes that mean something to the runtime: an id, a correlation, a timestamp.
struct rk_words {
    rk_u64 first;
    rk_u64 second;
};

// The head of what the lanes of a block share; the slots of block arrays follow it.
struct rk_block {
    rk_u64 values[32];
    rk_u32 bytes_asked;
    rk_u32 bytes_placed;
    rk_u32 site;
    rk_u32 unused;
};

struct rk_lane {
    rk_u8* state;
    rk_u8* message;
    rk_u8* scratch;
    rk_u32 scratch_bytes;
    rk_u32 scratch_used;
    rk_u32 fault;
    rk_u32 fault_code;
    rk_u32 fault_file;
    rk_u32 fault_line;
    rk_u32 refusal;
    rk_u32 broken;
    rk_u32 poisoned;
    rk_u32 thread;
    rk_u32 block;
    rk_u32 block_dim;
    rk_u32 grid_dim;
    rk_u8* block_memory;
    rk_u32 block_memory_bytes;
    rk_block* shared;
    void* runtime;
};

#define RK_INDEX_OUT_OF_BOUNDS 2u
#define RK_DIVISION_BY_ZERO 3u
#define RK_ARITHMETIC_OVERFLOW 4u
#define RK_DIVERGENCE 6u
#define RK_SHARED_MEMORY 7u
#define RK_OUT_OF_MEMORY 8u

// Notes the first fault of a lane.
RK_FN void rk_raise(rk_lane* rk, rk_u32 kind, rk_u32 code, rk_u32 file, rk_u32 line) {
    if (rk->fault == 0u) {
        rk->fault = kind;
        rk->fault_code = code;
        rk->fault_file = file;
        rk->fault_line = line;
    }
}

// Whether a loop ends at its next round because its lane has faulted, or others have and this one knows.
RK_FN bool rk_gives_up(rk_lane* rk) { return rk->fault != 0u || rk->broken != 0u || rk->poisoned != 0u; }

// As `rk_gives_up`, for loops with warp operations: the lanes of the warp leave together.
RK_FN bool rk_warp_gives_up(rk_lane* rk) {
    return rk->broken != 0u || rk->poisoned != 0u || (rk->fault != 0u && rk->block_dim == 1u);
}

// An array of equal elements.
template <class Array, class T> RK_FN Array rk_repeat(T value) {
    Array array;
    for (rk_u32 index = 0u; index < sizeof(Array) / sizeof(T); index += 1u) {
        array.e[index] = value;
    }
    return array;
}

// The bits of a value as another type of the same size.
template <class To, class From> RK_FN To rk_bitcast(From from) {
    static_assert(sizeof(To) == sizeof(From), "a bit cast keeps the size");
    To to;
    memcpy(&to, &from, sizeof(To));
    return to;
}
