#include "wire/utf8.h"

#include <stdint.h>

/* RFC 3629, section 4: the lead bytes of a length and the range its second byte is held to. What
 * follows the second byte is always 80..BF. */
static const struct lead {
    uint8_t first, last, second_min, second_max, len;
} leads[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static size_t ascii_words(struct slice text);

bool utf8_fits(struct slice text)
{
    while (text.len > 0) {
        size_t step = ascii_words(text);
        if (step == 0) {
            if (*text.data == 0)
                return false;
            step = utf8_sequence(text);
            if (step == 0)
                return false;
        }
        text.data += step;
        text.len -= step;
    }
    return true;
}

size_t utf8_sequence(struct slice text)
{
    if (text.len == 0)
        return 0;
    const uint8_t *bytes = (const uint8_t *)text.data;
    if (bytes[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        const struct lead *lead = &leads[i];
        if (bytes[0] < lead->first || bytes[0] > lead->last)
            continue;
        if (text.len < lead->len || bytes[1] < lead->second_min || bytes[1] > lead->second_max)
            return 0;
        for (size_t k = 2; k < lead->len; k++)
            if ((bytes[k] & 0xC0) != 0x80)
                return 0;
        return lead->len;
    }
    return 0;
}

/* How many bytes at the front are whole words of 01..7F. Taking one off each byte borrows into the
 * high bit exactly when a byte is NUL, so one test finds both NUL and anything that is not ASCII.
 */
static size_t ascii_words(struct slice text)
{
    size_t at = 0;
    uint64_t word;
    while (at + sizeof word <= text.len) {
        memcpy(&word, text.data + at, sizeof word);
        if (((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) != 0)
            break;
        at += sizeof word;
    }
    return at;
}
