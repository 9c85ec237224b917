/* What trigger makes for every event of every gateway that is shipped, judged by that gateway: it
 * means what was asked for. */
#include "cli/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger/records.h"
#include "tests/unit/gateway/judging.h"

#include <dirent.h>

static void trigger_one(const struct config_gateway *config, enum payment_kind kind)
{
    const struct trigger trigger = {.event = payment_kind_name(kind),
                                    .payment_id = "pay \"1\"",
                                    .event_id = "evt-in-header",
                                    .telegram_id = 77,
                                    .plan = "core",
                                    .order_id = "ord_7",
                                    .amount = 2900,
                                    .currency = "CNY",
                                    .now_ms = now_ms};
    struct gateway *gateway = open_gateway(config);
    struct payment_event event;
    struct why why = {""};
    struct buf body, sent;

    buf_init(&body, 65536);
    buf_init(&sent, 65536);
    if (trigger_body(config, &trigger, &body, &why))
        fail_msg("%s", why.text);
    assert_int_equal(gateway_sign_body(gateway, buf_slice(&body), 0, &sent), ERROR_NONE);
    enum gateway_verdict verdict = judge_signed(gateway, buf_slice(&sent), &event);
    if (verdict != GATEWAY_accepted)
        fail_msg("%s %s: %s: %.*s", config->name, trigger.event, gateway_verdict_name(verdict),
                 SLICE_ARG(buf_slice(&sent)));
    assert_string_equal(payment_kind_name(event.kind), trigger.event);
    assert_non_null(strstr(event.payment_id, trigger.payment_id));
    assert_int_equal(event.amount, 2900);
    assert_string_equal(event.currency, "CNY");
    if (kind == PAYMENT_PAID) {
        assert_int_equal(event.telegram_id, 77);
        assert_string_equal(event.plan, "core");
        if (config->hmac.order_id[0] || config->kind != GATEWAY_HMAC)
            assert_string_equal(event.order_id, "ord_7");
    }
    buf_deinit(&sent);
    buf_deinit(&body);
    gateway_destroy(&gateway);
}

static void test_shipped(void **state)
{
    static const char *const secrets[][2] = {
        {"USHER_ADMIN_TOKEN", "0123456789abcdef"},
        {"USHER_BOT_TOKEN", "1:A"},
        {"STRIPE_SECRET", "a"},
        {"BTCPAY_SECRET", "a"},
        {"STANDARD_SECRET", "c2VjcmV0"},
        {"CRYPTOPAY_TOKEN", "a"},
        {"CRYPTOMUS_KEY", "a"},
        {"WECHAT_API_V3_KEY", "0123456789abcdef0123456789abcdef"},
        {"PADDLE_SECRET", "a"},
        {"LEMONSQUEEZY_SECRET", "a"},
        {"COINBASE_SECRET", "a"},
        {"NOWPAYMENTS_SECRET", "a"},
        {"WALLETPAY_KEY", "a"},
        {"TRIBUTE_KEY", "a"},
        {"IME_SECRET", "a"},
        {"EPAY_KEY", "a"},
        {"YOOKASSA_KEY", "a"}};
    size_t triggered = 0;
    DIR *dir = opendir("config/gateways");

    (void)state;
    for (size_t i = 0; i < COUNT(secrets); i++)
        assert_int_equal(setenv(secrets[i][0], secrets[i][1], 1), 0);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[512];
        struct config *config;
        struct buf text;
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "config/gateways/%s", entry->d_name);
        buf_init(&text, 65536);
        if (config_load(path, &config, &text))
            fail_msg("%.*s", SLICE_ARG(buf_slice(&text)));
        buf_clear(&text);
        trigger_events(&config->gateways[0], &text);
        buf_append_text(&text, " ");
        for (int kind = PAYMENT_PAID; kind <= PAYMENT_REFUND_FAILED; kind++) {
            char word[32];
            (void)snprintf(word, sizeof(word), " %s ", payment_kind_name((enum payment_kind)kind));
            if (memmem(text.data, text.len, word, strlen(word)) == NULL)
                continue;
            trigger_one(&config->gateways[0], (enum payment_kind)kind);
            triggered++;
        }
        buf_deinit(&text);
        config_destroy(&config);
    }
    assert_int_equal(closedir(dir), 0);
    assert_true(triggered > 25);
}

static void test_unknown(void **state)
{
    const struct config_gateway config = {.name = "pay", .kind = GATEWAY_CRYPTO_PAY};
    const struct trigger trigger = {.event = "stolen", .currency = "USD"};
    struct why why;
    struct buf body;

    (void)state;
    buf_init(&body, 1024);
    assert_int_equal(trigger_body(&config, &trigger, &body, &why), ERROR_NOT_FOUND);
    assert_string_equal(why.text, "gateway pay sends no event \"stolen\"; it knows paid");
    buf_deinit(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
