#include "report.hpp"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace sim {

void fatal(const char* format, ...) {
    // One write, without the locks of the standard streams: other threads go on until the process has ended.
    char text[8192] = "ringkernel-cuda-sim: ";
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    int wrote = vsnprintf(text + used, sizeof(text) - used - 1, format, arguments);
    va_end(arguments);
    used = wrote < 0 ? used : (used + (size_t)wrote < sizeof(text) - 1 ? used + (size_t)wrote : sizeof(text) - 2);
    text[used] = '\n';
    ssize_t ignored = write(STDERR_FILENO, text, used + 1);
    (void)ignored;
    abort();
}

}  // namespace sim
