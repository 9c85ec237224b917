/* The items of lists: rows of the mirror as JSON, in the words in which the ledger answers about a
 * single one. */
#ifndef USHER_MIRROR_ITEMS_H
#define USHER_MIRROR_ITEMS_H

#include "base/language.h"
#include "mirror/database.h"

#include <cjson/cJSON.h>

struct item_call {
    struct database *database;
    enum language language; /* of members whose own is not known */
    sqlite3_stmt *row;      /* its columns from 2 on are those below */
    sqlite3_stmt *inner;    /* entitlements of a member, kept for the next; the caller's to end */
};

/* NULL items are left alone, as cJSON does when it has no memory. */
typedef void item_fn(struct item_call *call, cJSON *item);

extern const char member_columns[], payment_columns[], order_columns[], delivery_columns[],
    audit_columns[];
item_fn item_member, item_payment, item_order, item_delivery, item_audit;

#endif
