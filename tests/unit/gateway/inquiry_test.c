#include "gateway/inquiry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SENT_MAX = 512 };

#include "tests/unit/gateway/rsa.h"

static EVP_PKEY *pair;
static char private_half[RSA_TEXT_MAX];

static struct config_gateway gateways[] = {
    {.name = "kassa",
     .kind = GATEWAY_YOOKASSA,
     .shop_id = (char *)"shop",
     .secret_key = (char *)"key",
     .api_url = (char *)"http://kassa"},
    {.name = "other",
     .kind = GATEWAY_YOOKASSA,
     .shop_id = (char *)"shop",
     .secret_key = (char *)"key",
     .api_url = (char *)"http://other"},
    {.name = "wechat",
     .kind = GATEWAY_WECHAT_PAY,
     .create = CREATE_NATIVE,
     .mch_id = (char *)"1900",
     .serial = (char *)"5157",
     .private_key = private_half,
     .api_url = (char *)"http://wechat"},
    {.name = "alipay",
     .kind = GATEWAY_ALIPAY,
     .create = CREATE_PRECREATE,
     .app_id = (char *)"2021",
     .private_key = private_half,
     .api_url = (char *)"http://alipay/gateway.do"},
};
static const struct config config = {.gateways = gateways, .gateway_count = 4};
static const struct check_token row = {"/token", "application/x-www-form-urlencoded", "grant=1"};

/* What left, and what came back. */
static struct {
    char url[1200], header[1200], second[64], method[8], body[64];
    void *tag;
    uint32_t timeout_ms;
} sent[SENT_MAX];
static size_t sent_count;
static bool refuse_to_send;
static struct {
    uint64_t id;
    unsigned status;
    bool late;
} told[SENT_MAX];
static size_t told_count;
static bool ask_again;

static bool send(void *context, const struct inquiry_request *request, void *tag)
{
    (void)context;
    if (refuse_to_send)
        return false;
    assert_true(sent_count < SENT_MAX);
    (void)snprintf(sent[sent_count].url, sizeof sent[0].url, "%s", request->url);
    (void)snprintf(sent[sent_count].header, sizeof sent[0].header, "%s",
                   request->headers[0] != NULL ? request->headers[0] : "");
    (void)snprintf(sent[sent_count].method, sizeof sent[0].method, "%s", request->method);
    (void)snprintf(sent[sent_count].body, sizeof sent[0].body, "%.*s", SLICE_ARG(request->body));
    (void)snprintf(sent[sent_count].second, sizeof sent[0].second, "%s",
                   request->headers[0] != NULL && request->headers[1] != NULL ? request->headers[1]
                                                                              : "");
    sent[sent_count].timeout_ms = request->timeout_ms;
    sent[sent_count++].tag = tag;
    return true;
}

static bool answered(void *context, struct inquiry *inquiry, const struct inquiry_answer *answer)
{
    (void)context;
    told[told_count].id = inquiry->id;
    told[told_count].status = answer->status;
    told[told_count++].late = answer->late;
    if (!ask_again)
        return false;
    ask_again = false;
    check_ask_clear(&inquiry->ask);
    buf_append_text(&inquiry->ask.path, "/more");
    return true;
}

static const struct check_token *token_of(const struct config_gateway *gateway)
{
    (void)gateway;
    return &row;
}

static uint64_t real_ms(void)
{
    return 1700000000999;
}

static struct inquiries *open_all(void)
{
    const struct inquiry_owner owner = {
        .send = send, .answered = answered, .token_of = token_of, .real_ms = real_ms};
    sent_count = told_count = 0;
    refuse_to_send = ask_again = false;
    struct inquiries *it = inquiries_new(&config, &owner);
    assert_non_null(it);
    return it;
}

