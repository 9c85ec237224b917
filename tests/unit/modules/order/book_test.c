/* Orders of the frame: lines and their total, seats that open orders keep, ids that nobody guesses.
 * What follows from payments is in the scenarios of orders and coupons. */
#include "modules/order/order.h"
#include "modules/access/seat.h"
#include "modules/order/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct store *store;
static struct ledger *ledger;

static void configure(void)
{
    static const char hash[32] = "0123456789012345678901234567890";
    struct buf rows;
    struct buf command;
    struct effects effects = {0};
    unsigned result;
    buf_init(&rows, 4096);
    buf_init(&command, 8192);
    const struct message messages[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Club"), .timezone = SLICE("UTC")}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {.name = SLICE("core"), .seats = 2}},
        {.kind = MESSAGE_catalog_price, .catalog_price = {SLICE("core"), 2900, SLICE("USD"), 1, 0}},
    };
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        wire_encode(&rows, &messages[i]);
    const struct message configure = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {.hash = slice_of(hash, 32), .catalog = buf_slice(&rows)}};
    wire_encode(&command, &configure);
    assert_int_equal(ledger_apply(ledger, 1, 1000, buf_slice(&command), &result, &effects),
                     ERROR_NONE);
    assert_int_equal(result, RESULT_ok);
    buf_deinit(&rows);
    buf_deinit(&command);
    free(effects.items);
}

static int open_ledger(void **state)
{
    (void)state;
    if (store_open_memory(&store) != ERROR_NONE ||
        ledger_open(store, &ledger, NULL) != ERROR_NONE || ledger_begin(ledger) != ERROR_NONE)
        return -1;
    configure();
    return 0;
}

static int close_ledger(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static void begin(struct order *order, int64_t telegram_id, const char *id)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, SLICE("core"));
    order_begin(order, telegram_id, plan, &plan->prices[0]);
    order->record.expires_ms = ledger->at_ms + 60000;
    assert_true(slice_copy(slice_from(id), order->id, sizeof order->id));
}

static unsigned place(int64_t telegram_id, const char *id)
{
    struct order order;
    begin(&order, telegram_id, id);
    return order_place(ledger, &order);
}

static void a_total_is_never_below_nothing(void **state)
{
    (void)state;
    struct order order;
    char text[128];
    begin(&order, 7, "a");
    assert_int_equal(order.record.amount, 2900);
    assert_true(order_add(&order, "coupon", SLICE("X"), -580));
    assert_int_equal(order.record.amount, 2320);
    assert_true(order_add(&order, "credit", SLICE("USD"), INT64_MIN + 1));
    assert_int_equal(order.record.amount, 0);
    assert_int_equal(order.lines[2].amount, -2320);
    order_lines_text(&order, text, sizeof text);
    assert_string_equal(text, "plan core 29.00, coupon X -5.80, credit USD -23.20");
    assert_true(order_add(&order, "fee", SLICE(""), INT64_MAX));
    assert_false(order_add(&order, "fee", SLICE(""), 1));
    while (order.count < ORDER_LINES_MAX)
        assert_true(order_add(&order, "fee", SLICE(""), 0));
    assert_false(order_add(&order, "fee", SLICE(""), 0));
}

static void what_is_given_is_found_by_its_kind(void **state)
{
    (void)state;
    struct order order;
    begin(&order, 7, "a");
    order_give(&order, "coupon", SLICE("LIVE48"));
    order_give(&order, "gift", SLICE(""));
    assert_true(slice_is(order_given(&order, "coupon"), "LIVE48"));
    assert_int_equal(order_given(&order, "gift").len, 0);
    assert_null(line_row_of("plan"));
}

static void an_open_order_keeps_one_seat(void **state)
{
    (void)state;
    assert_int_equal(place(7, "a"), RESULT_ok);
    assert_int_equal(place(7, "a"), RESULT_exists);
    assert_int_equal(place(7, "b"), RESULT_ok);
    assert_int_equal(seats_held(ledger, "core"), 1);
    assert_int_equal(place(8, "c"), RESULT_ok);
    assert_int_equal(place(9, "d"), RESULT_sold_out);
    assert_int_equal(orders_open(ledger, 7), 2);
    assert_int_equal(orders_open(ledger, 9), 0);
    /* Its end hands the seat to the member's other order, the end of that gives it back. */
    assert_true(order_end(ledger, SLICE("a"), ORDER_CANCELLED));
    assert_false(order_end(ledger, SLICE("a"), ORDER_CANCELLED));
    assert_int_equal(seats_held(ledger, "core"), 2);
    assert_true(order_end(ledger, SLICE("b"), ORDER_EXPIRED));
    assert_int_equal(seats_held(ledger, "core"), 1);
    assert_int_equal(place(9, "d"), RESULT_ok);
}

