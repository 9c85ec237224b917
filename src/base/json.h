/* Strict JSON from outside, as a cJSON tree. cJSON alone takes trailing bytes, NULs, broken UTF-8,
 * any depth and duplicate keys; so the text is checked against RFC 8259 and the limits first and
 * parsed only then. Reading a tree never fails loudly: a getter says false or absent for a NULL
 * item or another type, so that lookups can be nested. Writing: strings escaped into a buffer. */
#ifndef USHER_BASE_JSON_H
#define USHER_BASE_JSON_H

#include "base/buf.h"
#include "base/error.h"

#include <cjson/cJSON.h>
#include <stdint.h>

enum {
    JSON_DEPTH_LIMIT = 64,                            /* depth_max may not be more */
    JSON_NUMBER_BYTES_MAX = 60,                       /* of one number; a longer one is refused */
    JSON_NUMBER_TEXT_SIZE = JSON_NUMBER_BYTES_MAX + 4 /* room that json_number_text asks for */
};

/* One JSON value and nothing behind it but white space. depth_max counts nested arrays and objects:
 * [[]] is
 * 2. Refused, with the byte's offset in why: more than bytes_max bytes (ERROR_TOO_LARGE); anything
 * that is not RFC 8259; nesting over depth_max; ill-formed UTF-8; a NUL byte or \u0000; half a
 * surrogate pair; a member name given twice in one object (all ERROR_INVALID). On failure *out is
 * NULL. The caller owns the tree. why may be NULL. */
enum error json_parse(struct slice text, size_t bytes_max, unsigned depth_max, cJSON **out,
                      struct why *why);
/* The same for a text whose sender is proved, and that others take: what json_mend mends is no
 * reason to refuse it, nor is a name that is given twice in one object. Which of the two is meant
 * nobody can know, so there is one member of that name, the text U+0001, which is not clean.
 * Still refused: what is too large, and what is no JSON to anybody. */
enum error json_parse_mended(struct slice text, size_t bytes_max, unsigned depth_max, cJSON **out,
                             struct why *why);
void json_free(cJSON **root);

/* The member of an object; NULL when there is none, or item is no object. Names are case sensitive.
 */
const cJSON *json_member(const cJSON *item, const char *name);

/* RFC 6901: "" is item itself, "/a/b/0" a member of a member's array; "~1" is '/', "~0" is '~'.
 * NULL when it leads nowhere. */
const cJSON *json_pointer(const cJSON *item, const char *pointer);
/* Is it a well-formed pointer: "" or starting with '/', every '~' followed by '0' or '1'. */
bool json_pointer_valid(const char *pointer);

/* The bytes of a string, which live as long as the tree and are followed by a NUL; absent for any
 * other type. */
struct slice json_string(const cJSON *item);
/* An integer, exact over the whole range of int64_t. False for other types, fractions and what does
 * not fit. 1.0 and 1e3 are integers, as JSON has one kind of number. */
bool json_i64(const cJSON *item, int64_t *out);
bool json_bool(const cJSON *item, bool *out);
/* A number as plain decimal text, "29.99", "-3", "0.00000001": exactly as it was written (without
 * an exponent). False for other types and for what out_size (JSON_NUMBER_TEXT_SIZE is enough for
 * any that is not refused) does not hold. */
bool json_number_text(const cJSON *item, char *out, size_t out_size);

/* cJSON leaves out what it finds no memory for when a tree is built, and says so at each call only.
 * Between json_build and json_complete it is noticed for the calling thread: false when anything
 * was left out. */
void json_build(void);
bool json_complete(void);
/* Ends that by printing root behind json, and frees it: nothing is printed when error is one, which
 * comes back. too_long: what to say when json has no room. ERROR_MEMORY, ERROR_TOO_LARGE. */
enum error json_answer(cJSON *root, enum error error, const char *too_long, struct buf *json,
                       struct why *why);

/* Adds a member of text that need not end with a NUL. */
void json_add_text(cJSON *object, const char *name, struct slice text);
/* Adds a time as UTC text. One that is not set, 0, is left out, or is null. */
void json_add_time(cJSON *object, const char *name, uint64_t ms);
void json_add_time_or_null(cJSON *object, const char *name, uint64_t ms);
/* Adds minor units as money_format writes them: "-5.80", and of an unknown currency as they are. */
void json_add_amount(cJSON *object, const char *name, int64_t amount, const char *currency);
/* Members amount, as above, or null when it is below 0 or of no known currency, and currency. */
void json_add_money(cJSON *object, int64_t amount, const char *currency);
/* Appends an object to a list. NULL when out of memory; cJSON's adders accept that and do nothing.
 */
cJSON *json_add_item(cJSON *list);

/* Appends text as a JSON string with its quotes. Ill-formed UTF-8 becomes U+FFFD. */
void json_append_string(struct buf *out, struct slice text);

#endif
