// Allocations of the driver's users, copies and fills.
#include <cstring>
#include <vector>

#include "../engine/report.hpp"
#include "context.hpp"
#include "memory.hpp"

using namespace sim;
using memory::Kind;

static CUresult allocate(Kind kind, void** address, size_t bytes, const char* call) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (address == nullptr || bytes == 0) {
        return INVALID_VALUE;
    }
    context->be_still(call);
    *address = memory::allocate(kind, bytes, context);
    return *address == nullptr ? OUT_OF_MEMORY : SUCCESS;
}
static CUresult release(Kind kind, void* address, const char* call) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (address == nullptr) {
        return SUCCESS;
    }
    context->be_still(call);
    return memory::release(kind, address, context) ? SUCCESS : INVALID_VALUE;
}
API CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) { return allocate(Kind::Device, (void**)address, bytes, "cuMemAlloc"); }
API CUresult cuMemFree_v2(CUdeviceptr address) { return release(Kind::Device, (void*)address, "cuMemFree"); }

static constexpr unsigned PORTABLE = 1, DEVICE_MAP = 2, WRITE_COMBINED = 4;
API CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned flags) {
    if ((flags & ~(PORTABLE | DEVICE_MAP | WRITE_COMBINED)) != 0) {
        return INVALID_VALUE;
    }
    return allocate(Kind::Mapped, address, bytes, "cuMemHostAlloc");
}
API CUresult cuMemAllocHost_v2(void** address, size_t bytes) { return allocate(Kind::Mapped, address, bytes, "cuMemAllocHost"); }
API CUresult cuMemFreeHost(void* address) { return release(Kind::Mapped, address, "cuMemFreeHost"); }
API CUresult cuMemHostRegister_v2(void* address, size_t bytes, unsigned flags) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (address == nullptr || bytes == 0 || (flags & ~(PORTABLE | DEVICE_MAP)) != 0) {
        return INVALID_VALUE;
    }
    context->be_still("cuMemHostRegister");
    return memory::enroll(address, bytes, context) ? SUCCESS : HOST_MEMORY_ALREADY_REGISTERED;
}
API CUresult cuMemHostUnregister(void* address) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    context->be_still("cuMemHostUnregister");
    return memory::strike(address) ? SUCCESS : HOST_MEMORY_NOT_REGISTERED;
}
API CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* address, unsigned flags) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (flags != 0 || !memory::contains(Kind::Mapped, address, 1)) {
        return INVALID_VALUE;
    }
    *device = (CUdeviceptr)address;
    return SUCCESS;
}

// Puts work behind all that the stream has to do. The null stream waits for all others, and they for it.
static CUresult enqueue(Context* context, CUstream handle, const char* call, std::function<int()> work) {
    Stream* stream = context->stream(handle);
    if (stream == nullptr) {
        return INVALID_HANDLE;
    }
    if (stream == context->null_stream.get()) {
        context->be_still(call);
    }
    stream->push(std::move(work));
    return SUCCESS;
}
// As `enqueue`, and waits for it.
static CUresult execute(Context* context, CUstream handle, const char* call, std::function<int()> work) {
    if (int error = enqueue(context, handle, call, std::move(work))) {
        return error;
    }
    context->stream(handle)->wait();
    return context->failure.load();
}

enum class Then { Return, Wait };

static CUresult copy_to_device(CUdeviceptr to, const void* from, size_t bytes, CUstream stream, const char* call, Then then) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (!memory::contains(Kind::Device, (void*)to, bytes) && !memory::contains(Kind::Mapped, (void*)to, bytes)) {
        return INVALID_VALUE;
    }
    if (then == Then::Wait) {
        return execute(context, stream, call, [=] {
            memcpy((void*)to, from, bytes);
            return 0;
        });
    }
    if (memory::contains(Kind::Mapped, from, bytes)) {
        return enqueue(context, stream, call, [=] {
            memcpy((void*)to, from, bytes);
            return 0;
        });
    }
    // Memory that is not page-locked has been read when the call returns.
    std::vector<char> staged((const char*)from, (const char*)from + bytes);
    return enqueue(context, stream, call, [to, staged = std::move(staged)] {
        memcpy((void*)to, staged.data(), staged.size());
        return 0;
    });
}
static CUresult copy_to_host(void* to, CUdeviceptr from, size_t bytes, CUstream stream, const char* call, Then then) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (!memory::contains(Kind::Device, (void*)from, bytes) && !memory::contains(Kind::Mapped, (void*)from, bytes)) {
        return INVALID_VALUE;
    }
    auto work = [=] {
        memcpy(to, (const void*)from, bytes);
        return 0;
    };
    // Memory that is not page-locked has been written when the call returns.
    bool wait = then == Then::Wait || !memory::contains(Kind::Mapped, to, bytes);
    return wait ? execute(context, stream, call, work) : enqueue(context, stream, call, work);
}
static CUresult copy_inside(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream, const char* call, Then then) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (!memory::contains(Kind::Device, (void*)from, bytes) || !memory::contains(Kind::Device, (void*)to, bytes)) {
        return INVALID_VALUE;
    }
    auto work = [=] {
        memmove((void*)to, (const void*)from, bytes);
        return 0;
    };
    return then == Then::Wait ? execute(context, stream, call, work) : enqueue(context, stream, call, work);
}
API CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) { return copy_to_device(to, from, bytes, nullptr, "cuMemcpyHtoD", Then::Wait); }
API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
    return copy_to_device(to, from, bytes, stream, "cuMemcpyHtoDAsync on the null stream", Then::Return);
}
API CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) { return copy_to_host(to, from, bytes, nullptr, "cuMemcpyDtoH", Then::Wait); }
API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return copy_to_host(to, from, bytes, stream, "cuMemcpyDtoHAsync on the null stream", Then::Return);
}
API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) { return copy_inside(to, from, bytes, nullptr, "cuMemcpyDtoD", Then::Wait); }
API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return copy_inside(to, from, bytes, stream, "cuMemcpyDtoDAsync on the null stream", Then::Return);
}

template <class T> static CUresult fill(CUdeviceptr to, T value, size_t count, CUstream stream, const char* call, Then then) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (to % sizeof(T) != 0 || count > ~size_t(0) / sizeof(T) || !memory::contains(Kind::Device, (void*)to, count * sizeof(T))) {
        return INVALID_VALUE;
    }
    auto work = [=] {
        for (size_t index = 0; index < count; index += 1) {
            ((T*)to)[index] = value;
        }
        return 0;
    };
    return then == Then::Wait ? execute(context, stream, call, work) : enqueue(context, stream, call, work);
}
API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) { return fill(to, value, count, nullptr, "cuMemsetD8", Then::Wait); }
API CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) { return fill(to, value, count, nullptr, "cuMemsetD32", Then::Wait); }
API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream) {
    return fill(to, value, count, stream, "cuMemsetD8Async on the null stream", Then::Return);
}
API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream) {
    return fill(to, value, count, stream, "cuMemsetD32Async on the null stream", Then::Return);
}
