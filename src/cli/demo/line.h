/* A line of what happens in the demo, in the columns of demo.c's: when, and which kind. What is
 * said of it follows. */
#ifndef USHER_CLI_DEMO_LINE_H
#define USHER_CLI_DEMO_LINE_H

#include <stdint.h>

/* start_ms: mono, when the demo began. */
void line_begin(uint64_t start_ms, const char *what);

#endif
