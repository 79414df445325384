// The stacks of lanes, and how a thread goes from one to the next: the registers that calls preserve are all there is to save.
#pragma once
#include <cstddef>

// Stores the stack pointer of the running stack in `from` and goes on with `to`.
extern "C" void rk_sim_switch(void** from, void* to);

namespace sim {

// A stack pointer for `rk_sim_switch` that calls `entry(argument)` on a fresh stack, which never returns.
void* prepare(void* stack_top, void (*entry)(void*), void* argument);

// Stacks for the lanes of a block, with a page below each that nobody may touch.
class Stacks {
  public:
    explicit Stacks(unsigned count);
    ~Stacks();
    Stacks(const Stacks&) = delete;
    Stacks& operator=(const Stacks&) = delete;
    // One behind the last byte of a stack. Stacks do not begin at equal places of their pages: all of them would compete for the
    // same lines of the processor's caches.
    void* top(unsigned index) const { return memory_ + stride_ * (index + 1) - index * 1088 % 16384; }
    // The stack into whose guard an address falls, or -1.
    int overflown(const void* address) const;

  private:
    char* memory_;
    size_t stride_;
    unsigned count_;
};

}  // namespace sim
