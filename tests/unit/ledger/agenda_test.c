/* One timer a person, at the least time that a module has named. */
#include "tests/unit/ledger/sample.h"

#include "ledger/agenda.h"

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
    sample_next_ms = 0;
    sample_dues = 0;
    if (store_open_memory(&store) != ERROR_NONE || ledger_open(store, &ledger, NULL) != ERROR_NONE)
        return -1;
    return ledger_begin(ledger) == ERROR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static void the_least_time_is_the_timer(void **state)
{
    (void)state;
    agenda_set(ledger, 7, 0);
    assert_int_equal(ledger_next_due(ledger), 0);
    agenda_set(ledger, 7, 5000);
    assert_int_equal(ledger_next_due(ledger), 5000);
    agenda_set(ledger, 7, 6000);
    assert_int_equal(ledger_next_due(ledger), 5000);
    agenda_set(ledger, 7, 4000);
    assert_int_equal(ledger_next_due(ledger), 4000);
    agenda_set(ledger, 8, 4500);
    assert_int_equal(ledger_next_due(ledger), 4000);
}

static void modules_name_the_next_time(void **state)
{
    (void)state;
    agenda_set(ledger, 7, 5000);
    timer_clear(ledger, 5000, TIMER_AGENDA, 7, ""); /* as a tick does */
    sample_next_ms = 9000;
    assert_true(agenda_due(ledger, 7, "") >= 2);
    assert_int_equal(sample_dues, 1);
    assert_int_equal(ledger_next_due(ledger), 9000);
    timer_clear(ledger, 9000, TIMER_AGENDA, 7, "");
    sample_next_ms = 0;
    (void)agenda_due(ledger, 7, "");
    assert_int_equal(ledger_next_due(ledger), 0);
    (void)agenda_due(ledger, 99, ""); /* whom nobody knows, nothing is due */
    assert_int_equal(sample_dues, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_least_time_is_the_timer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(modules_name_the_next_time, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("agenda", tests, NULL, NULL);
}
