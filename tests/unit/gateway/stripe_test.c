#include "gateway/stripe.h"

#include "gateway/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway config = {.name = "stripe",
                                             .kind = GATEWAY_STRIPE,
                                             .secrets = {"whsec_secret"},
                                             .secret_count = 1,
                                             .tolerance_ms = 300000};

/* Signs and judges an event of this type around this object. */
static enum gateway_verdict judge_event(const char *type, const char *object,
                                        struct payment_event *event)
{
    struct gateway *gateway = open_gateway(&config);
    char body[2048];
    int len = snprintf(body, sizeof(body),
                       "{\"id\":\"evt_1\",\"object\":\"event\",\"created\":1699999990,"
                       "\"livemode\":false,\"type\":\"%s\",\"data\":{\"object\":%s}}",
                       type, object);

    assert_true(len > 0 && (size_t)len < sizeof(body));
    enum gateway_verdict verdict = judge_signed(gateway, slice_of(body, (size_t)len), event);
    gateway_destroy(&gateway);
    return verdict;
}

static void test_session(void **state)
{
    struct payment_event event;

    (void)state;
    assert_verdict(
        judge_event("checkout.session.completed",
                    "{\"id\":\"cs_1\",\"object\":\"checkout.session\",\"amount_total\":2900,"
                    "\"currency\":\"usd\",\"payment_status\":\"paid\",\"payment_intent\":\"pi_1\","
                    "\"invoice\":null,\"client_reference_id\":\"ord_7\",\"mode\":\"payment\","
                    "\"metadata\":{\"telegram_id\":\"123456789\",\"plan\":\"core\"}}",
                    &event),
        accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_string_equal(event.event_id, "evt_1");
    assert_string_equal(event.payment_id, "pi_1");
    assert_int_equal(event.telegram_id, 123456789);
    assert_string_equal(event.plan, "core");
    assert_string_equal(event.order_id, "ord_7");
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "USD");
    assert_int_equal(event.occurred_ms, 1699999990000);

    static const char *const not_paid[] = {
        "{\"id\":\"cs_1\",\"payment_status\":\"unpaid\",\"payment_intent\":\"pi_1\"}",
        "{\"id\":\"cs_1\",\"payment_status\":\"no_payment_required\",\"mode\":\"setup\"}",
        "{\"id\":\"cs_1\",\"payment_intent\":\"pi_1\"}",
        "{\"id\":\"cs_1\",\"payment_status\":true}",
        "null",
        "[]",
        "\"paid\"",
    };
    for (size_t i = 0; i < COUNT(not_paid); i++)
        assert_verdict(judge_event("checkout.session.completed", not_paid[i], &event), unused);
    /* A delayed method: the money is there when this comes. */
    assert_verdict(judge_event("checkout.session.async_payment_succeeded",
                               "{\"id\":\"cs_1\",\"payment_status\":\"paid\","
                               "\"payment_intent\":\"pi_1\"}",
                               &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_PAID);
    assert_int_equal(event.amount, -1);
    assert_string_equal(event.currency, "");
    assert_int_equal(event.telegram_id, 0);
    assert_verdict(judge_event("checkout.session.async_payment_failed",
                               "{\"id\":\"cs_1\",\"payment_status\":\"unpaid\"}", &event),
                   unused);
}

static const char *const older_cycle = "{\"id\":\"in_9\",\"object\":\"invoice\",\"billing_reason\":"
                                       "\"subscription_cycle\",\"paid\":true,"
                                       "\"amount_paid\":2900,\"currency\":\"usd\",\"subscription\":"
                                       "\"sub_1\",\"payment_intent\":\"pi_9\","
                                       "\"metadata\":{},\"subscription_details\":{\"metadata\":{"
                                       "\"telegram_id\":\"42\",\"plan\":\"core\"}}}";
static const char *const newer_cycle =
    "{\"id\":\"in_9\",\"object\":\"invoice\",\"billing_reason\":\"subscription_cycle\","
    "\"status\":\"paid\",\"amount_paid\":2900,\"currency\":\"usd\",\"metadata\":{},"
    "\"parent\":{\"type\":\"subscription_details\",\"subscription_details\":{\"subscription\":"
    "\"sub_1\",\"metadata\":{\"telegram_id\":\"42\",\"plan\":\"core\"}}},"
    "\"payments\":{\"data\":[{\"payment\":{\"type\":\"payment_intent\",\"payment_intent\":"
    "\"pi_9\"}}]}}";

static void test_invoices_of_both_shapes(void **state)
{
    const char *const shapes[] = {older_cycle, newer_cycle};
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        assert_verdict(judge_event("invoice.paid", shapes[i], &event), accepted);
        assert_int_equal(event.kind, PAYMENT_PAID);
        assert_string_equal(event.payment_id, "in_9");
        assert_string_equal(event.aliases, "pi_9"); /* the subscription has many payments */
        assert_string_equal(event.subscription, "sub_1");
        assert_int_equal(event.telegram_id, 42);
        assert_string_equal(event.plan, "core");
        assert_int_equal(event.amount, 2900);
    }
    /* Its first payment is the one that the session told, which may know it by the subscription. */
    assert_verdict(
        judge_event("invoice.paid",
                    "{\"id\":\"in_1\",\"billing_reason\":\"subscription_create\",\"status\":"
                    "\"paid\",\"amount_paid\":2900,\"currency\":\"usd\",\"subscription\":"
                    "\"sub_1\"}",
                    &event),
        accepted);
    assert_string_equal(event.aliases, "sub_1");
    assert_verdict(
        judge_event("checkout.session.completed",
                    "{\"id\":\"cs_1\",\"payment_status\":\"paid\",\"mode\":\"subscription\","
                    "\"payment_intent\":null,\"invoice\":\"in_1\",\"subscription\":\"sub_1\"}",
                    &event),
        accepted);
    assert_string_equal(event.payment_id, "in_1");
    assert_string_equal(event.aliases, "sub_1,cs_1");
    assert_string_equal(event.subscription, "sub_1");
    /* a trial's, and one that is not paid */
    assert_verdict(judge_event("invoice.paid",
                               "{\"id\":\"in_1\",\"status\":\"paid\",\"amount_paid\":0}", &event),
                   unused);
    assert_verdict(judge_event("invoice.paid",
                               "{\"id\":\"in_1\",\"status\":\"open\",\"amount_paid\":9}", &event),
                   unused);
    /* which invoice and which intent are one */
    assert_verdict(judge_event("invoice_payment.paid",
                               "{\"id\":\"inpay_1\",\"invoice\":\"in_9\",\"payment\":{\"type\":"
                               "\"payment_intent\",\"payment_intent\":\"pi_9\"}}",
                               &event),
                   accepted);
    assert_int_equal(event.kind, PAYMENT_JOINED);
    assert_string_equal(event.payment_id, "in_9");
    assert_string_equal(event.aliases, "pi_9");
}

