/* What each kind of gateway is asked, byte by byte. */
#include "gateway/create.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CREATED_MS UINT64_C(1700000000000)
#define MINUTES(n) (UINT64_C(60000) * (n))

static struct config_gateway gateways[] = {
    {.name = "stripe",
     .kind = GATEWAY_STRIPE,
     .create = CREATE_SESSION,
     .secret_key = "sk_1",
     .success_url = "https://t.me/club?a=1&b"},
    {.name = "btcpay",
     .kind = GATEWAY_BTCPAY,
     .create = CREATE_INVOICE,
     .store = "S/1",
     .success_url = "https://t.me/club"},
    {.name = "cryptopay", .kind = GATEWAY_CRYPTO_PAY, .create = CREATE_INVOICE, .secrets = {"t"}},
    {.name = "kassa",
     .kind = GATEWAY_YOOKASSA,
     .create = CREATE_PAYMENT,
     .success_url = "https://t.me/club"},
    {.name = "paypal",
     .kind = GATEWAY_PAYPAL,
     .create = CREATE_ORDER,
     .success_url = "https://t.me/club"},
    {.name = "plain", .kind = GATEWAY_STRIPE},
    {.name = "wechat",
     .kind = GATEWAY_WECHAT_PAY,
     .create = CREATE_NATIVE,
     .app_id = "wx1",
     .mch_id = "1900000001"},
    {.name = "alipay", .kind = GATEWAY_ALIPAY, .create = CREATE_PRECREATE, .app_id = "2021"},
    {.name = "cryptomus",
     .kind = GATEWAY_CRYPTOMUS,
     .create = CREATE_INVOICE,
     .success_url = "https://t.me/club"},
};
enum { GATEWAYS = sizeof gateways / sizeof gateways[0] };
static char title[] = "Core \"club\" & more";
static struct config_plan plans[] = {{.name = "core", .title = title}};
static const struct config config = {.http = {.public_url = "https://club.example"},
                                     .gateways = gateways,
                                     .gateway_count = GATEWAYS,
                                     .plans = plans,
                                     .plan_count = 1};

static struct buf call, part;
static const char *order_id = "ord_1";

/* Of an order for what renews each period; that of one that is paid once is 0. */
static enum error rendered_for(const char *gateway, int64_t amount, const char *currency,
                               uint64_t life_ms, struct period period,
                               struct message_part_request *out)
{
    const struct message order = {
        .kind = MESSAGE_part_checkout,
        .part_checkout = {.gateway = slice_from(gateway),
                          .order_id = slice_from(order_id),
                          .telegram_id = 42,
                          .plan = SLICE("core"),
                          .amount = amount,
                          .currency = slice_from(currency),
                          .created_ms = CREATED_MS,
                          .expires_ms = life_ms == 0 ? 0 : CREATED_MS + life_ms,
                          .renews = period.months + period.days > 0,
                          .months = period.months,
                          .days = period.days}};
    struct message message;
    struct why why = {""};
    const char *method = NULL;
    buf_clear(&call);
    buf_clear(&part);
    wire_encode(&part, &order);
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

static enum error rendered(const char *gateway, int64_t amount, const char *currency,
                           uint64_t life_ms, struct message_part_request *out)
{
    return rendered_for(gateway, amount, currency, life_ms, (struct period){0, 0}, out);
}

#define assert_slice(slice, text)                                                                  \
    do {                                                                                           \
        assert_int_equal((slice).len, strlen(text));                                               \
        assert_memory_equal((slice).data, text, (slice).len);                                      \
    } while (0)

/* Does the request want to know this of the answer? */
static bool wants(struct slice reads, const char *name, const char *pointer)
{
    struct message field;
    while (reads.len > 0 && wire_decode(&reads, &field, NULL) == ERROR_NONE)
        if (slice_is(field.answer_field.name, name) && slice_is(field.answer_field.value, pointer))
            return true;
    return false;
}

static void a_session(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("stripe", 2320, "USD", MINUTES(7 * 24 * 60), &request), ERROR_NONE);
    assert_slice(request.path, "/v1/checkout/sessions");
    assert_slice(request.type, "application/x-www-form-urlencoded");
    assert_slice(request.body,
                 "mode=payment&client_reference_id=ord_1&metadata%5Btelegram_id%5D=42"
                 "&metadata%5Bplan%5D=core&line_items%5B0%5D%5Bquantity%5D=1"
                 "&line_items%5B0%5D%5Bprice_data%5D%5Bcurrency%5D=usd"
                 "&line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=2320"
                 "&line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D="
                 "Core%20%22club%22%20%26%20more"
                 "&success_url=https%3A%2F%2Ft.me%2Fclub%3Fa%3D1%26b&expires_at=1700086400");
    assert_true(wants(request.reads, "url", "/url"));
    assert_true(wants(request.reads, "id", "/id"));
}

