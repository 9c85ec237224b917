#include "mirror/tables.h"

#include "base/language.h"
#include "base/period.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>

enum { SQL_BYTES_MAX = 65536, PERIOD_BYTES = 32, LIST_BYTES_MAX = 65536 };

struct tables {
    struct mirror_table *items; /* by shape id */
    size_t count;
};

/* clang-format off */
static const struct key_column member_keys[] = {{"telegram_id", KEY_TELEGRAM_ID, true}, {0}};
static const struct key_column plan_keys[] = {
    {"telegram_id", KEY_TELEGRAM_ID, true}, {"plan", KEY_NAME, true}, {0}};
static const struct key_column place_keys[] = {
    {"telegram_id", KEY_TELEGRAM_ID, true}, {"group", KEY_NAME, true}, {0}};
static const struct key_column payment_keys[] = {{"sequence", KEY_NUMBER, true}, {0}};
static const struct key_column order_keys[] = {{"order_id", KEY_NAME, true}, {0}};
static const struct key_column group_keys[] = {{"group", KEY_NAME, true}, {0}};
static const struct key_column delivery_keys[] = {{"delivery_id", KEY_NUMBER, true}, {0}};
static const struct key_column broadcast_keys[] = {{"number", KEY_NUMBER, true}, {0}};
static const struct key_column aspect_keys[] = {
    {"telegram_id", KEY_TELEGRAM_ID, true}, {"number", KEY_NUMBER, true}, {0}};
static const struct key_column row_keys[] = {{"row_key", KEY_BYTES, true}, {0}};
static const struct key_column fact_keys[] = {
    {"sequence", KEY_SEQUENCE, true}, {"n", KEY_N, true}, {"at", KEY_AT, false}, {0}};

/* The frame's records that are told. */
static const struct {
    shape_fn *shape;
    const char *name;
    const struct key_column *keys;
} frame[] = {
    {shape_record_member, "member", member_keys},
    {shape_record_entitlement, "entitlement", plan_keys},
    {shape_record_payment, "payment", payment_keys},
    {shape_record_order, "orders", order_keys},
    {shape_record_group, "groups", group_keys},
    {shape_record_place, "place", place_keys},
    {shape_record_delivery, "delivery", delivery_keys},
    {shape_record_broadcast, "broadcast", broadcast_keys},
};

/* TABLE, column: what lists and reports look for. */
static const struct {
    const char *table, *columns;
} indexes[] = {
    {"payment", "gateway,payment_id"}, {"payment", "telegram_id"}, {"payment", "at_ms"},
    {"payment", "state"}, {"member", "seen_ms"}, {"member", "created_ms"},
    {"member", "name COLLATE NOCASE"}, {"entitlement", "plan,status,until_ms"},
    {"entitlement", "until_ms"}, {"orders", "created_ms"}, {"orders", "telegram_id"},
    {"delivery", "stage"}, {"delivery", "telegram_id"}, {"fact_audited", "member"},
    {"delivery", "stage"}, {"delivery", "telegram_id"}, {"fact_seen", "telegram_id,day"},
    {"fact_granted", "telegram_id"}, {"fact_ended", "telegram_id"},
    {"fact_given_back", "gateway,payment_id"}, {"fact_ticket_opened", "telegram_id"},
};
/* clang-format on */

static number_name_fn name_language, name_entitlement, name_end, name_payment_kind,
    name_payment_state, name_reason, name_order, name_place, name_delivery, name_stage,
    name_broadcast;

/* Numbers of the frame's records that stand for names. */
static const struct {
    shape_fn *shape;
    const char *field;
    number_name_fn *name_of;
} names[] = {
    {shape_record_member, "language", name_language},
    {shape_record_entitlement, "status", name_entitlement},
    {shape_record_entitlement, "end_reason", name_end},
    {shape_record_payment, "kind", name_payment_kind},
    {shape_record_payment, "state", name_payment_state},
    {shape_record_payment, "reason", name_reason},
    {shape_record_order, "state", name_order},
    {shape_record_place, "status", name_place},
    {shape_record_delivery, "kind", name_delivery},
    {shape_record_delivery, "stage", name_stage},
    {shape_record_broadcast, "state", name_broadcast},
};

