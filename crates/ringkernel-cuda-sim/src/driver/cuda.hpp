// The part of CUDA's driver interface that is simulated: types and numbers as in NVIDIA's documentation.
#pragma once
#include <cstddef>

#define API extern "C" __attribute__((visibility("default")))

typedef int CUresult;
typedef int CUdevice;
typedef unsigned long long CUdeviceptr;

namespace sim {
struct Context;
struct Module;
struct Function;
struct Stream;
struct Event;
struct Captured;
}  // namespace sim
typedef sim::Context* CUcontext;
typedef sim::Module* CUmodule;
typedef sim::Function* CUfunction;
typedef sim::Stream* CUstream;
typedef sim::Event* CUevent;
typedef sim::Captured* CUgraph;
typedef sim::Captured* CUgraphExec;

enum : int {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    NOT_READY = 600,
    LAUNCH_OUT_OF_RESOURCES = 701,
    CONTEXT_IS_DESTROYED = 709,
    HOST_MEMORY_ALREADY_REGISTERED = 712,
    HOST_MEMORY_NOT_REGISTERED = 713,
    LAUNCH_FAILED = 719,
    COOPERATIVE_LAUNCH_TOO_LARGE = 720,
    NOT_SUPPORTED = 801,
};
