// A block of a grid: one thread of the system, on which the lanes are stacks that take turns.
//
// A lane that waits for others is out of the round until they have come. A lane that only pauses stays in it. When all that
// are in it have only paused, the thread sleeps, longer from round to round: an idle grid costs next to nothing.
#pragma once
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "../device/services.hpp"
#include "switch.hpp"

namespace sim {

class Grid;

class Block {
  public:
    Block(Grid& grid, unsigned number);
    ~Block();
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    // Runs all lanes until they have ended, or the grid has failed.
    void run(rk_sim_lane** current);

    // What lanes ask for.
    void pause(rk_sim_lane* lane);
    uint64_t meet_warp(rk_sim_lane* lane, unsigned meeting, unsigned mask, uint64_t value, unsigned source);
    unsigned meet_block(rk_sim_lane* lane, unsigned predicate);
    [[noreturn]] void trap(rk_sim_lane* lane);
    // From a signal handler: leaves the running lane for good, if the grid has failed and the lane is in its own code.
    void abandon();

    Grid& grid() const { return grid_; }
    unsigned number() const { return number_; }
    const Stacks& stacks() const { return stacks_; }

    // The block that runs on this thread, if any.
    static thread_local Block* here;

  private:
    enum class State : uint8_t { Ready, Paused, AtWarp, AtBlock, Ended };
    struct Lane {
        rk_sim_lane shown;
        void* stack;
        void* fiber;
        State state;
        unsigned meeting, mask, source;
        uint64_t value, result;
    };
    // Lanes that are to run, first in, first out. A lane is in one queue at most.
    class Queue {
      public:
        explicit Queue(unsigned capacity) : lanes_(std::bit_ceil(capacity)), mask_((unsigned)lanes_.size() - 1) {}
        bool empty() const { return count_ == 0; }
        unsigned size() const { return count_; }
        void push(unsigned lane);
        unsigned pop();

      private:
        std::vector<unsigned> lanes_;
        unsigned mask_, first_ = 0, count_ = 0;
    };

    // Marks that the thread is in the engine for as long as it is there.
    struct Inside {
        explicit Inside(Block& block) : block(block) { block.inside_ = true; }
        ~Inside() { block.inside_ = false; }
        Block& block;
    };

    static void enter(void* lane);
    void switch_away(unsigned from);
    unsigned next();
    bool rest();
    bool watch();
    void wake(unsigned lane);
    void end(unsigned lane);
    void complete_warp(unsigned first, unsigned mask);
    [[noreturn]] void deadlock(const char* reason, unsigned lane);

    Grid& grid_;
    unsigned number_, count_, alive_, current_ = 0;
    Stacks stacks_;
    std::vector<Lane> lanes_;
    Queue ready_, paused_;
    // A bit for each lane of a warp: whether it waits for others of the warp, and whether it has ended.
    struct Warp {
        unsigned waiting = 0, ended = 0;
    };
    std::vector<Warp> warps_;
    // Where lanes of the block meet.
    unsigned arrived_ = 0, sum_ = 0;
    unsigned turns_left_ = 0, idle_rounds_ = 0;
    // When the round began that is in progress, as far as that matters.
    uint64_t round_began_ = 0;
    bool progressed_ = false;
    // Whether the thread is in the engine, which looks at the grid's failure by itself.
    volatile bool inside_ = true;
    void* outside_ = nullptr;
    void* outside_fiber_ = nullptr;
    rk_sim_lane** shown_ = nullptr;
    std::vector<unsigned char> static_shared_;
    unsigned char* dynamic_memory_ = nullptr;
    size_t dynamic_bytes_ = 0;
};

}  // namespace sim
