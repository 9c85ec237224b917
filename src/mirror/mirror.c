#include "mirror/mirror.h"

#include "base/assert.h"
#include "mirror/tables.h"
#include "mirror/views.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LAYOUT = 1,
    APPLICATION = 0x55534852,
    RECORD_ROOM = 8192,
    LOG_PAGES = 1000,
    LOG_PAGES_MAX = 16000
};

struct standing {
    uint64_t position, at_ms, whole;
    bool walked;
};

struct mirror {
    struct database *database;
    struct tables *tables;
    struct standing standing;
    uint64_t since;
    int log_pages;       /* in SQLite's log, not yet in the file */
    sqlite3_stmt *stand; /* writes the standing */
    sqlite3_stmt *drop_entitlements, *drop_places;
    uint64_t object[RECORD_ROOM / 8]; /* a record or fact, decoded */
};

static enum error make_file(const char *path, struct why *why);
static int count_pages(void *object, sqlite3 *handle, const char *name, int pages);
static enum error end(struct mirror *mirror, enum error error, struct why *why);
static enum error shorten_log(struct mirror *mirror, struct why *why);
static enum error empty_log(struct mirror *mirror, struct why *why);
static enum error check(struct mirror *mirror, struct why *why);
static enum error check_kind(struct database *database, struct why *why);
static enum error make(struct mirror *mirror, struct why *why);
static enum error load(struct mirror *mirror, struct why *why);
static enum error take(struct mirror *mirror, const struct message_news *news,
                       struct standing *standing, struct why *why);
static enum error take_items(struct mirror *mirror, struct slice items, uint64_t *told_ms,
                             struct why *why);
static enum error take_item(struct mirror *mirror, const struct message_news_item *item,
                            struct why *why);
static enum error decode(struct mirror *mirror, const struct shape *shape, struct slice value,
                         struct why *why);
static enum error drop_person(struct mirror *mirror, int64_t telegram_id, struct why *why);
static enum error store(struct mirror *mirror, const struct standing *standing, struct why *why);
static enum error run_once(struct mirror *mirror, sqlite3_stmt *statement, struct why *why);
static enum error number_of(struct database *database, const char *sql, int64_t *out,
                            struct why *why);
static bool beside(const char *path, const char *tail, char out[PATH_MAX]);

enum error mirror_open(const char *path, struct mirror **out, struct why *why)
{
    struct mirror *mirror = calloc(1, sizeof *mirror);
    *out = NULL;
    if (mirror == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = make_file(path, why);
    if (error == ERROR_NONE)
        error = tables_new(&mirror->tables);
    if (error == ERROR_NONE)
        error = database_open(path, DATABASE_WRITE, &mirror->database, why);
    if (error == ERROR_NONE) /* in place of SQLite's own way, which waits for nobody */
        sqlite3_wal_hook(mirror->database->handle, count_pages, mirror);
    if (error == ERROR_NONE)
        error = check(mirror, why);
    if (error == ERROR_NONE)
        error = make(mirror, why);
    if (error == ERROR_NONE)
        error = load(mirror, why);
    if (error != ERROR_NONE)
        mirror_close(&mirror);
    *out = mirror;
    return error;
}

void mirror_close(struct mirror **mirror)
{
    struct mirror *it = *mirror;
    if (it == NULL)
        return;
    tables_destroy(&it->tables);
    sqlite3_finalize(it->stand);
    sqlite3_finalize(it->drop_entitlements);
    sqlite3_finalize(it->drop_places);
    database_close(&it->database);
    free(it);
    *mirror = NULL;
}

enum error mirror_remove(const char *path, struct why *why)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        char name[PATH_MAX];
        if (!beside(path, tails[i], name))
            return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", path);
        if (unlink(name) != 0 && errno != ENOENT)
            return why_set(why, errno == EACCES ? ERROR_PERMISSION : ERROR_IO,
                           "%s cannot be removed: %s", name, strerror(errno));
    }
    return ERROR_NONE;
}

enum error mirror_set_aside(const char *path, struct why *why)
{
    char name[PATH_MAX];
    if (!beside(path, ".damaged", name))
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", path);
    if (rename(path, name) != 0 && errno != ENOENT)
        return why_set(why, errno == EACCES ? ERROR_PERMISSION : ERROR_IO,
                       "%s cannot be renamed: %s", path, strerror(errno));
    return mirror_remove(path, why);
}

