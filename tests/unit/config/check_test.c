#include "config/check.h"

#include "example.h"

static void unique_names(void **state)
{
    (void)state;
    expect_errors("  - {name: btcpay", "  - {name: stripe",
                  ":27: gateways[1].name: is the name of gateways[0] too; expected names that "
                  "differ");
    expect_errors("  - name: core", "  - name: starter",
                  ":19: plans[1].name: is the name of plans[0] too; expected names that differ");
    expect_errors("{name: core, bot", "{name: starter, bot",
                  ":14: groups[1].name: is the name of groups[0] too; expected names that differ\n"
                  ":20: plans[1].groups[1]: \"core\" is not in groups; expected a name from there");
    expect_errors("groups:\n  - {name: starter",
                  "  - {name: main, token: \"2:b\"}\n"
                  "groups:\n  - {name: starter",
                  ":12: bots[1].name: is the name of bots[0] too; expected names that differ");
    /* The same name for things of two kinds is no doubt. */
    expect_errors("  - {name: btcpay", "  - {name: starter", "");
}

static void unique_chats_and_tokens(void **state)
{
    (void)state;
    expect_errors("-1001000000002", "-1001000000001",
                  ":14: groups[1].chat_id: is the chat of groups[0] too; expected one of its own");
    expect_errors("groups:\n  - {name: starter",
                  "  - {name: spare, token: \"${USHER_BOT_TOKEN}\"}\ngroups:\n  - {name: starter",
                  ":12: bots[1].token: is the token of bots[0] too; expected one of its own");
    expect_errors("groups:\n  - {name: starter",
                  "  - {name: spare, token: \"2:b\"}\ngroups:\n  - {name: starter", "");
}

static void webhooks(void **state)
{
    (void)state;
    struct config *config = parse_example("updates: polling ", "updates: webhook ");
    assert_int_equal(config->bots[0].updates, UPDATES_WEBHOOK);
    assert_string_equal(config->bots[0].webhook_secret, "hook_secret-1");
    config_destroy(&config);

    const char *wrong = ":10: bots[0].webhook_secret: the value is not valid; expected 1 to 256 "
                        "characters of A-Z, a-z, 0-9, '_' and '-' (Telegram takes no others)";
    assert_int_equal(setenv("USHER_WEBHOOK_SECRET", "not/this", 1), 0);
    expect_errors("updates: polling ", "updates: webhook ", wrong);
    expect_errors("bots:", "bots:", "");
    char longest[258];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[257] = '\0';
    assert_int_equal(setenv("USHER_WEBHOOK_SECRET", longest, 1), 0);
    expect_errors("updates: polling ", "updates: webhook ", wrong);
    longest[256] = '\0';
    assert_int_equal(setenv("USHER_WEBHOOK_SECRET", longest, 1), 0);
    expect_errors("updates: polling ", "updates: webhook ", "");
    /* Needed for webhook only: neither set nor looked at with polling. */
    assert_int_equal(unsetenv("USHER_WEBHOOK_SECRET"), 0);
    expect_errors("bots:", "bots:", "");
    expect_errors(
        "updates: polling ", "updates: webhook ",
        ":10: bots[0].webhook_secret: USHER_WEBHOOK_SECRET is not set; expected it in the "
        "environment or in secrets.env beside this file");
    expect_errors("updates: polling                # polling | webhook\n"
                  "    webhook_secret: \"${USHER_WEBHOOK_SECRET}\"    # needed for webhook only",
                  "updates: webhook",
                  ":6: bots[0].webhook_secret: is missing; expected a secret of your choice, as "
                  "updates is webhook");
    assert_int_equal(example_environment(NULL), 0);
}