static bool says(const struct message_part_request *request, const char *text)
{
    return memmem(request->body.data, request->body.len, text, strlen(text)) != NULL;
}

static void a_session_of_a_subscription(void **state)
{
    static const struct {
        struct period period;
        const char *interval;
    } cases[] = {
        {{1, 0},
         "interval%5D=month&line_items%5B0%5D%5Bprice_data%5D%5Brecurring%5D"
         "%5Binterval_count%5D=1&"},
        {{6, 0},
         "interval%5D=month&line_items%5B0%5D%5Bprice_data%5D%5Brecurring%5D"
         "%5Binterval_count%5D=6&"},
        {{24, 0},
         "interval%5D=year&line_items%5B0%5D%5Bprice_data%5D%5Brecurring%5D"
         "%5Binterval_count%5D=2&"},
        {{0, 14},
         "interval%5D=week&line_items%5B0%5D%5Bprice_data%5D%5Brecurring%5D"
         "%5Binterval_count%5D=2&"},
        {{0, 30},
         "interval%5D=day&line_items%5B0%5D%5Bprice_data%5D%5Brecurring%5D"
         "%5Binterval_count%5D=30&"},
    };
    struct message_part_request request;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(rendered_for("stripe", 2900, "USD", 0, cases[i].period, &request),
                         ERROR_NONE);
        assert_true(says(&request, "mode=subscription&client_reference_id=ord_1&"));
        assert_true(says(&request, cases[i].interval));
        assert_true(says(&request, "&subscription_data%5Bmetadata%5D%5Border%5D=ord_1"
                                   "&subscription_data%5Bmetadata%5D%5Btelegram_id%5D=42"
                                   "&subscription_data%5Bmetadata%5D%5Bplan%5D=core&"));
    }
}

static void a_session_lives_as_stripe_allows(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("stripe", 900, "USD", MINUTES(5), &request), ERROR_NONE);
    assert_true(says(&request, "&expires_at=1700003600"));
    assert_int_equal(rendered("stripe", 900, "USD", MINUTES(120), &request), ERROR_NONE);
    assert_true(says(&request, "&expires_at=1700007200"));
    assert_int_equal(rendered("stripe", 900, "USD", 0, &request), ERROR_NONE);
    assert_true(says(&request, "&expires_at=1700086400"));
}

static void stripe_counts_by_its_own(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("stripe", 1200, "JPY", 0, &request), ERROR_NONE);
    assert_true(says(&request, "unit_amount%5D=1200&"));
    assert_int_equal(rendered("stripe", 1200, "ISK", 0, &request), ERROR_NONE);
    assert_true(says(&request, "unit_amount%5D=120000&"));
    assert_int_equal(rendered("stripe", 12345, "KWD", 0, &request), ERROR_NONE);
    assert_true(says(&request, "unit_amount%5D=12345&"));
}

static void invoices(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("btcpay", 2900, "USD", MINUTES(30), &request), ERROR_NONE);
    assert_slice(request.path, "/api/v1/stores/S%2F1/invoices");
    assert_slice(request.body,
                 "{\"amount\":\"29.00\",\"currency\":\"USD\",\"metadata\":{\"orderId\":\"ord_1\"},"
                 "\"checkout\":{\"expirationMinutes\":30,\"redirectURL\":\"https://t.me/club\"}}");
    assert_true(wants(request.reads, "url", "/checkoutLink"));
    assert_int_equal(rendered("cryptopay", 2900, "USD", MINUTES(30), &request), ERROR_NONE);
    assert_slice(request.path, "/api/createInvoice");
    assert_slice(request.body,
                 "{\"currency_type\":\"fiat\",\"fiat\":\"USD\",\"amount\":\"29.00\",\"payload\":"
                 "\"ord_1\",\"description\":\"Core \\\"club\\\" & more\",\"expires_in\":1800}");
    assert_true(wants(request.reads, "url", "/result/bot_invoice_url"));
    assert_int_equal(rendered("cryptopay", 29000000, "USDT", 0, &request), ERROR_NONE);
    assert_true(says(&request, "\"currency_type\":\"crypto\",\"asset\":\"USDT\""));
    assert_false(says(&request, "expires_in"));
}