static void a_member_has_so_many_open_orders(void **state)
{
    (void)state;
    char id[16];
    struct order order;
    for (int i = 0; i <= ORDERS_OPEN_MAX; i++) {
        (void)snprintf(id, sizeof id, "o%d", i);
        assert_int_equal(place(7, id), i < ORDERS_OPEN_MAX ? RESULT_ok : RESULT_too_many_open);
    }
    for (int i = 0; i < ORDERS_OPEN_MAX; i++) {
        (void)snprintf(id, sizeof id, "o%d", i);
        assert_true(order_end(ledger, slice_from(id), ORDER_CANCELLED));
    }
    /* Of those that are over only the newest stay listed; all are there by number. */
    assert_int_equal(place(7, "last"), RESULT_ok);
    size_t listed = 0;
    for (uint64_t n = 0; order_next(ledger, 7, &n, &order);)
        listed++;
    assert_int_equal(listed, ORDERS_LISTED_MAX);
    assert_true(order_by_serial(ledger, 1, &order));
    assert_string_equal(order.id, "o0");
    assert_int_equal(seats_held(ledger, "core"), 1);
}

static void ids_come_of_the_seed(void **state)
{
    (void)state;
    char one[ORDER_ID_MAX + 1];
    char other[ORDER_ID_MAX + 1];
    char token[33];
    ledger->seed = SLICE("0123456789abcdef");
    order_make_id(ledger, one);
    order_make_id(ledger, other);
    assert_string_equal(one, other);
    assert_int_equal(strlen(one), 20);
    assert_int_equal(strspn(one + 4, "abcdefghijklmnopqrstuvwxyz0123456789"), 16);
    order_make_token(ledger, token);
    assert_int_equal(strspn(token, "0123456789abcdef"), 32);
    ledger->seed = SLICE("0123456789abcdeg");
    order_make_id(ledger, other);
    assert_string_not_equal(one, other);
}

static void a_page_is_found_by_its_token(void **state)
{
    (void)state;
    struct order order, found;
    assert_int_equal(place(7, "guessable"), RESULT_ok);
    assert_true(order_read(ledger, SLICE("guessable"), &order));
    assert_int_equal(order.record.token[0], 0); /* there was no seed */
    ledger->seed = SLICE("0123456789abcdef");
    assert_int_equal(place(8, "b"), RESULT_ok);
    assert_true(order_read(ledger, SLICE("b"), &order));
    assert_int_equal(strlen(order.record.token), 32);
    assert_true(order_by_token(ledger, slice_from(order.record.token), &found));
    assert_string_equal(found.id, "b");
    assert_false(order_by_token(ledger, SLICE(""), &found));
    assert_false(order_by_token(ledger, slice_of(order.record.token, 31), &found));
    assert_false(order_by_token(ledger, SLICE("00000000000000000000000000000000"), &found));
}

static bool takes(const struct order_gateway *gateway, const char *currency)
{
    struct catalog_price price = {.amount = 900, .period = {1, 0}};
    (void)slice_copy(slice_from(currency), price.currency, sizeof price.currency);
    return order_gateway_takes(gateway, &price);
}

/* What renews by itself takes a gateway that can charge it again. */
static void what_a_gateway_charges_again(void **state)
{
    (void)state;
    const struct catalog_price price = {.amount = 900, .currency = "USD", .renews = true};
    struct order_gateway gateway = {.name = SLICE("a"), .currencies = SLICE("USD")};
    assert_false(order_gateway_takes(&gateway, &price));
    gateway.renews = 1;
    assert_true(order_gateway_takes(&gateway, &price));
    gateway.currencies = SLICE("EUR");
    assert_false(order_gateway_takes(&gateway, &price));
}

