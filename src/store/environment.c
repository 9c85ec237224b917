#include "store/environment.h"

#include "base/assert.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Bounds of the map when the configuration names none. It is address space, not memory. */
static const uint64_t map_least = (uint64_t)1 << 30;
static const uint64_t map_most = (uint64_t)1 << 42;

/* Less free than this, and a short write was a full disk. */
static const uint64_t free_least = (uint64_t)1 << 20;

struct environment {
    char *path;
    struct environment_options options;
    MDB_env *lmdb; /* NULL after an attempt to open it again has failed */
    MDB_dbi tables[ENVIRONMENT_TABLES_MAX];
    bool has_table[ENVIRONMENT_TABLES_MAX];
    pthread_rwlock_t lock; /* shared while a transaction runs; exclusive to open again */
};

static enum error make_new(struct environment *environment, struct why *why);
static int open_again(struct environment *environment);
static int open_lmdb(struct environment *environment, const char *path, unsigned flags);
static int open_with_map(struct environment *environment, const char *path, unsigned flags,
                         uint64_t map_bytes);
static int open_tables(struct environment *environment);
static uint64_t map_default(const char *path);
static enum error revive(struct environment *environment, int code);
static bool disk_is_full(const char *path);
static enum error copy_to(struct environment *environment, const char *file, struct why *why);
static int count_free_pages(MDB_txn *txn, uint64_t *pages);

static const struct {
    int code;
    enum error error;
} codes[] = {
    {MDB_SUCCESS, ERROR_NONE},
    {MDB_NOTFOUND, ERROR_NOT_FOUND},
    {MDB_KEYEXIST, ERROR_EXISTS},
    {MDB_MAP_FULL, ERROR_FULL},
    {MDB_TXN_FULL, ERROR_TOO_LARGE},
    {MDB_READERS_FULL, ERROR_BUSY},
    {MDB_MAP_RESIZED, ERROR_BUSY},
    {MDB_CORRUPTED, ERROR_CORRUPT},
    {MDB_PAGE_NOTFOUND, ERROR_CORRUPT},
    {MDB_INVALID, ERROR_CORRUPT},
    {MDB_INCOMPATIBLE, ERROR_CORRUPT},
    {MDB_VERSION_MISMATCH, ERROR_VERSION},
    {MDB_PANIC, ERROR_IO},
};

enum error environment_open(const char *path, const struct environment_options *options,
                            struct environment **out, struct why *why)
{
    ASSERT(options->tables_count <= ENVIRONMENT_TABLES_MAX);
    *out = NULL;
    if (!options->read_only) {
        enum error error = directory_make(path, why);
        if (error != ERROR_NONE)
            return error;
    }
    struct environment *environment = calloc(1, sizeof *environment);
    char *copy = strdup(path);
    if (environment == NULL || copy == NULL || pthread_rwlock_init(&environment->lock, NULL) != 0) {
        free(environment);
        free(copy);
        return why_set(why, ERROR_MEMORY, "no memory to open the %s in %s", options->what, path);
    }
    environment->path = copy;
    environment->options = *options;
    if (!options->read_only) {
        enum error error = make_new(environment, why);
        if (error != ERROR_NONE) {
            environment_close(&environment);
            return error;
        }
    }
    int code = open_again(environment);
    if (code != MDB_SUCCESS) {
        environment_close(&environment);
        return why_set(why, environment_error(code), "cannot open the %s in %s: %s", options->what,
                       path, mdb_strerror(code));
    }
    /* The names of new files must last too. */
    if (!options->read_only) {
        enum error error = directory_sync(path, why);
        if (error != ERROR_NONE) {
            environment_close(&environment);
            return error;
        }
    }
    *out = environment;
    return ERROR_NONE;
}

