// Reports accesses to memory that a lane must not touch, with the lane and what lies nearby.
#pragma once

namespace sim::faults {

// Before and after a thread runs blocks: gives it a stack for reports, so that lanes whose stack is full get one, too.
void watch_this_thread();
void leave_this_thread();

}  // namespace sim::faults
