/* The mirror's tables, which make themselves of the shapes of records and facts: columns by the
 * type of a field, behind those of the key under which the record lies.
 *
 *   member entitlement place payment orders groups delivery broadcast    the frame's records
 *   NAME, fact_NAME                                                      the modules'
 *
 * Numbers, amounts (minor units) and times (ms) are INTEGER; text, a choice's name and a period
 * ("1 month") TEXT; names joined by commas a JSON array. A secret has no column,
 * nor has an invite link. */
#ifndef USHER_MIRROR_TABLES_H
#define USHER_MIRROR_TABLES_H

#include "base/buf.h"
#include "ledger/records.h"
#include "mirror/database.h"

enum { TABLE_NAME_MAX = 95, TABLE_KEYS_MAX = 3, TABLE_COLUMNS_MAX = SHAPE_FIELDS_MAX };

/* What of a news item is a column of the key. */
enum key_source { KEY_TELEGRAM_ID, KEY_NAME, KEY_NUMBER, KEY_BYTES, KEY_SEQUENCE, KEY_N, KEY_AT };

struct key_column {
    const char *name; /* NULL ends them */
    enum key_source source;
    bool primary;
};

/* The name of a number that a record stores, such as a payment's state; NULL: no value. */
typedef const char *number_name_fn(const void *object, uint64_t number);

struct column {
    char name[TABLE_NAME_MAX + 1];
    const struct field *field;
    number_name_fn *name_of; /* NULL: the value itself */
};

struct mirror_table {
    char name[TABLE_NAME_MAX + 1];
    const struct shape *shape;
    const struct key_column *keys;
    struct column columns[TABLE_COLUMNS_MAX];
    size_t count;
    sqlite3_stmt *put;  /* made at the first use */
    sqlite3_stmt *drop; /* by the primary key */
};

struct tables;

enum error tables_new(struct tables **out);
/* Before the database is closed. */
void tables_destroy(struct tables **tables);
/* NULL when no table holds what has this shape's id. */
struct mirror_table *tables_find(struct tables *tables, uint64_t id);
/* All of them; NULL at the end. */
struct mirror_table *tables_at(struct tables *tables, size_t index);

/* Makes tables, indexes, and columns that a shape has got since. ERROR_VERSION when a table is
 * there in another layout. */
enum error tables_make(struct tables *tables, struct database *database, struct why *why);

/* The statements of a table, prepared. */
enum error table_prepare(struct mirror_table *table, struct database *database, struct why *why);
/* Binds the key's columns to the parameters from first on: all, or those of the primary key. */
void table_bind_key(const struct mirror_table *table, sqlite3_stmt *statement,
                    const struct message_news_item *item, bool primary);
/* Binds all columns of put. object is of the table's shape. */
void table_bind(const struct mirror_table *table, const struct message_news_item *item,
                const void *object);

#endif
