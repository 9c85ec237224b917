/* Text from Telegram or a proxy made fit for a message field: well-formed UTF-8 without control
 * characters, cut between characters. */
#ifndef USHER_BASE_CLEAN_H
#define USHER_BASE_CLEAN_H

#include "base/slice.h"

/* Appends to the NUL-terminated text in out what of text fits into out_size with the NUL. A run of
 * control characters becomes one blank, a malformed byte '?'. */
void clean_append(char *out, size_t out_size, struct slice text);
/* The same into an empty out. */
void clean_copy(char *out, size_t out_size, struct slice text);
/* The same, but line breaks stay. */
void clean_lines(char *out, size_t out_size, struct slice text);

#endif
