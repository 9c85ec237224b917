/* What may happen between the writing of a segment and the removal of what it holds: this program
 * stands in for fsync, which comes between them, fails it, or changes what is stored behind the
 * archivist's back. */
#include "journal/journal.h"

#include "journal/segment.h"
#include "tests/unit/journal/damage.h"
#include "tests/unit/store/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

enum { ENTRIES = 20, LAST = 15 };

static struct journal *journal;
static struct scratch scratch;
static int syncs_until_failure;      /* 0: none fails */
static void (*between)(int fd);      /* what happens at the sync of a file */
static void (*between_folder)(void); /* ... of a folder */

int fsync(int fd)
{
    struct stat status;
    if (syncs_until_failure > 0 && --syncs_until_failure == 0) {
        errno = EIO;
        return -1;
    }
    ASSERT(fstat(fd, &status) == 0);
    if (S_ISREG(status.st_mode) && between != NULL)
        between(fd);
    if (S_ISDIR(status.st_mode) && between_folder != NULL)
        between_folder();
    return (int)syscall(SYS_fsync, fd);
}

static int setup(void **state)
{
    struct slice commands[ENTRIES];
    struct why why;
    uint64_t first;
    (void)state;
    syncs_until_failure = 0;
    between = NULL;
    between_folder = NULL;
    scratch_init(&scratch);
    ASSERT(journal_open(scratch_path(&scratch, "j"),
                        &(struct journal_options){.map_bytes = 1 << 20}, &journal,
                        &why) == ERROR_NONE);
    /* That the folder is there is not what these tests are about. */
    ASSERT(mkdir(scratch_path(&scratch, "segments"), 0700) == 0);
    for (size_t i = 0; i < ENTRIES; i++)
        commands[i] = SLICE("ten bytes.");
    return journal_append(journal, commands, ENTRIES, 7, &first) != ERROR_NONE;
}

static int teardown(void **state)
{
    (void)state;
    journal_close(&journal);
    scratch_deinit(&scratch);
    return 0;
}

static size_t count_segments(void)
{
    DIR *directory = opendir(scratch_path(&scratch, "segments"));
    size_t count = 0;
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    assert_int_equal(closedir(directory), 0);
    return count;
}

static enum error trim(struct why *why)
{
    why->text[0] = 0;
    return journal_trim(journal, LAST, scratch_path(&scratch, "segments"), why);
}

/* All entries can still be read. */
static void assert_nothing_removed(void)
{
    struct journal_entry entries[ENTRIES];
    struct buf storage;
    struct why why;
    size_t count;
    buf_init(&storage, 1000);
    assert_int_equal(journal_head(journal), 1);
    assert_int_equal(journal_read(journal, 1, entries, ENTRIES, &storage, &count, &why),
                     ERROR_NONE);
    assert_int_equal(count, ENTRIES);
    buf_deinit(&storage);
}

static void a_sync_that_fails_removes_nothing(void **state)
{
    struct why why;
    (void)state;
    for (int failing = 1; failing <= 2; failing++) { /* the segment's, then its folder's */
        syncs_until_failure = failing;
        assert_int_equal(trim(&why), ERROR_IO);
        assert_true(why.text[0] != 0);
        assert_nothing_removed();
    }
    syncs_until_failure = 3;
    assert_int_equal(trim(&why), ERROR_NONE);
    assert_int_equal(syncs_until_failure, 1);
    assert_int_equal(journal_head(journal), LAST + 1);
}

static struct journal_entry forged[LAST + 1];
static size_t forged_count;

/* A whole segment with right checksums takes the place of the one that was written. */
static void exchange(int fd)
{
    char *bytes;
    size_t len;
    struct segment_summary summary;
    FILE *file = open_memstream(&bytes, &len);
    ASSERT(file != NULL);
    struct segment_writer *writer = segment_writer_new(file, SEGMENT_COMMANDS, forged[0].sequence);
    ASSERT(writer != NULL);
    for (size_t i = 0; i < forged_count; i++)
        segment_writer_add(writer, &forged[i]);
    ASSERT(segment_writer_finish(writer, &summary) == ERROR_NONE);
    segment_writer_destroy(&writer);
    ASSERT(fclose(file) == 0);
    ASSERT(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, len, 0) == (ssize_t)len);
    free(bytes);
}

static void forge(uint64_t first, size_t count, const char *command)
{
    forged_count = count;
    for (size_t i = 0; i < count; i++)
        forged[i] = (struct journal_entry){first + i, 7, slice_from(command)};
}

static void another_segment_is_not_believed(void **state)
{
    static const struct {
        uint64_t first;
        size_t count;
        const char *command;
    } rows[] = {{2, LAST, "ten bytes."},
                {1, LAST - 1, "ten bytes."},
                {1, LAST + 1, "ten bytes."},
                {1, LAST, "ten.bytes."}};
    struct why why;
    (void)state;
    between = exchange;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        forge(rows[i].first, rows[i].count, rows[i].command);
        assert_int_equal(trim(&why), ERROR_CORRUPT);
        assert_non_null(strstr(why.text, "reads back as something else"));
        assert_nothing_removed();
        assert_int_equal(count_segments(), 0);
    }
    forge(1, LAST, "ten bytes."); /* the very same, so the test can tell */
    assert_int_equal(trim(&why), ERROR_NONE);
}

static void damage_entry_9(void)
{
    damage_replace(journal, 9, SLICE("\x01 neither stamp nor checksum"));
}

static void damage_key_0(void)
{
    damage_short_key(journal, 0);
}

static void damage_the_mark(void)
{
    damage_mark(journal, SLICE("\x01 not what was left"));
}

/* Archived it is; but of a journal in which something is wrong nothing is thrown away. */
static void damage_stops_the_removal(void **state)
{
    static void (*const ways[])(void) = {damage_the_mark, damage_entry_9, damage_key_0};
    struct why why;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        between_folder = ways[i];
        assert_int_equal(trim(&why), ERROR_CORRUPT);
        assert_non_null(strstr(why.text, "cannot remove archived entries"));
        assert_int_equal(journal_head(journal), 1);
        assert_int_equal(count_segments(), 1);
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

static void a_tail_that_is_gone_is_not_archived(void **state)
{
    struct why why;
    (void)state;
    for (uint64_t sequence = LAST; sequence <= ENTRIES; sequence++)
        damage_remove(journal, sequence);
    assert_int_equal(trim(&why), ERROR_CORRUPT);
    assert_non_null(strstr(why.text, "entry 15 is missing"));
    assert_int_equal(count_segments(), 0);
    assert_int_equal(journal_head(journal), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sync_that_fails_removes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(another_segment_is_not_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_stops_the_removal, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tail_that_is_gone_is_not_archived, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