void environment_close(struct environment **environment)
{
    struct environment *closing = *environment;
    if (closing == NULL)
        return;
    /* Only a service: what sync_lazily may lose here, a power cut might have taken as well. */
    if (closing->lmdb != NULL && closing->options.sync_lazily && !closing->options.read_only)
        (void)mdb_env_sync(closing->lmdb, 1);
    if (closing->lmdb != NULL)
        mdb_env_close(closing->lmdb);
    ASSERT(pthread_rwlock_destroy(&closing->lock) == 0);
    free(closing->path);
    free(closing);
    *environment = NULL;
}

enum error environment_begin(struct environment *environment, bool write, MDB_txn **out)
{
    ASSERT(!write || !environment->options.read_only);
    for (bool again = false;; again = true) {
        ASSERT(pthread_rwlock_rdlock(&environment->lock) == 0);
        int code = MDB_PANIC;
        if (environment->lmdb != NULL)
            code = mdb_txn_begin(environment->lmdb, NULL, write ? 0 : MDB_RDONLY, out);
        if (code == MDB_SUCCESS)
            return ERROR_NONE;
        ASSERT(pthread_rwlock_unlock(&environment->lock) == 0);
        if (again || (code != MDB_PANIC && code != MDB_MAP_RESIZED))
            return environment_error(code);
        enum error error = revive(environment, code);
        if (error != ERROR_NONE)
            return error;
    }
}

enum error environment_commit(struct environment *environment, MDB_txn *txn)
{
    int code = mdb_txn_commit(txn);
    ASSERT(pthread_rwlock_unlock(&environment->lock) == 0);
    /* LMDB says EIO when the disk took only a part of a write, as it does when it gets full. */
    if (code == EIO && disk_is_full(environment->path))
        return ERROR_FULL;
    return environment_error(code);
}

void environment_abort(struct environment *environment, MDB_txn *txn)
{
    mdb_txn_abort(txn);
    ASSERT(pthread_rwlock_unlock(&environment->lock) == 0);
}

bool environment_table(const struct environment *environment, size_t index, MDB_dbi *dbi)
{
    ASSERT(index < environment->options.tables_count);
    *dbi = environment->tables[index];
    return environment->has_table[index];
}

enum error environment_error(int lmdb_code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == lmdb_code)
            return codes[i].error;
    return directory_error(lmdb_code);
}

enum error environment_grow(struct environment *environment, uint64_t bytes)
{
    if (pthread_rwlock_trywrlock(&environment->lock) != 0)
        return ERROR_BUSY;
    MDB_envinfo info;
    int code = MDB_PANIC;
    if (environment->lmdb != NULL)
        code = mdb_env_info(environment->lmdb, &info);
    if (code == MDB_SUCCESS)
        code = mdb_env_set_mapsize(environment->lmdb, info.me_mapsize + (size_t)bytes);
    ASSERT(pthread_rwlock_unlock(&environment->lock) == 0);
    return environment_error(code);
}

enum error environment_sync(struct environment *environment)
{
    ASSERT(pthread_rwlock_rdlock(&environment->lock) == 0);
    int code = environment->lmdb != NULL ? mdb_env_sync(environment->lmdb, 1) : MDB_PANIC;
    ASSERT(pthread_rwlock_unlock(&environment->lock) == 0);
    return environment_error(code);
}

enum error environment_copy(struct environment *environment, const char *path, struct why *why)
{
    char file[DIRECTORY_PATH_MAX + 16];
    int len = snprintf(file, sizeof file, "%s/data.mdb", path);
    if (len < 0 || (size_t)len >= sizeof file)
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", path);
    enum error error = directory_make_empty(path, why);
    if (error != ERROR_NONE)
        return error;
    error = copy_to(environment, file, why);
    if (error == ERROR_NONE)
        error = directory_sync(path, why);
    /* Half a copy must not look like one, nor one whose name may not last. */
    if (error != ERROR_NONE)
        (void)unlink(file);
    return error;
}