enum error mirror_gather(struct mirror *mirror, struct slice items, struct why *why)
{
    uint64_t told_ms = 0;
    ASSERT(!mirror->standing.walked);
    enum error error = database_run(mirror->database, "BEGIN IMMEDIATE", why);
    if (error != ERROR_NONE)
        return error;
    error = end(mirror, take_items(mirror, items, &told_ms, why), why);
    return error == ERROR_NONE ? shorten_log(mirror, why) : error;
}

enum error mirror_begin(struct mirror *mirror, uint64_t since, struct why *why)
{
    struct standing standing = {0};
    ASSERT(!mirror->standing.walked);
    mirror->since = since;
    return store(mirror, &standing, why);
}

enum error mirror_apply(struct mirror *mirror, const struct message_news *news, struct why *why)
{
    struct standing standing = mirror->standing;
    ASSERT(news->walk != 0 || (standing.walked && news->after == standing.position));
    enum error error = database_run(mirror->database, "BEGIN IMMEDIATE", why);
    if (error != ERROR_NONE)
        return error;
    error = take(mirror, news, &standing, why);
    if (error == ERROR_NONE)
        error = store(mirror, &standing, why);
    error = end(mirror, error, why);
    if (error == ERROR_NONE)
        mirror->standing = standing;
    return error == ERROR_NONE ? shorten_log(mirror, why) : error;
}

enum error mirror_rest(struct mirror *mirror, struct why *why)
{
    return mirror->log_pages > LOG_PAGES ? empty_log(mirror, why) : ERROR_NONE;
}

enum error mirror_status(const char *path, struct mirror_status *out, struct why *why)
{
    struct database *database;
    sqlite3_stmt *statement = NULL;
    *out = (struct mirror_status){0};
    enum error error = database_open(path, DATABASE_READ, &database, why);
    if (error != ERROR_NONE)
        return error;
    error = database_prepare(database,
                             "SELECT position, at_ms, walked AND position >= whole FROM mirror",
                             &statement, why);
    if (error == ERROR_NONE && database_step(database, statement, &error, why)) {
        out->position = (uint64_t)sqlite3_column_int64(statement, 0);
        out->at_ms = (uint64_t)sqlite3_column_int64(statement, 1);
        out->whole = sqlite3_column_int(statement, 2) != 0;
    }
    sqlite3_finalize(statement);
    database_close(&database);
    return error;
}

uint64_t mirror_position(const struct mirror *mirror)
{
    return mirror->standing.position;
}

bool mirror_walked(const struct mirror *mirror)
{
    return mirror->standing.walked;
}

bool mirror_whole(const struct mirror *mirror)
{
    return mirror->standing.walked && mirror->standing.position >= mirror->standing.whole;
}

/* For its owner's eyes, as the state is. */
static enum error make_file(const char *path, struct why *why)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    enum error error = ERROR_NONE;
    if (slash != NULL && slash != path &&
        slice_copy(slice_of(path, (size_t)(slash - path)), folder, sizeof folder))
        error = directory_make(folder, why);
    if (error != ERROR_NONE)
        return error;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return why_set(why, directory_error(errno), "%s cannot be opened: %s", path,
                       strerror(errno));
    return close(fd) == 0 ? ERROR_NONE : ERROR_IO;
}

static int count_pages(void *object, sqlite3 *handle, const char *name, int pages)
{
    struct mirror *mirror = object;
    (void)handle;
    (void)name;
    mirror->log_pages = pages;
    return SQLITE_OK;
}

/* Ends a transaction, by the first error that was in it. */
static enum error end(struct mirror *mirror, enum error error, struct why *why)
{
    if (error == ERROR_NONE)
        error = database_run(mirror->database, "COMMIT", why);
    if (error != ERROR_NONE)
        (void)database_run(mirror->database, "ROLLBACK", NULL); /* an error may have done it */
    return error;
}

static enum error shorten_log(struct mirror *mirror, struct why *why)
{
    return mirror->log_pages > LOG_PAGES_MAX ? empty_log(mirror, why) : ERROR_NONE;
}

