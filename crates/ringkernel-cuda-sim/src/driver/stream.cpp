#include <time.h>

#include "../engine/report.hpp"
#include "../engine/tsan.hpp"
#include "context.hpp"

namespace sim {

unsigned long long nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1'000'000'000ull + (unsigned long long)now.tv_nsec;
}

Stream::Stream(Context* context, Kind kind) : context(context), kind(kind), thread_([this] { work(); }) {}

Stream::~Stream() {
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }
    thread_.join();
}

void Stream::push(std::function<int()> work) {
    std::lock_guard lock(mutex_);
    tsan::release(this);
    queue_.push_back(std::move(work));
    changed_.notify_all();
}

bool Stream::is_done() {
    std::lock_guard lock(mutex_);
    bool done = queue_.empty() && !busy_;
    if (done) {
        tsan::acquire(this);
    }
    return done;
}

void Stream::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.empty() && !busy_; });
    tsan::acquire(this);
}

void Stream::work() {
    tsan::Quiet quiet;
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return !queue_.empty() || closed_; });
        if (queue_.empty()) {
            return;
        }
        std::function<int()> next = std::move(queue_.front());
        queue_.pop_front();
        busy_ = true;
        lock.unlock();
        tsan::acquire(this);
        // What is queued behind a failure is never done, as on a device.
        int error = context->failure.load() == 0 ? next() : 0;
        next = nullptr;
        if (error != 0) {
            context->fail(error);
        }
        tsan::release(this);
        lock.lock();
        busy_ = false;
        changed_.notify_all();
    }
}

}  // namespace sim

using namespace sim;

static CUresult create(CUstream* stream, unsigned flags) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (stream == nullptr || flags > 1) {
        return INVALID_VALUE;
    }
    auto made = std::make_unique<Stream>(context, flags == 1 ? Stream::Kind::NonBlocking : Stream::Kind::Blocking);
    *stream = made.get();
    context->streams.insert(std::move(made));
    return SUCCESS;
}
API CUresult cuStreamCreate(CUstream* stream, unsigned flags) { return create(stream, flags); }
API CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int) { return create(stream, flags); }
API CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
    *least = *greatest = 0;
    return SUCCESS;
}
API CUresult cuStreamDestroy_v2(CUstream handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    for (auto at = context->streams.begin(); at != context->streams.end(); ++at) {
        if (at->get() == handle) {
            if (context->grids.load() != 0 && !handle->is_done()) {
                fatal("cuStreamDestroy of a stream on which a cooperative grid runs");
            }
            context->streams.erase(at);
            return SUCCESS;
        }
    }
    return INVALID_HANDLE;
}
API CUresult cuStreamQuery(CUstream handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Stream* stream = context->stream(handle);
    if (stream == nullptr) {
        return INVALID_HANDLE;
    }
    bool done = stream->is_done();
    int failure = context->failure.load();
    return failure != 0 ? failure : done ? SUCCESS : NOT_READY;
}
API CUresult cuStreamSynchronize(CUstream handle) {
    tsan::Quiet quiet;
    Context* context;
    Stream* stream;
    {
        Locked locked;
        if (int error = current(context)) {
            return error;
        }
        stream = context->stream(handle);
        if (stream == nullptr) {
            return INVALID_HANDLE;
        }
        if (stream == context->null_stream.get()) {
            context->be_still("cuStreamSynchronize of the null stream");
        }
    }
    // Others may use the driver meanwhile, for example to tell the grid to end.
    stream->wait();
    return context->failure.load();
}
API CUresult cuStreamWaitEvent(CUstream handle, CUevent event_handle, unsigned) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Stream* stream = context->stream(handle);
    Event* event = context->event(event_handle);
    if (stream == nullptr || event == nullptr) {
        return INVALID_HANDLE;
    }
    unsigned long long awaited = event->recorded;
    stream->push([event, awaited] {
        std::unique_lock lock(event->mutex);
        event->changed.wait(lock, [&] { return event->reached >= awaited; });
        tsan::acquire(event);
        return 0;
    });
    return SUCCESS;
}

API CUresult cuEventCreate(CUevent* event, unsigned) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    auto made = std::make_unique<Event>();
    made->context = context;
    *event = made.get();
    context->events.insert(std::move(made));
    return SUCCESS;
}
API CUresult cuEventDestroy_v2(CUevent handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Event* event = context->event(handle);
    if (event == nullptr) {
        return INVALID_HANDLE;
    }
    {
        std::unique_lock reached(event->mutex);
        event->changed.wait(reached, [&] { return event->reached == event->recorded || context->failure.load() != 0; });
    }
    std::erase_if(context->events, [&](const auto& known) { return known.get() == handle; });
    return SUCCESS;
}
API CUresult cuEventRecord(CUevent event_handle, CUstream handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Stream* stream = context->stream(handle);
    Event* event = context->event(event_handle);
    if (stream == nullptr || event == nullptr) {
        return INVALID_HANDLE;
    }
    std::lock_guard guard(event->mutex);
    unsigned long long number = ++event->recorded;
    stream->push([event, number] {
        std::lock_guard lock(event->mutex);
        event->reached = number;
        event->reached_ns = nanoseconds();
        tsan::release(event);
        event->changed.notify_all();
        return 0;
    });
    return SUCCESS;
}
API CUresult cuEventQuery(CUevent handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Event* event = context->event(handle);
    if (event == nullptr) {
        return INVALID_HANDLE;
    }
    std::lock_guard guard(event->mutex);
    if (event->reached != event->recorded) {
        return NOT_READY;
    }
    tsan::acquire(event);
    return SUCCESS;
}
API CUresult cuEventSynchronize(CUevent handle) {
    tsan::Quiet quiet;
    Context* context;
    Event* event;
    {
        Locked locked;
        if (int error = current(context)) {
            return error;
        }
        event = context->event(handle);
        if (event == nullptr) {
            return INVALID_HANDLE;
        }
    }
    std::unique_lock lock(event->mutex);
    while (event->reached != event->recorded && context->failure.load() == 0) {
        event->changed.wait_for(lock, std::chrono::milliseconds(1));
    }
    tsan::acquire(event);
    return context->failure.load();
}
API CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent from, CUevent to) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (context->event(from) == nullptr || context->event(to) == nullptr || from->recorded == 0 || to->recorded == 0) {
        return INVALID_HANDLE;
    }
    if (from->reached != from->recorded || to->reached != to->recorded) {
        return NOT_READY;
    }
    *milliseconds = (float)((double)(long long)(to->reached_ns - from->reached_ns) / 1e6);
    return SUCCESS;
}
API CUresult cuEventElapsedTime(float* milliseconds, CUevent from, CUevent to) { return cuEventElapsedTime_v2(milliseconds, from, to); }
