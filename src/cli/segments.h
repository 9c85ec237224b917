/* The archived segments of a data directory, in the order of their commands. */
#ifndef USHER_CLI_SEGMENTS_H
#define USHER_CLI_SEGMENTS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct segments {
    char **paths;
    size_t count;
};

/* None when directory does not exist. */
enum error segments_list(const char *directory, struct segments *out, struct why *why);
void segments_free(struct segments *segments);

/* The file's name within its folder. */
const char *segments_name(const char *path);

/* First and last command, from its name; false when that says none. */
bool segments_range(const char *path, uint64_t *first, uint64_t *last);

/* Its last entry is older than this (wall): a file is as old as that. False when it cannot be told.
 */
bool segments_older(const char *path, uint64_t before_ms);

#endif
