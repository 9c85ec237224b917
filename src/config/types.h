/* What the text of a scalar becomes: one row for each type, one function that reads it. The
 * functions are in type_text.c and type_value.c. */
#ifndef USHER_CONFIG_TYPES_H
#define USHER_CONFIG_TYPES_H

#include "config/reader.h"

/* What is wrong, when a reading function knows better than "is not valid"; and what was expected,
 * when it knows better than its row. Empty otherwise. Neither holds the value of a secret. */
struct fault {
    char wrong[192];
    char expected[256];
};

/* Reads text into target, which is the key's place in scope->object. */
typedef bool type_read_fn(struct scope *scope, const struct place *place, struct slice text,
                          void *target, struct fault *fault);

/* The same by the key's type. */
bool type_read(struct scope *scope, const struct place *place, struct slice text,
               struct fault *fault);
/* What a value of this key looks like: "a whole number from 1 to 64". */
void type_expected(const struct key *key, char *out, size_t out_size);

bool type_in_range(const struct place *place, uint64_t value); /* of the key's least to most */

/* These also serve lists. */
bool type_is_token(struct slice text); /* the characters of a header's name (RFC 9110) */
bool type_is_name(struct slice text);  /* of a bot, group, plan or gateway */
bool type_is_web(struct slice text);   /* http:// or https:// with a host, no blanks */
bool type_is_secret(struct slice text, struct fault *fault);
/* Copies into *out; out of memory is noted in the report. */
void type_keep(struct loader *loader, struct slice text, char **out);
/* Wipes and frees. */
void type_drop(char **text);

#endif
