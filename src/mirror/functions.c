#include "mirror/functions.h"

#include "base/civil.h"

#include <stdio.h>

static void local_day(sqlite3_context *context, int count, sqlite3_value **values);
static void local_month(sqlite3_context *context, int count, sqlite3_value **values);

enum error functions_add(struct database *database, struct calendar *calendar, struct why *why)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    int code = sqlite3_create_function(database->handle, "local_day", 1, flags, calendar, local_day,
                                       NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function(database->handle, "local_month", 1, flags, calendar,
                                       local_month, NULL, NULL);
    return database_error(database, code, why);
}

static void local_day(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_NULL)
        sqlite3_result_int64(
            context, calendar_day(sqlite3_user_data(context), sqlite3_value_int64(values[0])));
}

static void local_month(sqlite3_context *context, int count, sqlite3_value **values)
{
    char text[32];
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    struct civil date =
        civil_from_days(calendar_day(sqlite3_user_data(context), sqlite3_value_int64(values[0])));
    snprintf(text, sizeof text, "%04lld-%02d", (long long)date.year, date.month);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}
