/* Is a text one JSON value by RFC 8259, within limits: one walk, no memory, before anything is
 * built from it. json.c's first half; others call json_parse. */
#ifndef USHER_BASE_JSON_CHECK_H
#define USHER_BASE_JSON_CHECK_H

#include "base/slice.h"

struct json_checked {
    const char *problem; /* NULL when all is well, else what is wrong */
    size_t offset;       /* at which byte */
    bool keep_numbers;   /* some number is not a short integer: a double may blur it */
};

/* text may be absent. depth_max nested arrays and objects at most, each number at most
 * JSON_NUMBER_BYTES_MAX bytes. Duplicate names are not looked for. */
struct json_checked json_check(struct slice text, unsigned depth_max);

/* An integer of at most 15 characters, which a double holds exactly; number is a checked number. */
bool json_number_is_short(struct slice number);

#endif
