#include "journal/segment_file.h"

#include "store/directory.h"
#include "tests/unit/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* Entries of which every third says nothing; `missing` is not there. */
struct rows {
    uint64_t missing;
    size_t most; /* that one reading gives */
    char text[8];
};

static enum error read_rows(void *context, uint64_t from, struct journal_entry *entries,
                            size_t count_max, struct buf *storage, size_t *count, struct why *why)
{
    struct rows *rows = context;
    (void)storage;
    (void)why;
    *count = 0;
    for (size_t i = 0; i < count_max && i < rows->most && from + i != rows->missing; i++) {
        entries[i] = (struct journal_entry){from + i, 1000 * (from + i),
                                            (from + i) % 3 == 0 ? slice_of(NULL, 0)
                                                                : slice_from(rows->text)};
        ++*count;
    }
    return ERROR_NONE;
}

struct seen {
    uint64_t count, bytes, last;
};

static enum error see(void *context, const struct journal_entry *entry)
{
    struct seen *seen = context;
    seen->count++;
    seen->bytes += entry->command.len;
    seen->last = entry->sequence;
    return ERROR_NONE;
}

static void a_segment_of_each_kind_is_made_and_read(void **state)
{
    (void)state;
    struct scratch scratch;
    struct why why = {""};
    scratch_init(&scratch);
    for (int kind = 0; kind < SEGMENT_KINDS; kind++) {
        struct rows rows = {.most = 4, .text = "fact"};
        const struct segment_source source = {(enum segment_kind)kind, read_rows, &rows};
        const enum segment_kind other = kind == SEGMENT_FACTS ? SEGMENT_COMMANDS : SEGMENT_FACTS;
        struct seen seen = {0};
        struct stat status;
        char name[64];
        uint64_t last = kind == SEGMENT_FACTS ? 19 : 18;
        (void)snprintf(name, sizeof name, "new/segment-%020u-%020llu.seg", 7U,
                       (unsigned long long)last);
        const char *path = scratch_path(&scratch, name);
        assert_int_equal(segment_file_make(&source, 7, last, scratch_path(&scratch, "new"), &why),
                         ERROR_NONE);
        assert_int_equal(segment_file_read(path, (enum segment_kind)kind, see, &seen, &why),
                         ERROR_NONE);
        assert_int_equal(seen.count, last - 6);
        assert_int_equal(seen.last, last);
        assert_int_equal(seen.bytes, 4 * (last - 6 - 4));
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mtim.tv_sec, last); /* as old as its last entry */
        seen = (struct seen){0};
        assert_int_equal(segment_file_read(path, other, see, &seen, &why), ERROR_CORRUPT);
        assert_non_null(strstr(why.text, path));
        assert_non_null(strstr(why.text, kind == SEGMENT_FACTS ? "the file is no journal segment"
                                                               : "the file is no fact segment"));
        assert_int_equal(seen.count, 0);
    }
    scratch_deinit(&scratch);
}

static void one_of_which_entries_are_missing_gets_no_name(void **state)
{
    (void)state;
    struct scratch scratch;
    struct why why = {""};
    scratch_init(&scratch);
    struct rows rows = {.most = 4, .missing = 13, .text = "fact"};
    const struct segment_source source = {SEGMENT_FACTS, read_rows, &rows};
    assert_int_equal(segment_file_make(&source, 7, 19, scratch.path, &why), ERROR_CORRUPT);
    assert_string_equal(why.text, "entry 13 is missing");
    assert_int_equal(rmdir(scratch.path), 0); /* nor is anything left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_of_each_kind_is_made_and_read),
        cmocka_unit_test(one_of_which_entries_are_missing_gets_no_name),
    };
    return cmocka_run_group_tests_name("segment_file", tests, NULL, NULL);
}
