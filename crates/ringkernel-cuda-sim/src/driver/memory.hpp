// Memory of the device, and memory of the host that the device sees.
//
// Each kind lies in an address range of its own, so that one comparison tells them apart. An allocation ends where a page
// ends that nobody may touch; what is left of its first page is filled with a pattern that is checked when it is freed. Its
// bytes are not zero at first. Addresses are not used a second time.
#pragma once
#include <cstddef>
#include <cstdint>

namespace sim::memory {

enum class Kind { Device, Mapped };

// Memory for a context, or null where the device has not as much left.
void* allocate(Kind kind, size_t bytes, const void* owner);
// Whether an allocation of this kind and owner began there.
bool release(Kind kind, void* address, const void* owner);
void release_all(const void* owner);

// Makes memory of the host mapped memory until it is taken back: whether it was not (or was) registered before.
bool enroll(void* address, size_t bytes, const void* owner);
bool strike(void* address);

// Whether all of these bytes lie in one allocation of this kind.
bool contains(Kind kind, const void* address, size_t bytes);
// How many bytes of device memory are free.
size_t free_bytes();
// The first address of a kind's range, and how many bytes it has.
uintptr_t first(Kind kind);
size_t range_bytes();

// Says in words what lies at an address; may be called from a signal handler.
void describe(const void* address, char* text, size_t bytes);

}  // namespace sim::memory
