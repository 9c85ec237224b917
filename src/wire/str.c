#include "wire/str.h"

#include "base/utf8.h"

static size_t ascii_front(struct slice text);
static bool all_ascii(uint64_t word);

bool str_fits(struct slice text)
{
    while (text.len > 0) {
        size_t step = ascii_front(text);
        if (step == 0) {
            uint32_t code_point = 0;
            step = utf8_decode(text, &code_point);
            if (code_point == 0)
                return false;
        }
        text.data += step;
        text.len -= step;
    }
    return true;
}

/* How many bytes at the front are 01..7F, eight at a time while there are eight. */
static size_t ascii_front(struct slice text)
{
    size_t at = 0;
    uint64_t word;
    while (at + sizeof word <= text.len) {
        memcpy(&word, text.data + at, sizeof word);
        if (!all_ascii(word))
            break;
        at += sizeof word;
    }
    /* The last of them once more with the rest. */
    if (at > 0 && at < text.len && at + sizeof word > text.len) {
        memcpy(&word, text.data + text.len - sizeof word, sizeof word);
        if (all_ascii(word))
            return text.len;
    }
    while (at < text.len && (signed char)text.data[at] > 0)
        at++;
    return at;
}

/* Taking one off each byte borrows into the high bit exactly when a byte is NUL, so one test finds
 * both NUL and what is not ASCII. */
static bool all_ascii(uint64_t word)
{
    return ((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) == 0;
}
