// Reports accesses to memory that a lane must not touch, with the lane and what lies nearby.
#pragma once
#include <pthread.h>

namespace sim::faults {

// Before and after a thread runs blocks: gives it a stack for reports, so that lanes whose stack is full get one, too.
void watch_this_thread();
void leave_this_thread();

// Has a thread leave the lane that it runs, if its grid has failed.
void interrupt(pthread_t thread);

}  // namespace sim::faults
