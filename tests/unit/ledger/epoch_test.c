#include "ledger/epoch.h"

#include "ledger/ledger.h"

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
    return store_open_memory(&store) != ERROR_NONE ||
           ledger_open(store, &ledger, NULL) != ERROR_NONE;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static unsigned apply(const struct message *message)
{
    char bytes[64];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct effects effects = {0};
    unsigned result = RESULT_COUNT;
    wire_encode(&command, message);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(ledger_apply(ledger, ledger_applied(ledger) + 1, 1000, buf_slice(&command),
                                  &result, &effects),
                     ERROR_NONE);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    free(effects.items);
    return result;
}

static unsigned upgrade(uint64_t rules, uint64_t from)
{
    return apply(&(struct message){.kind = MESSAGE_cmd_upgrade,
                                   .cmd_upgrade = {.rules = rules, .from = from}});
}

static void assert_epoch(uint64_t applied, uint64_t number, uint64_t rules, uint64_t from)
{
    struct epoch epoch;
    assert_int_equal(epoch_read(store, &epoch), ERROR_NONE);
    assert_int_equal(epoch.applied, applied);
    assert_int_equal(epoch.number, number);
    assert_int_equal(epoch.rules, rules);
    assert_int_equal(epoch.from, from);
}

static void a_state_says_which_epoch_it_is_of(void **state)
{
    (void)state;
    assert_epoch(0, 0, 0, 0);
    assert_int_equal(upgrade(7, 1), RESULT_ok);
    assert_epoch(1, 1, 7, 1);
    assert_int_equal(apply(&(struct message){.kind = MESSAGE_cmd_tick}), RESULT_ok);
    assert_epoch(2, 1, 7, 1);
    /* Two had waited. */
    assert_int_equal(apply(&(struct message){.kind = MESSAGE_cmd_tick}), RESULT_ok);
    assert_int_equal(upgrade(8, 2), RESULT_ok);
    assert_epoch(4, 2, 8, 2);
}

static void an_epoch_begins_at_a_command_that_is_there(void **state)
{
    (void)state;
    assert_int_equal(upgrade(0, 1), RESULT_invalid);
    assert_int_equal(upgrade(1, 0), RESULT_invalid);
    assert_int_equal(upgrade(1, 4), RESULT_invalid);
    assert_epoch(3, 0, 0, 0);
    assert_int_equal(upgrade(1, 4), RESULT_ok);
    assert_epoch(4, 1, 1, 4);
}

static void what_serves_a_replay(void **state)
{
    const struct epoch closed = {.applied = 500, .number = 1, .rules = 1, .from = 1};
    const struct epoch within = {.applied = 800, .number = 2, .rules = 2, .from = 501};
    const struct epoch empty = {.applied = 0};
    (void)state;
    assert_true(epoch_serves(&closed, 2, 501)); /* kept when it began */
    assert_true(epoch_serves(&within, 2, 501));
    assert_true(epoch_serves(&closed, 1, 1)); /* its own */
    assert_false(epoch_serves(&closed, 2, 502));
    /* All of the journal was applied again by the rules of today: what others made is of no use. */
    assert_false(epoch_serves(&closed, 2, 1));
    assert_false(epoch_serves(&within, 3, 900));
    assert_false(epoch_serves(&empty, 1, 1));
}

static void there_are_rules(void **state)
{
    (void)state;
    assert_true(ledger_rules() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_state_says_which_epoch_it_is_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_epoch_begins_at_a_command_that_is_there, set_up,
                                        tear_down),
        cmocka_unit_test(what_serves_a_replay),
        cmocka_unit_test(there_are_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
