/* Shapes as JSON, for the API and the command line. What a value looks like there follows from its
 * type: money as a decimal string beside its currency, times in RFC 3339, "1 month", "7 days", 15
 * or "15%", true, names of choices, arrays of names. */
#ifndef USHER_WIRE_SHAPE_JSON_H
#define USHER_WIRE_SHAPE_JSON_H

#include "base/json.h"
#include "wire/shape.h"

/* Fills the object of members; fields that are not there stay as they are (the caller begins with
 * zeros). Text points into the tree or into storage, which must outlive object. ERROR_INVALID, with
 * a sentence that names the member, for one that is not known or not what its type wants;
 * ERROR_MEMORY. skip: names of members that are somebody else's, with blanks between and around;
 * NULL: none. */
enum error shape_from_json(const struct shape *shape, const cJSON *members, const char *skip,
                           void *object, struct buf *storage, struct why *why);
/* One field of its text, as it stands in an address or on a command line. */
enum error field_from_text(const struct shape *shape, const struct field *field, struct slice text,
                           void *object, struct buf *storage, struct why *why);
/* Adds a member for each field; those that say nothing (empty text, no time, no period) and secrets
 * are left out. */
void shape_to_json(const struct shape *shape, const void *object, cJSON *out);

/* "a decimal string such as \"29.00\"": what a value of this type looks like. */
const char *field_wanted(enum field_type type);

/* Room that storage needs for any object of this shape. */
size_t shape_storage(const struct shape *shape);

#endif
