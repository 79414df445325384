#include "context.hpp"

#include <dlfcn.h>

#include "../engine/report.hpp"
#include "../engine/tsan.hpp"
#include "device.hpp"
#include "memory.hpp"

namespace sim {

static bool initialized_ = false;
static std::set<Context*>& contexts() {
    static std::set<Context*>& all = *new std::set<Context*>;
    return all;
}
static thread_local std::vector<Context*> stack;
static Context* primary = nullptr;
static unsigned primary_users = 0;

std::recursive_mutex& driver_lock() {
    static std::recursive_mutex& lock = *new std::recursive_mutex;
    return lock;
}
bool initialized() { return initialized_; }
bool exists(const Context* context) { return contexts().contains((Context*)context); }

int current(Context*& context) {
    if (!initialized_) {
        return NOT_INITIALIZED;
    }
    if (stack.empty() || stack.back() == nullptr) {
        return INVALID_CONTEXT;
    }
    context = stack.back();
    if (!exists(context)) {
        return CONTEXT_IS_DESTROYED;
    }
    return context->failure.load();
}

Context::Context() : null_stream(new Stream(this, Stream::Kind::Blocking)) { contexts().insert(this); }

Context::~Context() {
    contexts().erase(this);
    // Nothing that is queued begins any more, and what runs comes to its end.
    fail(CONTEXT_IS_DESTROYED);
    bool ended = true;
    for (const std::weak_ptr<Grid>& launch : launches) {
        if (std::shared_ptr<Grid> grid = launch.lock()) {
            grid->fail(CONTEXT_IS_DESTROYED);
            ended = grid->wait_for_lanes() && ended;
        }
    }
    streams.clear();
    null_stream.reset();
    if (!ended) {
        // Its lanes need their program and their memory.
        return;
    }
    for (const std::unique_ptr<Module>& module : modules) {
        dlclose(module->library);
    }
    memory::release_all(this);
}

void Context::fail(int error) {
    int none = 0;
    failure.compare_exchange_strong(none, error);
}

void Context::be_still(const char* call) {
    if (grids.load() != 0) {
        fatal("%s while a cooperative grid runs: on a device it may wait until the grid ends, which is for ever", call);
    }
    for (const std::unique_ptr<Stream>& stream : streams) {
        if (failure.load() == 0) {
            stream->wait();
        }
    }
    null_stream->wait();
}

template <class Set, class T> static T* find(const Set& set, T* handle) {
    for (const auto& known : set) {
        if (known.get() == handle) {
            return handle;
        }
    }
    return nullptr;
}

Stream* Context::stream(CUstream handle) {
    // Null, and the names of the two streams that every context has.
    if ((size_t)handle <= 2) {
        return null_stream.get();
    }
    return find(streams, handle);
}
Module* Context::module(CUmodule handle) { return find(modules, handle); }
Event* Context::event(CUevent handle) { return find(events, handle); }
Captured* Context::graph(CUgraph handle) { return find(graphs, handle); }
Function* Context::function(CUfunction handle) {
    for (const std::unique_ptr<Module>& module : modules) {
        for (Function& function : module->functions) {
            if (&function == handle) {
                return handle;
            }
        }
    }
    return nullptr;
}

}  // namespace sim

using namespace sim;

API CUresult cuInit(unsigned flags) {
    Locked locked;
    if (flags != 0) {
        return INVALID_VALUE;
    }
    initialized_ = true;
    return SUCCESS;
}

static CUresult create(CUcontext* context, unsigned flags, CUdevice device) {
    Locked locked;
    if (!initialized_) {
        return NOT_INITIALIZED;
    }
    if (context == nullptr) {
        return INVALID_VALUE;
    }
    if (device != 0) {
        return INVALID_DEVICE;
    }
    *context = new Context;
    (*context)->device_flags = (int)flags;
    stack.push_back(*context);
    return SUCCESS;
}
API CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device) { return create(context, flags, device); }
API CUresult cuCtxCreate_v3(CUcontext* context, void*, int affinities, unsigned flags, CUdevice device) {
    return affinities != 0 ? NOT_SUPPORTED : create(context, flags, device);
}
API CUresult cuCtxCreate_v4(CUcontext* context, void* parameters, unsigned flags, CUdevice device) {
    return parameters != nullptr ? NOT_SUPPORTED : create(context, flags, device);
}

API CUresult cuCtxDestroy_v2(CUcontext context) {
    Locked locked;
    if (!exists(context)) {
        return INVALID_CONTEXT;
    }
    delete context;
    if (!stack.empty() && stack.back() == context) {
        stack.pop_back();
    }
    return SUCCESS;
}
API CUresult cuCtxSetCurrent(CUcontext context) {
    Locked locked;
    if (!initialized_) {
        return NOT_INITIALIZED;
    }
    if (context != nullptr && !exists(context)) {
        return INVALID_CONTEXT;
    }
    if (!stack.empty()) {
        stack.pop_back();
    }
    if (context != nullptr) {
        stack.push_back(context);
    }
    return SUCCESS;
}
API CUresult cuCtxGetCurrent(CUcontext* context) {
    Locked locked;
    if (!initialized_) {
        return NOT_INITIALIZED;
    }
    *context = stack.empty() ? nullptr : stack.back();
    return SUCCESS;
}
API CUresult cuCtxPushCurrent_v2(CUcontext context) {
    Locked locked;
    if (!exists(context)) {
        return INVALID_CONTEXT;
    }
    stack.push_back(context);
    return SUCCESS;
}
API CUresult cuCtxPopCurrent_v2(CUcontext* context) {
    Locked locked;
    if (stack.empty()) {
        return INVALID_CONTEXT;
    }
    if (context != nullptr) {
        *context = stack.back();
    }
    stack.pop_back();
    return SUCCESS;
}
API CUresult cuCtxGetDevice(CUdevice* device) {
    Locked locked;
    Context* context;
    int error = current(context);
    *device = 0;
    return error;
}
API CUresult cuCtxGetFlags(unsigned* flags) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    *flags = (unsigned)context->device_flags;
    return SUCCESS;
}
API CUresult cuCtxSetFlags(unsigned flags) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    context->device_flags = (int)flags;
    return SUCCESS;
}
API CUresult cuCtxSynchronize() {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    context->be_still("cuCtxSynchronize");
    return context->failure.load();
}
API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
    Locked locked;
    if (!initialized_) {
        return NOT_INITIALIZED;
    }
    if (device != 0) {
        return INVALID_DEVICE;
    }
    if (primary_users == 0) {
        primary = new Context;
    }
    primary_users += 1;
    *context = primary;
    return SUCCESS;
}
API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    Locked locked;
    if (device != 0) {
        return INVALID_DEVICE;
    }
    if (primary_users == 0) {
        return INVALID_CONTEXT;
    }
    primary_users -= 1;
    if (primary_users == 0) {
        delete primary;
        primary = nullptr;
    }
    return SUCCESS;
}
