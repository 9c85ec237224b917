/* A dialogue is one a person, and is over when it is said or when its time is. */
#include "ledger/dialogue.h"

#include "ledger/words.h"
#include "tests/unit/ledger/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static struct store *store;
static struct ledger *ledger;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    ledger->at_ms = 1000;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static void a_new_one_ends_the_one_before(void **state)
{
    (void)state;
    assert_null(dialogue_open(ledger, 42));
    dialogue_begin(ledger, 42, MODULE_talk, "answer", 2000);
    assert_ptr_equal(dialogue_open(ledger, 42), intent_find(MODULE_talk, SLICE("answer")));
    dialogue_begin(ledger, 42, MODULE_talk, "longer", 3000);
    assert_ptr_equal(dialogue_open(ledger, 42), intent_find(MODULE_talk, SLICE("longer")));
    assert_null(dialogue_open(ledger, 43));
}

static void it_is_over_with_its_time(void **state)
{
    (void)state;
    dialogue_begin(ledger, 42, MODULE_talk, "answer", 1001);
    assert_non_null(dialogue_open(ledger, 42));
    ledger->at_ms = 1001;
    assert_null(dialogue_open(ledger, 42));
}

static void it_ends_once(void **state)
{
    (void)state;
    dialogue_end(ledger, 42);
    dialogue_begin(ledger, 42, MODULE_talk, "answer", 2000);
    dialogue_end(ledger, 42);
    dialogue_end(ledger, 42);
    assert_null(dialogue_open(ledger, 42));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_one_ends_the_one_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_over_with_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_ends_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
