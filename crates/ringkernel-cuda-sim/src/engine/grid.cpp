#include "grid.hpp"

#include <chrono>
#include <pthread.h>

#include "block.hpp"
#include "faults.hpp"
#include "report.hpp"
#include "tsan.hpp"

namespace sim {

// Threads of blocks switch to stacks of lanes at once: their own holds little.
static constexpr size_t THREAD_STACK_BYTES = 256 * 1024;

int Grid::run() {
    unsigned threads = blocks() < launch_.resident_blocks ? blocks() : launch_.resident_blocks;
    running_ = threads;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    tsan::release(this);
    for (unsigned index = 0; index < threads; index += 1) {
        pthread_t thread;
        // Each thread keeps the grid until it has ended, which may be after the launch has failed.
        auto* self = new std::shared_ptr<Grid>(shared_from_this());
        if (pthread_create(&thread, &attributes, Grid::thread, self) != 0) {
            fatal("no thread for block %u of %u", index, blocks());
        }
    }
    pthread_attr_destroy(&attributes);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return running_ == 0 || failed(); });
    if (failed()) {
        // Lanes notice when they next make way. One that never does is left behind.
        changed_.wait_for(lock, std::chrono::seconds(2), [this] { return running_ == 0; });
    }
    tsan::acquire(this);
    return failure_.load();
}

void Grid::fail(int error) {
    int none = 0;
    failure_.compare_exchange_strong(none, error);
    std::lock_guard lock(mutex_);
    changed_.notify_all();
}

void* Grid::thread(void* grid) {
    std::unique_ptr<std::shared_ptr<Grid>> self((std::shared_ptr<Grid>*)grid);
    (*self)->work();
    return nullptr;
}

void Grid::work() {
    faults::watch_this_thread();
    tsan::acquire(this);
    for (unsigned number = next_block_++; number < blocks() && !failed(); number = next_block_++) {
        Block block(*this, number);
        block.run(launch_.current());
    }
    tsan::release(this);
    faults::leave_this_thread();
    std::lock_guard lock(mutex_);
    running_ -= 1;
    changed_.notify_all();
}

}  // namespace sim
