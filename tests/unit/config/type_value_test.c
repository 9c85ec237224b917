#include "config/type_value.h"

#include "example.h"

static void numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "0",  "-1", "1.5",  "lots", "1e3", "0x10", "1000000001", "true", "99999999999999999999",
        " 5", "+5", "1_000"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char seats[64];
        char error[512];
        snprintf(seats, sizeof(seats), "seats: \"%s\"", bad[i]);
        snprintf(error, sizeof(error),
                 ":21: plans[1].seats: \"%s\" is not valid; expected a whole number from 1 to "
                 "1000000000",
                 bad[i]);
        expect_errors("seats: 500", seats, error);
    }
    assert_int_equal(setenv("SEATS", "77", 1), 0);
    struct config *config = parse_example("seats: 500", "seats: \"${SEATS}\"");
    assert_int_equal(config->plans[1].seats, 77);
    assert_int_equal(config->plans[0].seats, 0);
    config_destroy(&config);
}

static void sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t bytes; /* 0: refused */
    } cases[] = {
        {"1 MiB", 1048576},   {"8 MiB", 8388608},    {"1 KiB", 1024},    {"1024", 1024},
        {"2000 bytes", 2000}, {"2000 B", 2000},      {"1023", 0},        {"8388609", 0},
        {"9 MiB", 0},         {"1MiB", 0},           {"1 GiB", 0},       {"1 mib", 0},
        {"-1 MiB", 0},        {"4294967297 KiB", 0}, {"99999999999", 0}, {"MiB", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char http[128];
        char error[512] = "";
        snprintf(http, sizeof(http), "\"127.0.0.1:8080\", body_max: \"%s\"", cases[i].text);
        if (cases[i].bytes == 0) {
            snprintf(error, sizeof(error),
                     ":2: http.body_max: \"%s\" is not valid; expected a size such as \"1 MiB\", "
                     "from 1 KiB to 8 MiB",
                     cases[i].text);
            expect_errors("\"127.0.0.1:8080\"", http, error);
            continue;
        }
        struct config *config = parse_example("\"127.0.0.1:8080\"", http);
        assert_int_equal(config->http.body_bytes_max, cases[i].bytes);
        config_destroy(&config);
    }
}

static void durations(void **state)
{
    (void)state;
    expect_errors("grace: 3 days", "grace: 3",
                  ":22: plans[1].grace: \"3\" is not valid; expected a duration such as \"5 "
                  "minutes\", from 0 to 366 days");
    expect_errors("grace: 3 days", "grace: 367 days",
                  ":22: plans[1].grace: \"367 days\" is not valid; expected a duration such as \"5 "
                  "minutes\", from 0 to 366 days");
    expect_errors("tolerance: 5 minutes", "tolerance: 999 ms",
                  ":36: gateways[3].hmac.timestamp.tolerance: \"999 ms\" is not valid; expected a "
                  "duration such as \"5 minutes\", from 1 second to 31 days");
    struct config *config = parse_example("grace: 3 days", "grace: 36 hours");
    assert_int_equal(config->plans[1].grace_ms, 36 * 3600 * 1000);
    config_destroy(&config);
}

static bool read_as(type_read_fn *read, const char *text, void *target)
{
    static const struct key key = {.least = 1, .most = 100};
    const struct place place = {.key = &key};
    struct fault fault = {{0}, {0}};
    return read(NULL, &place, slice_from(text), target, &fault);
}

static void percentages(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "%", "0%", "101%", "15%%", "15 %", "-1%", "1.5%", "%15"};
    uint32_t percent;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(read_as(type_percent, bad[i], &percent));
    assert_true(read_as(type_percent, "15%", &percent));
    assert_int_equal(percent, 15);
    assert_true(read_as(type_percent, "100", &percent));
    assert_int_equal(percent, 100);
}

static void hours_of_the_day(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "22:00",
                                      "22:00-9:00",
                                      "24:00-09:00",
                                      "22:60-09:00",
                                      "22:00-22:00",
                                      "22-00-09-00",
                                      "-1:00-09:00",
                                      "22:-1-09:00",
                                      "22:00 09:00",
                                      "22:00-09:000"};
    struct config_hours hours;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(read_as(type_hours, bad[i], &hours));
    assert_true(read_as(type_hours, "22:30-00:00", &hours));
    assert_true(hours.given);
    assert_int_equal(hours.from_minute, 22 * 60 + 30);
    assert_int_equal(hours.to_minute, 0);
}

static void switches_and_choices(void **state)
{
    (void)state;
    expect_errors("\"127.0.0.1:8080\"", "\"127.0.0.1:8080\", trust_forwarded: yes",
                  ":2: http.trust_forwarded: \"yes\" is not valid; expected true or false");
    struct config *config =
        parse_example("\"127.0.0.1:8080\"", "\"127.0.0.1:8080\", trust_forwarded: true");
    assert_true(config->http.trust_forwarded);
    config_destroy(&config);
    expect_errors("language: en", "language: zh",
                  ":4: community.language: \"zh\" is not valid; expected en, zh-Hans or zh-Hant");
    expect_errors("invite: join_request", "invite: Join_Request",
                  ":13: groups[0].invite: \"Join_Request\" is not valid; expected join_request or "
                  "one_time_link");
    expect_errors("kind: btcpay", "kind: paypel",
                  ":27: gateways[1].kind: \"paypel\" is not valid; expected stripe, btcpay, "
                  "standard_webhooks, hmac, crypto_pay, cryptomus, wechat_pay, alipay, stars, "
                  "yookassa or paypal");
}