/* Who has a link comes in by it: no column. */
static const char *const left_out[] = {"link", "old_link"};

static void add_table(struct tables *tables, const struct shape *shape, const char *name,
                      const struct key_column *keys);
static bool name_taken(const struct tables *tables, const char *name);
static bool is_secret(const struct shape *shape, const struct field *field);
static void add_columns(struct mirror_table *table);
static const char *key_type(enum key_source source);
static const char *column_type(const struct column *column);
static void put_create(struct buf *sql, const struct mirror_table *table);
static enum error add_missing(const struct mirror_table *table, struct database *database,
                              struct why *why);
static void bind_column(sqlite3_stmt *statement, int index, const struct column *column,
                        const void *object);
static void bind_list(sqlite3_stmt *statement, int index, struct slice list);

enum error tables_new(struct tables **out)
{
    size_t most = sizeof frame / sizeof frame[0];
    struct tables *tables = calloc(1, sizeof *tables);
    for (size_t module = 1; module < MODULES_MAX; module++)
        most += shape_modules[module] == NULL ? 0 : MODULE_SHAPES_MAX;
    *out = NULL;
    if (tables == NULL || (tables->items = calloc(most, sizeof *tables->items)) == NULL) {
        free(tables);
        return ERROR_MEMORY;
    }
    for (size_t i = 0; i < sizeof frame / sizeof frame[0]; i++)
        add_table(tables, frame[i].shape(), frame[i].name, frame[i].keys);
    for (uint64_t module = 1; module < MODULES_MAX; module++) {
        for (uint64_t number = 0; number < MODULE_SHAPES_MAX; number++) {
            const struct shape *shape = shape_find(module << 8 | number);
            if (shape == NULL || shape->role < ROLE_FACT || shape->role == ROLE_PART)
                continue;
            char name[TABLE_NAME_MAX + 1];
            bool fact = shape->role == ROLE_FACT;
            snprintf(name, sizeof name, "%s%s", fact ? "fact_" : "", shape->name);
            if (name_taken(tables, name))
                snprintf(name, sizeof name, "%s_%llu", shape->name, (unsigned long long)module);
            add_table(tables, shape, name,
                      fact                         ? fact_keys
                      : shape->role == ROLE_ASPECT ? aspect_keys
                                                   : row_keys);
        }
    }
    *out = tables;
    return ERROR_NONE;
}

void tables_destroy(struct tables **tables)
{
    if (*tables == NULL)
        return;
    for (size_t i = 0; i < (*tables)->count; i++) {
        sqlite3_finalize((*tables)->items[i].put);
        sqlite3_finalize((*tables)->items[i].drop);
    }
    free((*tables)->items);
    free(*tables);
    *tables = NULL;
}

struct mirror_table *tables_find(struct tables *tables, uint64_t id)
{
    size_t low = 0;
    size_t high = tables->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (tables->items[middle].shape->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tables->count && tables->items[low].shape->id == id ? &tables->items[low] : NULL;
}

struct mirror_table *tables_at(struct tables *tables, size_t index)
{
    return index < tables->count ? &tables->items[index] : NULL;
}

enum error tables_make(struct tables *tables, struct database *database, struct why *why)
{
    struct buf sql;
    enum error error = ERROR_NONE;
    buf_init(&sql, SQL_BYTES_MAX);
    for (size_t i = 0; i < tables->count && error == ERROR_NONE; i++) {
        buf_clear(&sql);
        put_create(&sql, &tables->items[i]);
        error = sql.failed ? ERROR_MEMORY : database_run(database, sql.data, why);
        if (error == ERROR_NONE)
            error = add_missing(&tables->items[i], database, why);
    }
    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0] && error == ERROR_NONE; i++) {
        if (!name_taken(tables, indexes[i].table))
            continue; /* of a module that is not built in */
        buf_clear(&sql);
        buf_printf(&sql, "CREATE INDEX IF NOT EXISTS \"%s_%.*s\" ON \"%s\" (%s)", indexes[i].table,
                   (int)strcspn(indexes[i].columns, ", "), indexes[i].columns, indexes[i].table,
                   indexes[i].columns);
        buf_append_u8(&sql, 0);
        error = sql.failed ? ERROR_MEMORY : database_run(database, sql.data, why);
    }
    buf_deinit(&sql);
    return error;
}

