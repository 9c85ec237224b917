/* JSON that some readers take and RFC 8259 or our limits do not, made into a text that json_parse
 * takes: for bodies whose sender is proved, in parts that nobody may ever read. What cannot stand
 * stays visible as what it is: a character that is none becomes U+0001, so that a text that holds
 * one is not clean and is not believed; a value that is nested too deeply, and a number that is
 * too long, become null. */
#ifndef USHER_BASE_JSON_MEND_H
#define USHER_BASE_JSON_MEND_H

#include "base/buf.h"

/* Appends text to out without a byte order mark at its beginning; \u0000, half a surrogate pair,
 * control characters within strings and ill-formed UTF-8 as \u0001; arrays and objects below
 * depth_max, and numbers of more than JSON_NUMBER_BYTES_MAX bytes, as null. All else is left as it
 * is, right or wrong. */
void json_mend(struct slice text, unsigned depth_max, struct buf *out);

#endif
