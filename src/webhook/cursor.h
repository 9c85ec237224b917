/* How far a webhook is: a small JSON file that is replaced as a whole. One that is lost or damaged
 * is none: what the ledger still keeps is sent again, under the same ids. */
#ifndef USHER_WEBHOOK_CURSOR_H
#define USHER_WEBHOOK_CURSOR_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CURSOR_MARKS_MAX = 32 };

/* Where it was at a time. */
struct cursor_mark {
    uint64_t at_ms; /* wall */
    uint64_t position;
};

struct cursor {
    uint64_t position;         /* everything up to this command is sent, or was not wanted */
    uint64_t failing_since_ms; /* wall, 0: it is not */
    bool disabled;
    struct cursor_mark marks[CURSOR_MARKS_MAX]; /* oldest first */
    size_t mark_count;
};

/* ERROR_NOT_FOUND when there is no such file or it holds no cursor. */
enum error cursor_load(const char *path, struct cursor *out);
/* Durable when it returns, but for the name, whose loss leaves the one before. */
enum error cursor_save(const char *path, const struct cursor *cursor, struct why *why);

/* Notes a place, each `every_ms` at most; the oldest mark goes when there is no room. */
void cursor_mark(struct cursor *cursor, uint64_t now_ms, uint64_t every_ms);
/* How far it was keep_ms ago, and still is; 0: nobody knows. */
uint64_t cursor_left(const struct cursor *cursor, uint64_t now_ms, uint64_t keep_ms);

#endif
