/* A growable byte buffer with an upper bound. Failure is sticky: after an append that did not fit
 * (over max, or out of memory) failed is true, the content is unchanged by later appends, and the
 * caller checks once at the end. Owner: whoever called buf_init; release with buf_deinit. */
#ifndef USHER_BASE_BUF_H
#define USHER_BASE_BUF_H

#include "base/slice.h"

#include <stdarg.h>
#include <stdint.h>

struct buf {
    char *data;   /* NULL until the first append */
    size_t len;   /* bytes in use */
    size_t cap;   /* bytes allocated */
    size_t max;   /* most bytes it may ever hold */
    bool failed;  /* an append did not fit */
    bool starved; /* it failed for want of memory, not of room: it may fit another time */
};

void buf_init(struct buf *buf, size_t max);
void buf_deinit(struct buf *buf);
void buf_clear(struct buf *buf); /* len = 0, failed = false; keeps the memory */
void buf_append(struct buf *buf, const void *data, size_t len);
void buf_append_slice(struct buf *buf, struct slice s);
void buf_append_text(struct buf *buf, const char *text);
void buf_append_u8(struct buf *buf, uint8_t value);
void buf_append_u16_be(struct buf *buf, uint16_t value);
void buf_append_u32_be(struct buf *buf, uint32_t value);
void buf_append_u64_be(struct buf *buf, uint64_t value);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
struct slice buf_slice(const struct buf *buf);
/* Makes room for n more bytes and returns where they go (then the caller adds to len), or NULL. */
char *buf_reserve(struct buf *buf, size_t n);

#endif
