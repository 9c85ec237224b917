#include "journal/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct journal_entry sample = {7, 1767225600123, {"abc", 3}};

static void the_bytes_are_what_the_header_says(void **state)
{
    (void)state;
    char bytes[ENTRY_HEAD_SIZE + 3];
    entry_encode(&sample, bytes);
    assert_memory_equal(bytes, "\x01\x00\x00\x01\x9B\x76\xDA\xA8\x7B", 9);
    assert_memory_equal(bytes + ENTRY_HEAD_SIZE, "abc", 3);
    struct journal_entry back;
    assert_int_equal(entry_decode(7, slice_of(bytes, sizeof bytes), &back, NULL), ERROR_NONE);
    assert_int_equal(back.sequence, 7);
    assert_int_equal(back.at_ms, sample.at_ms);
    assert_true(slice_is(back.command, "abc"));
}

static void every_flipped_bit_is_found(void **state)
{
    (void)state;
    char bytes[ENTRY_HEAD_SIZE + 3];
    struct journal_entry back;
    struct why why;
    entry_encode(&sample, bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        why.text[0] = 0;
        assert_int_equal(entry_decode(7, slice_of(bytes, sizeof bytes), &back, &why),
                         bit < 8 ? ERROR_VERSION : ERROR_CORRUPT);
        assert_non_null(strstr(why.text, "entry 7"));
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_int_equal(entry_decode(8, slice_of(bytes, sizeof bytes), &back, &why), ERROR_CORRUPT);
    for (size_t len = 0; len < sizeof bytes; len++)
        assert_int_equal(entry_decode(7, slice_of(bytes, len), &back, &why), ERROR_CORRUPT);
}

static void empty_and_largest_commands(void **state)
{
    (void)state;
    struct journal_entry entry = {UINT64_MAX, UINT64_MAX, {NULL, 0}}, back;
    char *bytes = malloc(ENTRY_HEAD_SIZE + JOURNAL_COMMAND_MAX + 1);
    char *command = calloc(1, JOURNAL_COMMAND_MAX + 1);
    assert_non_null(bytes);
    assert_non_null(command);
    entry_encode(&entry, bytes);
    assert_int_equal(entry_decode(UINT64_MAX, slice_of(bytes, ENTRY_HEAD_SIZE), &back, NULL),
                     ERROR_NONE);
    assert_int_equal(back.command.len, 0);
    for (size_t over = 0; over < 2; over++) {
        entry.command = slice_of(command, JOURNAL_COMMAND_MAX + over);
        entry_encode(&entry, bytes);
        struct slice value = slice_of(bytes, ENTRY_HEAD_SIZE + entry.command.len);
        assert_int_equal(entry_decode(UINT64_MAX, value, &back, NULL),
                         over ? ERROR_CORRUPT : ERROR_NONE);
    }
    free(bytes);
    free(command);
}

static void marks(void **state)
{
    (void)state;
    char bytes[MARK_SIZE];
    struct journal_mark mark = {1ull << 40, 1767225600123}, back;
    mark_encode(&mark, bytes);
    assert_int_equal(mark_decode(slice_of(bytes, sizeof bytes), &back, NULL), ERROR_NONE);
    assert_int_equal(back.sequence, mark.sequence);
    assert_int_equal(back.at_ms, mark.at_ms);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        assert_int_equal(mark_decode(slice_of(bytes, sizeof bytes), &back, NULL),
                         bit < 8 ? ERROR_VERSION : ERROR_CORRUPT);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_int_equal(mark_decode(slice_of(bytes, sizeof bytes - 1), &back, NULL), ERROR_CORRUPT);
    assert_int_equal(mark_decode(slice_of(NULL, 0), &back, NULL), ERROR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_what_the_header_says),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(empty_and_largest_commands),
        cmocka_unit_test(marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
