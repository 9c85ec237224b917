/* Offers as lines of orders, rules that come later, and what a person may have; the story of
 * reminders and win-back is a scenario. */
#include "modules/renewal/renewal.h"

#include "config/config.h"
#include "modules/access/grant.h"
#include "ledger/ops/ops.h"
#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { ANN = 42, HOUR_MS = 3600000 };
static const uint64_t noon_ms = UINT64_C(1772362800000); /* 2026-03-01, 12:00 in Berlin */
static const char with_rules[] = "tests/scenarios/renewal.yaml";
static const char without[] = "tests/scenarios/club.yaml";

static struct store *store;
static struct ledger *ledger;
static struct effects effects;
static const struct catalog_plan *core;

static void configure(const char *path)
{
    struct config *config;
    struct buf errors, catalog;
    buf_init(&errors, 65536);
    buf_init(&catalog, 65536);
    assert_int_equal(config_load(path, &config, &errors), ERROR_NONE);
    config_catalog(config, &catalog);
    const struct message_cmd_configure configure = {SLICE("0123456789abcdef0123456789abcdef"),
                                                    buf_slice(&catalog)};
    assert_int_equal(op_configure(ledger, &configure), RESULT_ok);
    core = catalog_plan_find(ledger->catalog, SLICE("core"));
    assert_non_null(core);
    config_destroy(&config);
    buf_deinit(&errors);
    buf_deinit(&catalog);
}

static int open_ledger(void **state)
{
    (void)state;
    effects = (struct effects){0};
    if (store_open_memory(&store) != ERROR_NONE ||
        ledger_open(store, &ledger, NULL) != ERROR_NONE || ledger_begin(ledger) != ERROR_NONE)
        return -1;
    ledger->effects = &effects;
    ledger->at_ms = noon_ms;
    ledger->seed = SLICE("0123456789abcdef");
    configure(with_rules);
    struct record_member member = {.created_ms = 1, .seen_ms = 1, .bot = "main"};
    member_store(ledger, ANN, &member);
    return 0;
}

