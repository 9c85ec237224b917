#include "config/type_text.h"

#include "example.h"

#define ADMIN "token: \"${USHER_ADMIN_TOKEN}\""
#define BOT   "token: \"${USHER_BOT_TOKEN}\""

static void one_line(void **state)
{
    (void)state;
    expect_errors("name: Trade Club", "name: \"a\\nb\"",
                  ":4: community.name: has a line break or a tab; expected one line of text, 1 to "
                  "128 bytes");
    expect_errors("name: Trade Club", "name: \"a\\tb\"",
                  ":4: community.name: has a line break or a tab; expected one line of text, 1 to "
                  "128 bytes");
    expect_errors("name: Trade Club", "name: \"a\\x01b\"",
                  ":4: community.name: holds a control character or is not UTF-8; expected one "
                  "line of text, 1 to 128 bytes");
    expect_errors("name: Trade Club", "name: \"a\\0b\"",
                  ":4: community.name: holds a control character or is not UTF-8; expected one "
                  "line of text, 1 to 128 bytes");
    expect_errors("name: Trade Club", "name: \"\"",
                  ":4: community.name: is 0 bytes long; expected 1 to 128 bytes");
    char name[160];
    snprintf(name, sizeof(name), "name: %0129d", 0);
    expect_errors("name: Trade Club", name,
                  ":4: community.name: is 129 bytes long; expected 1 to 128 bytes");
    snprintf(name, sizeof(name), "name: %0128d", 0);
    expect_errors("name: Trade Club", name, "");
    expect_errors("name: Trade Club", "name: 12", ""); /* a number is text as well */
    assert_int_equal(setenv("BROKEN", "a\xff", 1), 0);
    expect_errors("name: Trade Club", "name: \"${BROKEN}\"",
                  ":4: community.name: holds a control character or is not UTF-8; expected one "
                  "line of text, 1 to 128 bytes");
}

static void names(void **state)
{
    (void)state;
    static const char *const bad[] = {"Main", "ma in", "m\xc3\xa4in", "",
                                      "abcdefghijklmnopqrstuvwxyz-_0123"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char name[64];
        char error[512];
        snprintf(name, sizeof(name), "- name: \"%s\"", bad[i]);
        snprintf(error, sizeof(error),
                 ":6: bots[0].name: \"%s\" is not valid; expected a name of 1 to 31 characters of "
                 "a-z, 0-9, '_' and '-'\n"
                 ":13: groups[0].bot: \"main\" is not in bots; expected a name from there\n"
                 ":14: groups[1].bot: \"main\" is not in bots; expected a name from there",
                 bad[i]);
        expect_errors("- name: main", name, error);
    }
    struct config *config =
        parse_example("- name: ime ", "- name: abcdefghijklmnopqrstuvwxyz-_012 ");
    assert_string_equal(config->gateways[3].name, "abcdefghijklmnopqrstuvwxyz-_012");
    config_destroy(&config);
}

static void operators_tokens(void **state)
{
    (void)state;
    expect_errors(ADMIN, "token: 0123456789abcde",
                  ":3: admin.token: is 15 bytes long; expected 16 to 512 bytes");
    expect_errors(ADMIN, "token: 0123456789abcdef", "");
    expect_errors(ADMIN, "token: \"0123456789 abcdef\"",
                  ":3: admin.token: has a blank or a character that no HTTP header may carry; "
                  "expected a token without blanks, 16 to 512 bytes");
    expect_errors(ADMIN,
                  "token: \"0123456789\xc3\xa4"
                  "bcdef\"",
                  ":3: admin.token: has a blank or a character that no HTTP header may carry; "
                  "expected a token without blanks, 16 to 512 bytes");
}

static void bot_tokens(void **state)
{
    (void)state;
    static const char *const bad[] = {"abc:def", "123", "123:", ":abc", "123:a b", "1:a/b", "\"\""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char token[64];
        snprintf(token, sizeof(token), "token: \"%s\"", strcmp(bad[i], "\"\"") ? bad[i] : "");
        expect_errors(BOT, token,
                      ":7: bots[0].token: the value is not valid; expected a bot's token as "
                      "BotFather gives it, such as 123456:ABC-def");
    }
    expect_errors(BOT, "token: \"1:a\"", "");
}

