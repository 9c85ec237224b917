/* Finds the pieces of a JSON text without reading them: where the members of an object and the
 * items of an array begin and end. It checks no more than it needs (brackets and quotes pair up),
 * so that one bad item does not spoil its neighbours; whoever uses a piece parses it strictly. No
 * recursion, no memory. */
#ifndef USHER_CARRIER_TELEGRAM_SCAN_H
#define USHER_CARRIER_TELEGRAM_SCAN_H

#include "base/slice.h"

struct scan {
    const char *at;
    const char *end;
    char close; /* ']' or '}' */
    bool first;
    bool bad; /* not well formed as far as we have come */
};

/* text is one array or object, with nothing but white space around it; false otherwise. */
bool scan_open(struct scan *scan, struct slice text);
/* The next item of the array, or member of the object with its name between the quotes as it is
 * written (name may be NULL for an array). False at the end and when scan->bad. */
bool scan_next(struct scan *scan, struct slice *name, struct slice *value);

#endif
