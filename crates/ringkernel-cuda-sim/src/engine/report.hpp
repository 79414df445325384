// How the simulator tells of what a correct host and a correct program never do.
#pragma once

namespace sim {

// Writes a report to the standard error stream and ends the process: nobody can take this for an error to recover from.
[[noreturn]] __attribute__((format(printf, 1, 2))) void fatal(const char* format, ...);

}  // namespace sim
