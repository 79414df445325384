// A launch: its blocks, the threads that run them, and how it ends.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <vector>

#include "../device/services.hpp"

namespace sim {

// A loaded program's function, and what it is launched with.
struct Launch {
    void (*entry)(unsigned long long argument);
    rk_sim_lane** (*current)();
    unsigned long long argument;
    rk_sim_index grid_dim, block_dim;
    unsigned static_shared_bytes, dynamic_shared_bytes;
    // How many blocks run at the same time; the others follow when these have ended.
    unsigned resident_blocks;
};

class Grid : public std::enable_shared_from_this<Grid> {
  public:
    explicit Grid(const Launch& launch) : launch_(launch), awaited_(RK_SIM_AWAITED), sleeping_(blocks()) {}

    // Runs the grid to its end: 0, or the error that ended it. After an error some threads may still be on their way out.
    int run();

    const Launch& launch() const { return launch_; }
    unsigned blocks() const { return launch_.grid_dim.x * launch_.grid_dim.y * launch_.grid_dim.z; }
    unsigned lanes() const { return launch_.block_dim.x * launch_.block_dim.y * launch_.block_dim.z; }

    // Ends the grid: its lanes do not run again.
    void fail(int error);
    // After a failure: waits until no lane runs. False if some cannot be ended, which is so only where ThreadSanitizer watches.
    bool wait_for_lanes();
    // Which block sleeps until a word at this place of the table is written; a later one takes the place of an earlier one, which
    // then wakes by itself.
    const unsigned* awaited() const { return awaited_.data(); }
    void await(unsigned place, unsigned block) { __atomic_store_n(&awaited_[place], block + 1, __ATOMIC_RELAXED); }
    void sleep(unsigned block, uint64_t nanoseconds);
    void wake(unsigned block);

    // When something last happened that other lanes or the host can see, and how long ago that was.
    void progressed(uint64_t now_ns) { progressed_ns_.store(now_ns, std::memory_order_relaxed); }
    uint64_t quiet(uint64_t now_ns) const {
        uint64_t progressed = progressed_ns_.load(std::memory_order_relaxed);
        return now_ns > progressed ? now_ns - progressed : 0;
    }
    bool failed() const { return failure_.load(std::memory_order_relaxed) != 0; }

  private:
    static void* thread(void* grid);
    void work();

    Launch launch_;
    std::atomic<int> failure_{0};
    std::vector<unsigned> awaited_;
    // For each block, whether it sleeps, or was called since it slept.
    enum : unsigned { AWAKE, ASLEEP, CALLED };
    std::vector<unsigned> sleeping_;
    std::atomic<unsigned> next_block_{0};
    std::atomic<uint64_t> progressed_ns_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    unsigned running_ = 0;
    // The threads that run blocks.
    std::vector<pthread_t> threads_;
};

}  // namespace sim
