#include "config/restart.h"

#include "base/buf.h"

#include "example.h"

static void add(void *context, const char *path)
{
    struct buf *all = context;
    buf_printf(all, "%s ", path);
}

/* The keys that need a restart when the example is changed so. */
static void expect_keys(const char *old, const char *new, const char *expected)
{
    struct config *before = parse_example("bots:", "bots:");
    struct config *after = parse_example(old, new);
    struct buf all;

    buf_init(&all, 4096);
    size_t count = restart_keys(before, after, add, &all);
    buf_append_u8(&all, 0);
    assert_string_equal(all.data, expected);
    assert_true((count == 0) == (expected[0] == '\0'));
    buf_deinit(&all);
    config_destroy(&before);
    config_destroy(&after);
}

static void named(void **state)
{
    (void)state;
    expect_keys("./var", "./elsewhere", "data_dir ");
    expect_keys("127.0.0.1:8080", "127.0.0.1:8081", "http.listen ");
    expect_keys("127.0.0.1:8080", "127.0.0.2:8080", "http.listen ");
    expect_keys(":8080\"", ":8080\", threads: 3, public_url: \"https://pay.example.org\"",
                "http.threads http.public_url ");
    expect_keys("https://api.telegram.org", "http://127.0.0.1:1", "bots[0].api_url ");
    expect_keys("updates: polling ", "updates: webhook ",
                "bots[0].updates bots[0].webhook_secret ");
    expect_keys("{per_second: 30, per_chat_per_second: 1, per_group_per_minute: 20}",
                "{per_second: 3, per_chat_per_second: 2, per_group_per_minute: 21}",
                "bots[0].limits.per_second bots[0].limits.per_chat_per_second "
                "bots[0].limits.per_group_per_minute ");
    expect_keys("groups:\n  - {name: starter",
                "  - {name: spare, token: \"2:b\"}\ngroups:\n  - {name: starter", "bots ");
    expect_keys("http: {", "test_clock: true\nhttp: {", "test_clock ");
    expect_keys("http: {",
                "topology: {curve_dir: keys, links: {commands: [\"tcp://10.0.0.1:7001\"]}}\n"
                "http: {",
                "topology.links topology.curve_dir ");
    expect_keys("kind: btcpay,", "kind: btcpay, create: invoice, api_key: k, store: S1,",
                "gateways.create ");
}

static void not_named(void **state)
{
    (void)state;
    expect_keys("bots:", "bots:", "");
    expect_keys("\"29.00\"", "\"31.00\"", "");
    expect_keys("language: en}", "language: zh-Hans}", "");
    expect_keys("Asia/Shanghai", "Europe/Berlin", "");
    expect_keys("[\"${STRIPE_SECRET}\"]", "[\"whsec_another-one-altogether\"]", "");
    expect_keys("seats: 500", "seats: 5", "");
    expect_keys("${USHER_ADMIN_TOKEN}", "another-token-of-the-operator", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(named), cmocka_unit_test(not_named)};
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