static void chats(void **state)
{
    (void)state;
    static const char *const bad[] = {"1001000000001", "0", "-1.5", "main", "-99999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char error[512];
        snprintf(error, sizeof(error),
                 ":13: groups[0].chat_id: \"%s\" is not valid; expected a group's number at "
                 "Telegram, which is negative: -1001234567890",
                 bad[i]);
        expect_errors("-1001000000001", bad[i], error);
    }
}

static void listening(void **state)
{
    (void)state;
    expect_errors("\"127.0.0.1:8080\"", "localhost",
                  ":2: http.listen: \"localhost\" is not valid; expected an IP address and a port, "
                  "such as \"127.0.0.1:8080\" or \"[::1]:80\"");
    struct config *config = parse_example("\"127.0.0.1:8080\"", "\"[::]:0\"");
    assert_string_equal(config->http.listen.host, "::");
    assert_int_equal(config->http.listen.port, 0);
    config_destroy(&config);
}

static void money(void **state)
{
    (void)state;
    static const struct {
        const char *price;
        const char *error;
    } cases[] = {
        {"amount: 29.00, currency: USD", ""},
        {"amount: 29, currency: usd", ""},
        {"amount: \"0.5\", currency: BTC", ""},
        {"amount: \"29.001\", currency: USD",
         ":18: plans[0].prices[0].amount: \"29.001\" is not valid; expected a plain amount with at "
         "most 2 decimals in USD, such as \"29\""},
        {"amount: \"29.5\", currency: JPY",
         ":18: plans[0].prices[0].amount: \"29.5\" is not valid; expected a plain amount with at "
         "most 0 decimals in JPY, such as \"29\""},
        {"amount: \"-9\", currency: USD",
         ":18: plans[0].prices[0].amount: \"-9\" is not valid; expected a plain amount with at "
         "most 2 decimals in USD, such as \"29\""},
        {"amount: \"9,00\", currency: USD",
         ":18: plans[0].prices[0].amount: \"9,00\" is not valid; expected a plain amount with at "
         "most 2 decimals in USD, such as \"29\""},
        {"amount: \"0.00\", currency: USD",
         ":18: plans[0].prices[0].amount: \"0.00\" is not valid; expected an amount above zero, "
         "such as \"29.00\""},
        {"amount: \"9.00\", currency: DOLLAR",
         ":18: plans[0].prices[0].currency: \"DOLLAR\" is not valid; expected the code of a "
         "currency or coin, such as USD or USDT"},
        {"amount: \"9.00\"",
         ":18: plans[0].prices[0].currency: is missing; expected the code of a currency or coin, "
         "such as USD or USDT"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_errors("amount: \"9.00\", currency: USD", cases[i].price, cases[i].error);
    struct config *config =
        parse_example("amount: \"9.00\", currency: USD", "amount: 9.5, currency: usd");
    assert_int_equal(config->plans[0].prices[0].amount, 950);
    assert_string_equal(config->plans[0].prices[0].currency, "USD");
    config_destroy(&config);
}

static void periods(void **state)
{
    (void)state;
    expect_errors(
        "period: 1 month", "period: monthly",
        ":18: plans[0].prices[0].period: \"monthly\" is not valid; expected a period such "
        "as \"1 month\", \"30 days\" or \"1 year\"");
}

static void separators(void **state)
{
    (void)state;
    expect_errors("format: kv", "format: kv, separator: \"|\"",
                  ":35: gateways[3].hmac.signature.separator: \"|\" is not valid; expected one of "
                  "\",\", \";\" and \" \"");
    struct config *config = parse_example("format: kv", "format: kv, separator: \";\"");
    assert_int_equal(config->gateways[3].hmac.separator, ';');
    config_destroy(&config);
}

static void references(void **state)
{
    (void)state;
    expect_errors("bot: main", "bot: mian",
                  ":13: groups[0].bot: \"mian\" is not in bots; did you mean \"main\"?");
    expect_errors("bot: main", "bot: other",
                  ":13: groups[0].bot: \"other\" is not in bots; expected a name from there");
    expect_errors("bot: main", "bot: Main!",
                  ":13: groups[0].bot: \"Main!\" is not valid; expected the name of a bot in this "
                  "file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),     cmocka_unit_test(sizes),
        cmocka_unit_test(durations),   cmocka_unit_test(switches_and_choices),
        cmocka_unit_test(chats),       cmocka_unit_test(listening),
        cmocka_unit_test(money),       cmocka_unit_test(periods),
        cmocka_unit_test(percentages), cmocka_unit_test(hours_of_the_day),
        cmocka_unit_test(separators),  cmocka_unit_test(references),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
