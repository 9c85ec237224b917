#include "journal/journal.h"

#include "tests/unit/store/scratch.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

enum { BATCH = 64 };

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

static struct journal *open_journal(const char *path, uint64_t map_bytes)
{
    struct journal *journal;
    struct why why;
    assert_int_equal(
        journal_open(path, &(struct journal_options){.map_bytes = map_bytes}, &journal, &why),
        ERROR_NONE);
    return journal;
}

/* A command whose bytes follow from its number, so that reading can check it. */
static struct slice command_of(uint64_t number, size_t len, char *room)
{
    for (size_t i = 0; i < len; i++)
        room[i] = (char)(number * 31 + i * 7);
    return slice_of(room, len);
}

static enum error append(struct journal *journal, size_t len, uint64_t now_ms)
{
    static char room[65536];
    uint64_t first, expected = journal_tail(journal) + 1;
    struct slice command = command_of(expected, len, room);
    enum error error = journal_append(journal, &command, 1, now_ms, &first);
    assert_int_equal(first, error == ERROR_NONE ? expected : 0);
    assert_int_equal(journal_tail(journal), error == ERROR_NONE ? expected : expected - 1);
    return error;
}

/* All entries from head to tail are there, whole and in order; returns how many. */
static uint64_t check_all(struct journal *journal)
{
    static char room[65536];
    struct journal_entry entries[BATCH];
    struct buf storage;
    struct why why;
    uint64_t next = journal_head(journal), at_ms = 0, total = 0;
    size_t count;
    buf_init(&storage, 2 * JOURNAL_COMMAND_MAX);
    do {
        assert_int_equal(journal_read(journal, next, entries, BATCH, &storage, &count, &why),
                         ERROR_NONE);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(entries[i].sequence, next + i);
            assert_true(entries[i].at_ms >= at_ms);
            at_ms = entries[i].at_ms;
            struct slice expected = command_of(next + i, entries[i].command.len, room);
            assert_true(slice_equal(entries[i].command, expected));
        }
        next += count;
        total += count;
    } while (count > 0);
    assert_int_equal(next, journal_tail(journal) + 1);
    buf_deinit(&storage);
    return total;
}

static void a_new_journal_is_empty(void **state)
{
    struct journal *journal = open_journal(scratch_path(*state, "deep/journal"), 0);
    assert_int_equal(journal_head(journal), 1);
    assert_int_equal(journal_tail(journal), 0);
    assert_int_equal(check_all(journal), 0);
    journal_close(&journal);
    assert_null(journal);
    journal_close(&journal);
}

static void appended_commands_last(void **state)
{
    const char *path = scratch_path(*state, "j");
    struct journal *journal = open_journal(path, 0);
    struct slice commands[3] = {SLICE("one"), {NULL, 0}, SLICE("three")};
    uint64_t first;
    assert_int_equal(journal_append(journal, commands, 3, 1000, &first), ERROR_NONE);
    assert_int_equal(first, 1);
    assert_int_equal(journal_append(journal, commands + 2, 1, 2000, &first), ERROR_NONE);
    assert_int_equal(first, 4);
    journal_close(&journal);
    journal = open_journal(path, 0);
    assert_int_equal(journal_head(journal), 1);
    assert_int_equal(journal_tail(journal), 4);
    struct journal_entry entries[8];
    struct buf storage;
    struct why why;
    size_t count;
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    assert_int_equal(journal_read(journal, 1, entries, 8, &storage, &count, &why), ERROR_NONE);
    assert_int_equal(count, 4);
    assert_true(slice_is(entries[0].command, "one"));
    assert_true(slice_is(entries[1].command, ""));
    assert_true(slice_is(entries[2].command, "three"));
    assert_int_equal(entries[2].at_ms, 1000);
    assert_int_equal(entries[3].at_ms, 2000);
    assert_int_equal(entries[3].sequence, 4);
    assert_int_equal(journal_read(journal, 2, entries, 2, &storage, &count, &why), ERROR_NONE);
    assert_int_equal(count, 2);
    assert_true(slice_is(entries[1].command, "three"));
    assert_int_equal(journal_read(journal, 5, entries, 8, &storage, &count, &why), ERROR_NONE);
    assert_int_equal(count, 0);
    assert_int_equal(journal_read(journal, 1, entries, 0, &storage, &count, &why), ERROR_NONE);
    assert_int_equal(count, 0);
    assert_int_equal(journal_read(journal, 0, entries, 8, &storage, &count, &why), ERROR_NOT_FOUND);
    buf_deinit(&storage);
    journal_close(&journal);
}

