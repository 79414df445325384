// CUDA C++ for a CPU: goes in front of a program's text, in the place of what NVRTC knows by itself.
#pragma once
#include "services.hpp"
#include <math.h>
#include <string.h>

#define __global__ __attribute__((visibility("default"), used))
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...)
#define __restrict__ __restrict

static const rk_sim_services* rk_sim = nullptr;
static thread_local rk_sim_lane* rk_sim_here = nullptr;
static unsigned rk_sim_static_bytes = 0;

extern "C" __global__ void rk_sim_load(const rk_sim_services* services) { rk_sim = services; }
extern "C" __global__ rk_sim_lane** rk_sim_current() { return &rk_sim_here; }
extern "C" __global__ unsigned rk_sim_static_shared() { return rk_sim_static_bytes; }

#define threadIdx (rk_sim_here->thread)
#define blockIdx (rk_sim_here->block)
#define blockDim (rk_sim_here->block_dim)
#define gridDim (rk_sim_here->grid_dim)
#define warpSize 32

// Block memory. A variable has its place by the line of text that declares it, for all lanes of a block.
static inline unsigned rk_sim_reserve(unsigned bytes, unsigned alignment) {
    unsigned at = (rk_sim_static_bytes + alignment - 1) / alignment * alignment;
    rk_sim_static_bytes = at + bytes;
    return at;
}
template <class T, int DECLARATION> struct rk_sim_variable {
    static inline const unsigned at = rk_sim_reserve(sizeof(T), alignof(T));
};
template <class T> struct rk_sim_as_is {
    typedef T type;
};
#define RK_SHARED(TYPE, NAME) \
    typename rk_sim_as_is<TYPE>::type& NAME = \
        *(typename rk_sim_as_is<TYPE>::type*)(rk_sim_here->static_shared + rk_sim_variable<TYPE, __COUNTER__>::at)
#define RK_DYNAMIC_SHARED(NAME) unsigned char* const NAME = rk_sim_here->dynamic_shared

#include "lanes.hpp"
#include "atomics.hpp"
#include "numbers.hpp"
#include "primitives.hpp"