static void prices(void **state)
{
    (void)state;
    expect_errors("amount: \"79.00\"", "amount: 9",
                  ":18: plans[0].prices[1].amount: is the same price as prices[0] for another "
                  "period; expected an amount or currency of its own, because they decide the "
                  "period");
    expect_errors("amount: \"79.00\", currency: USD, period: 1 year",
                  "amount: \"9.0\", currency: usd, period: 1 month",
                  ":18: plans[0].prices[1].amount: is the same price as prices[0]; expected an "
                  "amount or currency of its own, because they decide the period");
    expect_errors("amount: \"79.00\", currency: USD", "amount: \"9.00\", currency: EUR", "");
    /* Two plans may cost the same: the payment names its plan. */
    expect_errors("amount: \"29.00\"", "amount: \"9.00\"", "");
}

static void welcomes(void **state)
{
    (void)state;
    const char *wrong = ":24: plans[1].welcome.text: has \"{{\" with no placeholder behind it; "
                        "expected {{name}}, {{plan}}, {{until}} or {{community}}";
    expect_errors("{{name}}", "{{nmae}}", wrong);
    expect_errors("{{until}}.", "{{until.", wrong);
    expect_errors("{{until}}.", "{{ until }}.", wrong);
    expect_errors("{{until}}.", "{{}}", wrong);
    expect_errors("{{name}}", "{{community}} {name} }}", "");
}

static void expect_welcome(const char *more, size_t count, const char *resources,
                           const char *expected)
{
    char text[9000] = "{text: \"";
    size_t len = strlen(text);
    memset(text + len, 'x', count);
    snprintf(text + len + count, sizeof(text) - len - count, "%s\"%s}", more, resources);
    expect_said(false, false,
                "{text: \"Welcome, {{name}}! Your {{plan}} runs until {{until}}.\", resources: "
                "[\"https://example.org/starter-pack.pdf\"]}",
                text, expected);
}

static void the_length_of_welcomes(void **state)
{
    (void)state;
#define WARNED(units)                                                                              \
    "t:24: warning: plans[1].welcome.text: may be " units " UTF-16 units long with its resources " \
    "once it is filled in: of the 4096 of a message the receipt may be cut; at most 3000 leave "   \
    "room for it\n"
#define REFUSED(units)                                                                             \
    "t:24: plans[1].welcome.text: may be " units " UTF-16 units long with its resources once it "  \
    "is filled in, and Telegram's messages have 4096; expected at most 3000, as the receipt "      \
    "stands in the same message\n"
    expect_welcome("", 3000, "", "");
    expect_welcome("", 3001, "", WARNED("3001"));
    expect_welcome("", 4096, "", WARNED("4096"));
    expect_welcome("", 4097, "", REFUSED("4097"));
    expect_welcome("{{name}}", 2936, "", "");
    expect_welcome("{{name}}", 2937, "", WARNED("3001"));
    expect_welcome("{{name}}{{name}}", 4000, "", REFUSED("4128"));
    expect_welcome("\xf0\x9f\x8e\x89", 2999, "", WARNED("3001")); /* two units */
    expect_welcome("\xe6\xa0\xb8", 2999, "", "");                 /* three bytes, one unit */
    expect_welcome("", 2980, ", resources: [\"https://a.example/b\"]", WARNED("3002"));
}

static void what_goes_in_the_clear(void **state)
{
    (void)state;
    expect_said(false, false, "https://api.telegram.org", "http://bots.example:8081",
                "t:8: warning: bots[0].api_url: is http to another machine, so the bot's token "
                "crosses the network in the clear; https is safe, and so is a Bot API server on "
                "this machine\n");
    expect_said(false, false, "https://api.telegram.org", "http://127.0.0.1:8081", "");
    expect_said(false, false, "http: {", "http: {public_url: \"http://pay.example\", ",
                "t:2: warning: http.public_url: is http: secrets and payments would cross the "
                "network in the clear, and Telegram sends updates to https only\n");
    expect_said(false, false, "data_dir: ./var",
                "lanes: [{name: a, url: \"http://a.example/\", header: \"A: b\"}]",
                "t:1: warning: lanes[0].url: is http to another machine, so header crosses the "
                "network in the clear; https is safe\n");
    expect_said(false, false, "data_dir: ./var", "lanes: [{name: a, url: \"http://a.example/\"}]",
                "");
}

