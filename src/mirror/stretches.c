#include "mirror/stretches.h"

#include <stdio.h>

static enum error number_of(struct database *database, const char *sql, int64_t value, int64_t *out,
                            struct why *why);
static enum error make(struct database *database, struct why *why);
static enum error copy(struct database *database, int64_t above, int64_t upto, struct why *why);

enum error stretches_step(struct database *database, int members, bool *more, struct why *why)
{
    int64_t tables = 0;
    int64_t above = 0;
    int64_t upto = 0;
    *more = false;
    enum error error =
        number_of(database, "SELECT count(*) FROM temp.sqlite_schema WHERE name = 'paid_stretch'",
                  0, &tables, why);
    if (error == ERROR_NONE && tables == 0)
        error = make(database, why);
    if (error == ERROR_NONE)
        error = number_of(database, "SELECT upto FROM temp.stretch_upto", 0, &above, why);
    if (error != ERROR_NONE || above == INT64_MAX)
        return error;
    error = stretches_upto(database, members, above, &upto, why);
    if (error == ERROR_NONE)
        error = copy(database, above, upto, why);
    *more = error == ERROR_NONE && upto != INT64_MAX;
    return error;
}

enum error stretches_upto(struct database *database, int members, int64_t above, int64_t *upto,
                          struct why *why)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT coalesce((SELECT telegram_id FROM member WHERE telegram_id > ?1"
             " ORDER BY telegram_id LIMIT 1 OFFSET %d), 9223372036854775807)",
             members - 1);
    return number_of(database, sql, above, upto, why);
}

static enum error number_of(struct database *database, const char *sql, int64_t value, int64_t *out,
                            struct why *why)
{
    sqlite3_stmt *statement = NULL;
    enum error error = database_prepare(database, sql, &statement, why);
    if (error != ERROR_NONE)
        return error;
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, value);
    if (database_step(database, statement, &error, why))
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return error;
}

/* query_only forbids temporary tables, too, so it is lifted while they are written. */
static enum error make(struct database *database, struct why *why)
{
    return database_run(
        database,
        "PRAGMA query_only = 0;"
        "CREATE TEMP TABLE paid_stretch (telegram_id INTEGER, plan TEXT, currency TEXT,"
        " monthly REAL, from_ms INTEGER, to_ms INTEGER);"
        "CREATE INDEX temp.paid_stretch_telegram_id ON paid_stretch (telegram_id);"
        "CREATE TEMP TABLE stretch_upto (upto INTEGER);"
        "INSERT INTO temp.stretch_upto VALUES (-9223372036854775808);"
        "PRAGMA query_only = 1",
        why);
}

static enum error copy(struct database *database, int64_t above, int64_t upto, struct why *why)
{
    char sql[640];
    snprintf(sql, sizeof sql,
             "PRAGMA query_only = 0;"
             "INSERT INTO temp.paid_stretch SELECT telegram_id, plan, currency, monthly, from_ms,"
             " to_ms FROM main.paid_stretch WHERE telegram_id > %lld AND telegram_id <= %lld;"
             "UPDATE temp.stretch_upto SET upto = %lld;"
             "PRAGMA query_only = 1",
             (long long)above, (long long)upto, (long long)upto);
    return database_run(database, sql, why);
}