static bool add(struct inquiries *it, size_t gateway, uint64_t id, bool token, uint64_t now_ms)
{
    struct inquiry *inquiry = inquiry_new(INQUIRY_CALLBACK, 1, id);
    assert_non_null(inquiry);
    buf_printf(&inquiry->ask.path, "/%llu", (unsigned long long)id);
    inquiry->ask.token = token;
    bool added = inquiries_add(it, &gateways[gateway], inquiry, now_ms);
    if (!added)
        inquiry_destroy(&inquiry);
    return added;
}

static void answer(struct inquiries *it, size_t number, unsigned status, const char *body,
                   uint64_t now_ms)
{
    const struct inquiry_answer what = {.status = status, .body = slice_from(body)};
    inquiries_answered(it, sent[number].tag, &what, now_ms);
}

/* Turns each moment from now on, for so long. */
static void turn(struct inquiries *it, uint64_t now_ms, uint64_t for_ms)
{
    for (uint64_t ms = 0; ms <= for_ms; ms += 10)
        inquiries_turn(it, now_ms + ms);
}

static void test_one(void **state)
{
    struct inquiries *it = open_all();
    (void)state;
    assert_int_equal(inquiries_timeout_ms(it, 1000), -1);
    assert_true(add(it, 0, 7, false, 1000));
    assert_int_equal(inquiries_timeout_ms(it, 1000), 0);
    inquiries_turn(it, 1400);
    assert_int_equal(sent_count, 1);
    assert_string_equal(sent[0].url, "http://kassa/7");
    assert_string_equal(sent[0].header, "Authorization: Basic c2hvcDprZXk=");
    assert_string_equal(sent[0].method, "GET");
    assert_int_equal(sent[0].timeout_ms, INQUIRY_MS_MAX - 400);
    assert_int_equal(inquiries_count(it, &gateways[0]), 1);
    assert_int_equal(inquiries_count(it, &gateways[1]), 0);
    ask_again = true;
    answer(it, 0, 200, "{}", 1500);
    assert_int_equal(told_count, 1);
    turn(it, 1500, 0);
    assert_string_equal(sent[1].url, "http://kassa/more");
    answer(it, 1, 0, "", 1600);
    assert_int_equal(told_count, 2);
    assert_int_equal(told[1].status, 0);
    assert_false(told[1].late);
    assert_int_equal(inquiries_count(it, NULL), 0);
    inquiries_destroy(&it);
    assert_null(it);
}

static void test_bounds(void **state)
{
    struct inquiries *it = open_all();
    (void)state;
    for (uint64_t id = 0; id < INQUIRY_WAITING_MAX; id++)
        assert_true(add(it, 0, id, false, 0));
    assert_false(add(it, 0, 99, false, 0));
    turn(it, 0, 30);
    assert_int_equal(sent_count, 1); /* a moment apart */
    turn(it, 30, 1000);
    assert_int_equal(sent_count, INQUIRY_UNDER_WAY_MAX);
    assert_true(add(it, 1, 100, false, 1000));
    turn(it, 1000, 0);
    assert_string_equal(sent[sent_count - 1].url, "http://other/100"); /* others as ever */
    answer(it, 0, 200, "", 1100);
    turn(it, 1100, 0);
    assert_int_equal(sent_count, INQUIRY_UNDER_WAY_MAX + 2);
    /* Those that wait are late in the end, with nobody's help. */
    assert_int_equal(inquiries_timeout_ms(it, 1100), INQUIRY_MS_MAX - 1100);
    turn(it, INQUIRY_MS_MAX, 0);
    assert_int_equal(told_count, 1 + INQUIRY_WAITING_MAX - INQUIRY_UNDER_WAY_MAX - 1);
    assert_true(told[1].late && told[told_count - 1].late);
    assert_int_equal(inquiries_timeout_ms(it, INQUIRY_MS_MAX), -1);
    inquiries_destroy(&it); /* with some under way */
}

