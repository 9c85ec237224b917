#include "journal/journal.h"

#include "tests/unit/store/scratch.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

static struct journal *open_journal(const char *path, uint64_t map_bytes)
{
    struct journal *journal;
    struct why why;
    assert_int_equal(
        journal_open(path, &(struct journal_options){.map_bytes = map_bytes}, &journal, &why),
        ERROR_NONE);
    return journal;
}

/* count commands in one append, each its own sequence number in text, padded to len. */
static enum error append(struct journal *journal, size_t count, size_t len, uint64_t now_ms)
{
    char *room = calloc(count, len);
    struct slice *commands = calloc(count, sizeof *commands);
    assert_true(room != NULL && commands != NULL);
    uint64_t tail = journal_tail(journal), first;
    for (size_t i = 0; i < count; i++) {
        ASSERT(snprintf(room + i * len, len, "%" PRIu64, tail + 1 + i) > 0);
        commands[i] = slice_of(room + i * len, len);
    }
    enum error error = journal_append(journal, commands, count, now_ms, &first);
    free(room);
    free(commands);
    return error;
}

/* The entries of segments and journals, told one after another. */
struct story {
    uint64_t next;
    uint64_t count;
};

static enum error hear(void *context, const struct journal_entry *entry)
{
    struct story *story = context;
    char expected[24];
    ASSERT(snprintf(expected, sizeof expected, "%" PRIu64, entry->sequence) > 0);
    assert_int_equal(entry->sequence, story->next);
    assert_string_equal(entry->command.data, expected);
    story->next++;
    story->count++;
    return ERROR_NONE;
}

static const char *segment_path(const struct scratch *scratch, uint64_t first, uint64_t last)
{
    char name[128];
    ASSERT(snprintf(name, sizeof name, "segments/segment-%020" PRIu64 "-%020" PRIu64 ".seg", first,
                    last) > 0);
    return scratch_path(scratch, name);
}

static void hear_segment(const struct scratch *scratch, uint64_t first, uint64_t last)
{
    struct story story = {.next = first};
    struct why why = {{0}};
    assert_int_equal(journal_segment_read(segment_path(scratch, first, last), hear, &story, &why),
                     ERROR_NONE);
    assert_int_equal(story.count, last - first + 1);
}

static void hear_journal(struct journal *journal)
{
    struct story story = {.next = journal_head(journal)};
    struct journal_entry entries[50];
    struct buf storage;
    struct why why;
    size_t count;
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    do {
        assert_int_equal(journal_read(journal, story.next, entries, 50, &storage, &count, &why),
                         ERROR_NONE);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(hear(&story, &entries[i]), ERROR_NONE);
    } while (count > 0);
    assert_int_equal(story.next, journal_tail(journal) + 1);
    buf_deinit(&storage);
}

static size_t count_files(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    assert_int_equal(closedir(directory), 0);
    return count;
}

static void the_front_moves_into_a_segment(void **state)
{
    struct journal *journal = open_journal(scratch_path(*state, "j"), 0);
    const char *segments = scratch_path(*state, "segments");
    struct why why = {{0}};
    assert_int_equal(append(journal, 100, 40, 1), ERROR_NONE);
    assert_int_equal(journal_trim(journal, 0, segments, &why), ERROR_NONE);
    assert_int_equal(journal_trim(journal, 60, segments, &why), ERROR_NONE);
    assert_int_equal(journal_head(journal), 61);
    assert_int_equal(journal_tail(journal), 100);
    hear_segment(*state, 1, 60);
    hear_journal(journal);
    assert_int_equal(journal_trim(journal, 60, segments, &why), ERROR_NONE);
    assert_int_equal(journal_trim(journal, 101, segments, &why), ERROR_INVALID);
    assert_int_equal(journal_trim(journal, 61, segments, &why), ERROR_NONE);
    hear_segment(*state, 61, 61);
    assert_int_equal(count_files(segments), 2);
    struct journal_entry entry;
    struct buf storage;
    size_t count;
    buf_init(&storage, 1000);
    assert_int_equal(journal_read(journal, 61, &entry, 1, &storage, &count, &why), ERROR_NOT_FOUND);
    assert_int_equal(journal_read(journal, 62, &entry, 1, &storage, &count, &why), ERROR_NONE);
    assert_int_equal(count, 1);
    buf_deinit(&storage);
    journal_close(&journal);
}

