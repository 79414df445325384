// Modules, functions, and launches.
#include <cstring>
#include <cstdlib>
#include <dlfcn.h>
#include <string>
#include <unistd.h>

#include "../engine/block.hpp"
#include "../engine/report.hpp"
#include "context.hpp"
#include "device.hpp"
#include "memory.hpp"

using namespace sim;

namespace {

void pause(rk_sim_lane* lane) { Block::here->pause(lane); }
unsigned long long meet_warp(rk_sim_lane* lane, unsigned meeting, unsigned mask, unsigned long long value, unsigned source) {
    return Block::here->meet_warp(lane, meeting, mask, value, source);
}
unsigned meet_block(rk_sim_lane* lane, unsigned predicate) { return Block::here->meet_block(lane, predicate); }
[[noreturn]] void trap(rk_sim_lane* lane) { Block::here->trap(lane); }
[[noreturn]] void refuse(rk_sim_lane* lane, const char* operation, const void* address, const char* reason) {
    fatal("block %u, lane %u: %s at %p: %s", Block::here->number(), lane->number, operation, address, reason);
}
void wake(unsigned block) { Block::here->grid().wake(block); }
void check(rk_sim_lane* lane, const char* operation, const void* address, rk_sim_scope scope, rk_sim_access access) {
    if (!memory::contains(memory::Kind::Mapped, address, 1)) {
        return;
    }
    if (scope != RK_SIM_SYSTEM) {
        refuse(lane, operation, address, "the host sees this memory, so that the scope has to be the system's");
    }
    if (access == RK_SIM_CHANGE) {
        refuse(lane, operation, address, "the bus has no read-modify-write operations on memory of the host");
    }
}
// How much faster the device's clock runs than the host's, or slower, in parts per million: tests make the two drift apart.
double drift_ppm() {
    const char* wanted = getenv("RINGKERNEL_CUDA_SIM_CLOCK_PPM");
    if (wanted == nullptr || *wanted == 0) {
        return 0.0;
    }
    char* end = nullptr;
    long ppm = strtol(wanted, &end, 10);
    if (*end != 0 || ppm < -500'000 || ppm > 500'000) {
        fatal("RINGKERNEL_CUDA_SIM_CLOCK_PPM is a number from -500000 to 500000, not `%s`", wanted);
    }
    return (double)ppm;
}
// The clock of a device begins elsewhere than the host's and ticks about once in a microsecond.
unsigned long long device_nanoseconds() {
    static const unsigned long long start = nanoseconds();
    static const double ppm = drift_ppm();
    unsigned long long now = nanoseconds();
    long long ahead = (long long)((double)(now - start) * ppm / 1e6);
    return (now + (unsigned long long)ahead + 1'000'000'007ull) / 1024 * 1024;
}

const rk_sim_services& services() {
    static const rk_sim_services all = {
        pause, meet_warp, meet_block, trap, wake, check, refuse, device_nanoseconds, memory::first(memory::Kind::Device), memory::range_bytes(),
    };
    return all;
}

// A file that the loader has never seen: of one that it knows it gives the library that it has.
std::string write_file(const void* image, size_t bytes) {
    const char* folder = getenv("TMPDIR");
    std::string path = std::string(folder != nullptr && *folder != 0 ? folder : "/tmp") + "/ringkernel-program-XXXXXX";
    int file = mkstemp(path.data());
    if (file < 0) {
        return "";
    }
    const char* from = (const char*)image;
    while (bytes > 0) {
        ssize_t wrote = write(file, from, bytes);
        if (wrote <= 0) {
            close(file);
            unlink(path.c_str());
            return "";
        }
        from += wrote;
        bytes -= (size_t)wrote;
    }
    close(file);
    return path;
}

// The sanitizer looks into the file for the lines that it reports.
void keep_for_reports(const std::string& path) {
    static std::vector<std::string>& kept = *new std::vector<std::string>;
    if (kept.empty()) {
        atexit([] {
            for (const std::string& file : kept) {
                unlink(file.c_str());
            }
        });
    }
    kept.push_back(path);
}

// The size of a file of the loader's format, which names the place and the number of its section headers.
size_t image_bytes(const unsigned char* image) {
    if (memcmp(image, "\177ELF\2", 5) != 0) {
        return 0;
    }
    unsigned long long sections;
    unsigned short size, count;
    memcpy(&sections, image + 0x28, 8);
    memcpy(&size, image + 0x3a, 2);
    memcpy(&count, image + 0x3c, 2);
    return (size_t)(sections + (unsigned long long)size * count);
}

}  // namespace

API CUresult cuModuleLoadData(CUmodule* handle, const void* image) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (handle == nullptr || image == nullptr) {
        return INVALID_VALUE;
    }
    context->be_still("cuModuleLoadData");
    size_t bytes = image_bytes((const unsigned char*)image);
    if (bytes == 0) {
        return INVALID_IMAGE;
    }
    std::string path = write_file(image, bytes);
    if (path.empty()) {
        fatal("a program cannot be written to the folder for temporary files");
    }
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    const char* reason = library == nullptr ? dlerror() : "";
    if (library == nullptr || !tsan::watches()) {
        unlink(path.c_str());
    } else {
        keep_for_reports(path);
    }
    if (library == nullptr) {
        fatal("a program cannot be loaded: %s", reason);
    }
    auto load = (void (*)(const rk_sim_services*))dlsym(library, "rk_sim_load");
    auto module = std::make_unique<Module>();
    module->context = context;
    module->library = library;
    module->current = (rk_sim_lane * *(*)()) dlsym(library, "rk_sim_current");
    auto static_shared = (unsigned (*)())dlsym(library, "rk_sim_static_shared");
    if (load == nullptr || module->current == nullptr || static_shared == nullptr) {
        dlclose(library);
        return INVALID_IMAGE;
    }
    load(&services());
    module->static_shared_bytes = static_shared();
    *handle = module.get();
    context->modules.insert(std::move(module));
    return SUCCESS;
}
API CUresult cuModuleUnload(CUmodule handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (context->module(handle) == nullptr) {
        return INVALID_HANDLE;
    }
    context->be_still("cuModuleUnload");
    dlclose(handle->library);
    std::erase_if(context->modules, [&](const auto& known) { return known.get() == handle; });
    return SUCCESS;
}
API CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (context->module(handle) == nullptr) {
        return INVALID_HANDLE;
    }
    auto entry = (void (*)(unsigned long long))dlsym(handle->library, name);
    if (entry == nullptr) {
        return NOT_FOUND;
    }
    for (Function& known : handle->functions) {
        if (known.name == name) {
            *function = &known;
            return SUCCESS;
        }
    }
    handle->functions.push_back(Function{handle, name, entry, device::SHARED_BYTES_OF_BLOCK});
    *function = &handle->functions.back();
    return SUCCESS;
}

