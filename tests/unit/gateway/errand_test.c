/* What each kind of gateway is told to do, byte by byte. */
#include "gateway/errand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config_gateway gateways[] = {
    {.name = "stripe",
     .kind = GATEWAY_STRIPE,
     .create = CREATE_SESSION,
     .success_url = "https://t.me/club"},
    {.name = "btcpay", .kind = GATEWAY_BTCPAY, .create = CREATE_INVOICE, .store = "S1"},
    {.name = "cryptopay", .kind = GATEWAY_CRYPTO_PAY, .create = CREATE_INVOICE},
    {.name = "paypal", .kind = GATEWAY_PAYPAL, .create = CREATE_ORDER},
    {.name = "yookassa", .kind = GATEWAY_YOOKASSA, .create = CREATE_PAYMENT},
    {.name = "wechat", .kind = GATEWAY_WECHAT_PAY, .create = CREATE_NATIVE},
    {.name = "alipay", .kind = GATEWAY_ALIPAY, .create = CREATE_PRECREATE, .app_id = "2021"},
    {.name = "plain", .kind = GATEWAY_STRIPE},
};
enum { GATEWAYS = sizeof gateways / sizeof gateways[0] };
static const struct config config = {.gateways = gateways,
                                     .gateway_count = GATEWAYS,
                                     .http = {.public_url = "https://club.example"}};

static struct buf call, part;

static enum error rendered(const struct message_part_errand *errand,
                           struct message_part_request *out)
{
    const struct message asked = {.kind = MESSAGE_part_errand, .part_errand = *errand};
    struct message message;
    struct why why = {""};
    const char *method = NULL;
    buf_clear(&call);
    buf_clear(&part);
    wire_encode(&part, &asked);
    const struct message_work work = {.kind = DELIVERY_request, .parts = buf_slice(&part)};
    enum error error = create_render(&config, &work, &method, &call, &why);
    assert_string_equal(method, "request");
    assert_true((error == ERROR_NONE) == (why.text[0] == 0));
    if (error != ERROR_NONE)
        return error;
    assert_int_equal(wire_decode_one(buf_slice(&call), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_part_request);
    *out = message.part_request;
    assert_true(slice_is(out->method, "POST"));
    return ERROR_NONE;
}

#define assert_slice(slice, text)                                                                  \
    do {                                                                                           \
        assert_int_equal((slice).len, strlen(text));                                               \
        assert_memory_equal((slice).data, text, (slice).len);                                      \
    } while (0)

static struct message_part_errand end_of(const char *gateway, const char *id)
{
    return (struct message_part_errand){
        .gateway = slice_from(gateway), .what = ERRAND_END, .id = slice_from(id)};
}

static void a_checkout_ends(void **state)
{
    (void)state;
    struct message_part_request request;
    struct message_part_errand errand = end_of("stripe", "cs_1/a");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/v1/checkout/sessions/cs_1%2Fa/expire");
    assert_slice(request.type, "application/x-www-form-urlencoded");
    assert_slice(request.body, "");
    errand = end_of("cryptopay", "17");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/api/deleteInvoice");
    assert_slice(request.body, "{\"invoice_id\":17}");
    errand = end_of("cryptopay", "17,\"x\":1");
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
}

static struct message_part_errand refund_of(const char *gateway, const char *id, int64_t amount,
                                            const char *currency)
{
    return (struct message_part_errand){.gateway = slice_from(gateway),
                                        .what = ERRAND_REFUND,
                                        .id = slice_from(id),
                                        .named = slice_from(id),
                                        .amount = amount,
                                        .currency = slice_from(currency),
                                        .reason = SLICE("sorry & bye")};
}

static void money_goes_back_at_stripe(void **state)
{
    (void)state;
    struct message_part_request request;
    struct message_part_errand errand = refund_of("stripe", "pi_1", 0, "USD");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/v1/refunds");
    assert_slice(request.body, "payment_intent=pi_1&metadata%5Breason%5D=sorry%20%26%20bye");
    errand = refund_of("stripe", "ch_1", 1200, "ISK");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.body, "charge=ch_1&amount=120000&metadata%5Breason%5D=sorry%20%26%20bye");
    /* An invoice has no refunds, what paid it has. */
    errand = refund_of("stripe", "in_1", 0, "USD");
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
    errand.named = SLICE("pi_2");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.body, "payment_intent=pi_2&metadata%5Breason%5D=sorry%20%26%20bye");
}

static void a_subscription_is_managed(void **state)
{
    (void)state;
    struct message_part_request request;
    struct message_part_errand errand = end_of("stripe", "cus_1&");
    errand.what = ERRAND_PORTAL;
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/v1/billing_portal/sessions");
    assert_slice(request.body, "customer=cus_1%26&return_url=https%3A%2F%2Ft.me%2Fclub");
    errand.gateway = SLICE("cryptopay");
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
}