/* Archived first, dropped in small steps: what an usher that runs does. */
static void archiving_and_dropping_are_apart(void **state)
{
    struct journal *journal = open_journal(scratch_path(*state, "j"), 0);
    const char *segments = scratch_path(*state, "segments");
    struct why why = {{0}};
    struct stat status;
    assert_int_equal(append(journal, 50, 40, 1000), ERROR_NONE);
    assert_int_equal(append(journal, 50, 40, 5000500), ERROR_NONE);
    assert_int_equal(journal_archive(journal, 1, 60, segments, &why), ERROR_NONE);
    assert_int_equal(journal_head(journal), 1);
    hear_segment(*state, 1, 60);
    assert_int_equal(stat(segment_path(*state, 1, 60), &status), 0);
    assert_int_equal(status.st_mtim.tv_sec, 5000); /* as old as its last entry */
    assert_int_equal(status.st_mtim.tv_nsec, 500000000);
    assert_int_equal(journal_drop(journal, 60, 25, &why), ERROR_NONE);
    assert_int_equal(journal_head(journal), 26);
    hear_journal(journal);
    assert_int_equal(append(journal, 10, 40, 6000000), ERROR_NONE);
    assert_int_equal(journal_drop(journal, 60, 25, &why), ERROR_NONE);
    assert_int_equal(journal_drop(journal, 60, 25, &why), ERROR_NONE);
    assert_int_equal(journal_head(journal), 61);
    assert_int_equal(journal_drop(journal, 60, 25, &why), ERROR_NONE);
    assert_int_equal(journal_head(journal), 61);
    hear_journal(journal);
    journal_close(&journal);
}

static void entries_are_found_by_their_age(void **state)
{
    struct journal *journal = open_journal(scratch_path(*state, "j"), 0);
    struct why why = {{0}};
    uint64_t found = 1;
    assert_int_equal(journal_find(journal, 1000, &found, &why), ERROR_NONE);
    assert_int_equal(found, 0);
    for (uint64_t at_ms = 100; at_ms <= 1000; at_ms += 100)
        assert_int_equal(append(journal, 3, 40, at_ms), ERROR_NONE);
    for (uint64_t before_ms = 0; before_ms <= 1200; before_ms += 50) {
        uint64_t hundreds = before_ms == 0 ? 0 : (before_ms - 1) / 100;
        assert_int_equal(journal_find(journal, before_ms, &found, &why), ERROR_NONE);
        assert_int_equal(found, 3 * (hundreds < 10 ? hundreds : 10));
    }
    assert_int_equal(journal_trim(journal, 15, scratch_path(*state, "segments"), &why), ERROR_NONE);
    assert_int_equal(journal_find(journal, 500, &found, &why), ERROR_NONE);
    assert_int_equal(found, 0);
    assert_int_equal(journal_find(journal, 601, &found, &why), ERROR_NONE);
    assert_int_equal(found, 18);
    journal_close(&journal);
}

static void an_emptied_journal_remembers_where_it_was(void **state)
{
    const char *path = scratch_path(*state, "j");
    struct journal *journal = open_journal(path, 0);
    struct why why = {{0}};
    assert_int_equal(append(journal, 10, 40, 9000), ERROR_NONE);
    assert_int_equal(journal_trim(journal, 10, scratch_path(*state, "segments"), &why), ERROR_NONE);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(journal_head(journal), 11);
        assert_int_equal(journal_tail(journal), 10);
        hear_journal(journal);
        journal_close(&journal);
        journal = open_journal(path, 0);
    }
    struct journal_entry entry;
    struct buf storage;
    size_t count;
    buf_init(&storage, 1000);
    assert_int_equal(journal_read(journal, 10, &entry, 1, &storage, &count, &why), ERROR_NOT_FOUND);
    assert_int_equal(append(journal, 1, 40, 5), ERROR_NONE);
    assert_int_equal(journal_read(journal, 11, &entry, 1, &storage, &count, &why), ERROR_NONE);
    assert_int_equal(count, 1);
    assert_int_equal(entry.at_ms, 9000);
    buf_deinit(&storage);
    journal_close(&journal);
}