// All of a module is loaded at once.
API CUresult cuFuncLoad(CUfunction handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    return context->function(handle) == nullptr ? INVALID_HANDLE : SUCCESS;
}

static constexpr int DYNAMIC_SHARED_LIMIT = 8;
API CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Function* function = context->function(handle);
    if (function == nullptr) {
        return INVALID_HANDLE;
    }
    switch (attribute) {
        case 0: *value = (int)device::LANES_OF_BLOCK; return SUCCESS;
        case 1: *value = (int)function->module->static_shared_bytes; return SUCCESS;
        case 2: *value = 0; return SUCCESS;   // constant memory
        case 3: *value = 0; return SUCCESS;   // local memory
        case 4: *value = 32; return SUCCESS;  // registers
        case 5: *value = 90; return SUCCESS;  // versions
        case 6: *value = 90; return SUCCESS;
        case 7: *value = 0; return SUCCESS;
        case DYNAMIC_SHARED_LIMIT: *value = (int)function->dynamic_shared_limit; return SUCCESS;
        default: return INVALID_VALUE;
    }
}
API CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Function* function = context->function(handle);
    if (function == nullptr) {
        return INVALID_HANDLE;
    }
    bool fits = value >= 0 && (unsigned)value + function->module->static_shared_bytes <= device::SHARED_BYTES_OF_BLOCK_OPTIN;
    if (attribute != DYNAMIC_SHARED_LIMIT || !fits) {
        return INVALID_VALUE;
    }
    function->dynamic_shared_limit = (unsigned)value;
    return SUCCESS;
}
API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction handle, int lanes, size_t dynamic_bytes) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Function* function = context->function(handle);
    if (function == nullptr || lanes <= 0) {
        return INVALID_VALUE;
    }
    *blocks = (int)device::resident_blocks((unsigned)lanes, dynamic_bytes + function->module->static_shared_bytes);
    return SUCCESS;
}
API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction handle, int lanes, size_t dynamic_bytes, unsigned) {
    return cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, handle, lanes, dynamic_bytes);
}

