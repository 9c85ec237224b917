/* SQLite as the mirror uses it: a connection with its statements, and failures in our own words.
 * sqlite3.h is seen only in this folder. A connection belongs to one thread. */
#ifndef USHER_MIRROR_DATABASE_H
#define USHER_MIRROR_DATABASE_H

#include "base/error.h"
#include "base/slice.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct database {
    sqlite3 *handle;
    uint64_t bound_ms; /* a statement that takes longer is stopped; 0: none is */
    uint64_t until_ms; /* mono */
};

enum database_mode { DATABASE_WRITE, DATABASE_READ };

enum { DATABASE_LOCK_MS = 1000 }; /* so long somebody else's lock is waited for */

/* Opens path; with DATABASE_WRITE it is made when it is not there, and put into WAL mode. */
enum error database_open(const char *path, enum database_mode mode, struct database **out,
                         struct why *why);
void database_close(struct database **database);
/* Stops each statement, with ERROR_TIMEOUT, that goes on so long after it was prepared; 0: never.
 */
void database_bound(struct database *database, uint64_t ms);

/* What a result code of SQLite means, with its sentence in why. ERROR_NONE for success. */
enum error database_error(struct database *database, int code, struct why *why);
/* Runs statements that give no rows. */
enum error database_run(struct database *database, const char *sql, struct why *why);
enum error database_prepare(struct database *database, const char *sql, sqlite3_stmt **out,
                            struct why *why);
/* One row: true and the statement stands on it; false at the end or after an error, which is then
 * in *error. */
bool database_step(struct database *database, sqlite3_stmt *statement, enum error *error,
                   struct why *why);

/* The bytes must live until the statement is reset. */
void bind_text(sqlite3_stmt *statement, int index, struct slice text);

#endif
