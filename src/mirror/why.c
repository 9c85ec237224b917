#include "mirror/why.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "ledger/ledger.h"
#include "mirror/tables.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SQL_BYTES_MAX = 1024,
    TEXT_BYTES_MAX = 4096,
    STEPS_AT_FIRST = 64,
    FIRST_COLUMN = 3 /* of a fact, behind sequence, n and at_ms */
};

struct step {
    int64_t sequence, n, at_ms;
    cJSON *item;
};

struct story {
    struct database *database;
    int64_t telegram_id;
    struct step *steps;
    size_t count, cap;
    bool starved;
};

static enum error add_facts(struct story *story, struct why *why);
static enum error add_fact(struct story *story, const struct mirror_table *table, struct why *why);
static enum error add_payments(struct story *story, struct why *why);
static bool is_told(const struct mirror_table *table);
static void say_columns(const struct mirror_table *table, sqlite3_stmt *row, struct buf *out);
static void say_column(const struct column *column, sqlite3_stmt *row, int index,
                       const char *currency, struct buf *out);
static void put_step(struct story *story, const struct step *step);
static cJSON *make_item(const struct step *step, const char *what, const char *result,
                        const struct buf *text);
static int compare_steps(const void *a, const void *b);
static const char *reason_text(const char *name);
static const char *text_of(sqlite3_stmt *row, int index);

enum error mirror_why(struct database *database, int64_t telegram_id, uint64_t as_of_ms,
                      struct buf *json, struct why *why)
{
    struct story story = {.database = database, .telegram_id = telegram_id};
    char time[32];
    json_build();
    enum error error = database_run(database, "BEGIN", why);
    if (error == ERROR_NONE)
        error = add_facts(&story, why);
    if (error == ERROR_NONE)
        error = add_payments(&story, why);
    (void)database_run(database, "ROLLBACK", NULL);
    if (story.count > 0)
        qsort(story.steps, story.count, sizeof *story.steps, compare_steps);
    cJSON *out = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(out, "steps");
    for (size_t i = 0; i < story.count; i++)
        if (!cJSON_AddItemToArray(list, story.steps[i].item))
            cJSON_Delete(story.steps[i].item);
    clock_format_utc((int64_t)as_of_ms, time, sizeof time);
    cJSON_AddStringToObject(out, "as_of", time);
    free(story.steps);
    if (error == ERROR_NONE && story.starved)
        error = why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    return json_answer(out, error, "the answer is too long", json, why);
}

static enum error add_facts(struct story *story, struct why *why)
{
    struct tables *tables = NULL;
    const struct mirror_table *table;
    enum error error = tables_new(&tables);
    for (size_t i = 0; error == ERROR_NONE && (table = tables_at(tables, i)) != NULL; i++)
        if (is_told(table))
            error = add_fact(story, table, why);
    tables_destroy(&tables);
    return error;
}

/* A fact about a member. Of payments the record says more (add_payments). */
static bool is_told(const struct mirror_table *table)
{
    bool about = false;
    for (size_t i = 0; i < table->count; i++)
        about = about || strcmp(table->columns[i].name, "telegram_id") == 0;
    return about && table->shape->role == ROLE_FACT && strcmp(table->name, "fact_paid") != 0 &&
           strcmp(table->name, "fact_given_back") != 0;
}

static enum error add_fact(struct story *story, const struct mirror_table *table, struct why *why)
{
    sqlite3_stmt *row = NULL;
    struct buf sql, text;
    buf_init(&sql, SQL_BYTES_MAX);
    buf_init(&text, TEXT_BYTES_MAX);
    buf_append_text(&sql, "SELECT sequence, n, at");
    for (size_t i = 0; i < table->count; i++)
        buf_printf(&sql, ", \"%s\"", table->columns[i].name);
    buf_printf(&sql, " FROM \"%s\" WHERE telegram_id = ?1 ORDER BY sequence DESC LIMIT %d",
               table->name, WHY_STEPS_MAX);
    buf_append_u8(&sql, 0);
    enum error error =
        sql.failed ? ERROR_MEMORY : database_prepare(story->database, sql.data, &row, why);
    if (error == ERROR_NONE)
        sqlite3_bind_int64(row, 1, story->telegram_id);
    while (error == ERROR_NONE && database_step(story->database, row, &error, why)) {
        struct step step = {sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                            sqlite3_column_int64(row, 2), NULL};
        buf_clear(&text);
        say_columns(table, row, &text);
        step.item = make_item(&step, table->shape->name, "done", &text);
        put_step(story, &step);
    }
    sqlite3_finalize(row);
    buf_deinit(&sql);
    buf_deinit(&text);
    return error;
}

