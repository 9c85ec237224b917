#include "cli/segments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/segments-test-XXXXXX";

static void touch(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void rub_out(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

static void none_without_a_folder(void **state)
{
    struct segments segments;
    (void)state;
    assert_int_equal(segments_list("/nonexistent/archive", &segments, NULL), ERROR_NONE);
    assert_int_equal(segments.count, 0);
    segments_free(&segments);
    assert_int_not_equal(segments_list("/dev/null", &segments, NULL), ERROR_NONE);
}

static void in_the_order_of_their_commands(void **state)
{
    static const char *const names[] = {
        "segment-00000000000000000100-00000000000000000199.seg",
        "segment-00000000000000000001-00000000000000000099.seg",
        "segment-00000000000000001000-00000000000000001999.seg",
        "segment-00000000000000000200-00000000000000000999.seg",
    };
    static const char *const others[] = {
        "segment-00000000000000002000-00000000000000002999.seg.part",
        "segment",
        ".seg",
        "note.txt",
        "segment-.se",
    };
    enum { NAMES = sizeof(names) / sizeof(names[0]), OTHERS = sizeof(others) / sizeof(others[0]) };
    static const int order[NAMES] = {1, 0, 3, 2};
    struct segments segments;
    (void)state;

    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < NAMES; i++)
        touch(names[i]);
    for (size_t i = 0; i < OTHERS; i++)
        touch(others[i]);
    assert_int_equal(segments_list(folder, &segments, NULL), ERROR_NONE);
    assert_int_equal(segments.count, NAMES);
    for (size_t i = 0; i < NAMES; i++)
        assert_string_equal(segments_name(segments.paths[i]), names[order[i]]);
    segments_free(&segments);
    assert_int_equal(segments.count, 0);
    for (size_t i = 0; i < NAMES; i++)
        rub_out(names[i]);
    for (size_t i = 0; i < OTHERS; i++)
        rub_out(others[i]);
    assert_int_equal(rmdir(folder), 0);
}

static void a_name_says_which_commands(void **state)
{
    uint64_t first = 0, last = 0;
    (void)state;
    assert_true(
        segments_range("/a/segment-00000000000000000100-00000000000000000199.seg", &first, &last));
    assert_int_equal(first, 100);
    assert_int_equal(last, 199);
    assert_true(segments_range("segment-1-1.seg", &first, &last));
    assert_false(segments_range("segment-2-1.seg", &first, &last));
    assert_false(segments_range("segment-0-1.seg", &first, &last));
    assert_false(segments_range("segment-1.seg", &first, &last));
    assert_false(segments_range("segment--1.seg", &first, &last));
    assert_false(segments_range("segment-1-.seg", &first, &last));
    assert_false(segments_range("segment-1-2.seg.part", &first, &last));
    assert_false(segments_range("note.txt", &first, &last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_without_a_folder),
        cmocka_unit_test(in_the_order_of_their_commands),
        cmocka_unit_test(a_name_says_which_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
