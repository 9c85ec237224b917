#include "config/reader.h"

#include "example.h"

static void as_it_stands(void **state)
{
    (void)state;
    struct config *config = parse_example("data_dir: ./var", "data_dir: ./var");
    assert_string_equal(config->path, EXAMPLE_NAME);
    assert_string_equal(config->data_dir, "nowhere/var");
    assert_string_equal(config->http.listen.host, "127.0.0.1");
    assert_int_equal(config->http.listen.port, 8080);
    assert_int_equal(config->http.threads, 2);
    assert_int_equal(config->http.connections_max, 4096);
    assert_int_equal(config->http.parked_max, 16384);
    assert_int_equal(config->http.body_bytes_max, 1048576);
    assert_int_equal(config->http.peer_per_second, 1000);
    assert_false(config->http.trust_forwarded);
    assert_null(config->http.public_url);
    assert_string_equal(config->admin_token, "an-admin-" LONG_SECRET);
    assert_string_equal(config->community_name, "Trade Club");
    assert_string_equal(config->timezone, "Asia/Shanghai");
    assert_int_equal(config->language, LANGUAGE_EN);
    assert_int_equal(config->removals_per_hour, 100);

    assert_int_equal(config->bot_count, 1);
    assert_string_equal(config->bots[0].name, "main");
    assert_string_equal(config->bots[0].token, "123456:AA-bb_CC");
    assert_string_equal(config->bots[0].api_url, "https://api.telegram.org");
    assert_int_equal(config->bots[0].updates, UPDATES_POLLING);
    assert_null(config->bots[0].webhook_secret);
    assert_int_equal(config->bots[0].per_second, 30);
    assert_int_equal(config->bots[0].per_chat_per_second, 1);
    assert_int_equal(config->bots[0].per_group_per_minute, 20);

    assert_int_equal(config->group_count, 2);
    assert_string_equal(config->groups[1].name, "core");
    assert_ptr_equal(config->groups[1].bot, &config->bots[0]);
    assert_int_equal(config->groups[1].chat_id, -1001000000002);
    assert_int_equal(config->groups[0].invite, INVITE_JOIN_REQUEST);
    assert_int_equal(config->groups[1].invite, INVITE_ONE_TIME_LINK);
    assert_string_equal(config->groups[1].title, "core");
    assert_int_equal(config->groups[1].link_ttl_ms, 24 * 3600 * 1000);

    assert_int_equal(config->plan_count, 2);
    const struct config_plan *plan = &config->plans[1];
    assert_string_equal(plan->name, "core");
    assert_string_equal(plan->title, "core");
    assert_int_equal(plan->group_count, 2);
    assert_ptr_equal(plan->groups[0], &config->groups[0]);
    assert_ptr_equal(plan->groups[1], &config->groups[1]);
    assert_int_equal(plan->seats, 500);
    assert_int_equal(plan->grace_ms, 3 * 86400 * 1000);
    assert_int_equal(plan->price_count, 2);
    assert_int_equal(plan->prices[1].amount, 29900);
    assert_string_equal(plan->prices[1].currency, "USD");
    assert_int_equal(plan->prices[1].period.months, 12);
    assert_string_equal(plan->welcome_text,
                        "Welcome, {{name}}! Your {{plan}} runs until {{until}}.");
    assert_int_equal(plan->resource_count, 1);
    assert_string_equal(plan->resources[0], "https://example.org/starter-pack.pdf");
    assert_null(config->plans[0].welcome_text);

    assert_int_equal(config->gateway_count, 4);
    assert_int_equal(config->gateways[0].kind, GATEWAY_STRIPE);
    assert_string_equal(config->gateways[0].secrets[0], "whsec_stripe");
    assert_int_equal(config->gateways[0].tolerance_ms, 5 * 60 * 1000);
    assert_int_equal(config->gateways[1].kind, GATEWAY_BTCPAY);
    assert_int_equal(config->gateways[1].tolerance_ms, 0);
    assert_int_equal(config->gateways[2].kind, GATEWAY_STANDARD_WEBHOOKS);
    assert_int_equal(config->gateways[2].tolerance_ms, 5 * 60 * 1000);
    const struct config_gateway *ime = &config->gateways[3];
    assert_int_equal(ime->kind, GATEWAY_HMAC);
    assert_int_equal(ime->secret_count, 2);
    assert_string_equal(ime->secrets[1], "ime-old-secret");
    assert_int_equal(ime->hmac.algorithm, HMAC_SHA256);
    assert_int_equal(ime->hmac.key, KEY_UTF8);
    assert_int_equal(ime->hmac.format, SIGNATURE_KV);
    assert_string_equal(ime->hmac.field, "v1");
    assert_null(ime->hmac.prefix);
    assert_int_equal(ime->hmac.separator, 0);
    assert_int_equal(ime->hmac.encoding, ENCODING_HEX);
    assert_null(ime->hmac.timestamp_header);
    assert_string_equal(ime->hmac.timestamp_field, "t");
    assert_int_equal(ime->hmac.timestamp_unit, TIME_UNIT_S);
    assert_int_equal(ime->hmac.tolerance_ms, 5 * 60 * 1000);
    assert_string_equal(ime->hmac.signed_template, "{timestamp}.{body}");
    assert_string_equal(ime->hmac.kind_pointer[0], "/type");
    assert_int_equal(ime->hmac.kind_count, 3);
    assert_string_equal(ime->hmac.kinds[2].from, "payment.disputed");
    assert_int_equal(ime->hmac.kinds[2].kind, PAYMENT_CHARGED_BACK);
    assert_string_equal(ime->hmac.currency[0], "/data/currency");
    assert_null(ime->hmac.order_id[0]);
    assert_false(ime->hmac.amount_minor);
    assert_string_equal(ime->hmac.ack, "ok");
    assert_int_equal(config->link_count, 0);
    assert_null(config->curve_dir);
    config_destroy(&config);
    assert_null(config);
}

