#include "block.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "grid.hpp"
#include "report.hpp"
#include "tsan.hpp"

namespace sim {

thread_local Block* Block::here = nullptr;

// What memory of a block holds before a lane writes it.
static constexpr unsigned char UNSET = 0xfb;
static constexpr unsigned WARP = 32;
static constexpr unsigned OUTSIDE = ~0u;

static uint64_t nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1'000'000'000u + (uint64_t)now.tv_nsec;
}

void Block::Queue::push(unsigned lane) {
    lanes_[(first_ + count_) & mask_] = lane;
    count_ += 1;
}

unsigned Block::Queue::pop() {
    unsigned lane = lanes_[first_];
    first_ = (first_ + 1) & mask_;
    count_ -= 1;
    return lane;
}

Block::Block(Grid& grid, unsigned number)
    : grid_(grid), number_(number), count_(grid.lanes()), alive_(count_), stacks_(count_), lanes_(count_), ready_(count_),
      paused_(count_), warps_((count_ + WARP - 1) / WARP), static_shared_(grid.launch().static_shared_bytes + 128, UNSET) {
    const Launch& launch = grid.launch();
    // Block memory ends where a page ends that nobody may touch.
    size_t page = (size_t)sysconf(_SC_PAGESIZE), wanted = (launch.dynamic_shared_bytes + 15u) & ~15ull;
    dynamic_bytes_ = (wanted + page - 1) / page * page + page;
    void* memory = mmap(nullptr, dynamic_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        fatal("no memory for block %u", number);
    }
    dynamic_memory_ = (unsigned char*)memory;
    memset(dynamic_memory_, UNSET, dynamic_bytes_ - page);
    mprotect(dynamic_memory_ + dynamic_bytes_ - page, page, PROT_NONE);
    unsigned char* aligned = (unsigned char*)(((uintptr_t)static_shared_.data() + 127) & ~(uintptr_t)127);
    for (unsigned index = 0; index < count_; index += 1) {
        Lane& lane = lanes_[index];
        unsigned x = launch.block_dim.x, y = launch.block_dim.y, gx = launch.grid_dim.x, gy = launch.grid_dim.y;
        lane.shown.thread = {index % x, index / x % y, index / x / y};
        lane.shown.block = {number % gx, number / gx % gy, number / gx / gy};
        lane.shown.number = index;
        lane.shown.block_dim = launch.block_dim;
        lane.shown.grid_dim = launch.grid_dim;
        lane.shown.static_shared = aligned;
        lane.shown.dynamic_shared = dynamic_memory_ + dynamic_bytes_ - page - wanted;
        lane.shown.static_shared_bytes = launch.static_shared_bytes;
        lane.shown.dynamic_shared_bytes = launch.dynamic_shared_bytes;
        lane.shown.awaited = grid.awaited();
        lane.shown.patience = 1 + index % 32;
        lane.shown.progressed = 0;
        lane.state = State::Ready;
        lane.stack = prepare(stacks_.top(index), Block::enter, &lane);
        lane.fiber = tsan::create();
        ready_.push(index);
    }
}

Block::~Block() {
    for (Lane& lane : lanes_) {
        tsan::destroy(lane.fiber);
    }
    munmap(dynamic_memory_, dynamic_bytes_);
}

void Block::run(rk_sim_lane** current) {
    // Sleeps of a lane end when they should, not some 50 microseconds later.
    prctl(PR_SET_TIMERSLACK, 1000ul);
    here = this;
    shown_ = current;
    outside_fiber_ = tsan::current();
    turns_left_ = 2 * count_;
    current_ = next();
    if (current_ != OUTSIDE) {
        *shown_ = &lanes_[current_].shown;
        tsan::enter(lanes_[current_].fiber);
        rk_sim_switch(&outside_, lanes_[current_].stack);
    }
    here = nullptr;
}

void Block::enter(void* argument) {
    Block& block = *here;
    Lane& lane = *(Lane*)argument;
    // What the host did before the launch comes before what any lane does.
    tsan::acquire(&block.grid_);
    const Launch& launch = block.grid_.launch();
    block.inside_ = false;
    launch.entry(launch.argument);
    block.inside_ = true;
    tsan::release(&block.grid_);
    block.end(lane.shown.number);
}

// Goes on with whoever is next; comes back when the lane is.
void Block::switch_away(unsigned from) {
    unsigned to = next();
    if (to == from) {
        lanes_[from].state = State::Ready;
        return;
    }
    current_ = to;
    if (to == OUTSIDE) {
        tsan::enter(outside_fiber_);
        rk_sim_switch(&lanes_[from].stack, outside_);
    }
    Lane& lane = lanes_[to];
    lane.state = State::Ready;
    *shown_ = &lane.shown;
    tsan::enter(lane.fiber);
    rk_sim_switch(&lanes_[from].stack, lane.stack);
}