static void stamps_never_fall_also_across_a_restart(void **state)
{
    const char *path = scratch_path(*state, "j");
    struct journal *journal = open_journal(path, 1 << 20);
    assert_int_equal(append(journal, 10, 5000), ERROR_NONE);
    assert_int_equal(append(journal, 10, 3000), ERROR_NONE);
    journal_close(&journal);
    journal = open_journal(path, 1 << 20);
    assert_int_equal(append(journal, 10, 4000), ERROR_NONE);
    assert_int_equal(append(journal, 10, 6000), ERROR_NONE);
    static const uint64_t expected[] = {5000, 5000, 5000, 6000};
    struct journal_entry entries[4];
    struct buf storage;
    size_t count;
    buf_init(&storage, 100);
    assert_int_equal(journal_read(journal, 1, entries, 4, &storage, &count, NULL), ERROR_NONE);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(entries[i].at_ms, expected[i]);
    buf_deinit(&storage);
    journal_close(&journal);
}

static void too_large_stores_nothing(void **state)
{
    static char large[JOURNAL_COMMAND_MAX + 1];
    struct journal *journal = open_journal(scratch_path(*state, "j"), 16 << 20);
    struct slice commands[2] = {SLICE("fine"), slice_of(large, sizeof large)};
    uint64_t first = 9;
    assert_int_equal(journal_append(journal, commands, 2, 1, &first), ERROR_TOO_LARGE);
    assert_int_equal(first, 0);
    assert_int_equal(journal_tail(journal), 0);
    commands[1].len--;
    assert_int_equal(journal_append(journal, commands, 2, 1, &first), ERROR_NONE);
    struct journal_entry entries[2];
    struct buf storage;
    struct why why = {{0}};
    size_t count;
    /* Storage for the first only: it is given out, and the second waits for more room. */
    buf_init(&storage, 1000);
    assert_int_equal(journal_read(journal, 1, entries, 2, &storage, &count, &why), ERROR_NONE);
    assert_int_equal(count, 1);
    assert_true(slice_is(entries[0].command, "fine"));
    assert_int_equal(journal_read(journal, 2, entries, 2, &storage, &count, &why), ERROR_TOO_LARGE);
    assert_int_equal(count, 0);
    assert_non_null(strstr(why.text, "entry 2"));
    buf_deinit(&storage);
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    assert_int_equal(journal_read(journal, 2, entries, 2, &storage, &count, &why), ERROR_NONE);
    assert_int_equal(entries[0].command.len, JOURNAL_COMMAND_MAX);
    buf_deinit(&storage);
    journal_close(&journal);
}

/* Everything acknowledged is readable, nothing else is, and with more room the journal goes on. */
static void a_full_map_is_an_answer(void **state)
{
    static const size_t sizes[] = {1, 500, 1500, 4000, 30000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char name[16];
        ASSERT(snprintf(name, sizeof name, "j%zu", i) > 0);
        const char *path = scratch_path(*state, name);
        struct journal *journal = open_journal(path, 256 << 10);
        uint64_t count = 0, first;
        while (append(journal, sizes[i], count) == ERROR_NONE)
            count++;
        assert_true(count >= 3);
        assert_int_equal(append(journal, sizes[i], count), ERROR_FULL);
        static char room[256];
        static struct slice many[2000];
        for (size_t k = 0; k < 2000; k++)
            many[k] = slice_of(room, sizeof room);
        assert_int_equal(journal_append(journal, many, 2000, 1, &first), ERROR_FULL);
        assert_int_equal(check_all(journal), count);
        journal_close(&journal);
        journal = open_journal(path, 256 << 10);
        assert_int_equal(check_all(journal), count);
        assert_int_equal(append(journal, sizes[i], count), ERROR_FULL);
        journal_close(&journal);
        journal = open_journal(path, 4 << 20);
        for (int k = 0; k < 10; k++)
            assert_int_equal(append(journal, sizes[i], count), ERROR_NONE);
        assert_int_equal(check_all(journal), count + 10);
        journal_close(&journal);
    }
}