static int close_ledger(void **state)
{
    (void)state;
    assert_int_equal(ledger->error, ERROR_NONE);
    free(effects.items);
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static uint64_t offer(unsigned percent, unsigned hours)
{
    return offer_open(ledger, ANN, SLICE("core"), percent,
                      ledger->at_ms + hours * (uint64_t)HOUR_MS, OFFER_BY_OPERATOR);
}

static enum offer_state state_of(uint64_t n)
{
    struct record_renew_offer record;
    assert_true(aspect_load(ledger, ANN, shape_record_renew_offer(), n, &record));
    return (enum offer_state)record.state;
}

/* As a quote of a month of core would have it, with a coupon of so much before. */
static void quote(struct order *order, int64_t coupon)
{
    order_begin(order, ANN, core, &core->prices[0]);
    if (coupon != 0)
        assert_true(order_add(order, "coupon", SLICE("LIVE"), -coupon));
    assert_int_equal(offer_lines[0].price(ledger, order), RESULT_ok);
}

static void the_best_offer_is_a_line(void **state)
{
    (void)state;
    struct order order;
    quote(&order, 0);
    assert_int_equal(order.count, 1);
    (void)offer(10, 48);
    uint64_t best = offer(15, 24);
    quote(&order, 0);
    assert_int_equal(order.count, 2);
    assert_string_equal(order.lines[1].kind, "offer");
    assert_int_equal(order.lines[1].amount, -449); /* of 29.99: floored */
    assert_int_equal(order.record.amount, 2999 - 449);
    char ref[32];
    (void)snprintf(ref, sizeof ref, "15%%/%llu", (unsigned long long)best);
    assert_string_equal(order.lines[1].ref, ref);
    ledger->at_ms += 25 * (uint64_t)HOUR_MS;
    quote(&order, 0);
    assert_int_equal(order.lines[1].amount, -299);
    ledger->at_ms += 24 * (uint64_t)HOUR_MS;
    quote(&order, 0);
    assert_int_equal(order.count, 1);
}

static void with_a_coupon_the_larger_counts(void **state)
{
    (void)state;
    struct order order;
    (void)offer(15, 24);
    quote(&order, 449);
    assert_int_equal(order.count, 2);
    assert_string_equal(order.lines[1].kind, "coupon");
    quote(&order, 448);
    assert_int_equal(order.count, 2);
    assert_string_equal(order.lines[1].kind, "offer");
    assert_int_equal(order.record.amount, 2999 - 449);
}

static void an_order_holds_it_and_payment_uses_it(void **state)
{
    (void)state;
    struct order order, other;
    uint64_t n = offer(15, 24);
    quote(&order, 0);
    (void)snprintf(order.id, sizeof order.id, "ord_a");
    offer_lines[0].hold(ledger, &order, 1);
    assert_int_equal(state_of(n), OFFER_HELD);
    quote(&other, 0);
    assert_int_equal(other.count, 1); /* once */
    offer_lines[0].unhold(ledger, &order, 1);
    assert_int_equal(state_of(n), OFFER_OPEN);
    offer_lines[0].hold(ledger, &order, 1);
    ledger->at_ms += 48 * (uint64_t)HOUR_MS; /* its time is over, the order's is not */
    uint64_t later = offer(20, 24);          /* forgets what is over */
    assert_int_equal(state_of(n), OFFER_HELD);
    offer_lines[0].sold(ledger, &order, 1);
    assert_int_equal(state_of(n), OFFER_USED);
    offer_lines[0].sold(ledger, &order, 1);
    offer_lines[0].unhold(ledger, &order, 1);
    assert_int_equal(state_of(n), OFFER_USED);
    offer_lines[0].unsold(ledger, &order, 1);
    assert_int_equal(state_of(n), OFFER_OPEN);
    quote(&other, 0);
    assert_int_equal(other.lines[1].amount, -599);
    assert_int_equal(state_of(later), OFFER_OPEN);
}

static void so_many_at_once(void **state)
{
    (void)state;
    const struct offer_make make = {ANN, SLICE("core"), 10, 1};
    for (int i = 0; i < OFFERS_MAX; i++)
        assert_int_equal(op_offer_make(ledger, &make), RESULT_ok);
    assert_int_equal(op_offer_make(ledger, &make), RESULT_offers_full);
    ledger->at_ms += HOUR_MS;
    assert_int_equal(op_offer_make(ledger, &make), RESULT_ok);
    assert_int_equal(op_offer_make(ledger, &(struct offer_make){ANN, SLICE("corn"), 10, 1}),
                     RESULT_invalid);
    assert_int_equal(op_offer_make(ledger, &(struct offer_make){ANN, SLICE("core"), 0, 1}),
                     RESULT_invalid);
    assert_int_equal(op_offer_make(ledger, &(struct offer_make){ANN, SLICE("core"), 10, 9999}),
                     RESULT_invalid);
    assert_int_equal(op_offer_make(ledger, &(struct offer_make){99, SLICE("core"), 10, 1}),
                     RESULT_not_found);
}

static void grant_a_month(void)
{
    struct record_payment payment = {.telegram_id = ANN, .months = 1, .currency = "USD"};
    assert_int_equal(grant_add(ledger, core, SLICE("p"), &payment), RESULT_granted);
}

static void tick_all(void)
{
    for (int i = 0; i < 10; i++)
        assert_int_equal(op_tick(ledger, &(struct message_cmd_tick){0}), RESULT_ok);
}

/* Rules that are younger than the membership: what would have been due is over, the rest is not. */
static void rules_that_come_later_are_for_all(void **state)
{
    (void)state;
    struct record_renew_cycle cycle;
    uint64_t n;
    configure(without);
    grant_a_month();
    assert_false(cycle_find(ledger, ANN, SLICE("core"), &n, &cycle));
    ledger->at_ms += 18 * 24 * (uint64_t)HOUR_MS;
    configure(with_rules);
    tick_all();
    assert_true(cycle_find(ledger, ANN, SLICE("core"), &n, &cycle));
    assert_int_equal(cycle.reminded, 14);
    uint64_t deliveries = ledger->meta.next_delivery;
    ledger->at_ms = (uint64_t)calendar_before(ledger->calendar, (int64_t)cycle.until, 7);
    tick_all();
    assert_int_equal(ledger->meta.next_delivery, deliveries + 1);
    assert_true(cycle_find(ledger, ANN, SLICE("core"), &n, &cycle));
    assert_int_equal(cycle.reminded, 7);
}

static void the_usual_price(void **state)
{
    (void)state;
    struct record_renew_cycle cycle = {.currency = "USD"};
    cycle.period = period_pack((struct period){12, 0});
    assert_int_equal(price_usual(core, &cycle)->amount, 29900);
    cycle.period = period_pack((struct period){0, 10});
    assert_int_equal(price_usual(core, &cycle)->amount, 2999);
    const struct catalog_plan none = {.price_count = 0};
    assert_null(price_usual(&none, &cycle));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_best_offer_is_a_line, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(with_a_coupon_the_larger_counts, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(an_order_holds_it_and_payment_uses_it, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(so_many_at_once, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(rules_that_come_later_are_for_all, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(the_usual_price, open_ledger, close_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