enum error table_prepare(struct mirror_table *table, struct database *database, struct why *why)
{
    struct buf sql;
    enum error error = ERROR_NONE;
    const char *comma = "";
    if (table->put != NULL && table->drop != NULL)
        return ERROR_NONE;
    buf_init(&sql, SQL_BYTES_MAX);
    buf_printf(&sql, "INSERT OR REPLACE INTO \"%s\" (", table->name);
    for (const struct key_column *key = table->keys; key->name != NULL; key++, comma = ",")
        buf_printf(&sql, "%s\"%s\"", comma, key->name);
    for (size_t i = 0; i < table->count; i++)
        buf_printf(&sql, ",\"%s\"", table->columns[i].name);
    buf_append_text(&sql, ") VALUES (?");
    for (const struct key_column *key = table->keys + 1; key->name != NULL; key++)
        buf_append_text(&sql, ",?");
    for (size_t i = 0; i < table->count; i++)
        buf_append_text(&sql, ",?");
    buf_append(&sql, ")", 2);
    error = sql.failed ? ERROR_MEMORY : database_prepare(database, sql.data, &table->put, why);
    buf_clear(&sql);
    buf_printf(&sql, "DELETE FROM \"%s\" WHERE 1", table->name);
    for (const struct key_column *key = table->keys; key->name != NULL; key++)
        if (key->primary)
            buf_printf(&sql, " AND \"%s\" = ?", key->name);
    buf_append_u8(&sql, 0);
    if (error == ERROR_NONE)
        error = sql.failed ? ERROR_MEMORY : database_prepare(database, sql.data, &table->drop, why);
    buf_deinit(&sql);
    return error;
}

void table_bind_key(const struct mirror_table *table, sqlite3_stmt *statement,
                    const struct message_news_item *item, bool primary)
{
    int index = 1;
    for (const struct key_column *key = table->keys; key->name != NULL; key++) {
        if (primary && !key->primary)
            continue;
        switch (key->source) {
        case KEY_TELEGRAM_ID:
            sqlite3_bind_int64(statement, index++, item->telegram_id);
            break;
        case KEY_NAME:
            bind_text(statement, index++, item->name);
            break;
        case KEY_NUMBER:
            sqlite3_bind_int64(statement, index++, (int64_t)item->number);
            break;
        case KEY_BYTES:
            sqlite3_bind_blob(statement, index++, item->key.data, (int)item->key.len,
                              SQLITE_STATIC);
            break;
        case KEY_SEQUENCE:
            sqlite3_bind_int64(statement, index++, (int64_t)item->sequence);
            break;
        case KEY_N:
            sqlite3_bind_int64(statement, index++, (int64_t)item->n);
            break;
        case KEY_AT:
            sqlite3_bind_int64(statement, index++, (int64_t)item->at_ms);
            break;
        }
    }
}

void table_bind(const struct mirror_table *table, const struct message_news_item *item,
                const void *object)
{
    int index = 1;
    table_bind_key(table, table->put, item, false);
    for (const struct key_column *key = table->keys; key->name != NULL; key++)
        index++;
    for (size_t i = 0; i < table->count; i++)
        bind_column(table->put, index++, &table->columns[i], object);
}

static void add_table(struct tables *tables, const struct shape *shape, const char *name,
                      const struct key_column *keys)
{
    struct mirror_table *table = &tables->items[tables->count++];
    snprintf(table->name, sizeof table->name, "%s", name);
    table->shape = shape;
    table->keys = keys;
    add_columns(table);
}

static bool name_taken(const struct tables *tables, const char *name)
{
    for (size_t i = 0; i < tables->count; i++)
        if (strcmp(tables->items[i].name, name) == 0)
            return true;
    return strcmp(name, "mirror") == 0;
}

