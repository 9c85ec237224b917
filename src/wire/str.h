/* What a STR field may hold: well-formed UTF-8 (RFC 3629) without NUL bytes. Made for short texts
 * that are nearly always ASCII, because every message is checked on its way out and on its way in.
 */
#ifndef USHER_WIRE_STR_H
#define USHER_WIRE_STR_H

#include "base/slice.h"

bool str_fits(struct slice text);

#endif
