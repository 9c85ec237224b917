#include "ledger/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void is_kept_and_fires(void **state)
{
    (void)state;
    enum { ADVANCE_MS = 5000 };
    struct store *store;
    struct ledger *ledger;
    struct effects effects = {NULL, 0, 0};
    struct buf command;
    unsigned result;
    uint64_t ahead_ms = 1;
    const struct message clock = {.kind = MESSAGE_cmd_clock, .cmd_clock = {.ahead_ms = ADVANCE_MS}};

    buf_init(&command, 4096);
    wire_encode(&command, &clock);
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    assert_int_equal(ledger_clock_ahead(ledger, &ahead_ms), ERROR_NONE);
    assert_int_equal(ahead_ms, 0);

    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    timer_set(ledger, 6000, TIMER_AGENDA, 7, "");
    assert_int_equal(ledger_next_due(ledger), 6000);
    assert_int_equal(ledger_apply(ledger, 1, 6000, buf_slice(&command), &result, &effects),
                     ERROR_NONE);
    assert_int_equal(result, RESULT_ok);
    assert_int_equal(ledger_next_due(ledger), 0);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_int_equal(ledger_clock_ahead(ledger, &ahead_ms), ERROR_NONE);
    assert_int_equal(ahead_ms, ADVANCE_MS);

    struct buf json;
    unsigned status;
    const struct message_query query = {.what = QUERY_STATUS};
    buf_init(&json, 65536);
    assert_int_equal(ledger_query(ledger, &query, &json, &status), ERROR_NONE);
    assert_int_equal(status, 200);
    assert_non_null(memmem(json.data, json.len, "\"clock_ahead_seconds\":5", 23));
    buf_deinit(&json);

    ledger_close(&ledger);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    assert_int_equal(ledger_clock_ahead(ledger, &ahead_ms), ERROR_NONE);
    assert_int_equal(ahead_ms, ADVANCE_MS);
    ledger_close(&ledger);
    store_close(&store);
    buf_deinit(&command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_kept_and_fires)};
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