static void nothing_is_removed_that_is_not_archived(void **state)
{
    struct journal *journal = open_journal(scratch_path(*state, "j"), 64 << 20);
    const char *segments = scratch_path(*state, "segments");
    struct why why = {{0}};
    assert_int_equal(append(journal, 2000, 300, 1), ERROR_NONE);
    const char *file = scratch_path(*state, "file");
    FILE *made = fopen(file, "w");
    assert_non_null(made);
    assert_int_equal(fclose(made), 0);
    assert_int_equal(journal_trim(journal, 2000, file, &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, file));
    struct rlimit former;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    struct rlimit tight = {100000, former.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    enum error error = journal_trim(journal, 2000, segments, &why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
    assert_ptr_equal(signal(SIGXFSZ, handler), SIG_IGN);
    assert_int_equal(error, ERROR_FULL);
    assert_int_equal(count_files(segments), 0);
    assert_int_equal(journal_head(journal), 1);
    hear_journal(journal);
    assert_int_equal(journal_trim(journal, 2000, segments, &why), ERROR_NONE);
    hear_segment(*state, 1, 2000);
    journal_close(&journal);
}

/* As if an earlier run had been killed behind the renaming, or before it. */
static void what_an_interrupted_run_left_is_replaced(void **state)
{
    struct journal *journal = open_journal(scratch_path(*state, "j"), 0);
    const char *segments = scratch_path(*state, "segments");
    struct why why = {{0}};
    assert_int_equal(append(journal, 30, 40, 1), ERROR_NONE);
    assert_int_equal(mkdir(segments, 0700), 0);
    const char *final = segment_path(*state, 1, 20);
    char part[512];
    ASSERT(snprintf(part, sizeof part, "%s.part", final) > 0);
    FILE *file = fopen(final, "w");
    assert_true(file != NULL && fputs("something else, and longer than nothing", file) >= 0);
    assert_int_equal(fclose(file), 0);
    file = fopen(part, "w");
    assert_true(file != NULL && fputs("USHERSEG", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(journal_trim(journal, 20, segments, &why), ERROR_NONE);
    assert_int_equal(count_files(segments), 1);
    hear_segment(*state, 1, 20);
    hear_journal(journal);
    journal_close(&journal);
}

/* LMDB needs pages to free pages; a journal that refuses appends must still get its room back. */
static void a_full_journal_can_be_trimmed(void **state)
{
    static const size_t sizes[] = {24, 500, 1500, 4000, 30000};
    static const size_t batches[] = {1, 7, 100};
    for (size_t i = 0; i < 15; i++) {
        char name[32];
        ASSERT(snprintf(name, sizeof name, "j%zu", i) > 0);
        struct journal *journal = open_journal(scratch_path(*state, name), 512 << 10);
        size_t size = sizes[i / 3], batch = batches[i % 3];
        struct why why = {{0}};
        for (; batch > 0; batch /= 2)
            while (append(journal, batch, size, 1) == ERROR_NONE)
                continue;
        assert_int_equal(append(journal, 1, size, 1), ERROR_FULL);
        uint64_t tail = journal_tail(journal);
        ASSERT(snprintf(name, sizeof name, "segments%zu", i) > 0);
        assert_int_equal(journal_trim(journal, tail - 1, scratch_path(*state, name), &why),
                         ERROR_NONE);
        assert_int_equal(journal_head(journal), tail);
        hear_journal(journal);
        for (int k = 0; k < 5; k++)
            assert_int_equal(append(journal, 1, size, 1), ERROR_NONE);
        journal_close(&journal);
    }
}

struct appender {
    struct journal *journal;
    atomic_bool stop;
    bool fine;
};

static void *keep_appending(void *context)
{
    struct appender *appender = context;
    appender->fine = true;
    do
        appender->fine = appender->fine && append(appender->journal, 10, 40, 1) == ERROR_NONE;
    while (!atomic_load(&appender->stop));
    return NULL;
}

static void appends_go_on_during_a_long_trim(void **state)
{
    enum { MANY = 30000 };
    struct appender appender = {.journal = open_journal(scratch_path(*state, "j"), 0)};
    struct why why = {{0}};
    pthread_t thread;
    assert_int_equal(append(appender.journal, MANY, 40, 1), ERROR_NONE);
    assert_int_equal(pthread_create(&thread, NULL, keep_appending, &appender), 0);
    assert_int_equal(journal_trim(appender.journal, MANY, scratch_path(*state, "segments"), &why),
                     ERROR_NONE);
    atomic_store(&appender.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(appender.fine);
    assert_int_equal(journal_head(appender.journal), MANY + 1);
    assert_true(journal_tail(appender.journal) > MANY);
    hear_segment(*state, 1, MANY);
    hear_journal(appender.journal);
    journal_close(&appender.journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_front_moves_into_a_segment, setup, teardown),
        cmocka_unit_test_setup_teardown(archiving_and_dropping_are_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_are_found_by_their_age, setup, teardown),
        cmocka_unit_test_setup_teardown(an_emptied_journal_remembers_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_removed_that_is_not_archived, setup, teardown),
        cmocka_unit_test_setup_teardown(what_an_interrupted_run_left_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_journal_can_be_trimmed, setup, teardown),
        cmocka_unit_test_setup_teardown(appends_go_on_during_a_long_trim, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