/* How a subscription stands, by both shapes. */
static void test_subscriptions(void **state)
{
    static const struct {
        const char *status, *more;
        unsigned stands; /* 1 + enum subscription_state; 0: it is of no use */
    } rows[] = {
        {"active", "\"cancel_at_period_end\":false,\"cancel_at\":null", 1 + SUBSCRIPTION_ACTIVE},
        {"trialing", "\"cancel_at\":null", 1 + SUBSCRIPTION_ACTIVE},
        {"active", "\"cancel_at_period_end\":true", 1 + SUBSCRIPTION_CANCELLING},
        {"active", "\"cancel_at\":1702592000", 1 + SUBSCRIPTION_CANCELLING},
        {"past_due", "\"cancel_at_period_end\":false", 1 + SUBSCRIPTION_PAST_DUE},
        {"canceled", "\"cancel_at_period_end\":true", 1 + SUBSCRIPTION_ENDED},
        {"unpaid", "\"cancel_at\":null", 1 + SUBSCRIPTION_ENDED},
        {"incomplete", "\"cancel_at\":null", 0},
        {"incomplete_expired", "\"cancel_at\":null", 0},
        {"news", "\"cancel_at\":null", 0},
    };
    static const char *const ends[] = {
        "\"current_period_end\":1702592000",
        "\"items\":{\"data\":[{\"current_period_end\":1702500000},{\"current_period_end\":"
        "1702592000}]}"};
    struct payment_event event;
    char object[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(object, sizeof(object),
                       "{\"id\":\"sub_1\",\"object\":\"subscription\",\"customer\":\"cus_1\","
                       "\"status\":\"%s\",%s,%s,\"metadata\":{\"telegram_id\":\"42\","
                       "\"plan\":\"core\",\"order\":\"ord_1\"}}",
                       rows[i].status, rows[i].more, ends[i % 2]);
        for (int deleted = 0; deleted < 2; deleted++) {
            enum gateway_verdict verdict = judge_event(deleted ? "customer.subscription.deleted"
                                                               : "customer.subscription.updated",
                                                       object, &event);
            assert_int_equal(verdict, rows[i].stands ? GATEWAY_accepted : GATEWAY_unused);
            if (rows[i].stands == 0)
                continue;
            assert_int_equal(event.kind, PAYMENT_SUBSCRIPTION);
            assert_int_equal(event.subscription_state, rows[i].stands);
            assert_string_equal(event.subscription, "sub_1");
            assert_string_equal(event.customer, "cus_1");
            assert_string_equal(event.plan, "core");
            assert_string_equal(event.order_id, "");
            assert_int_equal(event.telegram_id, 42);
            assert_int_equal(event.until_ms, 1702592000000);
        }
    }
}

