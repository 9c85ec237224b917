#include "base/clean.h"

#include "base/assert.h"
#include "base/utf8.h"

static void append(char *out, size_t out_size, struct slice text, bool lines);

void clean_append(char *out, size_t out_size, struct slice text)
{
    append(out, out_size, text, false);
}

void clean_copy(char *out, size_t out_size, struct slice text)
{
    ASSERT(out_size > 0);
    out[0] = '\0';
    clean_append(out, out_size, text);
}

void clean_lines(char *out, size_t out_size, struct slice text)
{
    ASSERT(out_size > 0);
    out[0] = '\0';
    append(out, out_size, text, true);
}

static void append(char *out, size_t out_size, struct slice text, bool lines)
{
    size_t len = strnlen(out, out_size);
    ASSERT(len < out_size);
    bool blank = false; /* the last one written stands for a run of control characters */
    size_t at = 0;
    while (at < text.len) {
        uint32_t code_point = 0;
        struct slice next = slice_of(text.data + at, text.len - at);
        next.len = utf8_decode(next, &code_point);
        at += next.len == 0 ? 1 : next.len;
        bool control =
            next.len > 0 && utf8_is_control(code_point) && (!lines || code_point != '\n');
        if (control && blank)
            continue;
        blank = control;
        if (next.len == 0)
            next = SLICE("?");
        else if (control)
            next = SLICE(" ");
        if (len + next.len >= out_size)
            break;
        memcpy(out + len, next.data, next.len);
        len += next.len;
    }
    out[len] = '\0';
}