static void unknown_keys(void **state)
{
    (void)state;
    expect_errors("timezone: Asia", "timezon: Asia",
                  ":4: community.timezon: is not a key of the community; did you mean "
                  "\"timezone\"?");
    expect_errors("data_dir: ./var", "data_dir: ./var\nplugins: {}",
                  ":2: plugins: is not a key of the configuration; expected one of data_dir, http, "
                  "admin, community, bots, lanes, groups, plans, gateways, reconcile, topology, "
                  "journal, "
                  "legal, test_clock, mirror, log, metrics, alerts, webhooks, "
                  "orders, points, support, renewal, staff, figures");
    expect_errors(
        "data_dir: ./var", "data_dir: ./var\n\"a b\\n\": 1",
        ":2: \"a b\\x0a\": is not a key of the configuration; expected one of data_dir, "
        "http, admin, community, bots, lanes, groups, plans, gateways, reconcile, topology, "
        "journal, legal, test_clock, mirror, log, metrics, alerts, webhooks, "
        "orders, points, support, renewal, staff, figures");
    expect_errors("data_dir: ./var", "data_dir: ./var\n<<: {data_dir: x}",
                  ":2: \"<<\": is not a key of the configuration; expected one of data_dir, http, "
                  "admin, community, bots, lanes, groups, plans, gateways, reconcile, topology, "
                  "journal, "
                  "legal, test_clock, mirror, log, metrics, alerts, webhooks, "
                  "orders, points, support, renewal, staff, figures");
    expect_errors("per_second: 30", "per-second: 30",
                  ":11: bots[0].limits.per-second: is not a key of a bot's limits; did you mean "
                  "\"per_second\"?");
}

static void repeated_keys(void **state)
{
    (void)state;
    expect_errors("seats: 500", "seats: 500\n    grace: 1 day\n    seats: x",
                  ":23: plans[1].seats: is there twice, first in line 21; expected it once\n"
                  ":24: plans[1].grace: is there twice, first in line 22; expected it once");
}

static void missing_keys(void **state)
{
    (void)state;
    char *errors = errors_of("data_dir: x\nbots: [{}]\n");
    assert_string_equal(
        errors,
        "nowhere/t.yaml:1: admin: is missing; expected a mapping with the keys of the operator's "
        "access\n"
        "nowhere/t.yaml:1: community: is missing; expected a mapping with the keys of the "
        "community\n"
        "nowhere/t.yaml:2: bots[0].name: is missing; expected a name of 1 to 31 characters of a-z, "
        "0-9, '_' and '-'\n"
        "nowhere/t.yaml:2: bots[0].token: is missing; expected a bot's token as BotFather gives "
        "it, such as 123456:ABC-def\n");
    free(errors);
    expect_errors("bots:\n", "bots: []\nx:\n",
                  ":5: bots: has 0 items; expected a list of 1 to 64 mappings\n"
                  ":6: x: is not a key of the configuration; expected one of data_dir, http, "
                  "admin, community, bots, lanes, groups, plans, gateways, reconcile, topology, "
                  "journal, "
                  "legal, test_clock, mirror, log, metrics, alerts, webhooks, "
                  "orders, points, support, renewal, staff, figures\n"
                  ":14: groups[0].bot: \"main\" is not in bots; expected a name from there\n"
                  ":15: groups[1].bot: \"main\" is not in bots; expected a name from there");
}

