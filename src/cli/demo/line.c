#include "cli/demo/line.h"

#include "base/clock.h"

#include <stdio.h>

void line_begin(uint64_t start_ms, const char *what)
{
    (void)printf("%5.1f s  %-8s ", (double)(clock_mono_ms() - start_ms) / 1000.0, what);
}
