/* A configuration with every common key in it, and how tests change it and look at the errors. The
 * text is the one that the documentation promises to work as it stands. */
#ifndef USHER_TESTS_UNIT_CONFIG_EXAMPLE_H
#define USHER_TESTS_UNIT_CONFIG_EXAMPLE_H

#include "config/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* clang-format off */
static const char example_yaml[] =
    "data_dir: ./var\n"
    "http: {listen: \"127.0.0.1:8080\"}\n"
    "admin: {token: \"${USHER_ADMIN_TOKEN}\"}\n"
    "community: {name: Trade Club, timezone: Asia/Shanghai, language: en}   # en | zh-Hans | "
    "zh-Hant\n"
    "bots:\n"
    "  - name: main\n"
    "    token: \"${USHER_BOT_TOKEN}\"\n"
    "    api_url: https://api.telegram.org\n"
    "    updates: polling                # polling | webhook\n"
    "    webhook_secret: \"${USHER_WEBHOOK_SECRET}\"    # needed for webhook only\n"
    "    limits: {per_second: 30, per_chat_per_second: 1, per_group_per_minute: 20}\n"
    "groups:\n"
    "  - {name: starter, bot: main, chat_id: -1001000000001, invite: join_request}\n"
    "  - {name: core, bot: main, chat_id: -1001000000002, invite: one_time_link}\n"
    "plans:\n"
    "  - name: starter\n"
    "    groups: [starter]\n"
    "    prices: [{amount: \"9.00\", currency: USD, period: 1 month}, {amount: \"79.00\", cur"
    "rency: USD, period: 1 year}]\n"
    "  - name: core\n"
    "    groups: [starter, core]\n"
    "    seats: 500\n"
    "    grace: 3 days\n"
    "    prices: [{amount: \"29.00\", currency: USD, period: 1 month}, {amount: \"299.00\", c"
    "urrency: USD, period: 1 year}]\n"
    "    welcome: {text: \"Welcome, {{name}}! Your {{plan}} runs until {{until}}.\", resource"
    "s: [\"https://example.org/starter-pack.pdf\"]}\n"
    "gateways:\n"
    "  - {name: stripe, kind: stripe, secrets: [\"${STRIPE_SECRET}\"]}\n"
    "  - {name: btcpay, kind: btcpay, secrets: [\"${BTCPAY_SECRET}\"]}\n"
    "  - {name: standard, kind: standard_webhooks, secrets: [\"${STANDARD_SECRET}\"]}\n"
    "  - name: ime                       # any gateway that signs with an HMAC is a profile, "
    "not code\n"
    "    kind: hmac\n"
    "    secrets: [\"${IME_SECRET}\", \"${IME_OLD_SECRET}\"]     # several are valid at once,"
    " for rotation\n"
    "    hmac:\n"
    "      algorithm: sha256             # sha256 | sha512\n"
    "      key: utf8                     # utf8 | hex | base64 | whsec | sha256\n"
    "      signature: {header: X-iMe-Signature, format: kv, field: v1, encoding: hex}   # raw"
    " | prefix | kv | list\n"
    "      timestamp: {field: t, unit: s, tolerance: 5 minutes}\n"
    "      signed: \"{timestamp}.{body}\"\n"
    "      event_id: {header: X-iMe-Event-Id}\n"
    "      map:\n"
    "        kind: {pointer: /type, values: {payment.succeeded: paid, payment.refunded: refun"
    "ded, payment.disputed: charged_back}}\n"
    "        payment_id: /data/payment_id\n"
    "        telegram_id: /data/telegram_id\n"
    "        plan: /data/plan\n"
    "        amount: /data/amount        # decimal string in the currency's units\n"
    "        currency: /data/currency\n";
/* clang-format on */

/* No folder of this name: secrets.env is looked for and not found. */
#define EXAMPLE_NAME "nowhere/t.yaml"
#define LONG_SECRET  "do-not-print-me-0123456789"

