/* Payments are found by 64 bits of a hash; two that share them stay two payments. */
#include "modules/payment/payments.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct store *store;
static struct ledger *ledger;
static uint64_t sequence;

static int open_ledger(void **state)
{
    (void)state;
    sequence = 0;
    if (store_open_memory(&store) != ERROR_NONE || ledger_open(store, &ledger, NULL) != ERROR_NONE)
        return -1;
    return ledger_begin(ledger) == ERROR_NONE ? 0 : -1;
}

static int close_ledger(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static enum result pay(enum payment_kind kind, const char *payment_id, const char *event_id)
{
    struct message message = {.kind = MESSAGE_cmd_payment,
                              .cmd_payment = {.gateway = SLICE("stripe"),
                                              .event_id = slice_from(event_id),
                                              .payment_id = slice_from(payment_id),
                                              .kind = (uint64_t)kind,
                                              .telegram_id = 7,
                                              .plan = SLICE("core"),
                                              .amount = 100,
                                              .currency = SLICE("USD")}};
    struct buf bytes;
    struct effects effects = {0};
    unsigned result = RESULT_ok;
    buf_init(&bytes, 4096);
    wire_encode(&bytes, &message);
    sequence++;
    assert_int_equal(
        ledger_apply(ledger, sequence, 1000 + sequence, buf_slice(&bytes), &result, &effects),
        ERROR_NONE);
    buf_deinit(&bytes);
    free(effects.items);
    return result;
}

/* As if the hash of gateway and id had always led to this sequence. */
static void collide(enum table table, const char *text, size_t len, uint64_t with)
{
    uint8_t hash[32];
    struct key key = {.len = 8};
    sha256(slice_of(text, len), hash);
    memcpy(key.data, hash, 8);
    key_u64(&key, with);
    state_put_bytes(ledger, table, &key, SLICE(""));
}

static void a_shared_hash_makes_no_duplicate(void **state)
{
    (void)state;
    struct payment_events events;
    assert_int_equal(pay(PAYMENT_PAID, "p1", "e1"), RESULT_unsettled_no_plan);
    collide(TABLE_payment_index, "stripe\0p2", 9, 1);
    collide(TABLE_event_index, "stripe\0e2", 9, 1);
    assert_int_equal(pay(PAYMENT_PAID, "p2", "e2"), RESULT_unsettled_no_plan);
    assert_int_equal(pay(PAYMENT_PAID, "p2", "e3"), RESULT_duplicate);
    assert_int_equal(pay(PAYMENT_PAID, "p3", "e2"), RESULT_unsettled_event_reused);
    payment_find(ledger, SLICE("stripe"), SLICE("p2"), SLICE("e2"), &events);
    assert_int_equal(events.count, 1);
    assert_int_equal(events.sequences[0], 2);
    assert_int_equal(events.event, 2);
    payment_find(ledger, SLICE("stripe"), SLICE("p1"), SLICE("e1"), &events);
    assert_int_equal(events.count, 1);
    assert_int_equal(events.sequences[0], 1);
    assert_int_equal(ledger->meta.unsettled, 3);
}

static void every_kind_of_event_is_found(void **state)
{
    (void)state;
    struct payment_events events;
    for (int kind = PAYMENT_PAID; kind < PAYMENT_JOINED; kind++) {
        char event_id[8];
        (void)snprintf(event_id, sizeof event_id, "e%d", kind);
        assert_int_not_equal(pay((enum payment_kind)kind, "p1", event_id), RESULT_duplicate);
    }
    payment_find(ledger, SLICE("stripe"), SLICE("p1"), (struct slice){0}, &events);
    for (int kind = PAYMENT_PAID; kind < PAYMENT_JOINED; kind++)
        assert_int_equal(events.sequences[kind - 1], kind);
    payment_find(ledger, SLICE("other"), SLICE("p1"), (struct slice){0}, &events);
    assert_int_equal(events.count, 0);
}

static void an_index_that_names_nothing_is_survived(void **state)
{
    (void)state;
    collide(TABLE_payment_index, "stripe\0p1", 9, 99);
    assert_int_equal(pay(PAYMENT_PAID, "p1", "e1"), RESULT_unsettled_no_plan);
    assert_int_equal(pay(PAYMENT_PAID, "p1", "e2"), RESULT_duplicate);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)
    const struct CMUnitTest tests[] = {
        TEST(a_shared_hash_makes_no_duplicate),
        TEST(every_kind_of_event_is_found),
        TEST(an_index_that_names_nothing_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