/* Nobody's orders keep a seat each, whatever their number, until they end or become somebody's. */
static void an_order_of_nobody_becomes_somebodys(void **state)
{
    (void)state;
    struct order order;
    uint64_t n = 0;
    assert_int_equal(place(0, "a"), RESULT_ok);
    assert_int_equal(place(0, "b"), RESULT_ok);
    assert_int_equal(place(0, "c"), RESULT_sold_out);
    assert_int_equal(orders_open(ledger, 0), 0);
    assert_true(order_end(ledger, SLICE("b"), ORDER_EXPIRED));
    assert_int_equal(seats_held(ledger, "core"), 1);
    assert_true(order_read(ledger, SLICE("a"), &order));
    assert_int_equal(order_claim(ledger, &order, 7), RESULT_ok);
    assert_int_equal(order_claim(ledger, &order, 7), RESULT_ok);
    assert_int_equal(order_claim(ledger, &order, 8), RESULT_order_claimed);
    assert_int_equal(seats_held(ledger, "core"), 1);
    assert_true(seat_kept(ledger, 7, "core"));
    assert_true(order_next(ledger, 7, &n, &order));
    assert_string_equal(order.id, "a");
    /* The second of a member keeps no second seat. */
    assert_int_equal(place(0, "d"), RESULT_ok);
    assert_true(order_read(ledger, SLICE("d"), &order));
    assert_int_equal(order_claim(ledger, &order, 7), RESULT_ok);
    assert_int_equal(seats_held(ledger, "core"), 1);
    assert_true(order_end(ledger, SLICE("d"), ORDER_CANCELLED));
    assert_true(order_end(ledger, SLICE("a"), ORDER_CANCELLED));
    assert_int_equal(seats_held(ledger, "core"), 0);
    assert_int_equal(place(0, "e"), RESULT_ok);
    assert_true(order_end(ledger, SLICE("e"), ORDER_CANCELLED));
    assert_true(order_read(ledger, SLICE("e"), &order));
    assert_int_equal(order_claim(ledger, &order, 9), RESULT_order_not_open);
}

static void what_a_gateway_takes(void **state)
{
    (void)state;
    struct order_gateway gateway = {.name = SLICE("a"), .currencies = SLICE("USD,USDT,EUR")};
    assert_true(takes(&gateway, "USD"));
    assert_true(takes(&gateway, "USDT"));
    assert_true(takes(&gateway, "EUR"));
    assert_false(takes(&gateway, "US"));
    assert_false(takes(&gateway, "SDT"));
    assert_false(takes(&gateway, "XTR"));
    gateway.currencies = SLICE("");
    assert_true(takes(&gateway, "CNY"));
    assert_false(takes(&gateway, "XTR"));
    gateway.currencies = SLICE("XTR");
    assert_true(takes(&gateway, "XTR"));
}

/* Without an address of usher's there is no page; what the gateway gave comes before it. */
static void where_an_order_is_paid(void **state)
{
    (void)state;
    struct order order;
    char url[ORDER_URL_SIZE];
    begin(&order, 7, "a");
    assert_int_equal(order_place(ledger, &order), RESULT_ok);
    assert_false(order_page_url(ledger, &order, url));
    assert_false(order_pay_url(ledger, &order, url));
    order_pay_url_store(ledger, SLICE("a"), SLICE("https://pay.example/1"));
    assert_true(order_pay_url(ledger, &order, url));
    assert_string_equal(url, "https://pay.example/1");
    cJSON *json = cJSON_CreateObject();
    order_urls_to_json(ledger, &order, json);
    assert_string_equal(cJSON_GetObjectItem(json, "pay_url")->valuestring, "https://pay.example/1");
    assert_null(cJSON_GetObjectItem(json, "page_url"));
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)
        TEST(a_total_is_never_below_nothing),
        TEST(what_is_given_is_found_by_its_kind),
        TEST(an_open_order_keeps_one_seat),
        TEST(a_member_has_so_many_open_orders),
        TEST(ids_come_of_the_seed),
        TEST(a_page_is_found_by_its_token),
        TEST(what_a_gateway_takes),
        TEST(where_an_order_is_paid),
        TEST(an_order_of_nobody_becomes_somebodys),
        TEST(what_a_gateway_charges_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