static inline int example_environment(void **state)
{
    static const char *const pairs[][2] = {
        {"USHER_ADMIN_TOKEN", "an-admin-" LONG_SECRET},
        {"USHER_BOT_TOKEN", "123456:AA-bb_CC"},
        {"USHER_WEBHOOK_SECRET", "hook_secret-1"},
        {"STRIPE_SECRET", "whsec_stripe"},
        {"BTCPAY_SECRET", "btcpay-secret"},
        {"STANDARD_SECRET", "whsec_c2VjcmV0"},
        {"IME_SECRET", "ime-secret"},
        {"IME_OLD_SECRET", "ime-old-secret"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        assert_int_equal(setenv(pairs[i][0], pairs[i][1], 1), 0);
    return 0;
}

/* All errors of a text, "" when there are none; free it. */
static inline char *errors_of(const char *yaml)
{
    struct config *config;
    struct buf errors;
    buf_init(&errors, 1024 * 1024);
    enum error error = config_parse(slice_from(yaml), EXAMPLE_NAME, &config, &errors);
    assert_true((error == ERROR_NONE) == (config != NULL));
    assert_true((error == ERROR_NONE) == (errors.len == 0));
    char *text = strndup(errors.len > 0 ? errors.data : "", errors.len);
    assert_non_null(text);
    buf_deinit(&errors);
    config_destroy(&config);
    return text;
}

/* text with the first place where find stands replaced; free it. */
static inline char *text_with(const char *text, const char *find, const char *replacement)
{
    const char *at = strstr(text, find);
    if (at == NULL)
        fail_msg("the text does not hold: %s", find);
    size_t size = strlen(text) + strlen(replacement) + 1;
    char *out = malloc(size);
    assert_non_null(out);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, replacement, at + strlen(find));
    return out;
}

static inline char *example_with(const char *find, const char *replacement)
{
    return text_with(example_yaml, find, replacement);
}

/* All that `usher check` says of the example so changed, warnings too, about the file "t". */
static inline void expect_said(bool machine, bool live, const char *find, const char *replacement,
                               const char *expected)
{
    struct config *config = NULL;
    struct report report;
    struct buf said;
    char *yaml = example_with(find, replacement);

    buf_init(&said, 65536);
    report_init(&report, "t");
    report.machine = machine;
    report.live = live;
    enum error error = config_parse_reported(slice_from(yaml), "t", &config, &report);
    assert_true((error == ERROR_NONE) == (report.count == report.warnings));
    report_print(&report, &said);
    buf_append_u8(&said, 0);
    assert_string_equal(said.data, expected);
    report_deinit(&report);
    config_destroy(&config);
    buf_deinit(&said);
    free(yaml);
}

/* The errors of the example so changed are exactly these lines (without the file's name and the
 * line break of the last); "" for none. */
static inline void expect_errors(const char *find, const char *replacement, const char *expected)
{
    char *yaml = example_with(find, replacement);
    char *errors = errors_of(yaml);
    char *wanted = strdup("");
    for (const char *line = expected; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        char *longer;
        assert_true(asprintf(&longer, "%s" EXAMPLE_NAME "%.*s\n", wanted, (int)len, line) > 0);
        free(wanted);
        wanted = longer;
        line += len + (line[len] == '\n' ? 1 : 0);
    }
    if (strcmp(errors, wanted) != 0)
        fail_msg("with \"%s\":\n%sinstead of\n%s", replacement, errors, wanted);
    free(wanted);
    free(errors);
    free(yaml);
}

static inline struct config *parse_example(const char *find, const char *replacement)
{
    struct config *config;
    struct buf errors;
    char *yaml = example_with(find, replacement);
    buf_init(&errors, 1024 * 1024);
    if (config_parse(slice_from(yaml), EXAMPLE_NAME, &config, &errors) != ERROR_NONE)
        fail_msg("%.*s", (int)errors.len, errors.data);
    buf_deinit(&errors);
    free(yaml);
    return config;
}

#endif
