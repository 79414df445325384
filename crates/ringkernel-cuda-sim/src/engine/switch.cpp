#include "switch.hpp"

#include <cstdint>
#include <sys/mman.h>

#include "report.hpp"

#if defined(__x86_64__)
// The control words of the floating-point units are left alone: device text does not change them.
asm(R"(
    .text
    .globl rk_sim_switch
    .hidden rk_sim_switch
    .type rk_sim_switch, @function
rk_sim_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size rk_sim_switch, .-rk_sim_switch

    .hidden rk_sim_enter
    .globl rk_sim_enter
    .type rk_sim_enter, @function
rk_sim_enter:
    .cfi_startproc
    .cfi_undefined rip
    movq %r12, %rdi
    call *%r13
    ud2
    .cfi_endproc
    .size rk_sim_enter, .-rk_sim_enter
)");
#elif defined(__aarch64__)
asm(R"(
    .text
    .globl rk_sim_switch
    .hidden rk_sim_switch
    .type rk_sim_switch, %function
rk_sim_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
    .size rk_sim_switch, .-rk_sim_switch

    .hidden rk_sim_enter
    .globl rk_sim_enter
    .type rk_sim_enter, %function
rk_sim_enter:
    mov x0, x19
    blr x20
    brk #1
    .size rk_sim_enter, .-rk_sim_enter
)");
#else
#error "the simulated CUDA driver switches stacks on x86-64 and aarch64 only"
#endif

extern "C" void rk_sim_enter();

namespace sim {

void* prepare(void* stack_top, void (*entry)(void*), void* argument) {
    void** frame = (void**)((uintptr_t)stack_top & ~(uintptr_t)15);
#if defined(__x86_64__)
    // r15, r14, r13, r12, rbx, rbp, and where `ret` goes; above it two words, so that the stack is aligned in the entry.
    frame -= 9;
    for (int word = 0; word < 9; word += 1) {
        frame[word] = nullptr;
    }
    frame[2] = (void*)entry;
    frame[3] = argument;
    frame[6] = (void*)rk_sim_enter;
#else
    frame -= 20;
    for (int word = 0; word < 20; word += 1) {
        frame[word] = nullptr;
    }
    frame[0] = argument;
    frame[1] = (void*)entry;
    frame[11] = (void*)rk_sim_enter;
#endif
    return frame;
}

// A page of guard, and what handlers with arrays on the stack need. Only pages that are touched take memory.
static constexpr size_t GUARD_BYTES = 64 * 1024;
static constexpr size_t STACK_BYTES = 192 * 1024;

Stacks::Stacks(unsigned count) : stride_(GUARD_BYTES + STACK_BYTES), count_(count) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    void* memory = mmap(nullptr, stride_ * count, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) {
        fatal("no address space for the stacks of %u lanes", count);
    }
    memory_ = (char*)memory;
    for (unsigned index = 0; index < count; index += 1) {
        if (mprotect(memory_ + stride_ * index, GUARD_BYTES, PROT_NONE) != 0) {
            fatal("the stacks of %u lanes cannot be guarded", count);
        }
    }
}

Stacks::~Stacks() { munmap(memory_, stride_ * count_); }

int Stacks::overflown(const void* address) const {
    const char* at = (const char*)address;
    if (at < memory_ || at >= memory_ + stride_ * count_) {
        return -1;
    }
    size_t offset = (size_t)(at - memory_);
    return offset % stride_ < GUARD_BYTES ? (int)(offset / stride_) : -1;
}

}  // namespace sim