static enum error add_payments(struct story *story, struct why *why)
{
    sqlite3_stmt *row = NULL;
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    enum error error = database_prepare(
        story->database,
        "SELECT sequence, at_ms, kind, state, reason, gateway, payment_id, plan, amount, currency, "
        "order_id FROM payment WHERE telegram_id = ?1 ORDER BY sequence DESC LIMIT 1000",
        &row, why);
    if (error == ERROR_NONE)
        sqlite3_bind_int64(row, 1, story->telegram_id);
    while (error == ERROR_NONE && database_step(story->database, row, &error, why)) {
        struct step step = {sqlite3_column_int64(row, 0), -1, sqlite3_column_int64(row, 1), NULL};
        const char *known = currency_find(slice_from(text_of(row, 9)));
        char amount[32] = "";
        if (known != NULL && sqlite3_column_int64(row, 8) >= 0)
            money_format(sqlite3_column_int64(row, 8), known, amount, sizeof amount);
        buf_clear(&text);
        buf_printf(&text, "%s payment %s", text_of(row, 5), text_of(row, 6));
        if (amount[0] != '\0')
            buf_printf(&text, ", %s %s", amount, text_of(row, 9));
        if (text_of(row, 7)[0] != '\0')
            buf_printf(&text, ", plan %s", text_of(row, 7));
        if (text_of(row, 10)[0] != '\0')
            buf_printf(&text, ", order %s", text_of(row, 10));
        if (strcmp(text_of(row, 3), "unsettled") == 0)
            buf_printf(&text, ": %s", reason_text(text_of(row, 4)));
        step.item = make_item(&step, text_of(row, 2), text_of(row, 3), &text);
        put_step(story, &step);
    }
    sqlite3_finalize(row);
    buf_deinit(&text);
    return error;
}

static void say_columns(const struct mirror_table *table, sqlite3_stmt *row, struct buf *out)
{
    const char *currency = NULL;
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->columns[i].name, "currency") == 0)
            currency = currency_find(slice_from(text_of(row, (int)i + FIRST_COLUMN)));
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->columns[i].name, "telegram_id") != 0)
            say_column(&table->columns[i], row, (int)i + FIRST_COLUMN, currency, out);
}

/* "name value"; what is empty or 0 is not said. Amounts are said with their currency, as they are
 * charged. */
static void say_column(const struct column *column, sqlite3_stmt *row, int index,
                       const char *currency, struct buf *out)
{
    char text[32];
    const char *value = text_of(row, index);
    int64_t number = sqlite3_column_int64(row, index);
    bool is_number = sqlite3_column_type(row, index) == SQLITE_INTEGER;
    bool is_amount = column->field->type == FIELD_AMOUNT && currency != NULL;
    if ((is_number && number == 0) || value[0] == '\0')
        return;
    if (currency != NULL && strcmp(column->name, "currency") == 0)
        return;
    if (column->field->type == FIELD_TIME) {
        clock_format_utc(number, text, sizeof text);
        value = text;
    } else if (is_amount) {
        money_format(number, currency, text, sizeof text);
        value = text;
    }
    buf_printf(out, "%s%s %s%s%s", out->len > 0 ? ", " : "", column->name, value,
               is_amount ? " " : "", is_amount ? currency : "");
}

static void put_step(struct story *story, const struct step *step)
{
    if (story->count == story->cap) {
        size_t cap = story->cap == 0 ? STEPS_AT_FIRST : 2 * story->cap;
        struct step *steps = realloc(story->steps, cap * sizeof *steps);
        if (steps == NULL) {
            story->starved = true;
            cJSON_Delete(step->item);
            return;
        }
        story->steps = steps;
        story->cap = cap;
    }
    story->steps[story->count++] = *step;
}

static cJSON *make_item(const struct step *step, const char *what, const char *result,
                        const struct buf *text)
{
    cJSON *item = cJSON_CreateObject();
    json_add_time(item, "at", (uint64_t)step->at_ms);
    cJSON_AddStringToObject(item, "what", what);
    cJSON_AddStringToObject(item, "result", result);
    json_add_text(item, "text", buf_slice(text));
    cJSON_AddNumberToObject(item, "ref", (double)step->sequence);
    return item;
}

static int compare_steps(const void *a, const void *b)
{
    const struct step *left = a;
    const struct step *right = b;
    if (left->sequence != right->sequence)
        return left->sequence < right->sequence ? -1 : 1;
    return left->n < right->n ? -1 : left->n > right->n;
}

static const char *reason_text(const char *name)
{
    for (unsigned result = 0; result < RESULT_COUNT; result++)
        if (strcmp(result_name(result), name) == 0)
            return result_text(result);
    return name;
}

static const char *text_of(sqlite3_stmt *row, int index)
{
    const unsigned char *text = sqlite3_column_text(row, index);
    return text == NULL ? "" : (const char *)text;
}