static void wrong_shapes(void **state)
{
    (void)state;
    expect_errors(
        "http: {listen: \"127.0.0.1:8080\"}", "http: 8080",
        ":2: http: is not a mapping; expected a mapping with the keys of the HTTP server");
    expect_errors("http: {listen: \"127.0.0.1:8080\"}", "http:",
                  ":2: http: has no value; expected a mapping with the keys of the HTTP server");
    expect_errors("seats: 500", "seats: [500]",
                  ":21: plans[1].seats: is a list; expected a whole number from 1 to 1000000000");
    expect_errors("seats: 500", "seats: {a: b}",
                  ":21: plans[1].seats: is a mapping; expected a whole number from 1 to "
                  "1000000000");
    expect_errors("seats: 500", "seats:",
                  ":21: plans[1].seats: has no value; expected a whole number from 1 to "
                  "1000000000");
    expect_errors("seats: 500", "seats: ~",
                  ":21: plans[1].seats: has no value; expected a whole number from 1 to "
                  "1000000000");
    expect_errors("name: Trade Club", "name: \"null\"", "");
    expect_errors("name: Trade Club", "name: 'x'", "");
    expect_errors("seats: 500", "seats: !!int 500",
                  ":21: plans[1].seats: has a YAML tag; expected a whole number from 1 to "
                  "1000000000 without one");
    expect_errors("groups: [starter, core]", "groups: !x [starter, core]",
                  ":20: plans[1].groups: is not a list; expected a list of 1 to 256 names");
    expect_errors("seats: 500", "? [seats]\n    : 500",
                  ":21: plans[1]: a key is no plain text; expected a word");
    expect_errors("  - {name: starter, bot", "  - 7\n  - {name: starter, bot",
                  ":13: groups[0]: is not a mapping; expected a mapping with the keys of a group");
}

static void many_keys(void **state)
{
    (void)state;
    char *yaml = malloc(300 * 16);
    assert_non_null(yaml);
    size_t at = 0;
    for (int i = 0; i < 257; i++)
        at += (size_t)snprintf(yaml + at, 16, "key%d: 1\n", i);
    char *errors = errors_of(yaml);
    assert_string_equal(errors, "nowhere/t.yaml:1: has too many keys; expected at most 256\n");
    free(errors);
    free(yaml);
}

/* All at once, by line, wherever in the schema they are found. */
static void all_errors(void **state)
{
    (void)state;
    char *errors = errors_of("data_dir: 1\n"
                             "gateways: [{name: g, kind: stripe, secrets: []}]\n"
                             "http: {listen: nowhere, port: 1}\n"
                             "admin: {token: short}\n"
                             "groups: [{name: g, bot: b, chat_id: 5}]\n"
                             "community: {name: x, timezone: Mars/Base}\n"
                             "plans:\n"
                             "- {name: P, groups: [h], prices: []}\n"
                             "bots: [{name: c, token: \"x\"}]\n");
    static const char *const starts[] = {
        ":2: gateways[0].secrets: has 0 items; ", ":3: http.port: is not a key",
        ":3: http.listen: \"nowhere\"",           ":4: admin.token: is 5 bytes",
        ":5: groups[0].chat_id: \"5\"",           ":5: groups[0].bot: \"b\" is not in bots",
        ":6: community.timezone: \"Mars/Base\"",  ":8: plans[0].name: \"P\" is not valid",
        ":8: plans[0].groups[0]: \"h\" is not",   ":9: bots[0].token: the value is not valid",
    };
    const char *line = errors;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        assert_true(strncmp(line, EXAMPLE_NAME, strlen(EXAMPLE_NAME)) == 0);
        line += strlen(EXAMPLE_NAME);
        if (strncmp(line, starts[i], strlen(starts[i])) != 0)
            fail_msg("%.100s instead of %s", line, starts[i]);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
    free(errors);
}