unsigned Block::next() {
    for (;;) {
        if (grid_.failed() || alive_ == 0) {
            return OUTSIDE;
        }
        if (!ready_.empty() && turns_left_ > 0) {
            turns_left_ -= 1;
            return ready_.pop();
        }
        if (ready_.empty() && paused_.empty()) {
            deadlock("all lanes wait for others", current_);
        }
        // A round has ended. Lanes that never pause do not keep the others from their turn.
        if (ready_.empty() && !rest()) {
            continue;
        }
        while (!paused_.empty()) {
            ready_.push(paused_.pop());
        }
        turns_left_ = 2 * count_;
    }
}

// All lanes that can run have only paused: gives the processor to others if that goes on. Where nothing has happened in the
// whole grid for a while, sleeps get longer, and the longer the more a look at all lanes costs.
bool Block::rest() {
    static constexpr uint64_t SHORT_NS = 20'000, LONG_NS = 500'000;
    if (progressed_) {
        progressed_ = false;
        idle_rounds_ = 0;
        grid_.progressed(nanoseconds());
        return true;
    }
    idle_rounds_ += 1;
    if (idle_rounds_ <= 8) {
        return true;
    }
    uint64_t now = nanoseconds();
    if (idle_rounds_ <= 16) {
        // The lanes look once more after others know what they wait for.
        watch();
        round_began_ = now;
        sched_yield();
        return true;
    }
    uint64_t round = now - round_began_, longest = std::max(LONG_NS, 100 * round);
    // Other blocks wake this one; the host cannot, so that a block that looks at its words looks often as long as there is
    // something going on.
    bool waits_for_host = watch();
    uint64_t sleep = waits_for_host ? std::clamp(grid_.quiet(now) / 8, std::max(SHORT_NS, 4 * round), longest) : longest;
    // A round in which the thread lost the processor seems longer than it was.
    sleep = std::min<uint64_t>(sleep, 3'000'000);
    grid_.sleep(number_, sleep);
    round_began_ = nanoseconds();
    return !grid_.failed();
}

// Tells the grid what the lanes that have paused wait for. Whether one of them looks at words of the host.
bool Block::watch() {
    bool host = false;
    for (Lane& lane : lanes_) {
        if (lane.state != State::Paused) {
            continue;
        }
        for (unsigned place : lane.shown.looked_at) {
            grid_.await(place, number_);
        }
        host = host || lane.shown.looked_at_host != 0;
        lane.shown.looked_at_host = 0;
    }
    return host;
}

void Block::wake(unsigned lane) {
    lanes_[lane].state = State::Ready;
    ready_.push(lane);
}

void Block::pause(rk_sim_lane* shown) {
    Inside inside(*this);
    unsigned lane = shown->number;
    progressed_ = progressed_ || shown->progressed != 0;
    shown->progressed = 0;
    lanes_[lane].state = State::Paused;
    paused_.push(lane);
    switch_away(lane);
}

void Block::trap(rk_sim_lane* shown) {
    static constexpr int LAUNCH_FAILED = 719;
    inside_ = true;
    grid_.fail(LAUNCH_FAILED);
    switch_away(shown->number);
    fatal("a lane was run again that has ended its launch");
}

void Block::abandon() {
    // The sanitizer may be in the middle of something, and would not take it well.
    if (inside_ || !grid_.failed() || tsan::watches()) {
        return;
    }
    inside_ = true;
    rk_sim_switch(&lanes_[current_].stack, outside_);
}

void Block::end(unsigned lane) {
    Warp& warp = warps_[lane / WARP];
    lanes_[lane].state = State::Ended;
    warp.ended |= 1u << lane % WARP;
    alive_ -= 1;
    progressed_ = true;
    bool awaited = arrived_ != 0;
    for (unsigned rest = warp.waiting; rest != 0; rest &= rest - 1) {
        const Lane& other = lanes_[lane / WARP * WARP + (unsigned)__builtin_ctz(rest)];
        awaited = awaited || (other.mask >> lane % WARP & 1) != 0;
    }
    if (awaited) {
        deadlock("a lane has ended that others wait for", lane);
    }
    switch_away(lane);
    fatal("a lane that has ended was run again");
}

unsigned Block::meet_block(rk_sim_lane* shown, unsigned predicate) {
    Inside inside(*this);
    unsigned own = shown->number;
    Lane& lane = lanes_[own];
    tsan::release(&arrived_);
    lane.state = State::AtBlock;
    sum_ += predicate;
    arrived_ += 1;
    if (alive_ != count_) {
        deadlock("a lane is at a barrier of the block after others have ended", own);
    }
    if (arrived_ < count_) {
        switch_away(own);
    } else {
        for (unsigned other = 0; other < count_; other += 1) {
            lanes_[other].result = sum_;
            if (other != own) {
                wake(other);
            }
        }
        lane.state = State::Ready;
        arrived_ = sum_ = 0;
    }
    tsan::acquire(&arrived_);
    return (unsigned)lane.result;
}

