#include "store/environment.h"

#include "tests/unit/store/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const struct environment_table tables[] = {{"one", 0}, {"numbers", MDB_INTEGERKEY}};

static int setup(void **state)
{
    struct scratch *scratch = malloc(sizeof *scratch);
    ASSERT(scratch != NULL);
    scratch_init(scratch);
    *state = scratch;
    return 0;
}

static int teardown(void **state)
{
    scratch_deinit(*state);
    free(*state);
    return 0;
}

static struct environment_options options_of(uint64_t map_bytes)
{
    return (struct environment_options){
        .what = "test", .map_bytes = map_bytes, .tables = tables, .tables_count = 2};
}

static void put(struct environment *environment, MDB_txn *txn, const char *key, size_t len)
{
    static char bytes[1 << 20];
    MDB_dbi dbi;
    assert_true(environment_table(environment, 0, &dbi));
    MDB_val k = {strlen(key), (void *)(uintptr_t)key}, v = {len, bytes};
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), MDB_SUCCESS);
}

static void errors(void **state)
{
    (void)state;
    assert_int_equal(environment_error(MDB_SUCCESS), ERROR_NONE);
    assert_int_equal(environment_error(MDB_MAP_FULL), ERROR_FULL);
    assert_int_equal(environment_error(ENOSPC), ERROR_FULL);
    assert_int_equal(environment_error(EIO), ERROR_IO);
    assert_int_equal(environment_error(ENOMEM), ERROR_MEMORY);
    assert_int_equal(environment_error(MDB_CORRUPTED), ERROR_CORRUPT);
    assert_int_equal(environment_error(MDB_PAGE_NOTFOUND), ERROR_CORRUPT);
    assert_int_equal(environment_error(MDB_INVALID), ERROR_CORRUPT);
    assert_int_equal(environment_error(MDB_VERSION_MISMATCH), ERROR_VERSION);
    assert_int_equal(environment_error(EACCES), ERROR_PERMISSION);
    assert_int_equal(environment_error(MDB_READERS_FULL), ERROR_BUSY);
    assert_int_equal(environment_error(MDB_BAD_TXN), ERROR_IO);
}

