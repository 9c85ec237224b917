/* UTF-8 by the byte, strict (RFC 3629): overlong forms, surrogates and values above U+10FFFF are
 * malformed. */
#ifndef USHER_BASE_UTF8_H
#define USHER_BASE_UTF8_H

#include "base/slice.h"

#include <stdint.h>

/* Length in bytes (1..4) of the well-formed character that text begins with, and its code point;
 * 0 when text is empty or begins with anything else. */
size_t utf8_decode(struct slice text, uint32_t *code_point);

/* Control characters: C0, DEL and C1. */
bool utf8_is_control(uint32_t code_point);

/* The longest beginning of text, cut between characters, that takes at most units_max UTF-16 code
 * units (what Telegram counts). A malformed byte counts one. */
struct slice utf8_cut_utf16(struct slice text, size_t units_max);
size_t utf8_utf16_length(struct slice text);

#endif