static void a_payment(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("kassa", 2900, "RUB", MINUTES(30), &request), ERROR_NONE);
    assert_slice(request.path, "/v3/payments");
    assert_slice(request.type, "application/json");
    assert_slice(
        request.body,
        "{\"amount\":{\"value\":\"29.00\",\"currency\":\"RUB\"},\"capture\":true,"
        "\"confirmation\":{\"type\":\"redirect\",\"return_url\":\"https://t.me/club\"},"
        "\"description\":\"Core \\\"club\\\" & more\",\"metadata\":{\"order\":\"ord_1\"}}");
    assert_true(wants(request.reads, "url", "/confirmation/confirmation_url"));
    assert_true(wants(request.reads, "error", "/description"));
}

static void an_order_at_paypal(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("paypal", 2900, "USD", MINUTES(30), &request), ERROR_NONE);
    assert_slice(request.path, "/v2/checkout/orders");
    assert_slice(request.body,
                 "{\"intent\":\"CAPTURE\",\"purchase_units\":[{\"custom_id\":\"ord_1\","
                 "\"description\":\"Core \\\"club\\\" & more\",\"amount\":"
                 "{\"currency_code\":\"USD\",\"value\":\"29.00\"}}],\"payment_source\":"
                 "{\"paypal\":{\"experience_context\":{\"shipping_preference\":\"NO_SHIPPING\","
                 "\"user_action\":\"PAY_NOW\",\"return_url\":\"https://t.me/club\","
                 "\"cancel_url\":\"https://t.me/club\"}}}}");
    assert_true(wants(request.reads, "url", "/links/{rel=payer-action}/href"));
    assert_true(wants(request.reads, "url", "/links/{rel=approve}/href"));
}

static void a_trade_that_is_scanned(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("alipay", 2900, "CNY", MINUTES(30), &request), ERROR_NONE);
    assert_slice(
        request.path,
        "?app_id=2021&charset=utf-8&format=JSON&method=alipay.trade.precreate"
        "&notify_url=https%3A%2F%2Fclub.example%2Fhooks%2Falipay&sign_type=RSA2&version=1.0");
    assert_slice(request.type, "application/x-www-form-urlencoded;charset=utf-8");
    /* Of the title without what Alipay does not take. */
    assert_slice(
        request.body,
        "biz_content=%7B%22out_trade_no%22%3A%22ord_1%22%2C%22total_amount%22%3A%2229.00%22%2C"
        "%22time_expire%22%3A%222023-11-15%2006%3A43%3A20%22%2C%22subject%22%3A%22Core%20%5C%22"
        "club%5C%22%20%20%20more%22%7D");
    assert_true(wants(request.reads, "url", "/alipay_trade_precreate_response/qr_code"));
    assert_true(wants(request.reads, "refused", "/alipay_trade_precreate_response/sub_code"));
    assert_true(wants(request.reads, "error", "/alipay_trade_precreate_response/sub_msg"));
    assert_true(wants(request.reads, "again", "/{code=20000}/code"));
    assert_int_equal(rendered("alipay", 900, "USD", 0, &request), ERROR_INVALID);
}

static void an_invoice_at_cryptomus(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("cryptomus", 2900, "USD", MINUTES(30), &request), ERROR_NONE);
    assert_slice(request.path, "/v1/payment");
    assert_slice(request.type, "application/json");
    assert_slice(
        request.body,
        "{\"amount\":\"29.00\",\"currency\":\"USD\",\"order_id\":\"ord_1\",\"url_callback\":"
        "\"https://club.example/hooks/cryptomus\",\"url_success\":\"https://t.me/club\","
        "\"lifetime\":1800}");
    assert_true(wants(request.reads, "url", "/result/url"));
    assert_true(wants(request.reads, "id", "/result/uuid"));
    assert_true(wants(request.reads, "error", "/message"));
    assert_int_equal(rendered("cryptomus", 29000000, "USDT", MINUTES(1), &request), ERROR_NONE);
    assert_true(says(&request, "\"currency\":\"USDT\""));
    assert_true(says(&request, "\"lifetime\":300}"));
    assert_int_equal(rendered("cryptomus", 2900, "USD", 0, &request), ERROR_NONE);
    assert_true(says(&request, "\"lifetime\":43200}"));
}