static bool is_secret(const struct shape *shape, const struct field *field)
{
    bool secret = field->type == FIELD_SECRET;
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        secret = secret || (shape->id <= UINT8_MAX && strcmp(field->name, left_out[i]) == 0);
    return secret;
}

static void add_columns(struct mirror_table *table)
{
    for (uint32_t i = 0; i < table->shape->count; i++) {
        const struct field *field = &table->shape->fields[i];
        const char *tail = "";
        for (const struct key_column *key = table->keys; key->name != NULL; key++)
            if (strcmp(key->name, field->name) == 0)
                tail = "_";
        /* A payment's sequence is its key. */
        bool same = tail[0] != '\0' && table->keys == payment_keys;
        if (is_secret(table->shape, field) || same)
            continue;
        struct column *column = &table->columns[table->count++];
        snprintf(column->name, sizeof column->name, "%s%s", field->name, tail);
        column->field = field;
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
            if (names[n].shape() == table->shape && strcmp(names[n].field, field->name) == 0)
                column->name_of = names[n].name_of;
    }
}

static const char *key_type(enum key_source source)
{
    return source == KEY_NAME ? "TEXT" : source == KEY_BYTES ? "BLOB" : "INTEGER";
}

static const char *column_type(const struct column *column)
{
    enum field_type type = column->field->type;
    if (type == FIELD_BIN)
        return "BLOB";
    return column->name_of != NULL || field_is_text(column->field) || type == FIELD_CHOICE ||
                   type == FIELD_PERIOD
               ? "TEXT"
               : "INTEGER";
}

static void put_create(struct buf *sql, const struct mirror_table *table)
{
    const char *comma = "";
    size_t keys = 0;
    buf_printf(sql, "CREATE TABLE IF NOT EXISTS \"%s\" (", table->name);
    for (const struct key_column *key = table->keys; key->name != NULL; key++, comma = ", ") {
        buf_printf(sql, "%s\"%s\" %s NOT NULL", comma, key->name, key_type(key->source));
        keys += key->primary;
    }
    for (size_t i = 0; i < table->count; i++)
        buf_printf(sql, ", \"%s\" %s", table->columns[i].name, column_type(&table->columns[i]));
    comma = "";
    buf_append_text(sql, ", PRIMARY KEY (");
    for (const struct key_column *key = table->keys; key->name != NULL; key++) {
        if (!key->primary)
            continue;
        buf_printf(sql, "%s\"%s\"", comma, key->name);
        comma = ", ";
    }
    buf_printf(sql, ")) STRICT%s", keys > 1 ? ", WITHOUT ROWID" : "");
    buf_append_u8(sql, 0);
}

/* Rows of before have in a new column what their records have there: nothing. */
static enum error add_missing(const struct mirror_table *table, struct database *database,
                              struct why *why)
{
    char sql[512];
    sqlite3_stmt *statement = NULL;
    enum error error = database_prepare(
        database, "SELECT type FROM pragma_table_info(?) WHERE name = ?", &statement, why);
    for (size_t i = 0; i < table->count && error == ERROR_NONE; i++) {
        const struct column *column = &table->columns[i];
        const char *type = column_type(column);
        sqlite3_reset(statement);
        bind_text(statement, 1, slice_from(table->name));
        bind_text(statement, 2, slice_from(column->name));
        if (database_step(database, statement, &error, why)) {
            if (strcmp((const char *)sqlite3_column_text(statement, 0), type) != 0)
                error = why_set(why, ERROR_VERSION, "%s.%s has another type", table->name,
                                column->name);
        } else if (error == ERROR_NONE) {
            sqlite3_reset(statement);
            snprintf(sql, sizeof sql, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s%s", table->name,
                     column->name, type,
                     strcmp(type, "INTEGER") == 0                     ? " DEFAULT 0"
                     : field_is_text(column->field) && type[0] == 'T' ? " DEFAULT ''"
                                                                      : "");
            error = database_run(database, sql, why);
        }
    }
    sqlite3_finalize(statement);
    return error;
}

