/* Strict UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). Made for short
 * strings that are nearly always ASCII. */
#ifndef USHER_WIRE_UTF8_H
#define USHER_WIRE_UTF8_H

#include "base/slice.h"

/* True when all of text is well-formed UTF-8 and holds no NUL byte. */
bool utf8_fits(struct slice text);

/* Length of the well-formed sequence that text begins with: 1 to 4 (a NUL byte is 1 too); 0 when
 * text is empty or begins with something ill-formed. */
size_t utf8_sequence(struct slice text);

#endif