static void addresses(void **state)
{
    (void)state;
    expect_errors("https://api.telegram.org", "ftp://api.telegram.org",
                  ":8: bots[0].api_url: \"ftp://api.telegram.org\" is not valid; expected an "
                  "address such as https://example.org, without '?' and '#'");
    expect_errors("https://api.telegram.org", "\"https://a/?b\"",
                  ":8: bots[0].api_url: \"https://a/?b\" is not valid; expected an address such as "
                  "https://example.org, without '?' and '#'");
    struct config *config =
        parse_example("https://api.telegram.org", "http://127.0.0.1:8081/prefix//");
    assert_string_equal(config->bots[0].api_url, "http://127.0.0.1:8081/prefix");
    config_destroy(&config);
}

static void time_zones(void **state)
{
    (void)state;
    static const char *const good[] = {"UTC",       "Europe/Zurich", "America/Argentina/Ushuaia",
                                       "Etc/GMT+8", "Asia/Calcutta", "CET",
                                       "Singapore"};
    static const char *const bad[] = {
        "GMT+8",       "UTC+8",          "Asia/Nowhere", "CST",
        "Etc/Unknown", "asia/shanghai ", "Beijing",      "\xe4\xb8\x8a\xe6\xb5\xb7"};
    char zone[128];
    char error[512];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        snprintf(zone, sizeof(zone), "timezone: \"%s\"", good[i]);
        expect_errors("timezone: Asia/Shanghai", zone, "");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(zone, sizeof(zone), "timezone: \"%s\"", bad[i]);
        snprintf(error, sizeof(error),
                 ":4: community.timezone: \"%s\" is not valid; expected a time zone of the IANA "
                 "list, such as Asia/Shanghai",
                 bad[i]);
        expect_errors("timezone: Asia/Shanghai", zone, error);
    }
}

static void headers_and_pointers(void **state)
{
    (void)state;
    expect_errors("header: X-iMe-Signature", "header: \"X iMe\"",
                  ":35: gateways[3].hmac.signature.header: \"X iMe\" is not valid; expected the "
                  "name of a header, such as X-Signature, 1 to 128 bytes");
    expect_errors("payment_id: /data/payment_id", "payment_id: data/payment_id",
                  ":41: gateways[3].hmac.map.payment_id: \"data/payment_id\" is not valid; "
                  "expected a JSON pointer, such as /data/amount");
    expect_errors("payment_id: /data/payment_id", "payment_id: \"/a~2\"",
                  ":41: gateways[3].hmac.map.payment_id: has a '~' that is neither ~0 (for '~') "
                  "nor ~1 (for '/'); expected a JSON pointer, such as /data/amount");
    struct config *config = parse_example("payment_id: /data/payment_id", "payment_id: /a~0~1b");
    assert_string_equal(config->gateways[3].hmac.payment_id[0], "/a~0~1b");
    assert_string_equal(config->gateways[3].hmac.signature_header, "x-ime-signature");
    assert_string_equal(config->gateways[3].hmac.event_id_header, "x-ime-event-id");
    config_destroy(&config);
}

static void paths(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"./var", "nowhere/var"},
                                           {"var", "nowhere/var"},
                                           {"../var", "nowhere/../var"},
                                           {"/var/lib/usher", "/var/lib/usher"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char line[64];
        snprintf(line, sizeof(line), "data_dir: %s", cases[i][0]);
        struct config *config = parse_example("data_dir: ./var", line);
        assert_string_equal(config->data_dir, cases[i][1]);
        config_destroy(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line),
        cmocka_unit_test(names),
        cmocka_unit_test(operators_tokens),
        cmocka_unit_test(bot_tokens),
        cmocka_unit_test(addresses),
        cmocka_unit_test(time_zones),
        cmocka_unit_test(headers_and_pointers),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
