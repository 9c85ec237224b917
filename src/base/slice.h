/* A borrowed run of bytes: pointer and length, never owned, not NUL-terminated. A slice with
 * data == NULL is "absent"; len is then 0. */
#ifndef USHER_BASE_SLICE_H
#define USHER_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *data;
    size_t len;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
/* For printf: "%.*s", SLICE_ARG(s). */
#define SLICE_ARG(s) (int)(s).len, (s).data ? (s).data : ""

static inline struct slice slice_of(const void *data, size_t len)
{
    return (struct slice){(const char *)data, len};
}

static inline struct slice slice_from(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_from(text));
}

/* Copies s into out as a NUL-terminated string. False, and out is "", when it does not fit or s
 * holds a NUL byte. */
bool slice_copy(struct slice s, char *out, size_t out_size);

/* Whole s as a decimal integer, optional leading '-'. False when it is anything else or overflows.
 */
bool slice_to_i64(struct slice s, long long *out);

/* True when s is well-formed UTF-8 without control characters other than \n and \t. */
bool slice_is_text(struct slice s);

#endif
