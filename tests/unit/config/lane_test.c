/* The lanes of a configuration: bots, then HTTP services and mail servers. */
#include "example.h"

static const char with_service[] =
    "lanes:\n"
    "  - {name: acme, url: \"https://acme.example/in\", header: \"X-Key: abc\", per_second: 3}\n"
    "groups:\n";

static void bots_come_first(void **state)
{
    (void)state;
    struct config *config = parse_example("groups:\n", with_service);
    size_t index = 99;
    assert_int_equal(config_lane_count(config), 2);
    struct config_lane lane = config_lane(config, 0);
    assert_string_equal(lane.name.text, "telegram:main");
    assert_int_equal(lane.carrier, CARRIER_TELEGRAM);
    assert_string_equal(lane.url, "https://api.telegram.org");
    assert_int_equal(lane.concurrency, 300);
    lane = config_lane(config, 1);
    assert_string_equal(lane.name.text, "http:acme");
    assert_int_equal(lane.carrier, CARRIER_HTTP);
    assert_string_equal(lane.url, "https://acme.example/in");
    assert_string_equal(lane.secret, "X-Key: abc");
    assert_int_equal(lane.per_second, 3);
    assert_int_equal(lane.concurrency, 8);
    assert_true(config_lane_find(config, SLICE("http:acme"), &index));
    assert_int_equal(index, 1);
    assert_true(config_lane_find(config, SLICE("telegram:main"), &index));
    assert_int_equal(index, 0);
    assert_false(config_lane_find(config, SLICE("main"), &index));
    config_destroy(&config);
}

static void a_header_has_a_name_and_a_value(void **state)
{
    (void)state;
    static const char *const wrong[] = {"abc", ": abc", "X-Key:abc", "X-Key: ", "X Key: abc"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text),
                 "lanes:\n  - {name: acme, url: \"https://a.example\", header: \"%s\"}\ngroups:\n",
                 wrong[i]);
        expect_errors("groups:\n", text,
                      ":13: lanes[0].header: the value is not valid; expected \"Name: value\"");
    }
    expect_errors("groups:\n",
                  "lanes:\n  - {name: acme, url: \"https://a.example\"}\n"
                  "  - {name: acme, url: \"https://b.example\"}\ngroups:\n",
                  ":14: lanes[1].name: is the name of lanes[0] too; expected names that differ");
}

#define MAIL_LANE(keys)                                                                            \
    "lanes:\n  - {name: post, url: \"smtp://mail.example:587\"" keys "}\ngroups:\n"
#define MAIL_FROM ", from: \"Club <club@example.org>\""

static void a_mail_server_is_a_lane(void **state)
{
    (void)state;
    struct config *config = parse_example(
        "groups:\n", MAIL_LANE(MAIL_FROM ", user: club, password: s3cret, concurrency: 2"));
    struct config_lane lane = config_lane(config, 1);
    assert_string_equal(lane.name.text, "smtp:post");
    assert_int_equal(lane.carrier, CARRIER_SMTP);
    assert_string_equal(lane.url, "smtp://mail.example:587");
    assert_string_equal(lane.user, "club");
    assert_string_equal(lane.secret, "s3cret");
    assert_string_equal(lane.from, "Club <club@example.org>");
    assert_true(lane.tls);
    assert_int_equal(lane.concurrency, 2);
    config_destroy(&config);
    config =
        parse_example("groups:\n", "lanes:\n  - {name: post, url: \"smtp://127.0.0.1:25\"" MAIL_FROM
                                   "}\ngroups:\n");
    assert_false(config_lane(config, 1).tls);
    assert_null(config_lane(config, 1).user);
    assert_string_equal(config_lane(config, 1).secret, "");
    config_destroy(&config);
}

static void each_kind_of_lane_has_keys_of_its_own(void **state)
{
    (void)state;
    expect_errors("groups:\n", MAIL_LANE(""),
                  ":13: lanes[0].from: is missing; expected a sender such as \"Club "
                  "<club@example.org>\", as url is a mail server");
    expect_errors(
        "groups:\n", MAIL_LANE(MAIL_FROM ", header: \"A: b\""),
        ":13: lanes[0].header: is for an HTTP service; expected user and password, as url "
        "is a mail server");
    expect_errors(
        "groups:\n", MAIL_LANE(MAIL_FROM ", user: club"),
        ":13: lanes[0].password: is missing; expected both user and password, or neither");
    expect_errors("groups:\n", MAIL_LANE(MAIL_FROM ", password: s3cret"),
                  ":13: lanes[0].user: is missing; expected both user and password, or neither");
    expect_errors("groups:\n", MAIL_LANE(", from: Club"),
                  ":13: lanes[0].from: \"Club\" is not valid; expected a sender such as \"Club "
                  "<club@example.org>\"");
    expect_errors(
        "groups:\n", "lanes:\n  - {name: acme, url: \"https://a.example\", user: club}\ngroups:\n",
        ":13: lanes[0].user: is for a mail server; expected none, as url is not smtp:// or "
        "smtps://");
    expect_errors(
        "groups:\n",
        "lanes:\n  - {name: post, url: \"smtp://a.example/x\"" MAIL_FROM "}\ngroups:\n",
        ":13: lanes[0].url: \"smtp://a.example/x\" is not valid; expected an address such as "
        "https://example.org, without '?' and '#', or of a mail server such as "
        "smtps://mail.example.org:465");
}

static void a_gateway_that_makes_checkouts_is_a_lane(void **state)
{
    (void)state;
    struct config *config =
        parse_example("kind: btcpay,", "kind: btcpay, create: invoice, api_key: k1, store: S1,");
    size_t index = 99;
    assert_int_equal(config_lane_count(config), 2);
    assert_true(config_lane_find(config, SLICE("gateway:btcpay"), &index));
    assert_int_equal(index, 1);
    const struct config_lane lane = config_lane(config, index);
    assert_int_equal(lane.carrier, CARRIER_HTTP);
    assert_string_equal(lane.scheme, "Authorization: token ");
    assert_string_equal(lane.secret, "k1");
    config_destroy(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bots_come_first),
        cmocka_unit_test(a_gateway_that_makes_checkouts_is_a_lane),
        cmocka_unit_test(a_header_has_a_name_and_a_value),
        cmocka_unit_test(a_mail_server_is_a_lane),
        cmocka_unit_test(each_kind_of_lane_has_keys_of_its_own),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
