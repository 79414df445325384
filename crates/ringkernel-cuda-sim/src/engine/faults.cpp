#include "faults.hpp"

#include <csignal>
#include <cstdlib>
#include <mutex>

#include "../driver/memory.hpp"
#include "block.hpp"
#include "report.hpp"

namespace sim::faults {

static struct sigaction before_segv, before_bus;

// Only what a lane does is reported; everything else goes where it went before.
static void handle(int signal, siginfo_t* info, void* context) {
    Block* block = Block::here;
    const struct sigaction& before = signal == SIGSEGV ? before_segv : before_bus;
    if (block == nullptr) {
        if (before.sa_flags & SA_SIGINFO) {
            before.sa_sigaction(signal, info, context);
        } else {
            sigaction(signal, &before, nullptr);
        }
        return;
    }
    int overflown = block->stacks().overflown(info->si_addr);
    if (overflown >= 0) {
        fatal("block %u, lane %d: the stack is full", block->number(), overflown);
    }
    char place[256];
    memory::describe(info->si_addr, place, sizeof(place));
    fatal("block %u: a lane touches address %p, which is %s", block->number(), info->si_addr, place);
}

// Sent by the grid to threads that do not come back by themselves.
static int interruption() { return SIGRTMIN + 7; }

static void leave(int) {
    if (Block::here != nullptr) {
        Block::here->abandon();
    }
}

void interrupt(pthread_t thread) { pthread_kill(thread, interruption()); }

static void install() {
    struct sigaction action = {};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &before_segv);
    sigaction(SIGBUS, &action, &before_bus);
    struct sigaction leaving = {};
    leaving.sa_handler = leave;
    // A lane may be left in the middle of the handler: the next interruption has to come through.
    leaving.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigemptyset(&leaving.sa_mask);
    sigaction(interruption(), &leaving, nullptr);
}

static thread_local void* stack = nullptr;

void watch_this_thread() {
    static std::once_flag once;
    std::call_once(once, install);
    static constexpr size_t BYTES = 64 * 1024;
    stack = malloc(BYTES);
    stack_t description = {};
    description.ss_sp = stack;
    description.ss_size = BYTES;
    sigaltstack(&description, nullptr);
}

void leave_this_thread() {
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
    free(stack);
    stack = nullptr;
}

}  // namespace sim::faults
