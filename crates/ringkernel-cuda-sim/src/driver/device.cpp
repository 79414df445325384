#include "device.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "context.hpp"
#include "memory.hpp"

namespace sim::device {

unsigned resident_blocks(unsigned lanes, size_t shared_bytes) {
    if (lanes == 0 || lanes > LANES_OF_BLOCK || shared_bytes > SHARED_BYTES_OF_BLOCK_OPTIN) {
        return 0;
    }
    unsigned whole_warps = (lanes + WARP_LANES - 1) / WARP_LANES * WARP_LANES;
    size_t by_memory = SHARED_BYTES_OF_MULTIPROCESSOR / (shared_bytes + SHARED_BYTES_RESERVED);
    return std::min({BLOCKS_OF_MULTIPROCESSOR, LANES_OF_MULTIPROCESSOR / whole_warps, (unsigned)by_memory});
}

}  // namespace sim::device

using namespace sim;

API CUresult cuDriverGetVersion(int* version) {
    *version = device::DRIVER_VERSION;
    return SUCCESS;
}
API CUresult cuDeviceGetCount(int* count) {
    Locked locked;
    *count = 1;
    return initialized() ? SUCCESS : NOT_INITIALIZED;
}
API CUresult cuDeviceGet(CUdevice* device, int ordinal) {
    Locked locked;
    if (!initialized()) {
        return NOT_INITIALIZED;
    }
    *device = 0;
    return ordinal == 0 ? SUCCESS : INVALID_DEVICE;
}
API CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
    if (device != 0) {
        return INVALID_DEVICE;
    }
    snprintf(name, (size_t)length, "%s", device::NAME);
    return SUCCESS;
}
API CUresult cuDeviceGetUuid_v2(unsigned char* uuid, CUdevice device) {
    if (device != 0) {
        return INVALID_DEVICE;
    }
    memcpy(uuid, "RKCUDASIMULATOR\0", 16);
    return SUCCESS;
}
API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
    *bytes = device::MEMORY_BYTES;
    return device == 0 ? SUCCESS : INVALID_DEVICE;
}
API CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    *free = memory::free_bytes();
    *total = device::MEMORY_BYTES;
    return SUCCESS;
}
API CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device) {
    if (device != 0) {
        return INVALID_DEVICE;
    }
    // Number of an attribute, and its value.
    static constexpr int KNOWN[][2] = {
        {1, (int)device::LANES_OF_BLOCK},                  // threads of a block
        {2, 1024},                                         // block dimensions
        {3, 1024},
        {4, 64},
        {5, 2147483647},                                   // grid dimensions
        {6, 65535},
        {7, 65535},
        {8, (int)device::SHARED_BYTES_OF_BLOCK},
        {9, 64 * 1024},                                    // constant memory
        {10, (int)device::WARP_LANES},
        {12, 64 * 1024},                                   // registers of a block
        {13, 1000000},                                     // clock rate in kHz
        {16, device::MULTIPROCESSORS},
        {17, 0},                                           // time limit of kernels
        {18, 0},                                           // integrated
        {19, 1},                                           // can map memory of the host
        {20, 0},                                           // compute mode
        {31, 1},                                           // concurrent kernels
        {32, 0},                                           // error-correcting memory
        {33, 0},                                           // PCI bus, device
        {34, 0},
        {36, 1000000},                                     // memory clock rate in kHz
        {37, 5120},                                        // memory bus width
        {38, 32 << 20},                                    // L2 cache
        {39, (int)device::LANES_OF_MULTIPROCESSOR},
        {40, 2},                                           // copy engines
        {41, 1},                                           // unified addresses
        {50, 0},                                           // PCI domain
        {75, 9},                                           // compute capability
        {76, 0},
        {78, 1},                                           // stream priorities
        {81, (int)device::SHARED_BYTES_OF_MULTIPROCESSOR},
        {82, 64 * 1024},                                   // registers of a multiprocessor
        {83, 0},                                           // managed memory
        {86, 0},                                           // atomic operations on memory of the host
        {88, 0},                                           // pageable memory
        {89, 0},                                           // concurrent managed access
        {90, 0},                                           // compute preemption
        {91, 1},                                           // the host's addresses for mapped memory
        {95, 1},                                           // cooperative launch
        {97, (int)device::SHARED_BYTES_OF_BLOCK_OPTIN},
        {99, 1},                                           // registering memory of the host
        {106, (int)device::BLOCKS_OF_MULTIPROCESSOR},
        {111, (int)device::SHARED_BYTES_RESERVED},
        {115, 0},                                          // memory pools
        {120, 1},                                          // clusters
    };
    for (const auto& [number, known] : KNOWN) {
        if (number == attribute) {
            *value = known;
            return SUCCESS;
        }
    }
    // A driver knows more attributes than this one; what it does not have is 0.
    *value = 0;
    return attribute > 0 && attribute < 200 ? SUCCESS : INVALID_VALUE;
}

API CUresult cuGetErrorName(CUresult error, const char** name);
API CUresult cuGetErrorString(CUresult error, const char** text);

static constexpr struct {
    int number;
    const char *name, *text;
} ERRORS[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {CONTEXT_IS_DESTROYED, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {HOST_MEMORY_ALREADY_REGISTERED, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", "part or all of the requested memory range is already mapped"},
    {HOST_MEMORY_NOT_REGISTERED, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", "pointer does not correspond to a registered memory region"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {COOPERATIVE_LAUNCH_TOO_LARGE, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", "too many blocks in cooperative launch"},
    {NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
};
API CUresult cuGetErrorName(CUresult error, const char** name) {
    for (const auto& known : ERRORS) {
        if (known.number == error) {
            *name = known.name;
            return SUCCESS;
        }
    }
    *name = nullptr;
    return INVALID_VALUE;
}
API CUresult cuGetErrorString(CUresult error, const char** text) {
    for (const auto& known : ERRORS) {
        if (known.number == error) {
            *text = known.text;
            return SUCCESS;
        }
    }
    *text = nullptr;
    return INVALID_VALUE;
}
