#include "grid.hpp"

#include <chrono>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "block.hpp"
#include "faults.hpp"
#include "report.hpp"
#include "tsan.hpp"

namespace sim {

// Threads of blocks switch to stacks of lanes at once: their own holds little.
static constexpr size_t THREAD_STACK_BYTES = 256 * 1024;

int Grid::run() {
    unsigned threads = blocks() < launch_.resident_blocks ? blocks() : launch_.resident_blocks;
    {
        std::lock_guard lock(mutex_);
        running_ = threads;
    }
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
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return running_ == 0 || failed(); });
    }
    if (failed()) {
        wait_for_lanes();
    }
    tsan::acquire(this);
    return failure_.load();
}

bool Grid::wait_for_lanes() {
    // Lanes notice when they next make way. One that does not do so soon is interrupted.
    static constexpr unsigned ATTEMPTS = 50;
    std::unique_lock lock(mutex_);
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        if (changed_.wait_for(lock, std::chrono::milliseconds(attempt == 0 ? 50 : 20), [this] { return running_ == 0; })) {
            return true;
        }
        for (pthread_t thread : threads_) {
            faults::interrupt(thread);
        }
    }
    if (!tsan::watches()) {
        fatal("lanes of a grid that has failed cannot be ended");
    }
    return false;
}

void Grid::fail(int error) {
    int none = 0;
    failure_.compare_exchange_strong(none, error);
    std::lock_guard lock(mutex_);
    changed_.notify_all();
}

void Grid::sleep(unsigned block, uint64_t nanoseconds) {
    unsigned* word = &sleeping_[block];
    unsigned awake = AWAKE;
    // What was written since the lanes have looked keeps the block from sleeping.
    if (__atomic_compare_exchange_n(word, &awake, ASLEEP, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        timespec time = {0, (long)nanoseconds};
        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, ASLEEP, &time, nullptr, 0);
    }
    __atomic_store_n(word, AWAKE, __ATOMIC_SEQ_CST);
}

void Grid::wake(unsigned block) {
    unsigned* word = &sleeping_[block];
    if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != CALLED && __atomic_exchange_n(word, CALLED, __ATOMIC_SEQ_CST) == ASLEEP) {
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
}

void* Grid::thread(void* grid) {
    tsan::Quiet quiet;
    std::unique_ptr<std::shared_ptr<Grid>> self((std::shared_ptr<Grid>*)grid);
    (*self)->work();
    return nullptr;
}

void Grid::work() {
    faults::watch_this_thread();
    {
        std::lock_guard lock(mutex_);
        threads_.push_back(pthread_self());
    }
    tsan::acquire(this);
    for (unsigned number = next_block_++; number < blocks() && !failed(); number = next_block_++) {
        Block block(*this, number);
        block.run(launch_.current());
    }
    tsan::release(this);
    std::lock_guard lock(mutex_);
    std::erase_if(threads_, [](pthread_t thread) { return pthread_equal(thread, pthread_self()); });
    faults::leave_this_thread();
    running_ -= 1;
    changed_.notify_all();
}

}  // namespace sim