/* The first invoice is the order's; it and the later ones say until when they are paid. */
static void test_what_an_invoice_is_for(void **state)
{
    static const char *const reasons[] = {"subscription_create", "subscription_cycle"};
    struct payment_event event;
    char object[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(reasons); i++) {
        (void)snprintf(object, sizeof(object),
                       "{\"id\":\"in_1\",\"billing_reason\":\"%s\",\"status\":\"paid\","
                       "\"amount_paid\":2900,\"currency\":\"usd\",\"customer\":\"cus_1\","
                       "\"parent\":{\"subscription_details\":{\"subscription\":\"sub_1\","
                       "\"metadata\":{\"order\":\"ord_1\",\"telegram_id\":\"42\"}}},"
                       "\"lines\":{\"data\":[{\"period\":{\"end\":1702592000}},"
                       "{\"period\":{\"end\":1700000000}}]}}",
                       reasons[i]);
        assert_verdict(judge_event("invoice.paid", object, &event), accepted);
        assert_string_equal(event.order_id, i == 0 ? "ord_1" : "");
        assert_string_equal(event.customer, "cus_1");
        assert_int_equal(event.until_ms, 1702592000000);
        assert_int_equal(event.subscription_state, 0);
    }
}

static void test_refunds_that_fail(void **state)
{
    static const struct {
        const char *type, *status;
        int kind;
    } rows[] = {{"refund.failed", "failed", PAYMENT_REFUND_FAILED},
                {"refund.updated", "failed", PAYMENT_REFUND_FAILED},
                {"charge.refund.updated", "failed", PAYMENT_REFUND_FAILED},
                {"charge.refund.updated", "canceled", PAYMENT_REFUND_FAILED},
                {"charge.refund.updated", "succeeded", 0},
                {"refund.created", "pending", 0}};
    struct payment_event event;
    char object[256];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(object, sizeof(object),
                       "{\"id\":\"re_1\",\"payment_intent\":\"pi_1\",\"charge\":\"ch_1\","
                       "\"amount\":900,\"currency\":\"usd\",\"status\":\"%s\"}",
                       rows[i].status);
        enum gateway_verdict verdict = judge_event(rows[i].type, object, &event);
        assert_int_equal(verdict, rows[i].kind ? GATEWAY_accepted : GATEWAY_unused);
        assert_int_equal(event.kind, rows[i].kind);
        if (rows[i].kind == 0)
            continue;
        assert_string_equal(event.part_id, "re_1");
        assert_int_equal(event.amount, 900);
    }
}

