/* Opens for reading what an operator names where a file is expected: a file, a device, or a pipe
 * that a shell made (/dev/stdin, <(command)). A folder, a socket and a pipe with a name (which
 * would be waited for, maybe for ever) are told from it. */
#ifndef USHER_CONFIG_SOURCE_H
#define USHER_CONFIG_SOURCE_H

#include "base/error.h"

/* why says what is wrong with it, "is a folder". */
enum error source_open(const char *path, int *fd, struct why *why);

#endif
