#include "mirror/database.h"

#include "base/clock.h"

#include <stdlib.h>

enum { STEP_OPERATIONS = 1000 };

static int is_late(void *object);
static void begin(struct database *database);
static enum error set_up(struct database *database, enum database_mode mode, struct why *why);

enum error database_open(const char *path, enum database_mode mode, struct database **out,
                         struct why *why)
{
    int flags =
        mode == DATABASE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    struct database *database = calloc(1, sizeof *database);
    *out = NULL;
    if (database == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    /* WAL needs its shared memory to be written even by those who only read; query_only sees to the
     * rest. Who may not write at all opens it read-only. */
    int code = sqlite3_open_v2(path, &database->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (mode == DATABASE_READ &&
        (code != SQLITE_OK || sqlite3_db_readonly(database->handle, NULL))) {
        sqlite3_close(database->handle);
        code = sqlite3_open_v2(path, &database->handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                               NULL);
    }
    enum error error = database_error(database, code, why);
    if (error == ERROR_NONE)
        error = set_up(database, mode, why);
    if (error != ERROR_NONE)
        database_close(&database);
    *out = database;
    return error;
}

void database_close(struct database **database)
{
    if (*database == NULL)
        return;
    sqlite3_close((*database)->handle);
    free(*database);
    *database = NULL;
}

void database_bound(struct database *database, uint64_t ms)
{
    database->bound_ms = ms;
    begin(database);
    sqlite3_progress_handler(database->handle, ms == 0 ? 0 : STEP_OPERATIONS, is_late, database);
}

enum error database_error(struct database *database, int code, struct why *why)
{
    static const struct {
        int code;
        enum error error;
    } rows[] = {
        {SQLITE_OK, ERROR_NONE},           {SQLITE_ROW, ERROR_NONE},
        {SQLITE_DONE, ERROR_NONE},         {SQLITE_CORRUPT, ERROR_CORRUPT},
        {SQLITE_NOTADB, ERROR_CORRUPT},    {SQLITE_FORMAT, ERROR_CORRUPT},
        {SQLITE_BUSY, ERROR_LOCKED},       {SQLITE_LOCKED, ERROR_LOCKED},
        {SQLITE_FULL, ERROR_FULL},         {SQLITE_NOMEM, ERROR_MEMORY},
        {SQLITE_PERM, ERROR_PERMISSION},   {SQLITE_READONLY, ERROR_PERMISSION},
        {SQLITE_AUTH, ERROR_PERMISSION},   {SQLITE_CANTOPEN, ERROR_NOT_FOUND},
        {SQLITE_INTERRUPT, ERROR_TIMEOUT}, {SQLITE_TOOBIG, ERROR_TOO_LARGE},
        {SQLITE_ERROR, ERROR_INVALID},     {SQLITE_SCHEMA, ERROR_INVALID},
    };
    enum error error = ERROR_IO;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((code & 0xff) == rows[i].code)
            error = rows[i].error;
    if (error != ERROR_NONE)
        why_set(why, error, "%s",
                database->handle == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(database->handle));
    return error;
}

enum error database_run(struct database *database, const char *sql, struct why *why)
{
    begin(database);
    return database_error(database, sqlite3_exec(database->handle, sql, NULL, NULL, NULL), why);
}

enum error database_prepare(struct database *database, const char *sql, sqlite3_stmt **out,
                            struct why *why)
{
    begin(database);
    return database_error(database, sqlite3_prepare_v2(database->handle, sql, -1, out, NULL), why);
}

bool database_step(struct database *database, sqlite3_stmt *statement, enum error *error,
                   struct why *why)
{
    int code = sqlite3_step(statement);
    *error = database_error(database, code, why);
    return code == SQLITE_ROW;
}

void bind_text(sqlite3_stmt *statement, int index, struct slice text)
{
    sqlite3_bind_text(statement, index, text.data == NULL ? "" : text.data, (int)text.len,
                      SQLITE_STATIC);
}

static int is_late(void *object)
{
    const struct database *database = object;
    return clock_mono_ms() > database->until_ms;
}

static void begin(struct database *database)
{
    database->until_ms = clock_mono_ms() + database->bound_ms;
}

static enum error set_up(struct database *database, enum database_mode mode, struct why *why)
{
    sqlite3_busy_timeout(database->handle, DATABASE_LOCK_MS);
    sqlite3_extended_result_codes(database->handle, 1);
    /* Each transaction moves the position along: what the system had not written yet when the power
     * went is asked for again. */
    return database_run(database,
                        mode == DATABASE_WRITE
                            ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                              "PRAGMA temp_store = MEMORY;"
                            : "PRAGMA query_only = 1; PRAGMA temp_store = MEMORY;",
                        why);
}