static void test_payment_id(void **state)
{
    static const struct {
        const char *type, *object, *payment_id; /* NULL: incomplete */
    } rows[] = {
        {"checkout.session.completed",
         "{\"id\":\"cs_1\",\"payment_status\":\"paid\",\"payment_intent\":{\"id\":\"pi_2\","
         "\"object\":\"payment_intent\"}}",
         "pi_2"},
        {"checkout.session.completed",
         "{\"id\":\"cs_1\",\"payment_status\":\"paid\",\"payment_intent\":null,"
         "\"invoice\":\"in_1\",\"subscription\":\"sub_1\"}",
         "in_1"},
        {"checkout.session.completed",
         "{\"id\":\"cs_1\",\"payment_status\":\"paid\",\"subscription\":{\"id\":\"sub_1\"}}",
         "sub_1"},
        {"checkout.session.completed", "{\"id\":\"cs_1\",\"payment_status\":\"paid\"}", "cs_1"},
        {"checkout.session.completed", "{\"payment_status\":\"paid\"}", NULL},
        {"checkout.session.completed", "{\"id\":7,\"payment_status\":\"paid\"}", NULL},
        {"charge.refunded", "{\"id\":\"ch_1\",\"payment_intent\":\"pi_1\"}", "pi_1"},
        {"charge.refunded", "{\"id\":\"ch_1\",\"payment_intent\":null}", "ch_1"},
        {"charge.dispute.created",
         "{\"id\":\"dp_1\",\"payment_intent\":\"pi_1\","
         "\"charge\":\"ch_1\"}",
         "pi_1"},
        {"charge.dispute.created", "{\"id\":\"dp_1\",\"charge\":\"ch_1\"}", "ch_1"},
        {"charge.dispute.created", "{\"id\":\"dp_1\",\"charge\":{\"id\":\"ch_2\"}}", "ch_2"},
        {"charge.dispute.created", "{\"id\":\"dp_1\"}", NULL}, /* a dispute's id is no payment's */
    };
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gateway_verdict verdict = judge_event(rows[i].type, rows[i].object, &event);
        if (verdict != (rows[i].payment_id ? GATEWAY_accepted : GATEWAY_body_incomplete))
            fail_msg("row %zu: %s", i, gateway_verdict_name(verdict));
        if (rows[i].payment_id)
            assert_string_equal(event.payment_id, rows[i].payment_id);
    }
}

static void test_kinds(void **state)
{
    static const struct {
        const char *type, *object;
        int kind; /* 0: unused */
    } rows[] = {
        {"charge.refunded", "\"refunded\":true,\"amount\":2900,\"amount_refunded\":2900",
         PAYMENT_REFUNDED},
        {"charge.refunded", "\"refunded\":true", PAYMENT_REFUNDED},
        {"charge.refunded", "\"object\":\"charge\"", PAYMENT_REFUNDED},
        {"charge.refunded", "\"refunded\":false,\"amount\":2900,\"amount_refunded\":1000",
         PAYMENT_PARTLY_REFUNDED},
        {"charge.refunded", "\"refunded\":false", PAYMENT_PARTLY_REFUNDED},
        {"charge.refunded", "\"amount\":2900,\"amount_refunded\":2899", PAYMENT_PARTLY_REFUNDED},
        {"charge.refunded", "\"amount\":2900,\"amount_refunded\":2900", PAYMENT_REFUNDED},
        {"charge.refunded", "\"amount\":2900", PAYMENT_REFUNDED},
        {"charge.dispute.created", "\"status\":\"needs_response\"", PAYMENT_CHARGED_BACK},
        {"charge.dispute.created", "\"object\":\"dispute\"", PAYMENT_CHARGED_BACK},
        {"charge.dispute.created", "\"status\":\"warning_needs_response\"", 0},
        {"charge.dispute.created", "\"status\":\"warning_under_review\"", 0},
        {"charge.dispute.funds_withdrawn", "\"status\":\"needs_response\"", PAYMENT_CHARGED_BACK},
        {"charge.dispute.funds_reinstated", "\"status\":\"won\"", PAYMENT_REINSTATED},
        {"charge.dispute.closed", "\"status\":\"won\"", PAYMENT_REINSTATED},
        {"charge.dispute.closed", "\"status\":\"lost\"", PAYMENT_CHARGED_BACK},
        {"charge.dispute.closed", "\"status\":\"warning_closed\"", 0},
        {"charge.dispute.closed", "\"status\":null", 0},
        {"charge.dispute.updated", "\"status\":\"under_review\"", 0},
        {"charge.succeeded", "\"paid\":true", 0},
        {"payment_intent.succeeded", "\"status\":\"succeeded\"", 0},
        {"refund.created", "\"status\":\"succeeded\"", 0},
        {"refund.updated", "\"status\":\"succeeded\"", 0},
        {"invoice.paid", "\"status\":\"paid\"", 0},
        {"customer.subscription.created", "\"status\":\"active\"", 0},
        {"Charge.Refunded", "\"refunded\":true", 0},
        {"", "\"refunded\":true", 0},
    };
    struct payment_event event;
    char object[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(object, sizeof(object),
                       "{\"id\":\"x_1\",\"payment_intent\":\"pi_1\",\"currency\":\"eur\",%s}",
                       rows[i].object);
        enum gateway_verdict verdict = judge_event(rows[i].type, object, &event);
        if (verdict != (rows[i].kind ? GATEWAY_accepted : GATEWAY_unused))
            fail_msg("row %zu: %s", i, gateway_verdict_name(verdict));
        assert_int_equal(event.kind, rows[i].kind);
        assert_string_equal(event.payment_id, rows[i].kind ? "pi_1" : "");
    }
}

