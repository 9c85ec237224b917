/* A page of a bot's Stars: what is a payment or a refund of a user's, and what only counts. */
#include "carrier/telegram/transactions.h"

#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char rows[4096];

/* The entries of this page into out; returns how many. */
static size_t read_page(const char *transactions, struct message_star_entry *out, size_t max)
{
    static char body[1 << 16];
    struct message message;
    size_t count = 0;
    (void)snprintf(body, sizeof body, "{\"ok\":true,\"result\":{\"transactions\":[%s]}}",
                   transactions);
    struct slice rest = slice_of(rows, telegram_transactions(slice_from(body), rows, sizeof rows));
    for (; rest.len > 0; count++) {
        assert_int_equal(wire_decode(&rest, &message, NULL), ERROR_NONE);
        assert_int_equal(message.kind, MESSAGE_star_entry);
        assert_true(count < max);
        out[count] = message.star_entry;
    }
    return count;
}

static void a_payment_and_its_refund(void **state)
{
    struct message_star_entry entries[2];
    (void)state;
    assert_int_equal(
        read_page(
            "{\"id\":\"stx1\",\"amount\":750,\"date\":1700000000,\"source\":{\"type\":\"user\","
            "\"transaction_type\":\"invoice_payment\",\"user\":{\"id\":42},"
            "\"invoice_payload\":\"ord_1\",\"subscription_period\":2592000}},"
            "{\"id\":\"stx1\",\"amount\":750,\"date\":1700000060,\"receiver\":{\"type\":"
            "\"user\",\"user\":{\"id\":42},\"invoice_payload\":\"ord_1\"}}",
            entries, 2),
        2);
    assert_true(slice_is(entries[0].id, "stx1"));
    assert_int_equal(entries[0].telegram_id, 42);
    assert_true(slice_is(entries[0].payload, "ord_1"));
    assert_int_equal(entries[0].amount, 750);
    assert_int_equal(entries[0].at_ms, 1700000000000);
    assert_int_equal(entries[0].refunded, 0);
    assert_int_equal(entries[0].period_s, 2592000);
    assert_int_equal(entries[1].refunded, 1);
    assert_int_equal(entries[1].period_s, 0);
}

/* They are rows all the same: the next page begins behind them. */
static void what_is_none_only_counts(void **state)
{
    static const char *const others[] = {
        "{\"id\":\"w\",\"amount\":9,\"date\":1,\"receiver\":{\"type\":\"fragment\"}}",
        "{\"id\":\"g\",\"amount\":9,\"date\":1,\"receiver\":{\"type\":\"user\",\"transaction_"
        "type\":"
        "\"gift_purchase\",\"user\":{\"id\":42}}}",
        "{\"id\":\"n\",\"amount\":9,\"date\":1,\"source\":{\"type\":\"user\",\"user\":{\"id\":-1}}"
        "}",
        "{\"id\":\"b\",\"amount\":9,\"date\":1,\"source\":{\"type\":\"user\",\"user\":{\"id\":1}},"
        "\"receiver\":{\"type\":\"user\",\"user\":{\"id\":1}}}",
        "{\"id\":\"a\",\"amount\":-9,\"date\":1,\"source\":{\"type\":\"user\",\"user\":{\"id\":1}}"
        "}",
        "{\"amount\":9,\"date\":1,\"source\":{\"type\":\"user\",\"user\":{\"id\":1}}}",
        "{\"id\":\"\\u0001\",\"amount\":9,\"date\":1,\"source\":{\"type\":\"user\",\"user\":{"
        "\"id\":"
        "1}}}",
        "7",
        "null",
        "[]"};
    struct message_star_entry entry;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(read_page(others[i], &entry, 1), 1);
        assert_int_equal(entry.telegram_id, 0);
    }
    assert_int_equal(read_page("", &entry, 1), 0);
    assert_int_equal(telegram_transactions(SLICE("{\"ok\":true,\"result\":true}"), rows, 99), 0);
    assert_int_equal(telegram_transactions(SLICE("<html>"), rows, 99), 0);
}

/* Of a page that is too long the first ones, whole. */
static void as_many_as_fit(void **state)
{
    static char page[40000];
    struct message_star_entry entries[100];
    char id[201];
    size_t len = 0;
    (void)state;
    memset(id, 'c', sizeof id - 1);
    id[200] = 0;
    for (int n = 0; n < 100; n++)
        len += (size_t)snprintf(page + len, sizeof page - len,
                                "%s{\"id\":\"%s%d\",\"amount\":1,\"date\":1700000000,\"source\":{"
                                "\"type\":\"user\",\"user\":{\"id\":%d}}}",
                                n > 0 ? "," : "", id, n, n + 1);
    size_t count = read_page(page, entries, 100);
    assert_true(count >= 10 && count < 25);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(entries[i].telegram_id, i + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_and_its_refund),
        cmocka_unit_test(what_is_none_only_counts),
        cmocka_unit_test(as_many_as_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
