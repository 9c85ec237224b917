#include "base/slice.h"

#include "base/utf8.h"

#include <limits.h>

bool slice_copy(struct slice s, char *out, size_t out_size)
{
    if (out_size == 0)
        return false;
    out[0] = '\0';
    if (s.len >= out_size || (s.len > 0 && memchr(s.data, '\0', s.len) != NULL))
        return false;
    if (s.len > 0)
        memcpy(out, s.data, s.len);
    out[s.len] = '\0';
    return true;
}

bool slice_to_i64(struct slice s, long long *out)
{
    size_t at = 0;
    bool negative = s.len > 0 && s.data[0] == '-';
    if (negative)
        at = 1;
    if (at == s.len)
        return false;

    /* Gathered as a negative number, which has room for one more than the positive. */
    long long value = 0;
    for (; at < s.len; at++) {
        char c = s.data[at];
        if (c < '0' || c > '9')
            return false;
        if (__builtin_mul_overflow(value, 10LL, &value) ||
            __builtin_sub_overflow(value, (long long)(c - '0'), &value))
            return false;
    }
    if (!negative && value == LLONG_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

bool slice_is_text(struct slice s)
{
    for (size_t at = 0; at < s.len;) {
        uint32_t code_point;
        size_t len = utf8_decode(slice_of(s.data + at, s.len - at), &code_point);
        if (len == 0)
            return false;
        if (utf8_is_control(code_point) && code_point != '\n' && code_point != '\t')
            return false;
        at += len;
    }
    return true;
}