static void bind_column(sqlite3_stmt *statement, int index, const struct column *column,
                        const void *object)
{
    const struct field *field = column->field;
    char period[PERIOD_BYTES];
    if (field->type == FIELD_BIN) {
        struct slice bytes = field_slice(object, field);
        sqlite3_bind_blob(statement, index, bytes.data, (int)bytes.len, SQLITE_STATIC);
        return;
    }
    if (field_is_text(field)) {
        if (field->type == FIELD_LIST)
            bind_list(statement, index, field_slice(object, field));
        else
            bind_text(statement, index, field_slice(object, field));
        return;
    }
    uint64_t number = field_number(object, field);
    const char *name = NULL;
    if (column->name_of != NULL) {
        name = column->name_of(object, number);
    } else if (field->type == FIELD_CHOICE) {
        for (uint64_t i = 0; field->names[i] != NULL && name == NULL; i++)
            name = i == number ? field->names[i] : NULL;
    } else if (field->type == FIELD_PERIOD && number != 0) {
        period_format(period_unpack(number), period, sizeof period);
        sqlite3_bind_text(statement, index, period, -1, SQLITE_TRANSIENT);
        return;
    } else if (field->type != FIELD_PERIOD) {
        sqlite3_bind_int64(statement, index, (int64_t)number);
        return;
    }
    if (name == NULL)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_text(statement, index, name, -1, SQLITE_STATIC);
}

/* Names hold nothing that JSON would escape. */
static void bind_list(sqlite3_stmt *statement, int index, struct slice list)
{
    struct buf json;
    buf_init(&json, LIST_BYTES_MAX);
    buf_append_text(&json, list.len > 0 ? "[\"" : "[");
    for (size_t i = 0; i < list.len; i++) {
        if (list.data[i] == ',')
            buf_append_text(&json, "\",\"");
        else
            buf_append(&json, &list.data[i], 1);
    }
    buf_append_text(&json, list.len > 0 ? "\"]" : "]");
    sqlite3_bind_text(statement, index, json.data, (int)json.len, SQLITE_TRANSIENT);
    buf_deinit(&json);
}

static const char *name_language(const void *object, uint64_t number)
{
    const struct record_member *member = object;
    return member->language_known && number < LANGUAGE_COUNT ? language_tag((enum language)number)
                                                             : NULL;
}

static const char *name_entitlement(const void *object, uint64_t number)
{
    (void)object;
    return entitlement_status_name((enum entitlement_status)number);
}

static const char *name_end(const void *object, uint64_t number)
{
    static const char *const reasons[] = {"expired", "refunded", "charged_back"};
    const struct record_entitlement *entitlement = object;
    return entitlement->status == ENTITLEMENT_ENDED && number < sizeof reasons / sizeof reasons[0]
               ? reasons[number]
               : NULL;
}

static const char *name_payment_kind(const void *object, uint64_t number)
{
    (void)object;
    return payment_kind_name((enum payment_kind)number);
}

static const char *name_payment_state(const void *object, uint64_t number)
{
    (void)object;
    return payment_state_name((enum payment_state)number);
}

static const char *name_reason(const void *object, uint64_t number)
{
    (void)object;
    return number != RESULT_ok && number < RESULT_COUNT ? result_name((unsigned)number) : NULL;
}

static const char *name_order(const void *object, uint64_t number)
{
    (void)object;
    return number == ORDER_PAID ? "paid" : "open";
}

static const char *name_place(const void *object, uint64_t number)
{
    (void)object;
    return place_status_name((enum place_status)number);
}

static const char *name_delivery(const void *object, uint64_t number)
{
    (void)object;
    return delivery_name((enum delivery_kind)number);
}

static const char *name_stage(const void *object, uint64_t number)
{
    (void)object;
    return delivery_stage_name((enum delivery_stage)number);
}

static const char *name_broadcast(const void *object, uint64_t number)
{
    (void)object;
    return broadcast_state_name((enum broadcast_state)number);
}
