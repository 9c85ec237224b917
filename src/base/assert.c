#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void assert_failed(const char *expression, const char *file, int line)
{
    char text[512];
    int n = snprintf(text, sizeof(text), "assertion failed: %s at %s:%d\n", expression, file, line);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;

    /* write(2) and not stdio: whatever is broken, this takes no lock and allocates nothing. Should
     * it fail there is nobody left to tell, and the core file still says where. */
    ssize_t written = write(STDERR_FILENO, text, len);
    (void)written;
    abort();
}