/* The file may not grow, as on a full disk; the writes of a commit fail half-way. */
static void a_full_disk_is_an_answer(void **state)
{
    const char *path = scratch_path(*state, "j");
    struct journal *journal = open_journal(path, 64 << 20);
    struct rlimit former;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    uint64_t count = 0;
    for (rlim_t limit = 200000; limit < 800000; limit += 100001) {
        struct rlimit tight = {limit, former.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        uint64_t before = count;
        while (append(journal, 700, count) == ERROR_NONE)
            count++;
        bool refused = append(journal, 20000, count) != ERROR_NONE;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
        assert_true(refused && count > before);
        assert_int_equal(check_all(journal), count);
    }
    assert_ptr_equal(signal(SIGXFSZ, handler), SIG_IGN);
    assert_int_equal(append(journal, 700, count), ERROR_NONE);
    journal_close(&journal);
    journal = open_journal(path, 64 << 20);
    assert_int_equal(check_all(journal), count + 1);
    journal_close(&journal);
}

/* What LMDB gives up after a failed write of its meta page is opened again under the journal. */
static void a_failed_meta_page_is_survived(void **state)
{
    struct journal *journal = open_journal(scratch_path(*state, "j"), 1 << 20);
    for (int i = 0; i < 5; i++)
        assert_int_equal(append(journal, 100, 1), ERROR_NONE);
    const char *data = scratch_path(*state, "j/data.mdb");
    for (int fd = 3; fd < 256; fd++) {
        char link[64], target[512];
        ASSERT(snprintf(link, sizeof link, "/proc/self/fd/%d", fd) > 0);
        ssize_t len = readlink(link, target, sizeof target - 1);
        target[len > 0 ? len : 0] = 0;
        if (strcmp(target, data) != 0 || (fcntl(fd, F_GETFL) & O_DSYNC) == 0)
            continue;
        int null = open("/dev/null", O_RDONLY);
        assert_int_equal(dup2(null, fd), fd);
        assert_int_equal(close(null), 0);
    }
    assert_int_not_equal(append(journal, 100, 1), ERROR_NONE);
    assert_int_equal(append(journal, 100, 1), ERROR_NONE);
    assert_int_equal(check_all(journal), 6);
    journal_close(&journal);
}

static void a_copy_is_whole_and_read_only(void **state)
{
    const char *path = scratch_path(*state, "j");
    struct journal *journal = open_journal(path, 4 << 20), *copy;
    struct why why = {{0}};
    for (int i = 0; i < 5; i++)
        assert_int_equal(append(journal, 100, 1), ERROR_NONE);
    assert_int_equal(journal_copy(journal, scratch_path(*state, "copy"), &why), ERROR_NONE);
    assert_int_equal(journal_copy(journal, scratch_path(*state, "copy"), &why), ERROR_EXISTS);
    uint64_t used, map;
    journal_sizes(journal, &used, &map);
    assert_true(used > 4096 && used < map);
    assert_int_equal(map, 4 << 20);
    journal_close(&journal);
    struct journal_options options = {.read_only = true};
    assert_int_equal(journal_open(scratch_path(*state, "copy"), &options, &copy, &why), ERROR_NONE);
    assert_int_equal(check_all(copy), 5);
    journal_close(&copy);
    assert_int_equal(journal_open(scratch_path(*state, "none"), &options, &copy, &why),
                     ERROR_NOT_FOUND);
    assert_null(copy);
}

struct follower {
    struct journal *journal;
    uint64_t until;
    bool fine;
};

static void *follow(void *context)
{
    struct follower *follower = context;
    struct journal_entry entries[BATCH];
    struct buf storage;
    uint64_t next = 1;
    size_t count;
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    follower->fine = true;
    while (follower->fine && next <= follower->until) {
        uint64_t tail = journal_tail(follower->journal);
        enum error error =
            journal_read(follower->journal, next, entries, BATCH, &storage, &count, NULL);
        /* What the tail counts can be read. */
        follower->fine = error == ERROR_NONE && (tail < next || count > 0);
        for (size_t i = 0; i < count && follower->fine; i++) {
            uint64_t number;
            follower->fine = entries[i].command.len == sizeof number;
            memcpy(&number, entries[i].command.data, sizeof number);
            follower->fine = follower->fine && number == entries[i].sequence;
        }
        next += count;
    }
    buf_deinit(&storage);
    return NULL;
}

static void other_threads_read_while_we_append(void **state)
{
    enum { APPENDS = 300, EACH = 20 };
    struct follower followers[2];
    pthread_t threads[2];
    struct journal *journal = open_journal(scratch_path(*state, "j"), 64 << 20);
    for (int i = 0; i < 2; i++) {
        followers[i] = (struct follower){.journal = journal, .until = APPENDS * EACH};
        assert_int_equal(pthread_create(&threads[i], NULL, follow, &followers[i]), 0);
    }
    for (uint64_t i = 0; i < APPENDS; i++) {
        uint64_t numbers[EACH], first;
        struct slice commands[EACH];
        for (uint64_t k = 0; k < EACH; k++) {
            numbers[k] = i * EACH + k + 1;
            commands[k] = slice_of(&numbers[k], sizeof numbers[k]);
        }
        assert_int_equal(journal_append(journal, commands, EACH, i, &first), ERROR_NONE);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(followers[i].fine);
    }
    journal_close(&journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_journal_is_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(appended_commands_last, setup, teardown),
        cmocka_unit_test_setup_teardown(stamps_never_fall_also_across_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(too_large_stores_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_map_is_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_meta_page_is_survived, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_is_whole_and_read_only, setup, teardown),
        cmocka_unit_test_setup_teardown(other_threads_read_while_we_append, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
