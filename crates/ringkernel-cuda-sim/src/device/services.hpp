// What a simulated program and the simulated driver know of each other. Both are compiled with this file.
#pragma once

struct rk_sim_index {
    unsigned x, y, z;
};

// What a lane sees of itself.
struct rk_sim_lane {
    rk_sim_index thread, block, block_dim, grid_dim;
    // Its number in the block.
    unsigned number;
    unsigned char* static_shared;
    unsigned char* dynamic_shared;
    unsigned static_shared_bytes, dynamic_shared_bytes;
    // How many more accesses to shared words until the lane makes way for the others of its block, as it would on a device.
    unsigned patience;
    // The words that the lane has looked at last, by their places in a table of the grid, and whether one is the host's.
    unsigned looked_at[4];
    unsigned looks, looked_at_host;
    // For each place, the block that sleeps until a word there is written, plus 1.
    const unsigned* awaited;
    // Whether something that others can see has changed since the lane last paused.
    unsigned progressed;
};

// What the lanes of a warp do together.
enum rk_sim_meeting { RK_SIM_SYNC, RK_SIM_BALLOT, RK_SIM_SHUFFLE, RK_SIM_SUM, RK_SIM_MIN, RK_SIM_MAX, RK_SIM_AND, RK_SIM_OR, RK_SIM_XOR };

// Who has to see an operation on a shared word, and what it does.
enum rk_sim_scope { RK_SIM_BLOCK, RK_SIM_DEVICE, RK_SIM_SYSTEM };
enum rk_sim_access { RK_SIM_READ, RK_SIM_WRITE, RK_SIM_CHANGE };

// Places of the table in which sleeping blocks are found.
static constexpr unsigned RK_SIM_AWAITED = 4096;
static inline unsigned rk_sim_place(const volatile void* at) {
    return (unsigned)(((unsigned long long)at >> 2) * 0x9e3779b97f4a7c15ull >> 52);
}

// What a program asks of the engine.
struct rk_sim_services {
    // Lets the other lanes of the block run.
    void (*pause)(rk_sim_lane* lane);
    // Waits for the lanes of `mask`. Ballot: the lanes whose value is not zero. Shuffle: the value of lane `source`.
    unsigned long long (*meet_warp)(rk_sim_lane* lane, unsigned meeting, unsigned mask, unsigned long long value, unsigned source);
    // Waits for the block; gives how many lanes passed other than zero.
    unsigned (*meet_block)(rk_sim_lane* lane, unsigned predicate);
    [[noreturn]] void (*trap)(rk_sim_lane* lane);
    // Wakes a block that sleeps until such a word is written.
    void (*wake)(unsigned block);
    // Ends the process with a report if this memory does not take this operation: for all but memory of the device.
    void (*check)(rk_sim_lane* lane, const char* operation, const void* address, rk_sim_scope scope, rk_sim_access access);
    // Ends the process with a report.
    [[noreturn]] void (*refuse)(rk_sim_lane* lane, const char* operation, const void* address, const char* reason);
    unsigned long long (*nanoseconds)();
    // Where all memory of the device lies.
    unsigned long long device_first, device_bytes;
};

// Every program defines these; the driver finds them by name.
//   void rk_sim_load(const rk_sim_services*)   once, before any lane runs
//   rk_sim_lane** rk_sim_current()             where a thread keeps the lane that it runs
//   unsigned rk_sim_static_shared()            bytes of `__shared__` variables
