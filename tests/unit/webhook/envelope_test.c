#include "webhook/envelope.h"

#include "following.h"

/* Of the specification's own libraries (github.com/standard-webhooks/standard-webhooks). */
static const struct {
    const char *secret, *id;
    uint64_t seconds;
    const char *body, *signature;
} published[] = {
    {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
     "{\"test\": 2432232314}", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
};

static void signed_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        char signature[WEBHOOK_SIGNATURE_MAX + 1];
        struct hmac *key = webhook_key(slice_from(published[i].secret));
        assert_non_null(key);
        assert_true(webhook_sign(key, published[i].id, published[i].seconds,
                                 slice_from(published[i].body), signature));
        assert_string_equal(signature, published[i].signature);
        assert_true(webhook_sign(key, published[i].id, published[i].seconds + 1,
                                 slice_from(published[i].body), signature));
        assert_string_not_equal(signature, published[i].signature);
        hmac_destroy(&key);
    }
    assert_null(webhook_key(SLICE("whsec_c2hvcnQ=")));
    assert_null(webhook_key(SLICE("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
}

static void a_fact_as_a_body(void **state)
{
    struct buf items;
    struct buf body;
    struct message message;
    uint64_t fact[WEBHOOK_FACT_WORDS];
    char name[EVENT_NAME_MAX + 1];
    char id[WEBHOOK_ID_MAX + 1];
    (void)state;
    buf_init(&items, 65536);
    buf_init(&body, 65536);
    put_paid(&items, 1234, 2);
    assert_int_equal(wire_decode_one(buf_slice(&items), &message, NULL), ERROR_NONE);
    assert_true(webhook_event(&message.news_item, fact, name));
    webhook_id(&message.news_item, id);
    assert_string_equal(id, "evt_1234_2");
    assert_int_equal(webhook_body(&message.news_item, fact, name, &body), ERROR_NONE);
    buf_append_u8(&body, 0);
    assert_string_equal(
        body.data, "{\"type\":\"payment.paid\",\"timestamp\":\"2026-01-31T12:00:00Z\","
                   "\"data\":{\"telegram_id\":7,\"gateway\":\"stripe\",\"payment_id\":\"pi_1\","
                   "\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\","
                   "\"granted\":true,\"sequence\":1234}}");
    buf_deinit(&body);
    buf_init(&body, 8);
    assert_int_equal(webhook_body(&message.news_item, fact, name, &body), ERROR_MEMORY);
    buf_deinit(&body);
    buf_deinit(&items);
}

/* An order of nobody's has no member, not one with the id 0. */
static void nobody_is_left_out(void **state)
{
    const struct fact_order_expired expired = {.order_id = SLICE("ord_1"),
                                               .plan = SLICE("core"),
                                               .amount = 2900,
                                               .currency = SLICE("USD")};
    uint64_t fact[WEBHOOK_FACT_WORDS];
    struct buf items, body;
    struct message message;
    char name[EVENT_NAME_MAX + 1];
    (void)state;
    buf_init(&items, 65536);
    buf_init(&body, 65536);
    put_fact(&items, 5, 1, shape_fact_order_expired(), &expired);
    assert_int_equal(wire_decode_one(buf_slice(&items), &message, NULL), ERROR_NONE);
    assert_true(webhook_event(&message.news_item, fact, name));
    assert_int_equal(webhook_body(&message.news_item, fact, name, &body), ERROR_NONE);
    buf_append_u8(&body, 0);
    assert_non_null(strstr(body.data, "\"type\":\"order.expired\""));
    assert_non_null(strstr(body.data, "\"data\":{\"order_id\":\"ord_1\""));
    buf_deinit(&body);
    buf_deinit(&items);
}

static void records_and_the_unknown_are_no_events(void **state)
{
    uint64_t fact[WEBHOOK_FACT_WORDS];
    char name[EVENT_NAME_MAX + 1];
    (void)state;
    const struct fact_told told = {.delivery = 3};
    struct buf items;
    struct message message;
    buf_init(&items, 65536);
    put_fact(&items, 5, 1, shape_fact_told(), &told);
    assert_int_equal(wire_decode_one(buf_slice(&items), &message, NULL), ERROR_NONE);
    assert_false(webhook_event(&message.news_item, fact, name));
    message.news_item.id = 127 << 8 | 3;
    assert_false(webhook_event(&message.news_item, fact, name));
    message.news_item.id = shape_fact_paid()->id;
    message.news_item.value = SLICE("?");
    assert_false(webhook_event(&message.news_item, fact, name));
    buf_deinit(&items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_as_published),
        cmocka_unit_test(a_fact_as_a_body),
        cmocka_unit_test(nobody_is_left_out),
        cmocka_unit_test(records_and_the_unknown_are_no_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
