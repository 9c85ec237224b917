#include "journal/state.h"

#include "store/store.h"
#include "tests/unit/journal/damage.h"
#include "tests/unit/store/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
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

static const struct journal_options options = {.map_bytes = 1 << 20};

static struct journal *open_with(const struct scratch *scratch, size_t count)
{
    struct journal *journal;
    struct why why;
    struct slice command = SLICE("command");
    uint64_t first;
    assert_int_equal(journal_open(scratch->path, &options, &journal, &why), ERROR_NONE);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(journal_append(journal, &command, 1, 100 + i, &first), ERROR_NONE);
    return journal;
}

static struct journal_span span_of(struct journal *journal)
{
    MDB_txn *txn;
    struct journal_span span;
    assert_int_equal(environment_begin(journal->environment, false, &txn), ERROR_NONE);
    assert_int_equal(journal_span_read(journal, txn, &span, NULL), ERROR_NONE);
    environment_abort(journal->environment, txn);
    return span;
}

static void spans(void **state)
{
    struct journal *journal = open_with(*state, 0);
    struct journal_span span = span_of(journal);
    assert_int_equal(span.first, 1);
    assert_int_equal(span.last.sequence, 0);
    assert_int_equal(span.last.at_ms, 0);
    journal_close(&journal);
    journal = open_with(*state, 3);
    span = span_of(journal);
    assert_int_equal(span.first, 1);
    assert_int_equal(span.last.sequence, 3);
    assert_int_equal(span.last.at_ms, 102);
    struct why why;
    assert_int_equal(journal_trim(journal, 2, scratch_path(*state, "segments"), &why), ERROR_NONE);
    assert_int_equal(span_of(journal).first, 3);
    assert_int_equal(span_of(journal).last.sequence, 3);
    assert_int_equal(journal_trim(journal, 3, scratch_path(*state, "segments"), &why), ERROR_NONE);
    span = span_of(journal);
    assert_int_equal(span.first, 4);
    assert_int_equal(span.last.sequence, 3);
    assert_int_equal(span.last.at_ms, 102);
    journal_close(&journal);
}

static void a_damaged_end_is_not_opened(void **state)
{
    struct journal *journal = open_with(*state, 3);
    struct slice command = SLICE("command");
    struct why why = {{0}};
    uint64_t first;
    damage_replace(journal, 3, SLICE("\x01 neither stamp nor checksum"));
    /* What follows would get its number and stamp from nowhere. */
    assert_int_equal(journal_append(journal, &command, 1, 1, &first), ERROR_CORRUPT);
    assert_int_equal(journal_tail(journal), 3);
    journal_close(&journal);
    assert_int_equal(journal_open(((struct scratch *)*state)->path, &options, &journal, &why),
                     ERROR_CORRUPT);
    assert_null(journal);
    assert_non_null(strstr(why.text, "entry 3"));
}

static void a_damaged_mark_is_not_opened(void **state)
{
    struct journal *journal = open_with(*state, 3);
    struct why why = {{0}};
    assert_int_equal(journal_trim(journal, 3, scratch_path(*state, "segments"), &why), ERROR_NONE);
    damage_mark(journal, SLICE("\x01 not what was left"));
    journal_close(&journal);
    assert_int_equal(journal_open(((struct scratch *)*state)->path, &options, &journal, &why),
                     ERROR_CORRUPT);
    assert_non_null(strstr(why.text, "mark"));
}

static void a_key_that_is_none_is_not_opened(void **state)
{
    struct journal *journal = open_with(*state, 0);
    struct slice command = SLICE("command");
    struct why why = {{0}};
    uint64_t first;
    damage_short_key(journal, 1);
    assert_int_equal(journal_append(journal, &command, 1, 1, &first), ERROR_CORRUPT);
    journal_close(&journal);
    assert_int_equal(journal_open(((struct scratch *)*state)->path, &options, &journal, &why),
                     ERROR_CORRUPT);
    assert_non_null(strstr(why.text, "key has 4 bytes"));
}

/* Open for reading nothing is made that is not there. */
static void another_environment_is_no_journal(void **state)
{
    struct journal *journal;
    struct store *store;
    struct why why = {{0}};
    const char *path = scratch_path(*state, "state");
    assert_int_equal(store_open(path, &(struct store_options){.map_bytes = 1 << 20}, &store, &why),
                     ERROR_NONE);
    store_close(&store);
    assert_int_equal(
        journal_open(path, &(struct journal_options){.read_only = true}, &journal, &why),
        ERROR_CORRUPT);
    assert_null(journal);
    assert_non_null(strstr(why.text, "holds no journal"));
}

static void keys_and_errors(void **state)
{
    (void)state;
    uint64_t number = 77, back = 0;
    struct why why = {{0}};
    assert_int_equal(journal_key_read(&(MDB_val){sizeof number, &number}, &back, &why), ERROR_NONE);
    assert_int_equal(back, 77);
    assert_int_equal(journal_key_read(&(MDB_val){4, &number}, &back, &why), ERROR_CORRUPT);
    assert_int_equal(journal_failed(EIO, &why), ERROR_IO);
    assert_non_null(strstr(why.text, "cannot read the journal"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(spans, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_end_is_not_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_mark_is_not_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_none_is_not_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(another_environment_is_no_journal, setup, teardown),
        cmocka_unit_test(keys_and_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
