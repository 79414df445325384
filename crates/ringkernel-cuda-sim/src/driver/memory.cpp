#include "memory.hpp"

#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

#include "../engine/report.hpp"
#include "device.hpp"

namespace sim::memory {

// The host's own memory for devices is limited as well: page-locking all of it would stop a machine.
static constexpr size_t MAPPED_BYTES = device::MEMORY_BYTES;
static constexpr size_t RANGE_BYTES = size_t(256) << 30;
static constexpr size_t ALIGNMENT = 256;
static constexpr unsigned char UNSET = 0xfb;
static constexpr unsigned char ZONE = 0xa5;

namespace {

struct Allocation {
    size_t bytes;
    const void* owner;
    // Its pages, those that nobody may touch left out.
    char* pages;
    size_t page_bytes;
};

struct Arena {
    explicit Arena(size_t limit) : limit(limit) {
        void* memory = mmap(nullptr, RANGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) {
            fatal("no address range for the memory of the device");
        }
        first = (char*)memory;
    }
    size_t limit;
    char* first;
    size_t used_range = 0, used_bytes = 0;
    std::map<char*, Allocation> live;
};

std::mutex lock;

// Memory of the host that its owner has registered: first address, bytes, and the context.
struct Registered {
    size_t bytes;
    const void* owner;
};
std::map<char*, Registered>& registered() {
    static std::map<char*, Registered>& all = *new std::map<char*, Registered>;
    return all;
}

// Never destroyed: threads of blocks may outlive `main`.
Arena& arena(Kind kind) {
    static Arena& device = *new Arena(device::MEMORY_BYTES);
    static Arena& mapped = *new Arena(MAPPED_BYTES);
    return kind == Kind::Device ? device : mapped;
}

const char* name(Kind kind) { return kind == Kind::Device ? "device memory" : "page-locked memory"; }

void check_zone(const char* begin, const char* end, Kind kind, const char* at, const Allocation& allocation) {
    for (const char* byte = begin; byte < end; byte += 1) {
        if ((unsigned char)*byte != ZONE) {
            fatal("a byte of memory was written that lies %td bytes %s of %zu bytes of %s at %p", byte < at ? at - byte : byte - (at + allocation.bytes) + 1,
                  byte < at ? "before the allocation" : "behind the allocation", allocation.bytes, name(kind), (const void*)at);
        }
    }
}

// Gives the pages back and leaves their addresses to nobody.
void give_back(Kind kind, Arena& arena, char* at, const Allocation& allocation) {
    check_zone(allocation.pages, at, kind, at, allocation);
    check_zone(at + allocation.bytes, allocation.pages + allocation.page_bytes, kind, at, allocation);
    void* fresh = mmap(allocation.pages, allocation.page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (fresh == MAP_FAILED) {
        fatal("pages of freed memory cannot be closed");
    }
    arena.used_bytes -= allocation.bytes;
}

}  // namespace

void* allocate(Kind kind, size_t bytes, const void* owner) {
    std::lock_guard guard(lock);
    Arena& range = arena(kind);
    if (bytes > range.limit - range.used_bytes) {
        return nullptr;
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t wanted = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t page_bytes = (wanted + page - 1) / page * page;
    if (range.used_range + page_bytes + 2 * page > RANGE_BYTES) {
        fatal("the simulated device has given away all of its addresses");
    }
    char* pages = range.first + range.used_range + page;
    if (mprotect(pages, page_bytes, PROT_READ | PROT_WRITE) != 0) {
        return nullptr;
    }
    range.used_range += page_bytes + page;
    range.used_bytes += bytes;
    char* at = pages + page_bytes - wanted;
    memset(pages, ZONE, (size_t)(at - pages));
    memset(at, UNSET, bytes);
    memset(at + bytes, ZONE, wanted - bytes);
    range.live.emplace(at, Allocation{bytes, owner, pages, page_bytes});
    return at;
}

bool release(Kind kind, void* address, const void* owner) {
    std::lock_guard guard(lock);
    Arena& range = arena(kind);
    auto found = range.live.find((char*)address);
    if (found == range.live.end() || found->second.owner != owner) {
        return false;
    }
    give_back(kind, range, found->first, found->second);
    range.live.erase(found);
    return true;
}

void release_all(const void* owner) {
    std::lock_guard guard(lock);
    for (Kind kind : {Kind::Device, Kind::Mapped}) {
        Arena& range = arena(kind);
        for (auto at = range.live.begin(); at != range.live.end();) {
            if (at->second.owner == owner) {
                give_back(kind, range, at->first, at->second);
                at = range.live.erase(at);
            } else {
                ++at;
            }
        }
    }
    std::erase_if(registered(), [&](const auto& known) { return known.second.owner == owner; });
}

bool enroll(void* address, size_t bytes, const void* owner) {
    std::lock_guard guard(lock);
    auto behind = registered().upper_bound((char*)address + bytes - 1);
    if (behind != registered().begin()) {
        auto before = std::prev(behind);
        if (before->first + before->second.bytes > (char*)address) {
            return false;
        }
    }
    registered().emplace((char*)address, Registered{bytes, owner});
    return true;
}

bool strike(void* address) {
    std::lock_guard guard(lock);
    return registered().erase((char*)address) != 0;
}

// Whether bytes lie in the last of some ranges that begins at or before them.
template <class Ranges> static bool lies_in(const Ranges& ranges, const void* address, size_t bytes) {
    auto behind = ranges.upper_bound((char*)address);
    if (behind == ranges.begin()) {
        return false;
    }
    auto found = std::prev(behind);
    size_t offset = (size_t)((const char*)address - found->first);
    return offset <= found->second.bytes && bytes <= found->second.bytes - offset;
}

bool contains(Kind kind, const void* address, size_t bytes) {
    std::lock_guard guard(lock);
    return lies_in(arena(kind).live, address, bytes) || (kind == Kind::Mapped && lies_in(registered(), address, bytes));
}

size_t free_bytes() {
    std::lock_guard guard(lock);
    Arena& range = arena(Kind::Device);
    return range.limit - range.used_bytes;
}

uintptr_t first(Kind kind) { return (uintptr_t)arena(kind).first; }
size_t range_bytes() { return RANGE_BYTES; }

void describe(const void* address, char* text, size_t bytes) {
    for (Kind kind : {Kind::Device, Kind::Mapped}) {
        Arena& range = arena(kind);
        const char* at = (const char*)address;
        if (at < range.first || at >= range.first + RANGE_BYTES) {
            continue;
        }
        // The process is about to end: whoever holds the lock does not get to change the map any more, or this waits for ever.
        auto behind = range.live.upper_bound((char*)address);
        if (behind != range.live.begin()) {
            auto before = std::prev(behind);
            size_t offset = (size_t)(at - before->first);
            if (offset < before->second.bytes + 2 * ALIGNMENT + 4096) {
                snprintf(text, bytes, "%zu bytes behind the end of an allocation of %zu bytes of %s", offset - before->second.bytes,
                         before->second.bytes, name(kind));
                return;
            }
        }
        snprintf(text, bytes, "%s that nobody has allocated, or that has been freed", name(kind));
        return;
    }
    snprintf(text, bytes, "no memory of the device");
}

}  // namespace sim::memory
