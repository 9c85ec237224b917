/* What only the store on disk does: it lasts, gets full, is read by others, is copied. */
#include "store/store.h"

#include "tests/unit/store/scratch.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

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

static struct store *open_store(const char *path, uint64_t map_bytes)
{
    struct store *store;
    struct why why;
    assert_int_equal(
        store_open(path, &(struct store_options){.map_bytes = map_bytes}, &store, &why),
        ERROR_NONE);
    return store;
}

/* One record in a transaction of its own. */
static enum error put(struct store *store, uint64_t key, size_t len)
{
    static char bytes[65536];
    struct store_txn *txn;
    enum error error = store_begin(store, true, &txn);
    if (error != ERROR_NONE)
        return error;
    memset(bytes, (int)(key & 0x7F), len);
    (void)store_put(txn, TABLE_people, slice_of(&key, sizeof key), slice_of(bytes, len));
    return store_commit(&txn); /* says the error of the put as well */
}

static size_t count_intact(struct store *store)
{
    struct store_txn *txn;
    struct slice key = {NULL, 0}, value;
    size_t count = 0;
    assert_int_equal(store_begin(store, false, &txn), ERROR_NONE);
    while (store_seek(txn, TABLE_people, key, true, &key, &value) == ERROR_NONE) {
        uint64_t number;
        assert_int_equal(key.len, sizeof number);
        memcpy(&number, key.data, sizeof number);
        for (size_t i = 0; i < value.len; i++)
            assert_int_equal(value.data[i], (int)(number & 0x7F));
        count++;
    }
    assert_int_equal(store_count(txn, TABLE_people), count);
    store_abort(&txn);
    return count;
}

static void what_is_committed_lasts(void **state)
{
    struct store *store = open_store(scratch_path(*state, "deep/state"), 0);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(put(store, i, 100), ERROR_NONE);
    uint64_t used, map;
    store_sizes(store, &used, &map);
    assert_true(used >= 4096 && used < 1 << 20);
    assert_true(map >= 1 << 30);
    store_close(&store);
    store = open_store(scratch_path(*state, "deep/state"), 0);
    assert_int_equal(count_intact(store), 10);
    store_close(&store);
}

static void sync_lazily(void **state)
{
    struct store *store;
    struct why why;
    struct store_options options = {.map_bytes = 16 << 20, .sync_lazily = true};
    assert_int_equal(store_open(scratch_path(*state, "s"), &options, &store, &why), ERROR_NONE);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(put(store, i, 100), ERROR_NONE);
    assert_int_equal(store_sync(store), ERROR_NONE);
    store_close(&store);
    store = open_store(scratch_path(*state, "s"), 16 << 20);
    assert_int_equal(count_intact(store), 10);
    store_close(&store);
}

static void a_full_map_is_an_answer(void **state)
{
    const char *path = scratch_path(*state, "s");
    struct store *store = open_store(path, 1 << 20);
    uint64_t count = 0;
    while (put(store, count, 3000) == ERROR_NONE)
        count++;
    assert_true(count > 50);
    assert_int_equal(put(store, count, 3000), ERROR_FULL);
    assert_int_equal(count_intact(store), count);
    /* After the error the whole transaction is lost, also what would still fit. */
    struct store_txn *txn;
    assert_int_equal(store_begin(store, true, &txn), ERROR_NONE);
    static const char big[65536];
    enum error error = ERROR_NONE;
    for (uint64_t i = 0; error == ERROR_NONE; i++)
        error = store_put(txn, TABLE_meta, slice_of(&i, sizeof i), slice_of(big, sizeof big));
    assert_int_equal(error, ERROR_FULL);
    struct slice value;
    assert_int_equal(store_put(txn, TABLE_meta, SLICE("a"), SLICE("b")), ERROR_FULL);
    assert_int_equal(store_get(txn, TABLE_people, SLICE("a"), &value), ERROR_FULL);
    assert_int_equal(store_count(txn, TABLE_people), 0);
    assert_int_equal(store_commit(&txn), ERROR_FULL);
    store_close(&store);
    store = open_store(path, 8 << 20);
    assert_int_equal(count_intact(store), count);
    assert_int_equal(put(store, count, 3000), ERROR_NONE);
    store_close(&store);
}

