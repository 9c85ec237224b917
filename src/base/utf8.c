#include "base/utf8.h"

static size_t decode_or_byte(struct slice text, size_t *units);

size_t utf8_decode(struct slice text, uint32_t *code_point)
{
    if (text.len == 0)
        return 0;
    const unsigned char *p = (const unsigned char *)text.data;
    if (p[0] < 0x80) {
        *code_point = p[0];
        return 1;
    }

    size_t len;
    uint32_t least; /* what needs this many bytes; anything below is an overlong form */
    uint32_t value;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        len = 2, least = 0x80, value = p[0] & 0x1FU;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        len = 3, least = 0x800, value = p[0] & 0x0FU;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        len = 4, least = 0x10000, value = p[0] & 0x07U;
    } else {
        return 0;
    }
    if (text.len < len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3FU);
    }
    if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code_point = value;
    return len;
}

bool utf8_is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

struct slice utf8_cut_utf16(struct slice text, size_t units_max)
{
    size_t at = 0;
    size_t units = 0;
    while (at < text.len) {
        size_t width;
        size_t len = decode_or_byte(slice_of(text.data + at, text.len - at), &width);
        if (units + width > units_max)
            break;
        units += width;
        at += len;
    }
    return slice_of(text.data, at);
}

size_t utf8_utf16_length(struct slice text)
{
    size_t units = 0;
    for (size_t at = 0; at < text.len;) {
        size_t width;
        at += decode_or_byte(slice_of(text.data + at, text.len - at), &width);
        units += width;
    }
    return units;
}

static size_t decode_or_byte(struct slice text, size_t *units)
{
    uint32_t code_point;
    size_t len = utf8_decode(text, &code_point);
    *units = len == 4 ? 2 : 1;
    return len == 0 ? 1 : len;
}