void environment_sizes(struct environment *environment, uint64_t *used, uint64_t *map)
{
    *used = 0;
    *map = 0;
    MDB_txn *txn;
    if (environment_begin(environment, false, &txn) != ERROR_NONE)
        return;
    MDB_envinfo info;
    MDB_stat stat;
    uint64_t unused = 0;
    if (mdb_env_info(environment->lmdb, &info) == MDB_SUCCESS &&
        mdb_env_stat(environment->lmdb, &stat) == MDB_SUCCESS &&
        count_free_pages(txn, &unused) == MDB_SUCCESS) {
        uint64_t pages = (uint64_t)info.me_last_pgno + 1;
        *used = (pages > unused ? pages - unused : 0) * stat.ms_psize;
        *map = info.me_mapsize;
    }
    environment_abort(environment, txn);
}

/* A new environment gets its name when it is whole and on disk. LMDB writes the first two pages of
 * a file in place, and a power cut meanwhile would leave one that it refuses ever after. */
static enum error make_new(struct environment *environment, struct why *why)
{
    char name[DIRECTORY_PATH_MAX + 32];
    char made[DIRECTORY_PATH_MAX + 32];
    char lock[DIRECTORY_PATH_MAX + 64];
    const char *path = environment->path; /* directory_make has found it short enough */
    ASSERT(snprintf(name, sizeof name, "%s/data.mdb", path) < (int)sizeof name);
    ASSERT(snprintf(made, sizeof made, "%s/data.mdb.new", path) < (int)sizeof made);
    ASSERT(snprintf(lock, sizeof lock, "%s-lock", made) < (int)sizeof lock);
    if (access(name, F_OK) == 0 || errno != ENOENT)
        return ERROR_NONE;
    (void)unlink(made); /* what an earlier attempt may have left */
    int code = open_lmdb(environment, made, MDB_NOTLS | MDB_NOSUBDIR);
    if (environment->lmdb != NULL)
        mdb_env_close(environment->lmdb);
    environment->lmdb = NULL;
    if (code == MDB_SUCCESS && rename(made, name) != 0)
        code = errno;
    (void)unlink(lock); /* neither is in the way of anything */
    if (code == MDB_SUCCESS)
        return ERROR_NONE;
    (void)unlink(made);
    return why_set(why, environment_error(code), "cannot make the %s in %s: %s",
                   environment->options.what, path, mdb_strerror(code));
}

static int open_again(struct environment *environment)
{
    const struct environment_options *options = &environment->options;
    unsigned flags = MDB_NOTLS;
    if (options->read_only)
        flags |= MDB_RDONLY;
    if (options->sync_lazily)
        flags |= MDB_NOMETASYNC;
    return open_lmdb(environment, environment->path, flags);
}

static int open_lmdb(struct environment *environment, const char *path, unsigned flags)
{
    uint64_t map = environment->options.map_bytes;
    bool chosen_here = map == 0 && !environment->options.read_only;
    if (chosen_here)
        map = map_default(environment->path);
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    map = (map + page - 1) / page * page;
    int code = open_with_map(environment, path, flags, map);
    /* Address space is short under sanitizers and resource limits. */
    while (code == ENOMEM && chosen_here && map > map_least) {
        map = map / 2 > map_least ? map / 2 / page * page : map_least;
        code = open_with_map(environment, path, flags, map);
    }
    return code;
}

/* map_bytes 0: as large as whoever writes the environment has made it. */
static int open_with_map(struct environment *environment, const char *path, unsigned flags,
                         uint64_t map_bytes)
{
    int code = mdb_env_create(&environment->lmdb);
    if (code != MDB_SUCCESS)
        return code;
    code = mdb_env_set_maxdbs(environment->lmdb, ENVIRONMENT_TABLES_MAX);
    if (code == MDB_SUCCESS && map_bytes != 0)
        code = mdb_env_set_mapsize(environment->lmdb, (size_t)map_bytes);
    if (code == MDB_SUCCESS)
        code = mdb_env_open(environment->lmdb, path, flags, 0600);
    /* Slots of readers that were killed hold pages back. */
    int dead;
    if (code == MDB_SUCCESS)
        code = mdb_reader_check(environment->lmdb, &dead);
    if (code == MDB_SUCCESS)
        code = open_tables(environment);
    if (code != MDB_SUCCESS) {
        mdb_env_close(environment->lmdb);
        environment->lmdb = NULL;
    }
    return code;
}

