/* A disk that fails the commit and then even the reading: what the ledger makes of it. The memory
 * store's table of functions is replaced by one that can fail. */
#include "ledger/state.h"

#include "store/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct store_backend *real;
static struct store_backend failing;
static int failing_begins; /* how many to fail from now on */
static bool failing_commit;
static bool stored_all_the_same;

static struct store *store;
static struct ledger *ledger;

static enum error begin(struct store *in, bool write, struct store_txn **out)
{
    return failing_begins > 0 && failing_begins-- ? ERROR_IO : real->begin(in, write, out);
}

static enum error commit(struct store_txn *txn)
{
    if (!failing_commit)
        return real->commit(txn);
    failing_commit = false;
    if (!stored_all_the_same)
        real->abort(txn);
    else
        assert_int_equal(real->commit(txn), ERROR_NONE);
    return ERROR_IO;
}

static int open_ledger(void **state)
{
    (void)state;
    failing_begins = 0;
    failing_commit = stored_all_the_same = false;
    if (store_open_memory(&store) != ERROR_NONE)
        return -1;
    real = store->backend;
    failing = *real;
    failing.begin = begin;
    failing.commit = commit;
    store->backend = &failing;
    return ledger_open(store, &ledger, NULL) == ERROR_NONE ? 0 : -1;
}

static int close_ledger(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

/* A payment for a plan that there is not: the simplest command that counts. */
static enum error apply(uint64_t sequence)
{
    struct buf bytes;
    struct effects effects = {0};
    unsigned result;
    char id[32];
    assert_true(snprintf(id, sizeof id, "pi_%llu", (unsigned long long)sequence) > 0);
    struct message message = {.kind = MESSAGE_cmd_payment,
                              .cmd_payment = {.gateway = SLICE("stripe"),
                                              .event_id = slice_from(id),
                                              .payment_id = slice_from(id),
                                              .kind = PAYMENT_PAID,
                                              .telegram_id = 7,
                                              .plan = SLICE("core"),
                                              .order_id = SLICE(""),
                                              .amount = 100,
                                              .currency = SLICE("USD")}};
    buf_init(&bytes, 4096);
    wire_encode(&bytes, &message);
    enum error error =
        ledger_apply(ledger, sequence, sequence * 1000, buf_slice(&bytes), &result, &effects);
    buf_deinit(&bytes);
    free(effects.items);
    return error;
}

static void apply_and_commit(uint64_t sequence, enum error expected)
{
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(ledger_applied(ledger), sequence - 1);
    assert_int_equal(apply(sequence), ERROR_NONE);
    assert_int_equal(ledger_commit(ledger), expected);
}

static void aborted_batch_is_forgotten(void **state)
{
    (void)state;
    apply_and_commit(1, ERROR_NONE);
    failing_commit = true;
    apply_and_commit(2, ERROR_IO);
    assert_int_equal(ledger_applied(ledger), 1);
    apply_and_commit(2, ERROR_NONE);
    assert_int_equal(ledger_applied(ledger), 2);
}

static void aborted_batch_is_forgotten_when_reading_failed_too(void **state)
{
    (void)state;
    struct ledger_counts counts;
    apply_and_commit(1, ERROR_NONE);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(apply(2), ERROR_NONE);
    failing_commit = true;
    failing_begins = 3; /* of the abort, and of two that begin */
    assert_int_equal(ledger_commit(ledger), ERROR_IO);
    assert_int_equal(ledger_applied(ledger), 1);
    assert_int_equal(ledger_begin(ledger), ERROR_IO);
    struct buf json;
    unsigned status;
    buf_init(&json, 4096);
    const struct message_query query = {.what = QUERY_STATUS, .text = SLICE("")};
    assert_int_equal(ledger_query(ledger, &query, &json, &status), ERROR_IO);
    assert_int_equal(ledger_applied(ledger), 1);
    apply_and_commit(2, ERROR_NONE);
    assert_int_equal(ledger_query(ledger, &query, &json, &status), ERROR_NONE);
    buf_deinit(&json);
    ledger_counts(ledger, &counts);
    assert_int_equal(counts.unsettled, 2); /* and not one more from the batch that was aborted */
}

static void batch_that_is_stored_after_all_is_seen_behind_begin(void **state)
{
    (void)state;
    apply_and_commit(1, ERROR_NONE);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(apply(2), ERROR_NONE);
    failing_commit = stored_all_the_same = true;
    failing_begins = 1;
    assert_int_equal(ledger_commit(ledger), ERROR_IO);
    assert_int_equal(ledger_applied(ledger), 1);
    apply_and_commit(3, ERROR_NONE);
    assert_int_equal(ledger_applied(ledger), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(aborted_batch_is_forgotten, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(aborted_batch_is_forgotten_when_reading_failed_too,
                                        open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(batch_that_is_stored_after_all_is_seen_behind_begin,
                                        open_ledger, close_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