static void test_no_room_to_send(void **state)
{
    struct inquiries *it = open_all();
    (void)state;
    refuse_to_send = true;
    assert_true(add(it, 0, 1, false, 0));
    assert_true(add(it, 0, 2, false, 0));
    turn(it, 0, 200);
    refuse_to_send = false;
    turn(it, 210, 200);
    assert_string_equal(sent[0].url, "http://kassa/1");
    assert_string_equal(sent[1].url, "http://kassa/2");
    inquiries_destroy(&it);
}

static void test_token(void **state)
{
    static const char good[] = "{\"access_token\":\"T1\",\"expires_in\":160}";
    struct inquiries *it = open_all();
    (void)state;
    assert_true(add(it, 0, 1, true, 0));
    assert_true(add(it, 0, 2, true, 0));
    turn(it, 0, 500);
    assert_int_equal(sent_count, 1); /* fetched once */
    assert_string_equal(sent[0].url, "http://kassa/token");
    assert_string_equal(sent[0].method, "POST");
    assert_string_equal(sent[0].body, "grant=1");
    assert_string_equal(sent[0].header, "Authorization: Basic c2hvcDprZXk=");
    answer(it, 0, 200, good, 600);
    turn(it, 600, 200);
    assert_int_equal(sent_count, 3);
    assert_string_equal(sent[1].url, "http://kassa/1");
    assert_string_equal(sent[1].header, "Authorization: Bearer T1");
    /* Refused: fetched anew, and asked once more, but not for ever. */
    answer(it, 1, 401, "", 900);
    turn(it, 900, 200);
    assert_string_equal(sent[3].url, "http://kassa/token");
    answer(it, 3, 200, "{\"access_token\":\"T2\",\"expires_in\":160}", 1000);
    turn(it, 1100, 200);
    assert_string_equal(sent[4].url, "http://kassa/1");
    assert_string_equal(sent[4].header, "Authorization: Bearer T2");
    answer(it, 4, 401, "", 1400);
    assert_int_equal(told_count, 1);
    assert_int_equal(told[0].status, 401);
    answer(it, 2, 200, "", 1400);
    /* Kept until it ends, a minute before its time. */
    assert_true(add(it, 0, 3, true, 100999));
    turn(it, 100999, 0);
    assert_string_equal(sent[5].url, "http://kassa/3");
    answer(it, 5, 200, "", 101000);
    assert_true(add(it, 0, 4, true, 101100));
    turn(it, 101100, 0);
    assert_string_equal(sent[6].url, "http://kassa/token");
    inquiries_destroy(&it);
}

static void test_no_token(void **state)
{
    static const struct {
        unsigned status;
        const char *body;
        unsigned told;
    } rows[] = {{400, "{}", 401}, {401, "", 401}, {0, "", 0}, {200, "{}", 0}, {503, "", 503}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inquiries *it = open_all();
        assert_true(add(it, 0, 1, true, 0));
        assert_true(add(it, 0, 2, true, 0));
        assert_true(add(it, 0, 3, false, 0));
        turn(it, 0, 0);
        answer(it, 0, rows[i].status, rows[i].body, 100);
        assert_int_equal(told_count, 2);
        assert_int_equal(told[0].status, rows[i].told);
        turn(it, 100, 0);
        assert_string_equal(sent[1].url, "http://kassa/3");
        inquiries_destroy(&it);
    }
}