static int open_tables(struct environment *environment)
{
    const struct environment_options *options = &environment->options;
    MDB_txn *txn;
    int code = mdb_txn_begin(environment->lmdb, NULL, options->read_only ? MDB_RDONLY : 0, &txn);
    if (code != MDB_SUCCESS)
        return code;
    for (size_t i = 0; i < options->tables_count && code == MDB_SUCCESS; i++) {
        const struct environment_table *table = &options->tables[i];
        unsigned flags = table->flags | (options->read_only ? 0u : MDB_CREATE);
        code = mdb_dbi_open(txn, table->name, flags, &environment->tables[i]);
        environment->has_table[i] = code == MDB_SUCCESS;
        if (code == MDB_NOTFOUND && options->read_only)
            code = MDB_SUCCESS;
    }
    if (code != MDB_SUCCESS) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

/* The size of the file system, so that the disk is full before the map. */
static uint64_t map_default(const char *path)
{
    struct statvfs status;
    if (statvfs(path, &status) != 0)
        return map_least;
    uint64_t block = status.f_frsize;
    uint64_t blocks = status.f_blocks;
    if (block == 0 || blocks > map_most / block)
        return map_most;
    return blocks * block > map_least ? blocks * block : map_least;
}

/* Closes and opens what LMDB has given up, or follows another process's larger map. */
static enum error revive(struct environment *environment, int code)
{
    if (pthread_rwlock_trywrlock(&environment->lock) != 0)
        return ERROR_BUSY;
    if (code == MDB_MAP_RESIZED) {
        code = mdb_env_set_mapsize(environment->lmdb, 0);
    } else {
        if (environment->lmdb != NULL)
            mdb_env_close(environment->lmdb);
        environment->lmdb = NULL;
        code = open_again(environment);
    }
    ASSERT(pthread_rwlock_unlock(&environment->lock) == 0);
    return environment_error(code);
}

static bool disk_is_full(const char *path)
{
    struct statvfs status;
    return statvfs(path, &status) == 0 &&
           (uint64_t)status.f_bavail < free_least / (status.f_frsize > 0 ? status.f_frsize : 1);
}

static enum error copy_to(struct environment *environment, const char *file, struct why *why)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return why_set(why, directory_error(errno), "cannot make %s: %s", file, strerror(errno));
    ASSERT(pthread_rwlock_rdlock(&environment->lock) == 0);
    int code = environment->lmdb != NULL ? mdb_env_copyfd2(environment->lmdb, fd, 0) : MDB_PANIC;
    ASSERT(pthread_rwlock_unlock(&environment->lock) == 0);
    if (code == MDB_SUCCESS && fsync(fd) != 0)
        code = errno;
    if (close(fd) != 0 && code == MDB_SUCCESS)
        code = errno;
    if (code == MDB_SUCCESS)
        return ERROR_NONE;
    return why_set(why, environment_error(code), "cannot copy the %s to %s: %s",
                   environment->options.what, file, mdb_strerror(code));
}

/* LMDB keeps its free pages in table 0: a value is a list of page numbers behind its length. */
static int count_free_pages(MDB_txn *txn, uint64_t *pages)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, 0, &cursor);
    if (code != MDB_SUCCESS)
        return code;
    MDB_val key, value;
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        size_t count;
        if (value.mv_size < sizeof count) {
            code = MDB_CORRUPTED;
            break;
        }
        memcpy(&count, value.mv_data, sizeof count);
        *pages += count;
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? MDB_SUCCESS : code;
}