enum class Residence { All, Some };

static void run(const Launch& launch, Context* context, Stream* stream, Residence residence) {
    auto running = std::make_shared<Grid>(launch);
    std::erase_if(context->launches, [](const auto& before) { return before.expired(); });
    context->launches.push_back(running);
    if (residence == Residence::All) {
        context->grids += 1;
    }
    stream->push([running, context, residence] {
        int error = running->run();
        if (error != 0) {
            context->fail(error);
        }
        if (residence == Residence::All) {
            context->grids -= 1;
        }
        return error;
    });
}

static CUresult launch(CUfunction handle, rk_sim_index grid, rk_sim_index block, unsigned shared, CUstream stream_handle, void** arguments, Residence residence) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Function* function = context->function(handle);
    Stream* stream = context->stream(stream_handle);
    if (function == nullptr || stream == nullptr) {
        return INVALID_HANDLE;
    }
    unsigned long long lanes = (unsigned long long)block.x * block.y * block.z, blocks = (unsigned long long)grid.x * grid.y * grid.z;
    if (arguments == nullptr || lanes == 0 || blocks == 0 || lanes > device::LANES_OF_BLOCK || blocks > 0x7fffffffull || block.z > 64) {
        return INVALID_VALUE;
    }
    if (shared > function->dynamic_shared_limit) {
        return INVALID_VALUE;
    }
    unsigned resident = device::MULTIPROCESSORS * device::resident_blocks((unsigned)lanes, shared + function->module->static_shared_bytes);
    if (resident == 0) {
        return LAUNCH_OUT_OF_RESOURCES;
    }
    if (residence == Residence::All && blocks > resident) {
        return COOPERATIVE_LAUNCH_TOO_LARGE;
    }
    if (stream == context->null_stream.get()) {
        context->be_still("a launch on the null stream");
    }
    Launch launch = {};
    launch.entry = function->entry;
    launch.current = function->module->current;
    memcpy(&launch.argument, arguments[0], sizeof(launch.argument));
    launch.grid_dim = grid;
    launch.block_dim = block;
    launch.static_shared_bytes = function->module->static_shared_bytes;
    launch.dynamic_shared_bytes = shared;
    launch.resident_blocks = resident;
    if (stream->capture != nullptr) {
        if (residence == Residence::All) {
            fatal("a cooperative launch on a stream that is captured is not simulated");
        }
        stream->capture->launches.push_back([launch, context](Stream* onto) { run(launch, context, onto, Residence::Some); });
        return SUCCESS;
    }
    run(launch, context, stream, residence);
    return SUCCESS;
}
API CUresult cuLaunchKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                            CUstream stream, void** arguments, void** extra) {
    return extra != nullptr ? NOT_SUPPORTED : launch(function, {gx, gy, gz}, {bx, by, bz}, shared, stream, arguments, Residence::Some);
}
API CUresult cuLaunchCooperativeKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                                       unsigned shared, CUstream stream, void** arguments) {
    return launch(function, {gx, gy, gz}, {bx, by, bz}, shared, stream, arguments, Residence::All);
}
