#include "ledger/freeze.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct store *store;
static struct ledger *ledger;

static int open_ledger(void **state)
{
    (void)state;
    return store_open_memory(&store) == ERROR_NONE &&
                   ledger_open(store, &ledger, NULL) == ERROR_NONE
               ? 0
               : -1;
}

static int close_ledger(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

enum { TWO_DAYS_MS = 2 * 24 * 3600 * 1000 };

/* What a notifier of this bot is told at now_ms: how many, and the last of them. */
static int told(const char *bot, uint64_t now_ms, struct message_freeze *last)
{
    struct buf out;
    struct message message;
    int count = 0;
    buf_init(&out, 65536);
    assert_int_equal(ledger_freezes(ledger, slice_from(bot), now_ms, &out), ERROR_NONE);
    for (struct slice rest = buf_slice(&out); wire_decode(&rest, &message, NULL) == ERROR_NONE;
         count++)
        *last = message.freeze;
    buf_deinit(&out);
    return count;
}

static void the_later_one_counts_until_it_is_over(void **state)
{
    (void)state;
    struct message_freeze last = {0};
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    ledger->at_ms = 1000;
    freeze_remember(ledger, SLICE("main"), 0, 0); /* none */
    freeze_remember(ledger, SLICE(""), 0, 9000);  /* nobody's */
    freeze_remember(ledger, SLICE("main"), -5, 5000);
    freeze_remember(ledger, SLICE("main"), -5, 4000);
    /* Over by the journal's time, which is ahead after a clock was set back. */
    freeze_remember(ledger, SLICE("other"), 3, 900);
    freeze_remember(ledger, SLICE("other"), 7, 8000);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_int_equal(told("main", 1000, &last), 1);
    assert_int_equal(last.chat_id, -5);
    assert_int_equal(last.until_ms, 5000);
    assert_int_equal(told("main", 5000, &last), 0);
    assert_int_equal(told("other", 5000, &last), 1);
    assert_int_equal(told("other", 800, &last), 2);

    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    ledger->at_ms = 5000 + TWO_DAYS_MS;
    (void)freeze_due(ledger, INT64_MIN, "");
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_int_equal(told("main", 0, &last), 0);
    assert_int_equal(told("other", 0, &last), 1);
    assert_int_equal(last.chat_id, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_later_one_counts_until_it_is_over, open_ledger,
                                        close_ledger),
    };
    return cmocka_run_group_tests_name("freeze", tests, NULL, NULL);
}