static void test_amounts(void **state)
{
    static const struct {
        const char *currency;
        long stripe, ours;
    } rows[] = {
        {"usd", 2900, 2900}, {"eur", 1, 1},       {"jpy", 3000, 3000}, {"krw", 3000, 3000},
        {"isk", 500, 5},     {"ugx", 50000, 500}, {"mga", 50, 5000},   {"bhd", 1000, 1000},
        {"tnd", 2900, 2900}, {"twd", 3000, 3000}, {"huf", 3000, 3000}, {"usdc", 2900, 29000000},
    };
    struct payment_event event;
    char object[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(object, sizeof(object),
                       "{\"id\":\"cs_1\",\"payment_status\":\"paid\",\"amount_total\":%ld,"
                       "\"currency\":\"%s\"}",
                       rows[i].stripe, rows[i].currency);
        assert_verdict(judge_event("checkout.session.completed", object, &event), accepted);
        if (event.amount != rows[i].ours)
            fail_msg("%s: %lld", rows[i].currency, (long long)event.amount);
    }
    /* Of a refund what went back, of a dispute what is disputed. */
    assert_verdict(judge_event("charge.refunded",
                               "{\"id\":\"ch_1\",\"amount\":2900,\"amount_refunded\":1000,"
                               "\"currency\":\"usd\"}",
                               &event),
                   accepted);
    assert_int_equal(event.amount, 1000);
    assert_verdict(judge_event("charge.dispute.created",
                               "{\"charge\":\"ch_1\",\"amount\":2900,\"currency\":\"usd\"}",
                               &event),
                   accepted);
    assert_int_equal(event.amount, 2900);
}

static void test_without_event_id(void **state)
{
    struct gateway *gateway = open_gateway(&config);
    struct payment_event event;

    (void)state;
    assert_verdict(judge_signed(gateway,
                                SLICE("{\"type\":\"charge.refunded\",\"data\":{\"object\":"
                                      "{\"id\":\"ch_1\",\"refunded\":true}}}"),
                                &event),
                   accepted);
    assert_string_equal(event.event_id, "refunded:ch_1");
    assert_int_equal(event.occurred_ms, 0);
    gateway_destroy(&gateway);
}

static void test_units(void **state)
{
    int64_t units = 0;

    (void)state;
    assert_true(stripe_units(2900, SLICE("USD"), &units) && units == 2900);
    assert_true(stripe_units(2900, SLICE("jpy"), &units) && units == 2900);
    assert_true(stripe_units(2900, SLICE("ISK"), &units) && units == 290000);
    assert_false(stripe_units(INT64_MAX, SLICE("ISK"), &units));
    assert_false(stripe_units(-1, SLICE("USD"), &units));
    assert_false(stripe_units(1, SLICE("ZZZ"), &units));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_payment_id),
        cmocka_unit_test(test_invoices_of_both_shapes),
        cmocka_unit_test(test_subscriptions),
        cmocka_unit_test(test_what_an_invoice_is_for),
        cmocka_unit_test(test_refunds_that_fail),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_without_event_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