/* What a reader still needs stays in the log until the next time. */
static enum error empty_log(struct mirror *mirror, struct why *why)
{
    int code = sqlite3_wal_checkpoint_v2(mirror->database->handle, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                         NULL, NULL);
    mirror->log_pages = 0;
    return (code & 0xff) == SQLITE_BUSY ? ERROR_NONE : database_error(mirror->database, code, why);
}

/* Is it a mirror, and undamaged. */
static enum error check(struct mirror *mirror, struct why *why)
{
    sqlite3_stmt *statement = NULL;
    enum error error = check_kind(mirror->database, why);
    if (error == ERROR_NONE)
        error = database_prepare(mirror->database, "PRAGMA quick_check(1)", &statement, why);
    if (error == ERROR_NONE && database_step(mirror->database, statement, &error, why) &&
        strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
        error = why_set(why, ERROR_CORRUPT, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return error;
}

static enum error check_kind(struct database *database, struct why *why)
{
    int64_t application = 0;
    int64_t layout = 0;
    int64_t tables = 0;
    enum error error = number_of(database, "PRAGMA application_id", &application, why);
    if (error == ERROR_NONE)
        error = number_of(database, "PRAGMA user_version", &layout, why);
    if (error == ERROR_NONE)
        error = number_of(database, "SELECT count(*) FROM sqlite_schema", &tables, why);
    if (error != ERROR_NONE || (tables == 0 && application == 0))
        return error;
    if (application != APPLICATION)
        return why_set(why, ERROR_EXISTS, "the file is a database, but no mirror of usher");
    if (layout != LAYOUT)
        return why_set(why, ERROR_VERSION, "it is of layout %lld, this program's is %d",
                       (long long)layout, LAYOUT);
    return ERROR_NONE;
}

static enum error make(struct mirror *mirror, struct why *why)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "PRAGMA application_id = %d; PRAGMA user_version = %d;"
             "CREATE TABLE IF NOT EXISTS mirror (one INTEGER PRIMARY KEY CHECK (one = 1),"
             " layout INTEGER NOT NULL, position INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
             " walked INTEGER NOT NULL, whole INTEGER NOT NULL) STRICT;",
             APPLICATION, LAYOUT);
    enum error error = database_run(mirror->database, "BEGIN IMMEDIATE", why);
    if (error != ERROR_NONE)
        return error;
    error = database_run(mirror->database, sql, why);
    if (error == ERROR_NONE)
        error = tables_make(mirror->tables, mirror->database, why);
    if (error == ERROR_NONE)
        error = views_make(mirror->database, why);
    return end(mirror, error, why);
}

static enum error load(struct mirror *mirror, struct why *why)
{
    sqlite3_stmt *statement = NULL;
    struct standing *standing = &mirror->standing;
    struct database *database = mirror->database;
    enum error error = database_prepare(
        database, "SELECT position, at_ms, walked, whole FROM mirror", &statement, why);
    if (error == ERROR_NONE && database_step(database, statement, &error, why)) {
        standing->position = (uint64_t)sqlite3_column_int64(statement, 0);
        standing->at_ms = (uint64_t)sqlite3_column_int64(statement, 1);
        standing->walked = sqlite3_column_int(statement, 2) != 0;
        standing->whole = (uint64_t)sqlite3_column_int64(statement, 3);
    }
    sqlite3_finalize(statement);
    if (error == ERROR_NONE)
        error =
            database_prepare(database, "INSERT OR REPLACE INTO mirror VALUES (1, ?, ?, ?, ?, ?)",
                             &mirror->stand, why);
    if (error == ERROR_NONE)
        error = database_prepare(database, "DELETE FROM entitlement WHERE telegram_id = ?",
                                 &mirror->drop_entitlements, why);
    if (error == ERROR_NONE)
        error = database_prepare(database, "DELETE FROM place WHERE telegram_id = ?",
                                 &mirror->drop_places, why);
    return error;
}

