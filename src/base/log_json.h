/* A line of the log as one JSON object (`log: {format: json}`): time, level and event, then the
 * values as members, whole numbers as numbers. Pure, without memory of its own. */
#ifndef USHER_BASE_LOG_JSON_H
#define USHER_BASE_LOG_JSON_H

#include "base/slice.h"

enum { LOG_JSON_BYTES_MAX = 8192 }; /* holds any line of a log's length, escaped */

/* values: "key=value key=\"quoted\" ..." as log_event has them, maybe cut off at the end. Returns
 * the length, with the newline. */
size_t log_json(char out[LOG_JSON_BYTES_MAX], const char *time, const char *level,
                const char *event, struct slice values);

#endif