static void files_are_the_owners_only(void **state)
{
    struct environment *environment;
    struct environment_options options = options_of(1 << 20);
    struct why why;
    const char *path = scratch_path(*state, "e");
    assert_int_equal(environment_open(path, &options, &environment, &why), ERROR_NONE);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(scratch_path(*state, "e/data.mdb"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    environment_close(&environment);
    assert_null(environment);
    environment_close(&environment);
}

/* Little address space: the map as large as the file system does not fit, a smaller one is taken.
 */
static void the_map_shrinks_to_the_address_space(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)state;
    skip(); /* their shadow memory is larger than any limit set here */
#else
    struct environment *environment;
    struct environment_options options = options_of(0), chosen = options_of((uint64_t)8 << 30);
    struct why why;
    struct rlimit former;
    assert_int_equal(getrlimit(RLIMIT_AS, &former), 0);
    struct rlimit tight = {(rlim_t)3 << 30, former.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    enum error opened = environment_open(scratch_path(*state, "e"), &options, &environment, &why);
    struct environment *large;
    /* A size that somebody chose is not changed behind their back. */
    enum error refused = environment_open(scratch_path(*state, "l"), &chosen, &large, &why);
    assert_int_equal(setrlimit(RLIMIT_AS, &former), 0);
    assert_int_equal(opened, ERROR_NONE);
    assert_int_equal(refused, ERROR_MEMORY);
    uint64_t used, map;
    environment_sizes(environment, &used, &map);
    assert_true(map >= (uint64_t)1 << 30 && map < (uint64_t)3 << 30);
    environment_close(&environment);
#endif
}

static void used_counts_pages_that_hold_something(void **state)
{
    struct environment *environment;
    struct environment_options options = options_of(32 << 20);
    struct why why;
    uint64_t empty, full, after, map;
    MDB_txn *txn;
    assert_int_equal(environment_open(scratch_path(*state, "e"), &options, &environment, &why),
                     ERROR_NONE);
    environment_sizes(environment, &empty, &map);
    assert_int_equal(map, 32 << 20);
    for (char key[] = "a"; key[0] < 'k'; key[0]++) {
        assert_int_equal(environment_begin(environment, true, &txn), ERROR_NONE);
        put(environment, txn, key, 1 << 20);
        assert_int_equal(environment_commit(environment, txn), ERROR_NONE);
    }
    environment_sizes(environment, &full, &map);
    assert_true(full > empty + (10 << 20));
    assert_int_equal(environment_begin(environment, true, &txn), ERROR_NONE);
    MDB_dbi dbi;
    assert_true(environment_table(environment, 0, &dbi));
    assert_int_equal(mdb_drop(txn, dbi, 0), MDB_SUCCESS);
    assert_int_equal(environment_commit(environment, txn), ERROR_NONE);
    environment_sizes(environment, &after, &map);
    assert_true(after < full - (10 << 20));
    environment_close(&environment);
}

/* A table that an older usher did not have is not there for a reader, and made by a writer. */
static void tables_of_a_later_version(void **state)
{
    const char *path = scratch_path(*state, "e");
    struct environment *environment;
    struct environment_options options = options_of(1 << 20);
    struct why why;
    MDB_dbi dbi;
    options.tables_count = 1;
    assert_int_equal(environment_open(path, &options, &environment, &why), ERROR_NONE);
    environment_close(&environment);
    options.tables_count = 2;
    options.read_only = true;
    assert_int_equal(environment_open(path, &options, &environment, &why), ERROR_NONE);
    assert_true(environment_table(environment, 0, &dbi));
    assert_false(environment_table(environment, 1, &dbi));
    environment_close(&environment);
    options.read_only = false;
    assert_int_equal(environment_open(path, &options, &environment, &why), ERROR_NONE);
    assert_true(environment_table(environment, 1, &dbi));
    environment_close(&environment);
}

/* Puts a file that cannot be written behind the descriptor through which LMDB writes its meta page,
 * as a disk that fails there would: LMDB then gives the environment up (MDB_PANIC). */
static void break_meta_writes(const char *data)
{
    int broken = 0;
    for (int fd = 3; fd < 256; fd++) {
        char link[64], target[512];
        ASSERT(snprintf(link, sizeof link, "/proc/self/fd/%d", fd) > 0);
        ssize_t len = readlink(link, target, sizeof target - 1);
        if (len < 0)
            continue;
        target[len] = 0;
        if (strcmp(target, data) != 0 || (fcntl(fd, F_GETFL) & O_DSYNC) == 0)
            continue;
        int null = open("/dev/null", O_RDONLY);
        assert_true(null >= 0);
        assert_int_equal(dup2(null, fd), fd);
        assert_int_equal(close(null), 0);
        broken++;
    }
    assert_int_equal(broken, 1);
}

static bool holds(struct environment *environment, const char *key)
{
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val k = {strlen(key), (void *)(uintptr_t)key}, v;
    assert_int_equal(environment_begin(environment, false, &txn), ERROR_NONE);
    assert_true(environment_table(environment, 0, &dbi));
    int code = mdb_get(txn, dbi, &k, &v);
    environment_abort(environment, txn);
    assert_true(code == MDB_SUCCESS || code == MDB_NOTFOUND);
    return code == MDB_SUCCESS;
}

static void what_lmdb_gave_up_is_opened_again(void **state)
{
    struct environment *environment;
    struct environment_options options = options_of(1 << 20);
    struct why why;
    MDB_txn *txn, *reader;
    assert_int_equal(environment_open(scratch_path(*state, "e"), &options, &environment, &why),
                     ERROR_NONE);
    assert_int_equal(environment_begin(environment, true, &txn), ERROR_NONE);
    put(environment, txn, "before", 10);
    assert_int_equal(environment_commit(environment, txn), ERROR_NONE);
    assert_int_equal(environment_begin(environment, false, &reader), ERROR_NONE);
    break_meta_writes(scratch_path(*state, "e/data.mdb"));
    assert_int_equal(environment_begin(environment, true, &txn), ERROR_NONE);
    put(environment, txn, "lost", 10);
    assert_int_not_equal(environment_commit(environment, txn), ERROR_NONE);
    /* Nothing may be unmapped under somebody who reads. */
    assert_int_equal(environment_begin(environment, true, &txn), ERROR_BUSY);
    environment_abort(environment, reader);
    assert_int_equal(environment_begin(environment, true, &txn), ERROR_NONE);
    put(environment, txn, "after", 10);
    assert_int_equal(environment_commit(environment, txn), ERROR_NONE);
    assert_true(holds(environment, "before"));
    assert_false(holds(environment, "lost"));
    assert_true(holds(environment, "after"));
    environment_close(&environment);
}

/* What a power cut left of the making of an environment is neither taken for one nor in the way. */
static void half_made_is_made_anew(void **state)
{
    const struct scratch *scratch = *state;
    const struct environment_options options = options_of(1 << 20);
    struct environment *environment;
    struct why why = {""};
    FILE *half = fopen(scratch_path(scratch, "data.mdb.new"), "w");
    assert_non_null(half);
    assert_true(fputs("half of an environment", half) >= 0);
    assert_int_equal(fclose(half), 0);
    assert_int_equal(environment_open(scratch->path, &options, &environment, &why), ERROR_NONE);
    assert_int_equal(access(scratch_path(scratch, "data.mdb"), F_OK), 0);
    assert_int_not_equal(access(scratch_path(scratch, "data.mdb.new"), F_OK), 0);
    assert_int_not_equal(access(scratch_path(scratch, "data.mdb.new-lock"), F_OK), 0);
    MDB_txn *txn;
    assert_int_equal(environment_begin(environment, true, &txn), ERROR_NONE);
    put(environment, txn, "key", 100);
    assert_int_equal(environment_commit(environment, txn), ERROR_NONE);
    environment_close(&environment);
}

/* The name data.mdb appears only when all tables are in the file: it opens for reading at once. */
static void a_new_one_is_whole(void **state)
{
    const struct scratch *scratch = *state;
    struct environment_options options = options_of(1 << 20);
    struct environment *environment;
    struct why why = {""};
    assert_int_equal(environment_open(scratch->path, &options, &environment, &why), ERROR_NONE);
    environment_close(&environment);
    options.read_only = true;
    assert_int_equal(environment_open(scratch->path, &options, &environment, &why), ERROR_NONE);
    MDB_dbi dbi;
    assert_true(environment_table(environment, 0, &dbi));
    assert_true(environment_table(environment, 1, &dbi));
    environment_close(&environment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),
        cmocka_unit_test_setup_teardown(files_are_the_owners_only, setup, teardown),
        cmocka_unit_test_setup_teardown(half_made_is_made_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_one_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(the_map_shrinks_to_the_address_space, setup, teardown),
        cmocka_unit_test_setup_teardown(used_counts_pages_that_hold_something, setup, teardown),
        cmocka_unit_test_setup_teardown(tables_of_a_later_version, setup, teardown),
        cmocka_unit_test_setup_teardown(what_lmdb_gave_up_is_opened_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