static void titles(void **state)
{
    (void)state;
    struct config *config = parse_example("seats: 500", "title: \"\xe6\xa0\xb8\xe5\xbf\x83\"");
    assert_string_equal(config->plans[1].title, "\xe6\xa0\xb8\xe5\xbf\x83");
    assert_string_equal(config->plans[0].title, "starter");
    config_destroy(&config);
}

static void journal(void **state)
{
    (void)state;
    expect_errors("data_dir: ./var", "journal: {keep: 30 days, archive_keep: 29 days}",
                  ":1: journal.archive_keep: is shorter than keep; expected the same or longer, as "
                  "it counts from when a command was accepted");
    expect_errors("data_dir: ./var", "journal: {keep: 30 days, archive_keep: 30 days}", "");
    expect_errors("data_dir: ./var", "journal: {keep: 30 days}", "");
    expect_errors("data_dir: ./var", "journal: {archive_keep: 2 days}", "");
    expect_errors("data_dir: ./var", "journal: {}", "");
}

static void topology(void **state)
{
    (void)state;
    expect_errors("data_dir: ./var", "topology: {links: {due: [\"tcp://10.0.0.2:1\"]}}",
                  ":1: topology.curve_dir: is missing; expected the folder of keys that \"usher "
                  "keys\" made, as a link is tcp");
    expect_errors("data_dir: ./var", "topology: {links: {due: [\"inproc://x\"]}}", "");
    expect_errors("data_dir: ./var", "topology: {}", "");
}

static void mirror(void **state)
{
    (void)state;
    struct config *config = parse_example("data_dir: ./var", "data_dir: ./here");
    assert_string_equal(config->mirror_file, "nowhere/here/mirror.db");
    assert_null(config->mirror_path);
    assert_true(config->mirror_enabled);
    config_destroy(&config);
    config = parse_example("data_dir: ./var", "mirror: {path: /srv/m.db, enabled: false}");
    assert_string_equal(config->mirror_file, "/srv/m.db");
    assert_false(config->mirror_enabled);
    config_destroy(&config);
}

/* What has to travel to the ledger in one command is bounded as a whole. */
static void too_much(void **state)
{
    struct buf text;
    (void)state;
    buf_init(&text, 1024 * 1024);
    buf_append_text(&text, "admin: {token: 0123456789abcdef}\ncommunity: {name: x}\n"
                           "bots: [{name: b, token: \"1:a\"}]\ngroups:\n");
    for (int i = 0; i < 256; i++)
        buf_printf(&text, "- {name: g%d, bot: b, chat_id: -%d}\n", i, i + 1);
    buf_append_text(&text, "plans:\n- {name: p, groups: &g [g0");
    for (int i = 1; i < 256; i++)
        buf_printf(&text, ", g%d", i);
    buf_append_text(&text, "]}\n");
    for (int i = 1; i < 230; i++)
        buf_printf(&text, "- {name: p%d, groups: *g}\n", i);
    size_t fits = text.len;
    buf_append_u8(&text, '\0');
    char *errors = errors_of(text.data);
    assert_string_equal(errors, "");
    free(errors);
    text.len = fits;
    for (int i = 230; i < 256; i++)
        buf_printf(&text, "- {name: p%d, groups: *g}\n", i);
    buf_append_u8(&text, '\0');
    assert_false(text.failed);
    errors = errors_of(text.data);
    assert_string_equal(errors,
                        "nowhere/t.yaml:261: plans: there are too many groups and prices in "
                        "all plans together; expected at most 60000, and 1 MiB of them\n");
    free(errors);
    buf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unique_names),
        cmocka_unit_test(unique_chats_and_tokens),
        cmocka_unit_test(webhooks),
        cmocka_unit_test(prices),
        cmocka_unit_test(welcomes),
        cmocka_unit_test(the_length_of_welcomes),
        cmocka_unit_test(what_goes_in_the_clear),
        cmocka_unit_test(titles),
        cmocka_unit_test(journal),
        cmocka_unit_test(topology),
        cmocka_unit_test(mirror),
        cmocka_unit_test(too_much),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