static void test_change(void **state)
{
    struct config_gateway fewer = gateways[1];
    const struct config changed = {.gateways = &fewer, .gateway_count = 1};
    struct inquiries *it = open_all();
    (void)state;
    for (size_t gateway = 0; gateway < 2; gateway++) {
        assert_true(add(it, gateway, 10 * gateway + 1, false, 0));
        assert_true(add(it, gateway, 10 * gateway + 2, false, 0));
    }
    turn(it, 0, 0);
    assert_int_equal(sent_count, 2);
    fewer.api_url = (char *)"http://moved";
    inquiries_change(it, &changed);
    assert_int_equal(told_count, 2);
    assert_true(told[0].late && told[1].late && told[0].id < 10 && told[1].id < 10);
    answer(it, 0, 200, "", 100); /* nobody is told */
    assert_int_equal(told_count, 2);
    turn(it, 100, 0);
    assert_string_equal(sent[2].url, "http://moved/12");
    answer(it, 1, 200, "", 200);
    assert_int_equal(told[2].id, 11);
    inquiries_change(it, &config);
    assert_true(add(it, 0, 3, false, 300));
    turn(it, 300, 0);
    assert_string_equal(sent[3].url, "http://kassa/3");
    inquiries_give_up(it);
    assert_int_equal(told_count, 5);
    assert_int_equal(inquiries_count(it, NULL), 0);
    inquiries_destroy(&it);
}

/* A gateway that knows us by a signature gets one over what is asked, with another nonce each time.
 */
static void test_signed(void **state)
{
    struct inquiries *it = open_all();
    char text[1024], nonce[64], first[64] = "";
    (void)state;
    assert_true(add(it, 2, 1, false, 0));
    assert_true(add(it, 2, 2, false, 0));
    turn(it, 0, 100);
    for (size_t i = 0; i < 2; i++) {
        const char *at = strstr(sent[i].header, "nonce_str=\"");
        assert_non_null(strstr(sent[i].header, "mchid=\"1900\""));
        assert_non_null(strstr(sent[i].header, "timestamp=\"1700000000\""));
        assert_string_equal(sent[i].second, "Accept: application/json");
        assert_true(at != NULL && sscanf(at + 11, "%32[0-9a-f]", nonce) == 1);
        (void)snprintf(text, sizeof text, "GET\n/%zu\n1700000000\n%s\n\n", i + 1, nonce);
        assert_true(rsa_is_signed(pair, text, strstr(sent[i].header, "signature=\"") + 11));
        assert_string_not_equal(nonce, first);
        memcpy(first, nonce, sizeof first);
    }
    struct inquiry *inquiry = inquiry_new(INQUIRY_LOOK, 0, 0);
    inquiry->telegram_id = 7;
    assert_true(check_about(&gateways[3], SLICE("ord_7"), &inquiry->check, &inquiry->ask));
    assert_true(inquiries_add(it, &gateways[3], inquiry, 0));
    turn(it, 100, 0);
    assert_non_null(strstr(sent[2].url, "http://alipay/gateway.do?app_id=2021&charset=utf-8&format="
                                        "JSON&method=alipay.trade.query&sign_type=RSA2&version=1.0"
                                        "&timestamp=2023-11-15+06:13:20&sign="));
    assert_string_equal(sent[2].header, "");
    assert_string_equal(sent[2].body, "biz_content=%7B%22out_trade_no%22%3A%22ord_7%22%7D");
    inquiries_destroy(&it);
}

/* What nobody waits for leaves room for who does. */
static void test_idle(void **state)
{
    struct inquiries *it = open_all();
    (void)state;
    for (size_t i = 0; i <= INQUIRY_WAITING_MAX / 2; i++) {
        struct inquiry *inquiry = inquiry_new(INQUIRY_LOOK, 0, i);
        bool added = inquiries_add(it, &gateways[0], inquiry, 0);
        assert_int_equal(added, i < INQUIRY_WAITING_MAX / 2);
        if (!added)
            inquiry_destroy(&inquiry);
    }
    assert_true(add(it, 0, 99, false, 0));
    inquiries_destroy(&it);
}

int main(void)
{
    pair = rsa_make(2048);
    rsa_private(pair, private_half);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signed),   cmocka_unit_test(test_idle),
        cmocka_unit_test(test_one),      cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_token),    cmocka_unit_test(test_no_room_to_send),
        cmocka_unit_test(test_no_token), cmocka_unit_test(test_change),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(pair);
    return failed;
}