static enum error take(struct mirror *mirror, const struct message_news *news,
                       struct standing *standing, struct why *why)
{
    uint64_t told_ms = standing->at_ms;
    enum error error = take_items(mirror, news->items, &told_ms, why);
    if (error != ERROR_NONE)
        return error;
    standing->at_ms = news->now_ms != 0 ? news->now_ms : told_ms;
    if (news->walk == 0) {
        standing->position = news->upto;
    } else if (news->at.len == 0) {
        standing->walked = true;
        standing->whole = news->upto;
        standing->position = mirror->since;
    }
    return ERROR_NONE;
}

/* told_ms: of the last of them. */
static enum error take_items(struct mirror *mirror, struct slice items, uint64_t *told_ms,
                             struct why *why)
{
    struct message message;
    enum error error;
    while ((error = wire_decode(&items, &message, why)) == ERROR_NONE) {
        if (message.kind != MESSAGE_news_item)
            return why_set(why, ERROR_INVALID, "the news hold what is no news");
        error = take_item(mirror, &message.news_item, why);
        if (error != ERROR_NONE)
            return error;
        *told_ms = message.news_item.at_ms;
    }
    if (error != ERROR_NOT_FOUND)
        return why_set(why, ERROR_INVALID, "the news do not decode");
    return ERROR_NONE;
}

static enum error take_item(struct mirror *mirror, const struct message_news_item *item,
                            struct why *why)
{
    struct mirror_table *table = tables_find(mirror->tables, item->id);
    enum error error = ERROR_NONE;
    if (table == NULL) /* of no interest here, or of a module that this program does not have */
        return ERROR_NONE;
    error = table_prepare(table, mirror->database, why);
    /* A person is told whole: the member, then all that they have. */
    if (error == ERROR_NONE && table->shape == shape_record_member())
        error = drop_person(mirror, item->telegram_id, why);
    if (error != ERROR_NONE)
        return error;
    if (item->gone != 0) {
        table_bind_key(table, table->drop, item, true);
        return run_once(mirror, table->drop, why);
    }
    error = decode(mirror, table->shape, item->value, why);
    if (error != ERROR_NONE)
        return error;
    table_bind(table, item, mirror->object);
    return run_once(mirror, table->put, why);
}

static enum error decode(struct mirror *mirror, const struct shape *shape, struct slice value,
                         struct why *why)
{
    ASSERT(shape->size <= sizeof mirror->object);
    enum error error = shape->role == ROLE_FACT
                           ? shape_decode_one(value, shape, mirror->object, why)
                           : record_decode(shape, value, mirror->object);
    return error == ERROR_NONE
               ? ERROR_NONE
               : why_set(why, ERROR_INVALID, "a %s in the news does not decode", shape->name);
}

static enum error drop_person(struct mirror *mirror, int64_t telegram_id, struct why *why)
{
    sqlite3_bind_int64(mirror->drop_entitlements, 1, telegram_id);
    sqlite3_bind_int64(mirror->drop_places, 1, telegram_id);
    enum error error = run_once(mirror, mirror->drop_entitlements, why);
    return error == ERROR_NONE ? run_once(mirror, mirror->drop_places, why) : error;
}

static enum error store(struct mirror *mirror, const struct standing *standing, struct why *why)
{
    sqlite3_bind_int64(mirror->stand, 1, LAYOUT);
    sqlite3_bind_int64(mirror->stand, 2, (int64_t)standing->position);
    sqlite3_bind_int64(mirror->stand, 3, (int64_t)standing->at_ms);
    sqlite3_bind_int64(mirror->stand, 4, standing->walked);
    sqlite3_bind_int64(mirror->stand, 5, (int64_t)standing->whole);
    return run_once(mirror, mirror->stand, why);
}

static enum error run_once(struct mirror *mirror, sqlite3_stmt *statement, struct why *why)
{
    enum error error;
    (void)database_step(mirror->database, statement, &error, why);
    sqlite3_reset(statement);
    return error;
}

static enum error number_of(struct database *database, const char *sql, int64_t *out,
                            struct why *why)
{
    sqlite3_stmt *statement = NULL;
    enum error error = database_prepare(database, sql, &statement, why);
    if (error == ERROR_NONE && database_step(database, statement, &error, why))
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return error;
}

static bool beside(const char *path, const char *tail, char out[PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s%s", path, tail);
    return n > 0 && n < PATH_MAX;
}
