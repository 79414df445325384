// Launches that a stream captures, to be repeated. Nothing else can be captured.
#include "context.hpp"

using namespace sim;

API CUresult cuStreamBeginCapture_v2(CUstream handle, int) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Stream* stream = context->stream(handle);
    if (stream == nullptr) {
        return INVALID_HANDLE;
    }
    if (stream == context->null_stream.get() || stream->capture != nullptr) {
        return INVALID_VALUE;
    }
    stream->capture = std::make_unique<Captured>();
    return SUCCESS;
}
API CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Stream* stream = context->stream(handle);
    if (stream == nullptr) {
        return INVALID_HANDLE;
    }
    if (stream->capture == nullptr || graph == nullptr) {
        return INVALID_VALUE;
    }
    *graph = stream->capture.get();
    context->graphs.insert(std::move(stream->capture));
    return SUCCESS;
}
API CUresult cuGraphInstantiateWithFlags(CUgraphExec* instance, CUgraph handle, unsigned long long flags) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Captured* graph = context->graph(handle);
    if (instance == nullptr || graph == nullptr || flags != 0) {
        return INVALID_VALUE;
    }
    context->be_still("cuGraphInstantiateWithFlags");
    auto made = std::make_unique<Captured>(*graph);
    *instance = made.get();
    context->graphs.insert(std::move(made));
    return SUCCESS;
}
API CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    Captured* instance = context->graph(handle);
    Stream* stream = context->stream(stream_handle);
    if (instance == nullptr || stream == nullptr) {
        return INVALID_HANDLE;
    }
    for (const auto& launch : instance->launches) {
        launch(stream);
    }
    return SUCCESS;
}
static CUresult destroy(Captured* handle) {
    Locked locked;
    Context* context;
    if (int error = current(context)) {
        return error;
    }
    if (context->graph(handle) == nullptr) {
        return INVALID_HANDLE;
    }
    std::erase_if(context->graphs, [&](const auto& known) { return known.get() == handle; });
    return SUCCESS;
}
API CUresult cuGraphDestroy(CUgraph graph) { return destroy(graph); }
API CUresult cuGraphExecDestroy(CUgraphExec instance) { return destroy(instance); }
