/* Values that are no scalars: lists and mappings with keys of the operator's choice. */
#ifndef USHER_CONFIG_LISTS_H
#define USHER_CONFIG_LISTS_H

#include "config/reader.h"

/* Is it such a type? */
bool list_is(enum value_type type);
/* Reads node into the key's place in scope->object; false after reporting. */
bool list_read(struct scope *scope, const struct place *place, const yaml_node_t *node);
/* What a value of this key looks like: "a list of 1 to 8 secrets". */
void list_expected(const struct key *key, char *out, size_t out_size);

#endif
