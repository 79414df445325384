// Contexts, and what belongs to them.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "../engine/grid.hpp"
#include "../engine/tsan.hpp"
#include "cuda.hpp"

namespace sim {

struct Function {
    Module* module;
    std::string name;
    void (*entry)(unsigned long long);
    unsigned dynamic_shared_limit;
};

struct Module {
    Context* context;
    void* library;
    rk_sim_lane** (*current)();
    unsigned static_shared_bytes;
    std::list<Function> functions;
};

// Launches to be repeated: a graph, and an instance of one.
struct Captured {
    std::vector<std::function<void(Stream*)>> launches;
};

// Work in the order in which it was given, on a thread of its own.
struct Stream {
    enum class Kind { Blocking, NonBlocking };
    Stream(Context* context, Kind kind);
    // Ends the thread after what is queued, or, if the context has failed, at once.
    ~Stream();

    // The work gives an error, which ends the context's usefulness.
    void push(std::function<int()> work);
    bool is_done();
    void wait();

    Context* const context;
    const Kind kind;
    // Where launches go instead of into the queue, while that is captured.
    std::unique_ptr<Captured> capture;

  private:
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<int()>> queue_;
    bool busy_ = false, closed_ = false;
    std::thread thread_;
};

struct Event {
    Context* context;
    std::mutex mutex;
    std::condition_variable changed;
    // How often it was recorded, and how often such a record has been reached.
    unsigned long long recorded = 0, reached = 0;
    unsigned long long reached_ns = 0;
};

struct Context {
    Context();
    ~Context();

    int device_flags = 0;
    // The error that every later call gets.
    std::atomic<int> failure{0};
    // Cooperative grids that have been launched and have not ended.
    std::atomic<unsigned> grids{0};
    // All launches that may not have ended.
    std::vector<std::weak_ptr<Grid>> launches;
    std::set<std::unique_ptr<Module>> modules;
    std::set<std::unique_ptr<Stream>> streams;
    std::set<std::unique_ptr<Event>> events;
    std::set<std::unique_ptr<Captured>> graphs;
    std::unique_ptr<Stream> null_stream;

    void fail(int error);
    // For calls that synchronise with all that runs: ends the process if a persistent grid runs, else waits.
    void be_still(const char* call);

    Stream* stream(CUstream handle);
    Module* module(CUmodule handle);
    Function* function(CUfunction handle);
    Event* event(CUevent handle);
    Captured* graph(CUgraph handle);
};

// All that is not in a stream's queue is done while one of these is held.
std::recursive_mutex& driver_lock();
struct Locked {
    Locked() : lock(driver_lock()) {}
    tsan::Quiet quiet;
    std::lock_guard<std::recursive_mutex> lock;
};

bool initialized();

// The context of the calling thread in `context`, or the error that a call has to give instead.
int current(Context*& context);
// Whether a context of this address exists.
bool exists(const Context* context);

unsigned long long nanoseconds();

}  // namespace sim