static void no_secret_is_told(void **state)
{
    (void)state;
    /* Literal or through a variable, too short or too long or of the wrong shape. */
    static const char *const cases[][2] = {
        {"token: \"${USHER_BOT_TOKEN}\"", "token: " LONG_SECRET},
        {"token: \"${USHER_BOT_TOKEN}\"", "token: \"${LEAK}\""},
        {"token: \"${USHER_ADMIN_TOKEN}\"", "token: \"" LONG_SECRET " x\""},
        {"token: \"${USHER_ADMIN_TOKEN}\"", "token: {" LONG_SECRET ": 1}"},
        {"updates: polling ", "updates: webhook "},
        {"secrets: [\"${STRIPE_SECRET}\"]", "secrets: [\" ${LEAK}\"]"},
        {"secrets: [\"${STRIPE_SECRET}\"]", "secrets: [\"${" LONG_SECRET "}\"]"},
        {"secrets: [\"${STANDARD_SECRET}\"]", "secrets: [\"${LEAK}\"]"},
        {"secrets: [\"${STANDARD_SECRET}\"]", "secrets: [" LONG_SECRET "]"},
        {"seats: 500", "seats: \"${LEAK}\""},
        {"invite: join_request", "invite: \"${LEAK}\""},
        {"bot: main", "bot: \"${LEAK} \""},
        {"bot: main", "bot: \"${LEAK}\""},
        {"groups: [starter]", "groups: [\"x${LEAK}\"]"},
        {"https://api.telegram.org", "\"${LEAK}\""},
        {"groups: [starter, core]", "groups: [\"${LEAK}.\"]"},
        {"amount: \"9.00\"", "amount: \"${LEAK}\""},
        {"payment.refunded: refunded", "payment.refunded: \"${LEAK}\""},
        {"https://example.org/starter-pack.pdf", "${LEAK}"},
    };
    (void)state;
    assert_int_equal(setenv("LEAK", LONG_SECRET, 1), 0);
    assert_int_equal(setenv("USHER_WEBHOOK_SECRET", LONG_SECRET "!", 1), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *yaml = example_with(cases[i][0], cases[i][1]);
        char *errors = errors_of(yaml);
        if (errors[0] == '\0' || strstr(errors, LONG_SECRET) != NULL)
            fail_msg("%s: %s", cases[i][1], errors);
        free(errors);
        free(yaml);
    }
    assert_int_equal(example_environment(NULL), 0);
}

static void missing_variables(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("STRIPE_SECRET"), 0);
    assert_int_equal(setenv("USHER_BOT_TOKEN", "", 1), 0);
    expect_errors("bots:", "bots:",
                  ":7: bots[0].token: USHER_BOT_TOKEN is empty in the environment; expected a "
                  "value\n"
                  ":26: gateways[0].secrets[0]: STRIPE_SECRET is not set; expected it in the "
                  "environment or in secrets.env beside this file");
    assert_int_equal(example_environment(NULL), 0);
}

static void aliases(void **state)
{
    (void)state;
    expect_errors("prices: [{amount: \"9.00\"", "prices: &p [{amount: \"9.00\"", "");
    char *yaml = example_with("seats: 500", "prices: *p\n    seats: 500");
    char *errors = errors_of(yaml);
    assert_string_equal(errors,
                        "nowhere/t.yaml:21: found undefined alias; expected YAML in UTF-8\n");
    free(errors);
    free(yaml);
    /* A mapping that holds itself ends with the schema. */
    errors = errors_of("&a\nhttp: *a\nadmin: *a\ncommunity: *a\nbots: [*a]\ngroups: [*a]\n"
                       "plans: [*a]\ngateways: [*a]\ntopology: *a\n");
    assert_true(strlen(errors) > 0);
    free(errors);
    /* 256 plans of 256 groups, all one list: at the limit of values it ends. */
    struct buf text;
    buf_init(&text, 1024 * 1024);
    buf_append_text(&text, "plans:\n- {name: p, groups: &g [g");
    for (int i = 1; i < 256; i++)
        buf_append_text(&text, ", g");
    buf_append_text(&text, "], prices: &p [&q {a: 1}");
    for (int i = 1; i < 64; i++)
        buf_append_text(&text, ", *q");
    buf_append_text(&text, "]}\n");
    for (int i = 1; i < 256; i++)
        buf_append_text(&text, "- {name: p, groups: *g, prices: *p}\n");
    buf_append_u8(&text, '\0');
    assert_false(text.failed);
    errors = errors_of(text.data);
    assert_non_null(strstr(errors, "errors more\n"));
    assert_true(strlen(errors) < 1024 * 1024);
    free(errors);
    buf_deinit(&text);
}

static void legal_texts(void **state)
{
    (void)state;
    struct config *config =
        parse_example("groups:\n  - {name: starter",
                      "legal: {terms: \"https://example.org/t\", refunds: \"Within\\n14 days\"}\n"
                      "groups:\n  - {name: starter");
    assert_string_equal(config->legal.terms, "https://example.org/t");
    assert_null(config->legal.privacy);
    assert_string_equal(config->legal.refunds, "Within\n14 days");
    config_destroy(&config);
    config = parse_example("", "");
    assert_null(config->legal.terms);
    config_destroy(&config);
    expect_errors("http: {", "legal: {imprint: x}\nhttp: {",
                  ":2: legal.imprint: is not a key of the legal texts; "
                  "expected one of terms, privacy, refunds\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_it_stands),      cmocka_unit_test(unknown_keys),
        cmocka_unit_test(repeated_keys),     cmocka_unit_test(missing_keys),
        cmocka_unit_test(wrong_shapes),      cmocka_unit_test(many_keys),
        cmocka_unit_test(all_errors),        cmocka_unit_test(no_secret_is_told),
        cmocka_unit_test(missing_variables), cmocka_unit_test(aliases),
        cmocka_unit_test(legal_texts),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
