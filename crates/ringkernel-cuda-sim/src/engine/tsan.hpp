// What ThreadSanitizer is told, where it watches the process. This library is built without it, so that it sees lanes as
// threads, and of the engine only what is said here.
#pragma once

extern "C" {
void* __tsan_get_current_fiber() __attribute__((weak));
void* __tsan_create_fiber(unsigned flags) __attribute__((weak));
void __tsan_destroy_fiber(void* fiber) __attribute__((weak));
void __tsan_switch_to_fiber(void* fiber, unsigned flags) __attribute__((weak));
void __tsan_acquire(void* address) __attribute__((weak));
void __tsan_release(void* address) __attribute__((weak));
void __tsan_ignore_thread_begin() __attribute__((weak));
void __tsan_ignore_thread_end() __attribute__((weak));
}

namespace sim::tsan {

inline bool watches() { return __tsan_create_fiber != nullptr; }
inline void* current() { return watches() ? __tsan_get_current_fiber() : nullptr; }
inline void* create() { return watches() ? __tsan_create_fiber(0) : nullptr; }
inline void destroy(void* fiber) {
    if (fiber != nullptr) {
        __tsan_destroy_fiber(fiber);
    }
}
// Switching orders nothing: lanes run beside each other on a device.
inline void enter(void* fiber) {
    if (fiber != nullptr) {
        __tsan_switch_to_fiber(fiber, 1);
    }
}
inline void acquire(void* address) {
    if (watches()) {
        __tsan_acquire(address);
    }
}
inline void release(void* address) {
    if (watches()) {
        __tsan_release(address);
    }
}

// Has the sanitizer look away: it sees some of what the engine does, such as freeing memory and waking threads, but not the
// atomics that order it.
class Quiet {
  public:
    Quiet() {
        if (watches()) {
            __tsan_ignore_thread_begin();
        }
    }
    ~Quiet() {
        if (watches()) {
            __tsan_ignore_thread_end();
        }
    }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
};

}  // namespace sim::tsan
