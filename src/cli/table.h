/* Lists of JSON objects as aligned text for people. */
#ifndef USHER_CLI_TABLE_H
#define USHER_CLI_TABLE_H

#include "base/buf.h"
#include "base/json.h"

struct column {
    const char *title;
    const char
        *member; /* of each object; two joined by a blank: "amount currency"; NULL ends the table */
};

/* One line for each object of array, its members in columns, under a line of titles; "-" for a
 * member that is missing. Nothing for an empty array. Text from outside is shown with control
 * characters as '?'. */
void table_print(struct buf *out, const cJSON *array, const struct column *columns);

/* The text of one value, as in a table. */
void table_value(struct buf *out, const cJSON *value);

#endif