/* The file may not grow any more, which is what a full disk does in the middle of a commit. */
static void a_full_disk_is_an_answer(void **state)
{
    struct store *store = open_store(scratch_path(*state, "s"), 64 << 20);
    struct rlimit former;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    struct rlimit tight = {300 * 1024, former.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    uint64_t count = 0;
    enum error error;
    while ((error = put(store, count, 3000)) == ERROR_NONE)
        count++;
    /* A write of which the disk takes a part is told from a broken disk by the room that is left.
     */
    bool refused = error == ERROR_FULL || error == ERROR_IO;
    for (int i = 0; i < 5; i++)
        refused = refused && put(store, count, 30000) != ERROR_NONE;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
    assert_ptr_equal(signal(SIGXFSZ, handler), SIG_IGN);
    assert_true(refused);
    assert_true(count > 20);
    assert_int_equal(count_intact(store), count);
    assert_int_equal(put(store, count, 3000), ERROR_NONE);
    assert_int_equal(count_intact(store), count + 1);
    store_close(&store);
}

static void a_copy_is_whole_and_never_overwrites(void **state)
{
    struct store *store = open_store(scratch_path(*state, "s"), 16 << 20), *copy;
    for (uint64_t i = 0; i < 50; i++)
        assert_int_equal(put(store, i, 2000), ERROR_NONE);
    struct why why = {{0}};
    const char *to = scratch_path(*state, "backups/1");
    assert_int_equal(store_copy(store, to, &why), ERROR_NONE);
    assert_int_equal(store_copy(store, to, &why), ERROR_EXISTS);
    assert_non_null(strstr(why.text, "not empty"));
    assert_int_equal(put(store, 50, 2000), ERROR_NONE);
    copy = open_store(to, 16 << 20);
    assert_int_equal(count_intact(copy), 50);
    assert_int_equal(put(copy, 77, 10), ERROR_NONE);
    store_close(&copy);
    assert_int_equal(count_intact(store), 51);
    store_close(&store);
}

static void what_cannot_be_opened_says_why(void **state)
{
    struct store *store;
    struct why why = {{0}};
    struct store_options reader = {.read_only = true}, writer = {.map_bytes = 1 << 20};
    const char *missing = scratch_path(*state, "missing");
    assert_int_equal(store_open(missing, &reader, &store, &why), ERROR_NOT_FOUND);
    assert_null(store);
    assert_non_null(strstr(why.text, missing));
    const char *directory = scratch_path(*state, "garbage");
    assert_int_equal(mkdir(directory, 0700), 0);
    FILE *file = fopen(scratch_path(*state, "garbage/data.mdb"), "w");
    assert_non_null(file);
    for (int i = 0; i < 8192; i++)
        assert_int_equal(fputc('x', file), 'x');
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_open(directory, &writer, &store, &why), ERROR_CORRUPT);
    assert_int_equal(store_open(directory, &reader, &store, &why), ERROR_CORRUPT);
    file = fopen(scratch_path(*state, "file"), "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_open(scratch_path(*state, "file"), &writer, &store, &why),
                     ERROR_INVALID);
    assert_int_equal(store_open(scratch_path(*state, "file/s"), &writer, &store, &why),
                     ERROR_INVALID);
    assert_int_equal(store_open("", &writer, &store, &why), ERROR_INVALID);
}

/* The command line reads what a running server writes, and follows when the map grows. */
static void another_process_reads_while_we_write(void **state)
{
    const char *path = scratch_path(*state, "s");
    struct store *store = open_store(path, 1 << 20);
    for (uint64_t i = 0; i < 20; i++)
        assert_int_equal(put(store, i, 2000), ERROR_NONE);
    int go[2], done[2];
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(done), 0);
    store_close(&store); /* never across fork */
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char byte;
        struct store *reader = NULL;
        struct store_txn *txn;
        struct why why;
        bool fine = close(go[1]) == 0 && close(done[0]) == 0 && read(go[0], &byte, 1) == 1 &&
                    store_open(path, &(struct store_options){.read_only = true}, &reader, &why) ==
                        ERROR_NONE;
        for (uint64_t expected = 20; fine && expected <= 1020; expected += 1000) {
            fine = store_begin(reader, false, &txn) == ERROR_NONE &&
                   store_count(txn, TABLE_people) == expected;
            store_abort(&txn);
            fine = fine && write(done[1], "x", 1) == 1 && read(go[0], &byte, 1) == 1;
        }
        store_close(&reader);
        _exit(fine ? 0 : 1);
    }
    char byte;
    assert_true(close(go[0]) == 0 && close(done[1]) == 0);
    store = open_store(path, 64 << 20); /* larger than the reader's */
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(read(done[0], &byte, 1), 1);
    for (uint64_t i = 20; i < 1020; i++)
        assert_int_equal(put(store, i, 3000), ERROR_NONE);
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(read(done[0], &byte, 1), 1);
    assert_int_equal(write(go[1], "x", 1), 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    store_close(&store);
    assert_true(close(go[1]) == 0 && close(done[0]) == 0);
}

struct watch {
    struct store *store;
    atomic_bool stop;
    uint64_t rounds;
    bool fine;
};

/* Two records move together in every transaction, so a reader may never see them apart. */
static void *watch_pair(void *context)
{
    struct watch *watch = context;
    watch->fine = true;
    do {
        struct store_txn *txn;
        struct slice a, b;
        if (store_begin(watch->store, false, &txn) != ERROR_NONE ||
            store_get(txn, TABLE_meta, SLICE("a"), &a) != ERROR_NONE ||
            store_get(txn, TABLE_orders, SLICE("b"), &b) != ERROR_NONE || !slice_equal(a, b))
            watch->fine = false;
        store_abort(&txn);
        watch->rounds++;
    } while (!atomic_load(&watch->stop));
    return NULL;
}

static void other_threads_read_whole_transactions(void **state)
{
    struct watch watch = {.store = open_store(scratch_path(*state, "s"), 16 << 20)};
    pthread_t thread;
    for (uint64_t i = 0; i < 200; i++) {
        struct store_txn *txn;
        struct slice value = slice_of(&i, sizeof i);
        assert_int_equal(store_begin(watch.store, true, &txn), ERROR_NONE);
        assert_int_equal(store_put(txn, TABLE_meta, SLICE("a"), value), ERROR_NONE);
        assert_int_equal(store_put(txn, TABLE_orders, SLICE("b"), value), ERROR_NONE);
        assert_int_equal(store_commit(&txn), ERROR_NONE);
        if (i == 0)
            assert_int_equal(pthread_create(&thread, NULL, watch_pair, &watch), 0);
    }
    atomic_store(&watch.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(watch.fine);
    assert_true(watch.rounds > 0);
    store_close(&watch.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_committed_lasts, setup, teardown),
        cmocka_unit_test_setup_teardown(sync_lazily, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_map_is_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_is_whole_and_never_overwrites, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_opened_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(another_process_reads_while_we_write, setup, teardown),
        cmocka_unit_test_setup_teardown(other_threads_read_whole_transactions, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
