/* A child appends and says each acknowledged number; it is killed at a random moment; the journal
 * must hold what was acknowledged, whole, and at most one append more. Other children trim
 * meanwhile. */
#include "journal/journal.h"

#include "base/prng.h"
#include "tests/unit/store/scratch.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { ROUNDS = 20, EACH_MAX = 20, LEN_MAX = 3000 };

static struct scratch scratch;

/* The length and bytes of a command follow from its number. */
static struct slice command_of(uint64_t number, char room[LEN_MAX])
{
    size_t len = 1 + (number * 2654435761u) % LEN_MAX;
    for (size_t i = 0; i < len; i++)
        room[i] = (char)(number * 131 + i);
    return slice_of(room, len);
}

static struct journal *open_journal(void)
{
    struct journal *journal;
    struct why why;
    ASSERT(journal_open(scratch_path(&scratch, "j"), &(struct journal_options){0}, &journal,
                        &why) == ERROR_NONE);
    return journal;
}

/* Never returns. */
static void append_until_killed(int acknowledged, uint64_t seed)
{
    static char rooms[EACH_MAX][LEN_MAX];
    struct slice commands[EACH_MAX];
    struct prng prng = {seed};
    struct journal *journal = open_journal();
    struct why why;
    for (uint64_t now = 0;; now++) {
        uint64_t tail = journal_tail(journal), first, count = 1 + prng_below(&prng, EACH_MAX);
        for (uint64_t i = 0; i < count; i++)
            commands[i] = command_of(tail + 1 + i, rooms[i]);
        ASSERT(journal_append(journal, commands, count, now, &first) == ERROR_NONE);
        ASSERT(first == tail + 1);
        tail += count;
        ASSERT(write(acknowledged, &tail, sizeof tail) == sizeof tail);
        if (prng_below(&prng, 40) == 0)
            ASSERT(journal_trim(journal, tail - prng_below(&prng, count),
                                scratch_path(&scratch, "segments"), &why) == ERROR_NONE);
    }
}

static enum error check_entry(void *context, const struct journal_entry *entry)
{
    char room[LEN_MAX];
    uint64_t *next = context;
    assert_true(slice_equal(entry->command, command_of(entry->sequence, room)));
    if (entry->sequence == *next)
        ++*next;
    return ERROR_NONE;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All segments in the order of their names, overlapping where a trim was interrupted, and the
 * journal tell every entry from the first on. Returns the last. */
static uint64_t check_everything(struct journal *journal)
{
    char *names[1000];
    size_t names_count = 0;
    uint64_t next = 1;
    struct why why = {{0}};
    DIR *directory = opendir(scratch_path(&scratch, "segments"));
    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        if (strlen(entry->d_name) > 4 &&
            strcmp(entry->d_name + strlen(entry->d_name) - 4, ".seg") == 0) {
            ASSERT(names_count < 1000);
            names[names_count++] = strdup(entry->d_name);
        }
    if (directory != NULL)
        assert_int_equal(closedir(directory), 0);
    qsort(names, names_count, sizeof *names, by_name);
    for (size_t i = 0; i < names_count; i++) {
        char name[300];
        ASSERT(snprintf(name, sizeof name, "segments/%s", names[i]) > 0);
        assert_int_equal(
            journal_segment_read(scratch_path(&scratch, name), check_entry, &next, &why),
            ERROR_NONE);
        free(names[i]);
    }
    assert_true(journal_head(journal) <= next);
    struct journal_entry entry;
    struct buf storage;
    size_t count;
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    for (uint64_t at = journal_head(journal);; at++) {
        assert_int_equal(journal_read(journal, at, &entry, 1, &storage, &count, &why), ERROR_NONE);
        if (count == 0)
            break;
        assert_int_equal(check_entry(&next, &entry), ERROR_NONE);
    }
    buf_deinit(&storage);
    assert_int_equal(next, journal_tail(journal) + 1);
    return next - 1;
}

static void killed_at_any_moment(void **state)
{
    (void)state;
    struct prng prng = {0};
    random_bytes(&prng.state, sizeof prng.state);
    print_message("seed %" PRIu64 "\n", prng.state);
    uint64_t tail = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int acknowledged[2];
        uint64_t seed = prng_next(&prng), count = 0;
        /* How many acknowledgements to hear before the kill, and how long to wait after the last.
         */
        uint64_t hear = 1 + prng_below(&prng, 120), busy = prng_below(&prng, 200000);
        assert_int_equal(pipe(acknowledged), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            ASSERT(close(acknowledged[0]) == 0);
            append_until_killed(acknowledged[1], seed);
        }
        assert_int_equal(close(acknowledged[1]), 0);
        while (count < hear && read(acknowledged[0], &tail, sizeof tail) == (ssize_t)sizeof tail)
            count++;
        for (volatile uint64_t i = 0; i < busy; i++)
            continue;
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        while (read(acknowledged[0], &tail, sizeof tail) == (ssize_t)sizeof tail)
            count++;
        assert_int_equal(close(acknowledged[0]), 0);
        assert_true(count >= hear);
        struct journal *journal = open_journal();
        uint64_t found = check_everything(journal);
        journal_close(&journal);
        assert_in_range(found, tail, tail + EACH_MAX);
        tail = found;
    }
}

static int setup(void **state)
{
    (void)state;
    scratch_init(&scratch);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_deinit(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_any_moment, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
