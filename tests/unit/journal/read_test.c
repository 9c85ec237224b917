#include "journal/journal.h"

#include "tests/unit/journal/damage.h"
#include "tests/unit/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { ENTRIES = 20 };

struct fixture {
    struct scratch scratch;
    struct journal *journal;
    struct buf storage;
    struct journal_entry entries[ENTRIES];
    size_t count;
    struct why why;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct slice commands[ENTRIES];
    uint64_t first;
    ASSERT(fixture != NULL);
    scratch_init(&fixture->scratch);
    ASSERT(journal_open(fixture->scratch.path, &(struct journal_options){.map_bytes = 1 << 20},
                        &fixture->journal, &fixture->why) == ERROR_NONE);
    for (size_t i = 0; i < ENTRIES; i++)
        commands[i] = SLICE("ten bytes.");
    ASSERT(journal_append(fixture->journal, commands, ENTRIES, 1, &first) == ERROR_NONE);
    buf_init(&fixture->storage, 1000);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    journal_close(&fixture->journal);
    buf_deinit(&fixture->storage);
    scratch_deinit(&fixture->scratch);
    free(fixture);
    return 0;
}

static enum error read_from(struct fixture *fixture, uint64_t from)
{
    fixture->why.text[0] = 0;
    return journal_read(fixture->journal, from, fixture->entries, ENTRIES, &fixture->storage,
                        &fixture->count, &fixture->why);
}

static void storage_bounds_what_is_read(void **state)
{
    struct fixture *fixture = *state;
    for (size_t max = 0; max < 45; max++) {
        buf_deinit(&fixture->storage);
        buf_init(&fixture->storage, max);
        assert_int_equal(read_from(fixture, 3), max < 10 ? ERROR_TOO_LARGE : ERROR_NONE);
        assert_int_equal(fixture->count, max / 10);
        assert_false(fixture->storage.failed);
        for (size_t i = 0; i < fixture->count; i++) {
            assert_int_equal(fixture->entries[i].sequence, 3 + i);
            assert_true(slice_is(fixture->entries[i].command, "ten bytes."));
        }
    }
}

static void a_missing_entry_is_named(void **state)
{
    struct fixture *fixture = *state;
    damage_remove(fixture->journal, 7);
    assert_int_equal(read_from(fixture, 5), ERROR_NONE);
    assert_int_equal(fixture->count, 2);
    assert_int_equal(read_from(fixture, 7), ERROR_CORRUPT);
    assert_int_equal(fixture->count, 0);
    assert_non_null(strstr(fixture->why.text, "entry 7 is missing"));
    assert_int_equal(read_from(fixture, 8), ERROR_NONE);
    assert_int_equal(fixture->count, ENTRIES - 7);
}

static void a_damaged_entry_is_named(void **state)
{
    struct fixture *fixture = *state;
    damage_replace(fixture->journal, 9, SLICE("\x01 neither stamp nor checksum"));
    damage_replace(fixture->journal, 10, SLICE("\x02 from the future, and longer than a head"));
    damage_replace(fixture->journal, 11, SLICE(""));
    assert_int_equal(read_from(fixture, 8), ERROR_NONE);
    assert_int_equal(fixture->count, 1);
    assert_int_equal(read_from(fixture, 9), ERROR_CORRUPT);
    assert_non_null(strstr(fixture->why.text, "entry 9"));
    assert_int_equal(read_from(fixture, 10), ERROR_VERSION);
    assert_non_null(strstr(fixture->why.text, "entry 10"));
    assert_int_equal(read_from(fixture, 11), ERROR_CORRUPT);
    assert_int_equal(read_from(fixture, 12), ERROR_NONE);
}

static void a_key_that_is_none_is_damage(void **state)
{
    struct fixture *fixture = *state;
    damage_short_key(fixture->journal, ENTRIES + 1);
    /* Met on the way, what is before it is given out; then it is named. */
    assert_int_equal(read_from(fixture, ENTRIES - 1), ERROR_NONE);
    assert_int_equal(fixture->count, 2);
    assert_int_equal(read_from(fixture, ENTRIES + 1), ERROR_CORRUPT);
    assert_non_null(strstr(fixture->why.text, "key has 4 bytes"));
    assert_int_equal(fixture->count, 0);
}

static void behind_a_damaged_end_nothing_is_said_to_be_there(void **state)
{
    struct fixture *fixture = *state;
    damage_replace(fixture->journal, ENTRIES, SLICE("\x01 neither stamp nor checksum"));
    assert_int_equal(read_from(fixture, ENTRIES + 1), ERROR_CORRUPT);
    assert_non_null(strstr(fixture->why.text, "entry 20"));
    assert_int_equal(fixture->count, 0);
}

/* What cannot be archived must not be removed. */
static void damage_stops_trimming(void **state)
{
    struct fixture *fixture = *state;
    char segments[300];
    ASSERT(snprintf(segments, sizeof segments, "%s/segments", fixture->scratch.path) > 0);
    damage_replace(fixture->journal, 9, SLICE("\x01 neither stamp nor checksum"));
    assert_int_equal(journal_trim(fixture->journal, 15, segments, &fixture->why), ERROR_CORRUPT);
    assert_non_null(strstr(fixture->why.text, "entry 9"));
    assert_int_equal(journal_head(fixture->journal), 1);
    assert_int_equal(read_from(fixture, 1), ERROR_NONE);
    assert_int_equal(fixture->count, 8);
    assert_int_equal(journal_trim(fixture->journal, 8, segments, &fixture->why), ERROR_NONE);
    assert_int_equal(read_from(fixture, 8), ERROR_NOT_FOUND);
    assert_non_null(strstr(fixture->why.text, "begins with 9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(storage_bounds_what_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_entry_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_entry_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_none_is_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(behind_a_damaged_end_nothing_is_said_to_be_there, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(damage_stops_trimming, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