static void what_paypal_is_told(void **state)
{
    (void)state;
    struct message_part_request request;
    struct message_part_errand errand = end_of("paypal", "5O/1");
    errand.what = ERRAND_CAPTURE;
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/v2/checkout/orders/5O%2F1/capture");
    assert_slice(request.body, "{}");
    errand = refund_of("paypal", "C1", 0, "USD");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/v2/payments/captures/C1/refund");
    assert_slice(request.body, "{\"note_to_payer\":\"sorry & bye\"}");
    errand = refund_of("paypal", "C1", 250, "USD");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.body, "{\"amount\":{\"currency_code\":\"USD\",\"value\":\"2.50\"},"
                               "\"note_to_payer\":\"sorry & bye\"}");
    errand.recurring = 1; /* it is a sale */
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/v1/payments/sale/C1/refund");
    assert_slice(request.body, "{\"amount\":{\"currency\":\"USD\",\"total\":\"2.50\"},"
                               "\"description\":\"sorry & bye\"}");
    errand.amount = 0;
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.body, "{\"description\":\"sorry & bye\"}");
    errand = refund_of("paypal", "C1", 250, "HUF");
    assert_int_equal(rendered(&errand, &request),
                     currency_decimals("HUF") == 0 ? ERROR_NONE : ERROR_INVALID);
}

static void money_goes_back_at_yookassa(void **state)
{
    (void)state;
    struct message_part_request request;
    struct message_part_errand errand = refund_of("yookassa", "2d-1", 0, "RUB");
    errand.rest = 290000;
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/v3/refunds");
    assert_slice(request.type, "application/json");
    assert_slice(request.body, "{\"payment_id\":\"2d-1\",\"amount\":{\"value\":\"2900.00\","
                               "\"currency\":\"RUB\"},\"description\":\"sorry & bye\"}");
    errand.amount = 250;
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_true(memmem(request.body.data, request.body.len, "\"value\":\"2.50\"", 14) != NULL);
    errand.rest = 0;
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
}

static void money_goes_back_at_wechat(void **state)
{
    (void)state;
    struct message_part_request request;
    struct message_part_errand errand = refund_of("wechat", "4200001", 0, "CNY");
    errand.rest = 500;
    errand.total = 900;
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
    errand.number = SLICE("usher_7_5f");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "/v3/refund/domestic/refunds");
    assert_slice(request.type, "application/json");
    assert_slice(request.body,
                 "{\"transaction_id\":\"4200001\",\"out_refund_no\":\"usher_7_5f\","
                 "\"reason\":\"sorry & bye\",\"notify_url\":\"https://club.example/hooks/wechat\","
                 "\"amount\":{\"refund\":500,\"total\":900,\"currency\":\"CNY\"}}");
    errand.amount = 250;
    errand.reason = SLICE("");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.body, "{\"transaction_id\":\"4200001\",\"out_refund_no\":\"usher_7_5f\","
                               "\"notify_url\":\"https://club.example/hooks/wechat\","
                               "\"amount\":{\"refund\":250,\"total\":900,\"currency\":\"CNY\"}}");
    errand.currency = SLICE("USD");
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
}

static void money_goes_back_at_alipay(void **state)
{
    (void)state;
    struct message_part_request request;
    struct message_part_errand errand = refund_of("alipay", "2026001", 250, "CNY");
    errand.rest = 900;
    errand.number = SLICE("usher_7_5f");
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_slice(request.path, "?app_id=2021&charset=utf-8&format=JSON&method=alipay.trade.refund"
                               "&sign_type=RSA2&version=1.0");
    assert_slice(request.body,
                 "biz_content=%7B%22trade_no%22%3A%222026001%22%2C%22out_request_no%22%3A%22usher_7"
                 "_5f%22%2C%22refund_amount%22%3A%222.50%22%2C%22refund_reason%22%3A%22sorry%20%26"
                 "%20bye%22%7D");
    errand.amount = 0;
    assert_int_equal(rendered(&errand, &request), ERROR_NONE);
    assert_true(memmem(request.body.data, request.body.len, "9.00", 4) != NULL);
    errand.currency = SLICE("USD");
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
}

static void what_cannot_be_done(void **state)
{
    (void)state;
    struct message_part_request request;
    static const char *const names[] = {"btcpay", "plain", "gone"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct message_part_errand errand = end_of(names[i], "1");
        assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
    }
    struct message_part_errand errand = end_of("stripe", "1");
    errand.what = 0;
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
    errand.what = ERRAND_COUNT;
    assert_int_equal(rendered(&errand, &request), ERROR_INVALID);
}

/* What the ledger is told that a gateway can, it can. */
static void both_tables_agree(void **state)
{
    (void)state;
    struct message_part_request request;
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (int what = ERRAND_END; what < ERRAND_COUNT; what++) {
            struct message_part_errand errand = end_of(gateways[i].name, "1");
            errand.what = (uint64_t)what;
            errand.rest = errand.total = 900;
            errand.currency = slice_from(gateways[i].kind == GATEWAY_YOOKASSA ? "RUB" : "CNY");
            errand.number = SLICE("usher_7_5f");
            bool can = rendered(&errand, &request) == ERROR_NONE;
            assert_int_equal(can, config_gateway_does(&gateways[i], (enum errand)what));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkout_ends),
        cmocka_unit_test(money_goes_back_at_stripe),
        cmocka_unit_test(a_subscription_is_managed),
        cmocka_unit_test(what_paypal_is_told),
        cmocka_unit_test(money_goes_back_at_yookassa),
        cmocka_unit_test(money_goes_back_at_wechat),
        cmocka_unit_test(money_goes_back_at_alipay),
        cmocka_unit_test(what_cannot_be_done),
        cmocka_unit_test(both_tables_agree),
    };
    buf_init(&call, 65536);
    buf_init(&part, 65536);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_deinit(&call);
    buf_deinit(&part);
    return failed;
}