static void a_native_order(void **state)
{
    (void)state;
    struct message_part_request request;
    order_id = "ord_0123456789abcdef";
    assert_int_equal(rendered("wechat", 2900, "CNY", MINUTES(30), &request), ERROR_NONE);
    assert_slice(request.path, "/v3/pay/transactions/native");
    assert_slice(request.type, "application/json");
    assert_slice(
        request.body,
        "{\"appid\":\"wx1\",\"mchid\":\"1900000001\",\"description\":\"Core \\\"club\\\" & "
        "more\",\"out_trade_no\":\"ord_0123456789abcdef\",\"time_expire\":"
        "\"2023-11-15T06:43:20+08:00\",\"notify_url\":\"https://club.example/hooks/wechat\","
        "\"amount\":{\"total\":2900,\"currency\":\"CNY\"}}");
    assert_true(wants(request.reads, "url", "/code_url"));
    assert_true(wants(request.reads, "error", "/message"));
    /* Five minutes at least, a week at most. */
    assert_int_equal(rendered("wechat", 1, "CNY", MINUTES(1), &request), ERROR_NONE);
    assert_true(says(&request, "\"time_expire\":\"2023-11-15T06:18:20+08:00\""));
    assert_int_equal(rendered("wechat", 1, "CNY", 0, &request), ERROR_NONE);
    assert_true(says(&request, "\"time_expire\":\"2023-11-22T06:13:20+08:00\""));
    /* What WeChat does not take is not asked. */
    assert_int_equal(rendered("wechat", 900, "USD", 0, &request), ERROR_INVALID);
    order_id = "ord_1";
    assert_int_equal(rendered("wechat", 900, "CNY", 0, &request), ERROR_INVALID);
}

static void a_long_title_is_cut_between_characters(void **state)
{
    (void)state;
    struct message_part_request request;
    static char titles[400];
    char *before = plans[0].title;
    for (size_t i = 0; i < 60; i++)
        memcpy(titles + 3 * i, "会", 4);
    plans[0].title = titles;
    order_id = "ord_0123456789abcdef";
    assert_int_equal(rendered("wechat", 2900, "CNY", 0, &request), ERROR_NONE);
    titles[126] = '\0'; /* 42 of three bytes */
    char expected[512];
    (void)snprintf(expected, sizeof expected, "\"description\":\"%s\",", titles);
    assert_true(says(&request, expected));
    plans[0].title = before;
    order_id = "ord_1";
}

static void what_cannot_be_asked(void **state)
{
    (void)state;
    struct message_part_request request;
    assert_int_equal(rendered("gone", 900, "USD", 0, &request), ERROR_INVALID);
    assert_int_equal(rendered("plain", 900, "USD", 0, &request), ERROR_INVALID);
    assert_int_equal(rendered("stripe", 900, "ZZZ", 0, &request), ERROR_INVALID);
}

static void a_request_goes_as_it_is(void **state)
{
    (void)state;
    const struct message request = {.kind = MESSAGE_part_request,
                                    .part_request = {.method = SLICE("GET"),
                                                     .path = SLICE("/things/1"),
                                                     .type = SLICE(""),
                                                     .body = SLICE(""),
                                                     .reads = SLICE("")}};
    const char *method;
    buf_clear(&call);
    buf_clear(&part);
    wire_encode(&part, &request);
    const struct message_work work = {.kind = DELIVERY_request, .parts = buf_slice(&part)};
    assert_int_equal(create_render(&config, &work, &method, &call, NULL), ERROR_NONE);
    assert_int_equal(call.len, part.len);
    assert_memory_equal(call.data, part.data, part.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session),
        cmocka_unit_test(a_session_of_a_subscription),
        cmocka_unit_test(a_session_lives_as_stripe_allows),
        cmocka_unit_test(stripe_counts_by_its_own),
        cmocka_unit_test(invoices),
        cmocka_unit_test(a_payment),
        cmocka_unit_test(an_order_at_paypal),
        cmocka_unit_test(an_invoice_at_cryptomus),
        cmocka_unit_test(a_trade_that_is_scanned),
        cmocka_unit_test(a_native_order),
        cmocka_unit_test(a_long_title_is_cut_between_characters),
        cmocka_unit_test(what_cannot_be_asked),
        cmocka_unit_test(a_request_goes_as_it_is),
    };
    buf_init(&call, 65536);
    buf_init(&part, 65536);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_deinit(&call);
    buf_deinit(&part);
    return failed;
}
