#include "gateway/reconcile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTES(n) (UINT64_C(60000) * (n))
#define START      UINT64_C(1700000000000)

static struct config_gateway gateways[] = {
    {.name = "crypto", .kind = GATEWAY_CRYPTO_PAY, .secrets = {"1:A"}},
    {.name = "btcpay", .kind = GATEWAY_BTCPAY, .api_key = (char *)"k", .store = (char *)"S1"},
    {.name = "plain", .kind = GATEWAY_STRIPE},
    {.name = "kassa", .kind = GATEWAY_YOOKASSA},
};
static struct config config = {.gateways = gateways,
                               .gateway_count = 4,
                               .reconcile = {.every_ms = MINUTES(5), .back_ms = MINUTES(1440)}};

static struct check_ask ask;
static struct reconcile_run run;
static char found_ids[64][32];
static size_t found_count, room;
static bool last_whole;
static uint64_t last_occurred_ms;

static enum reconcile_taken found(void *context, const struct config_gateway *gateway,
                                  const struct payment_event *event, bool whole)
{
    (void)context;
    (void)gateway;
    if (found_count >= room)
        return RECONCILE_FULL;
    last_whole = whole;
    last_occurred_ms = event->occurred_ms;
    (void)snprintf(found_ids[found_count++], sizeof found_ids[0], "%.31s", event->payment_id);
    return whole ? RECONCILE_TAKEN : RECONCILE_LATER;
}

static const struct reconcile_owner owner = {.found = found};

static struct reconcile *open_one(void)
{
    struct reconcile *it = reconcile_new(START);
    assert_non_null(it);
    found_count = 0;
    room = 64;
    return it;
}

static bool begin(struct reconcile *it, size_t gateway, uint64_t at_ms)
{
    return reconcile_begin(it, &config, &gateways[gateway], at_ms, &ask);
}

static bool answer(struct reconcile *it, size_t gateway, unsigned status, const char *body,
                   uint64_t at_ms)
{
    return reconcile_answer(it, &config, &gateways[gateway], status, slice_from(body), at_ms,
                            &owner, &ask, &run);
}

#define PAID(id, at)                                                                               \
    "{\"invoice_id\":" id ",\"status\":\"paid\",\"asset\":\"USDT\",\"amount\":\"9\",\"paid_at\":"  \
    "\"" at "\"}"
#define PAGE(items) "{\"ok\":true,\"result\":{\"items\":[" items "]}}"

static void test_when(void **state)
{
    struct reconcile *it = open_one();
    (void)state;
    assert_false(begin(it, 0, START + 59999));
    assert_true(begin(it, 0, START + 60000));
    assert_true(slice_is(buf_slice(&ask.path), "/api/getInvoices?status=paid&count=100&offset=0"));
    assert_false(begin(it, 0, START + MINUTES(60))); /* it is under way */
    assert_false(answer(it, 0, 200, PAGE(""), START + 61000));
    assert_int_equal(run.pages, 1);
    assert_false(run.failed);
    assert_false(begin(it, 0, START + MINUTES(6) - 1));
    assert_true(begin(it, 0, START + MINUTES(6)));
    assert_false(answer(it, 0, 0, "", START + MINUTES(6)));
    assert_true(run.failed);
    assert_true(begin(it, 0, START)); /* the clock was put back */
    assert_false(answer(it, 0, 500, PAGE(""), START));
    assert_int_equal(run.status, 500);
    assert_false(begin(it, 2, START + MINUTES(60))); /* it has no key to ask by */
    gateways[0].reconcile = (struct config_reconcile){.every_ms = 0, .back_ms = 1};
    assert_false(begin(it, 0, START + MINUTES(60)));
    gateways[0].reconcile = (struct config_reconcile){.every_ms = 1000, .back_ms = 60000};
    assert_true(begin(it, 0, START + 1000));
    gateways[0].reconcile = (struct config_reconcile){0};
    reconcile_destroy(&it);
    assert_null(it);
}

/* 1700000000 is 2023-11-14T22:13:20Z. */
static void test_what(void **state)
{
    static const char page[] =
        PAGE(PAID("1", "2023-11-14T22:00:00Z") "," PAID("2", "2023-11-14T22:13:21Z") "," PAID(
            "3", "2023-11-12T00:00:00Z") ",{\"invoice_id\":4,\"status\":\"active\"},7");
    struct reconcile *it = open_one();
    (void)state;
    assert_true(begin(it, 0, START + 60000));
    assert_false(answer(it, 0, 200, page, START + 60000));
    assert_int_equal(found_count, 1); /* neither young nor old nor unpaid */
    assert_string_equal(found_ids[0], "1");
    assert_true(last_whole);
    assert_int_equal(run.listed, 1);
    assert_int_equal(run.handed_in, 1);
    assert_true(begin(it, 0, START + MINUTES(6)));
    assert_false(answer(it, 0, 200, page, START + MINUTES(6)));
    assert_int_equal(found_count, 2); /* the first is known, the second is old enough now */
    assert_string_equal(found_ids[1], "2");
    assert_int_equal(run.listed, 2);
    assert_int_equal(run.handed_in, 1);
    reconcile_destroy(&it);
}

