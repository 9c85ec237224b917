#include "mirror/report.h"

#include "base/json.h"
#include "mirror/functions.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES_MAX = 64, HEX_BYTES_MAX = 128 };

static enum error prepare(struct database *database, struct slice sql, sqlite3_stmt **out,
                          struct why *why);
static enum error bind(sqlite3_stmt *statement, const struct report_param *params, size_t count,
                       struct why *why);
static enum error collect(struct database *database, sqlite3_stmt *statement, cJSON *out,
                          struct why *why);
static cJSON *value_at(sqlite3_stmt *statement, int column);

enum error mirror_report(const char *path, struct slice sql, const struct report_param *params,
                         size_t count, struct calendar *calendar, uint64_t timeout_ms, cJSON **out,
                         struct why *why)
{
    struct database *database;
    sqlite3_stmt *statement = NULL;
    *out = NULL;
    enum error error = database_open(path, DATABASE_READ, &database, why);
    if (error != ERROR_NONE)
        return error;
    database_bound(database, timeout_ms);
    if (calendar != NULL)
        error = functions_add(database, calendar, why);
    if (error == ERROR_NONE)
        error = prepare(database, sql, &statement, why);
    if (error == ERROR_NONE)
        error = bind(statement, params, count, why);
    json_build();
    cJSON *answer = error == ERROR_NONE ? cJSON_CreateObject() : NULL;
    if (error == ERROR_NONE)
        error = collect(database, statement, answer, why);
    if (error == ERROR_NONE && !json_complete())
        error = why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    sqlite3_finalize(statement);
    database_close(&database);
    if (error != ERROR_NONE)
        cJSON_Delete(answer);
    else
        *out = answer;
    return error;
}

static enum error prepare(struct database *database, struct slice sql, sqlite3_stmt **out,
                          struct why *why)
{
    const char *end = sql.data + sql.len;
    sqlite3_stmt *second = NULL;
    int code = sqlite3_prepare_v2(database->handle, sql.data, (int)sql.len, out, &sql.data);
    if (code == SQLITE_OK && *out != NULL) /* behind it only blanks and comments */
        code = sqlite3_prepare_v2(database->handle, sql.data, (int)(end - sql.data), &second, NULL);
    if (code != SQLITE_OK)
        return database_error(database, code, why);
    bool single = *out != NULL && second == NULL;
    sqlite3_finalize(second);
    return single ? ERROR_NONE : why_set(why, ERROR_INVALID, "a report is one SQL statement");
}

static enum error bind(sqlite3_stmt *statement, const struct report_param *params, size_t count,
                       struct why *why)
{
    for (size_t i = 0; i < count; i++) {
        char name[NAME_BYTES_MAX];
        long long number;
        snprintf(name, sizeof name, ":%.*s", SLICE_ARG(params[i].name));
        int index = sqlite3_bind_parameter_index(statement, name);
        if (index == 0)
            return why_set(why, ERROR_INVALID, "the report has no parameter %s", name);
        if (slice_to_i64(params[i].value, &number))
            sqlite3_bind_int64(statement, index, number);
        else
            bind_text(statement, index, params[i].value);
    }
    return ERROR_NONE;
}

static enum error collect(struct database *database, sqlite3_stmt *statement, cJSON *out,
                          struct why *why)
{
    enum error error;
    size_t rows = 0;
    int count = sqlite3_column_count(statement);
    cJSON *columns = cJSON_AddArrayToObject(out, "columns");
    cJSON *list = cJSON_AddArrayToObject(out, "rows");
    for (int i = 0; i < count; i++)
        cJSON_AddItemToArray(columns, cJSON_CreateString(sqlite3_column_name(statement, i)));
    while (database_step(database, statement, &error, why)) {
        cJSON *row = cJSON_CreateArray();
        for (int i = 0; i < count; i++)
            cJSON_AddItemToArray(row, value_at(statement, i));
        cJSON_AddItemToArray(list, row);
        if (++rows > REPORT_ROWS_MAX)
            return why_set(why, ERROR_TOO_LARGE, "the report has more than %d rows",
                           REPORT_ROWS_MAX);
    }
    return error;
}

static cJSON *value_at(sqlite3_stmt *statement, int column)
{
    char text[2 * HEX_BYTES_MAX + 1];
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        snprintf(text, sizeof text, "%lld", (long long)sqlite3_column_int64(statement, column));
        return cJSON_CreateRaw(text);
    case SQLITE_FLOAT:
        return cJSON_CreateNumber(sqlite3_column_double(statement, column));
    case SQLITE_TEXT:
        return cJSON_CreateString((const char *)sqlite3_column_text(statement, column));
    case SQLITE_BLOB: {
        size_t len = (size_t)sqlite3_column_bytes(statement, column);
        const uint8_t *bytes = sqlite3_column_blob(statement, column);
        for (size_t i = 0; i < len && i < HEX_BYTES_MAX; i++)
            snprintf(text + 2 * i, 3, "%02x", bytes[i]);
        text[2 * (len < HEX_BYTES_MAX ? len : HEX_BYTES_MAX)] = '\0';
        return cJSON_CreateString(text);
    }
    default:
        return cJSON_CreateNull();
    }
}
