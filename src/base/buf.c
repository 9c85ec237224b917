#include "base/buf.h"

#include "base/assert.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAP_FIRST = 256 };

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_deinit(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){.max = buf->max};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    buf->starved = false;
}

char *buf_reserve(struct buf *buf, size_t n)
{
    ASSERT(buf->len <= buf->cap);
    if (buf->failed)
        return NULL;
    if (buf->len > buf->max || n > buf->max - buf->len) {
        buf->failed = true;
        return NULL;
    }
    size_t need = buf->len + n;
    if (buf->data == NULL || need > buf->cap) {
        size_t cap = buf->cap < CAP_FIRST ? CAP_FIRST : buf->cap;
        while (cap < need)
            cap = cap > SIZE_MAX / 2 ? need : cap * 2;
        if (cap > buf->max)
            cap = buf->max;
        /* One byte more than cap, for the NUL that vsnprintf puts behind its text. */
        char *data = cap < SIZE_MAX ? realloc(buf->data, cap + 1) : NULL;
        if (data == NULL) {
            buf->failed = true;
            buf->starved = true;
            return NULL;
        }
        buf->data = data;
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void buf_append(struct buf *buf, const void *data, size_t len)
{
    if (len == 0)
        return;
    char *out = buf_reserve(buf, len);
    if (out == NULL)
        return;
    memcpy(out, data, len);
    buf->len += len;
}

void buf_append_slice(struct buf *buf, struct slice s)
{
    buf_append(buf, s.data, s.len);
}

void buf_append_text(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_append_u8(struct buf *buf, uint8_t value)
{
    buf_append(buf, &value, sizeof(value));
}

void buf_append_u16_be(struct buf *buf, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    buf_append(buf, bytes, sizeof(bytes));
}

void buf_append_u32_be(struct buf *buf, uint32_t value)
{
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
    buf_append(buf, bytes, sizeof(bytes));
}

void buf_append_u64_be(struct buf *buf, uint64_t value)
{
    uint64_t bytes = htobe64(value);
    buf_append(buf, &bytes, sizeof(bytes));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    /* The first try goes into what is already there; only a text that does not fit is made twice.
     */
    if (buf_reserve(buf, 0) == NULL)
        return;
    va_list again;
    va_copy(again, args);
    size_t room = buf->cap - buf->len;
    int n = vsnprintf(buf->data + buf->len, room + 1, format, args);
    if (n < 0) {
        buf->failed = true;
    } else if ((size_t)n <= room) {
        buf->len += (size_t)n;
    } else if (buf_reserve(buf, (size_t)n) != NULL) {
        n = vsnprintf(buf->data + buf->len, (size_t)n + 1, format, again);
        ASSERT(n >= 0 && (size_t)n <= buf->cap - buf->len);
        buf->len += (size_t)n;
    }
    va_end(again);
}

struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->data, buf->len);
}