static void test_room(void **state)
{
    static const char page[] =
        PAGE(PAID("1", "2023-11-14T22:00:00Z") "," PAID("2", "2023-11-14T22:00:00Z"));
    struct reconcile *it = open_one();
    (void)state;
    room = 1;
    assert_true(begin(it, 0, START + 60000));
    assert_false(answer(it, 0, 200, page, START + 60000));
    assert_true(run.cut);
    assert_int_equal(run.handed_in, 1);
    room = 64;
    assert_true(begin(it, 0, START + MINUTES(6)));
    assert_false(answer(it, 0, 200, page, START + MINUTES(6)));
    assert_false(run.cut);
    assert_string_equal(found_ids[1], "2");
    reconcile_destroy(&it);
}

/* Two lists, by a cursor; not for ever. */
static void test_pages(void **state)
{
    struct reconcile *it = open_one();
    (void)state;
    assert_true(begin(it, 3, START + 60000));
    assert_true(slice_is(buf_slice(&ask.path),
                         "/v3/payments?status=succeeded&limit=100&captured_at.gte="
                         "2023-11-13T22%3A14%3A20Z"));
    for (unsigned i = 0; i + 1 < RECONCILE_PAGES_MAX; i++) {
        assert_true(answer(it, 3, 200, "{\"items\":[],\"next_cursor\":\"a&b\"}", START + 60000));
        assert_true(slice_is(buf_slice(&ask.path),
                             "/v3/payments?status=succeeded&limit=100&captured_at.gte="
                             "2023-11-13T22%3A14%3A20Z&cursor=a%26b"));
    }
    assert_true(answer(it, 3, 200, "{\"items\":[],\"next_cursor\":\"a\"}", START + 60000));
    assert_true(slice_is(buf_slice(&ask.path),
                         "/v3/refunds?status=succeeded&limit=100&created_at.gte="
                         "2023-11-13T22%3A14%3A20Z"));
    assert_false(answer(it, 3, 200, "{\"items\":[]}", START + 60000));
    assert_true(run.cut);
    assert_int_equal(run.pages, RECONCILE_PAGES_MAX + 1);
    assert_false(run.failed);
    reconcile_destroy(&it);
}

/* One list that does not come leaves the other; without an answer, or with keys that count nowhere,
 * there is no use in that. */
static void test_lists_that_fail(void **state)
{
    static const struct {
        unsigned status;
        const char *body;
        bool goes_on;
    } rows[] = {{403, "{}", true},  {500, "", true},  {200, "[]", true},
                {200, "<a>", true}, {401, "", false}, {0, "", false}};
    static const char refunds[] =
        "{\"items\":[{\"id\":\"r1\",\"payment_id\":\"p1\",\"status\":\"succeeded\"}]}";
    struct reconcile *it = open_one();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t at_ms = START + MINUTES(5 * (i + 1));
        assert_true(begin(it, 3, at_ms));
        assert_int_equal(answer(it, 3, rows[i].status, rows[i].body, at_ms), rows[i].goes_on);
        if (rows[i].goes_on)
            assert_false(answer(it, 3, 200, refunds, at_ms));
        assert_true(run.failed);
        assert_int_equal(run.status, rows[i].status);
        assert_int_equal(run.listed, rows[i].goes_on);
    }
    assert_int_equal(found_count, 1);
    assert_string_equal(found_ids[0], "p1");
    assert_true(begin(it, 3, START + MINUTES(60)));
    assert_true(answer(it, 3, 200, "{\"items\":[]}", START + MINUTES(60)));
    assert_false(answer(it, 3, 403, "", START + MINUTES(60)));
    assert_true(run.failed);
    assert_int_equal(run.status, 403);
    reconcile_destroy(&it);
}

/* That something is invalid is the gateway's word of now, whatever time its list goes by. */
static void test_invalid_as_of_now(void **state)
{
    static const char page[] = "[{\"id\":\"I1\",\"status\":\"Invalid\",\"additionalStatus\":"
                               "\"Marked\",\"amount\":\"9\",\"currency\":\"USD\",\"createdTime\":"
                               "1699999000}]";
    struct reconcile *it = open_one();
    (void)state;
    assert_true(begin(it, 1, START + MINUTES(5)));
    assert_false(answer(it, 1, 200, page, START + MINUTES(6)));
    assert_int_equal(found_count, 1);
    assert_true(last_whole);
    assert_int_equal(last_occurred_ms, START + MINUTES(5));
    reconcile_destroy(&it);
}

/* Of what is not whole the owner says when it was handed in. */
static void test_not_whole(void **state)
{
    static const char page[] = "[{\"id\":\"I1\",\"status\":\"Expired\",\"additionalStatus\":"
                               "\"PaidLate\",\"amount\":\"9\",\"currency\":\"USD\",\"createdTime\":"
                               "1699999000}]";
    struct payment_event event = {.event_id = "paid:I1"};
    struct reconcile *it = open_one();
    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        assert_true(begin(it, 1, START + MINUTES(5 * i)));
        assert_false(answer(it, 1, 200, page, START + MINUTES(5 * i)));
        assert_int_equal(found_count, i < 3 ? i : 2);
        assert_false(last_whole);
        assert_int_equal(last_occurred_ms, 0); /* it is as of now */
        assert_int_equal(run.handed_in, 0);
        if (i == 2)
            reconcile_remember(it, &gateways[1], &event);
    }
    reconcile_destroy(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_what),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_not_whole),
        cmocka_unit_test(test_lists_that_fail),
        cmocka_unit_test(test_invalid_as_of_now),
    };
    check_ask_init(&ask);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_ask_deinit(&ask);
    return failed;
}