uint64_t Block::meet_warp(rk_sim_lane* shown, unsigned meeting, unsigned mask, uint64_t value, unsigned source) {
    Inside inside(*this);
    unsigned own = shown->number, first = own / WARP * WARP;
    Lane& lane = lanes_[own];
    unsigned existing = count_ - first >= WARP ? ~0u : (1u << (count_ - first)) - 1u;
    if ((mask >> (own - first) & 1) == 0 || (mask & ~existing) != 0) {
        fatal("block %u, lane %u: the mask 0x%08x of a warp operation %s", number_, own, mask,
              (mask & ~existing) != 0 ? "names lanes that the block does not have" : "leaves out the lane that passes it");
    }
    if (meeting == RK_SIM_SHUFFLE && (source >= WARP || (mask >> source & 1) == 0)) {
        fatal("block %u, lane %u: a shuffle asks lane %u of the warp, which the mask 0x%08x leaves out", number_, own, source, mask);
    }
    tsan::release(&lanes_[first]);
    lane.state = State::AtWarp;
    lane.meeting = meeting;
    lane.mask = mask;
    lane.value = value;
    lane.source = source;
    Warp& warp = warps_[own / WARP];
    warp.waiting |= 1u << (own - first);
    if ((warp.ended & mask) != 0) {
        deadlock("a lane waits for lanes of its warp that have ended", own);
    }
    bool complete = (warp.waiting & mask) == mask;
    for (unsigned rest = complete ? mask : 0; rest != 0; rest &= rest - 1) {
        const Lane& other = lanes_[first + (unsigned)__builtin_ctz(rest)];
        complete = complete && other.mask == mask;
        if (other.mask == mask && other.meeting != meeting) {
            deadlock("lanes of a warp are at different operations", own);
        }
    }
    if (complete) {
        complete_warp(first, mask);
        warp.waiting &= ~mask;
        for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
            unsigned index = first + (unsigned)__builtin_ctz(rest);
            if (index != own) {
                wake(index);
            }
        }
        lane.state = State::Ready;
    } else {
        switch_away(own);
    }
    tsan::acquire(&lanes_[first]);
    return lane.result;
}

void Block::complete_warp(unsigned first, unsigned mask) {
    unsigned meeting = lanes_[first + (unsigned)__builtin_ctz(mask)].meeting;
    uint64_t common = 0;
    bool any = false;
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
        unsigned index = (unsigned)__builtin_ctz(rest);
        uint64_t value = lanes_[first + index].value;
        switch (meeting) {
            case RK_SIM_BALLOT: common |= (uint64_t)(value != 0) << index; break;
            case RK_SIM_SUM: common += value; break;
            case RK_SIM_MIN: common = any ? std::min(common, value) : value; break;
            case RK_SIM_MAX: common = std::max(common, value); break;
            case RK_SIM_AND: common = any ? common & value : value; break;
            case RK_SIM_OR: common |= value; break;
            case RK_SIM_XOR: common ^= value; break;
            default: break;
        }
        any = true;
    }
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
        Lane& lane = lanes_[first + (unsigned)__builtin_ctz(rest)];
        lane.result = meeting == RK_SIM_SHUFFLE ? lanes_[first + lane.source].value : common;
    }
}

// Where each lane is, with runs of equal ones in one line.
void Block::deadlock(const char* reason, unsigned lane) {
    static const char* const MEETINGS[] = {"__syncwarp", "__ballot_sync", "__shfl_sync", "__reduce_add_sync", "__reduce_min_sync",
                                           "__reduce_max_sync", "__reduce_and_sync", "__reduce_or_sync", "__reduce_xor_sync"};
    auto place = [&](unsigned index) -> std::string {
        const Lane& at = lanes_[index];
        char text[96];
        switch (at.state) {
            case State::Ready: return "run";
            case State::Paused: return "pause";
            case State::AtBlock: return "wait for the block";
            case State::Ended: return "have ended";
            default: snprintf(text, sizeof(text), "wait in %s with mask 0x%08x", MEETINGS[at.meeting], at.mask); return text;
        }
    };
    std::string places;
    for (unsigned from = 0; from < count_ && places.size() < 4096;) {
        unsigned to = from + 1;
        while (to < count_ && place(to) == place(from)) {
            to += 1;
        }
        char text[64];
        snprintf(text, sizeof(text), "\n  lanes %u to %u ", from, to - 1);
        places += text + place(from);
        from = to;
    }
    fatal("block %u, lane %u: %s:%s", number_, lane, reason, places.c_str());
}

}  // namespace sim
